"""The pretend censor's rules, and which of them something meets. Pure."""

from dataclasses import dataclass
from typing import TypeAlias

from probe.demo.wire import Name


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing comes through any more, in either direction."""


@dataclass(frozen=True, slots=True)
class Reset:
    """A forged RST."""


@dataclass(frozen=True, slots=True)
class Fin:
    """A forged end of stream."""


@dataclass(frozen=True, slots=True)
class Inject:
    """`data` in the server's stead, then the end of the stream."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Intercept:
    """A TLS server in the middle, with a certificate of the censor's own authority."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """Downloads at `kbps`, once the first `burst` bytes are through."""

    kbps: int = 128
    burst: int = 16_384


@dataclass(frozen=True, slots=True)
class Freeze:
    """Silence after so many bytes of the download."""

    after: int


@dataclass(frozen=True, slots=True)
class SwallowSyn:
    """No connection to the address ever stands."""


@dataclass(frozen=True, slots=True)
class ForgeAnswer:
    """A false DNS answer that comes first: `address`, or NXDOMAIN where it is None.

    The true answer follows, unless the question is swallowed.
    """

    address: str | None
    swallow: bool = False


Action: TypeAlias = (
    Silence | Reset | Fin | Inject | Intercept | Throttle | Freeze | SwallowSyn | ForgeAnswer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Do `action` where everything that is given matches."""

    action: Action
    sni: str | None = None
    host: str | None = None
    qname: str | None = None
    ip: str | None = None
    reassembles: bool = True  # also where the name is spread over segments or TLS records


@dataclass(frozen=True, slots=True)
class Censor:
    """All rules; the first that matches counts."""

    rules: tuple[Rule, ...] = ()

    def dark(self) -> frozenset[str]:
        """Addresses to which no SYN comes through."""
        return frozenset(
            r.ip for r in self.rules if isinstance(r.action, SwallowSyn) and r.ip is not None
        )

    def on_connect(self, ip: str) -> Rule | None:
        """The rule for a connection to `ip` as such."""
        return next((r for r in self.rules if r.ip == ip and not _names(r)), None)

    def on_name(self, name: Name, ip: str, *, in_first_segment: bool) -> Rule | None:
        """The rule for a connection in which `name` was read."""
        return next(
            (
                rule
                for rule in self.rules
                if getattr(rule, name.kind) == name.value
                and rule.ip in {None, ip}
                and (in_first_segment or rule.reassembles)
            ),
            None,
        )

    def on_question(self, qname: str) -> ForgeAnswer | None:
        """What becomes of a DNS question that passes in the clear over UDP."""
        wanted = qname.lower().rstrip(".")
        for rule in self.rules:
            if rule.qname == wanted and isinstance(rule.action, ForgeAnswer):
                return rule.action
        return None


def _names(rule: Rule) -> tuple[str, ...]:
    return tuple(n for n in (rule.sni, rule.host, rule.qname) if n is not None)
