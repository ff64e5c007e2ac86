"""What an experiment needs to run: a network (the demo's pretend Internet, or a script), a kit."""

from dataclasses import dataclass, field

from measurements.schema.records import HTTPTransaction, Records, TLSHandshake
from probe.demo.cast import CONTROL, CONTROL_NAME
from probe.demo.world import DemoWorld
from probe.experiments.arms import Bench, Subject
from probe.experiments.kit import Elsewhere, Kit
from probe.net.network import Network
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock
from probe.net.trace import Notebook, Trace
from probe.steps.doh import DoHServer
from tests.fakes.loopback import new_trace

CONTROL_PLACE = Elsewhere(
    name=CONTROL_NAME, tls=Endpoint(CONTROL, 443), http=Endpoint(CONTROL, 80), is_control=True
)


@dataclass
class SpyPermits:
    """Lets everybody in, and remembers."""

    told: list[tuple[str, object]] = field(default_factory=list)

    async def claim(self, endpoints: frozenset[Endpoint]) -> None:
        """See Permits."""
        self.told.append(("claim", endpoints))

    def release(self, endpoints: frozenset[Endpoint]) -> None:
        """See Permits."""
        self.told.append(("release", endpoints))

    def suspect(self, endpoint: Endpoint) -> None:
        """See Permits."""
        self.told.append(("suspect", endpoint))

    def clear(self, endpoint: Endpoint) -> None:
        """See Permits."""
        self.told.append(("clear", endpoint))

    def those(self, what: str) -> list[object]:
        """What was told by this name."""
        return [item for name, item in self.told if name == what]


@dataclass
class Stage:
    """A network, a notebook, a kit."""

    network: Network
    trace: Trace
    kit: Kit
    permits: SpyPermits

    def bench(self, experiment: str, subject: Subject) -> Bench:
        """One experiment on one subject."""
        return Bench(
            experiment=experiment,
            trace=self.trace,
            kit=self.kit,
            permits=self.permits,
            subject=subject,
        )

    @property
    def records(self) -> Records:
        """All that was recorded."""
        return self.trace.notebook.records()

    def shakes(self, arm: str) -> list[str | None]:
        """The failures of an arm's handshakes."""
        return [h.failure for h in self.records.tls_handshakes if _is(h, arm)]

    def answers(self, arm: str) -> list[HTTPTransaction]:
        """An arm's transactions."""
        return [t for t in self.records.http_transactions if _is(t, arm)]

    def asked(self, arm: str) -> list[str | None]:
        """The failures of an arm's questions."""
        return [
            q.failure
            for q in self.records.queries
            if q.arm is not None and q.arm.name == arm and not q.late
        ]


def _is(record: TLSHandshake | HTTPTransaction, arm: str) -> bool:
    return record.arm is not None and record.arm.name == arm


def subject(host: str, ip: str, scheme: str = "https", path: str = "/") -> Subject:
    """A site at one address."""
    return Subject(
        url=f"{scheme}://{host}{path}",
        scheme=scheme,
        host=host,
        authority=host,
        ip=ip,
        port=443 if scheme == "https" else 80,
    )


def make_stage(network: Network, world: DemoWorld | None = None) -> Stage:
    """With the world's resolvers and control, or with none."""
    clock = SystemClock()
    trust = world.trust if world is not None else new_trace().trust
    trace = Trace(network, clock, trust, clock.monotonic(), Notebook())
    kit = Kit(
        configured=world.configured_resolvers if world else (),
        public=world.resolvers if world else (),
        doh=tuple(DoHServer(u, network, clock, world.trust) for u in world.doh) if world else (),
        control=None,
        elsewhere=lambda _: CONTROL_PLACE if world else None,
        page=lambda _: None,
    )
    return Stage(network, trace, kit, SpyPermits())
