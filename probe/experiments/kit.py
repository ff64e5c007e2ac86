"""What every experiment of a run shares: resolvers, the control's place, permits, pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from measurements.schema.measurement import Control
from probe.net.resolvers import Endpoint
from probe.steps.doh import DoHServer

# A name for hellos and requests that must be innocent where the control has none (RFC 2606: it is
# reserved for such use). It is never looked up at anyone but this computer's resolver, and its own
# servers are never contacted.
INNOCENT = "example.com"


class Permits(Protocol):
    """Who may connect where, and when: one target's view of the runner's gate (engine/schedule)."""

    async def claim(self, endpoints: frozenset[Endpoint]) -> None:
        """Return when all of them are ours: nobody else is there, and nothing cools down there."""
        ...

    def release(self, endpoints: frozenset[Endpoint]) -> None:
        """Let others in, at once, or after the cool-down where one was suspected meanwhile."""
        ...

    def suspect(self, endpoint: Endpoint) -> None:
        """Our own packets to it may have woken a censor that remembers."""
        ...

    def clear(self, endpoint: Endpoint) -> None:
        """An innocent connection to it has just passed: nothing is remembered."""
        ...


class AskControl(Protocol):
    """The control, whichever answers."""

    async def __call__(self, url: str, endpoints: tuple[Endpoint, ...], depth: int) -> Control:
        """What it sees."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Address C of an experiment: an address that answers, and the innocent name it goes by."""

    name: str
    tls: Endpoint | None
    http: Endpoint | None
    is_control: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a target that opened in this run: how it can be reached again."""

    host: str
    ip: str
    port: int
    scheme: str


@dataclass(slots=True, kw_only=True)
class Kit:
    """One a run. `configured` is the system's resolver; `public` are others, asked in the clear."""

    configured: tuple[Endpoint, ...]
    public: tuple[Endpoint, ...]
    doh: tuple[DoHServer, ...]
    control: AskControl | None
    elsewhere: Callable[[str], Elsewhere | None]  # for experiments on this host
    page: Callable[[str], Page | None]  # a page that opened in this run, of another host
    quic_page: Callable[[str], Page | None] = lambda _: None  # one whose QUIC opened
    dead_resolvers: set[str] = field(default_factory=set)  # "ip:port" that answers for no name
    inside: Callable[[str], bool] = lambda _: False  # an address of this computer or its home
    # A censor has been seen to remember names sent to the control: they are not sent there any more, as
    # the control itself would be out of reach for everyone else.
    spare_control: bool = False
