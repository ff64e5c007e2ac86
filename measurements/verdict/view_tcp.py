"""What the TCP and TLS tables look at: connections to addresses that may be the site's."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from measurements.schema.measurement import Finding as EnvironmentFinding
from measurements.schema.records import TCPConnect, TLSHandshake
from measurements.schema.words import Mechanism
from measurements.verdict.observe import Hop
from measurements.verdict.standing import Standing
from measurements.verdict.symbols import (
    LOCAL,
    MECHANISM_OF,
    SUCCESS,
    UNREACHABLE,
    Decision,
    commonest,
    connect_symbol,
    sequential,
    symbol,
)

_USABLE = frozenset({Standing.GENUINE, Standing.LIKELY, Standing.UNKNOWN})


def relevant_addresses(hop: Hop, standings: dict[str, Standing]) -> tuple[str, ...]:
    """The system's addresses that may be the site's; where it has none, what others were told."""
    own = tuple(ip for ip in hop.system_addresses if standings.get(ip) in _USABLE)
    if own or hop.is_literal:
        return own or hop.system_addresses
    tried = {c.ip for c in hop.connects}
    return tuple(ip for ip, what in standings.items() if ip in tried and what is Standing.GENUINE)


def is_v6(ip: str) -> bool:
    """An IPv6 address."""
    return ":" in ip


@dataclass(frozen=True, kw_only=True)
class TCPView:
    """One hop's connects to one port."""

    hop: Hop
    port: int
    addresses: tuple[str, ...]
    environment: tuple[EnvironmentFinding, ...]
    arms: dict[str, list[TCPConnect]]
    doubtful: bool = False  # nothing proves that the addresses are the site's

    @cached_property
    def site_answers_elsewhere(self) -> bool:
        """Another address, which others were told, takes connections, ours or the control's."""
        ours = any(c.ip not in self.addresses and c.failure is None for c in self.hop.connects)
        answered = self.hop.answered
        theirs = answered is not None and any(
            e.ip not in self.addresses and e.tcp_failure is None for e in answered.endpoints
        )
        return ours or theirs

    @cached_property
    def connects(self) -> tuple[TCPConnect, ...]:
        """Base connects to the addresses that count."""
        return tuple(c for c in self.hop.connects if c.port == self.port and c.ip in self.addresses)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """A letter for each connect that this computer itself did not fail."""
        return tuple(s for c in self.connects if (s := connect_symbol(c)) != LOCAL)

    @cached_property
    def any_ok(self) -> bool:
        """At least one address answers."""
        return SUCCESS in self.symbols

    @cached_property
    def no_ipv6(self) -> bool:
        """All are IPv6 addresses, and IPv6 does not work here."""
        broken = any(f.kind == "ipv6_broken" for f in self.environment)
        return bool(self.connects) and all(is_v6(c.ip) for c in self.connects) and broken

    @cached_property
    def counted(self) -> tuple[TCPConnect, ...]:
        """Failed connects that can mean something: no broken IPv6, nothing local."""
        broken = any(f.kind == "ipv6_broken" for f in self.environment)
        return tuple(
            c
            for c in self.connects
            if connect_symbol(c) not in {SUCCESS, LOCAL} and not (broken and is_v6(c.ip))
        )

    @cached_property
    def mechanism(self) -> Mechanism | None:
        """The commonest way of failing."""
        found = [connect_symbol(c) for c in self.counted]
        return MECHANISM_OF.get(commonest(found)) if found else None

    @cached_property
    def theirs(self) -> tuple[str, ...]:
        """The control's letters for the same endpoints."""
        endpoints = [self.hop.control_endpoint(c.ip, c.port) for c in self.counted]
        return tuple(symbol(e.tcp_failure) if e.tcp_failure else SUCCESS for e in endpoints if e)

    @cached_property
    def control_ok(self) -> bool:
        """The control reached an endpoint that we could not."""
        return SUCCESS in self.theirs or (not self.theirs and self.hop.passed_outside)

    @cached_property
    def control_fails(self) -> bool:
        """The control tried the same endpoints and failed as well."""
        return bool(self.theirs) and not self.control_ok

    @cached_property
    def dead_address(self) -> bool:
        """These addresses answer nobody, and yet the control got the site, from others."""
        return self.control_fails and self.hop.up_outside

    @cached_property
    def control_silent(self) -> bool:
        """No word from the control about these endpoints."""
        return not self.theirs

    @cached_property
    def decision(self) -> Decision:
        """The sequential test over the base connect and the repetitions."""
        again = [connect_symbol(c) != SUCCESS for c in self.arms.get("t", [])]
        return sequential([True, *again]) if self.counted else Decision.CLEAN

    @cached_property
    def experimented(self) -> bool:
        """The repetitions were run."""
        return bool(self.arms.get("t"))

    @cached_property
    def line_ok(self) -> bool:
        """A control endpoint was reached meanwhile."""
        return any(c.failure is None for c in self.arms.get("c", []))

    @cached_property
    def line_dead(self) -> bool:
        """The control endpoint could not be reached either."""
        tried = self.arms.get("c", [])
        return bool(tried) and not self.line_ok

    @cached_property
    def other_port_ok(self) -> bool:
        """Another port of the same address answers."""
        return any(
            c.failure is None or symbol(c.failure) == "C" for c in self.arms.get("p", [])
        ) or any(
            c.port != self.port and c.ip in self.addresses and c.failure is None
            for c in self.hop.connects
        )

    @cached_property
    def other_port_dead(self) -> bool:
        """Another port of the same address was tried, which the control reaches, and failed too."""
        return any(
            c.port != self.port
            and c.ip in self.addresses
            and connect_symbol(c) not in {SUCCESS, LOCAL}
            and (e := self.hop.control_endpoint(c.ip, c.port)) is not None
            and e.tcp_failure is None
            for c in self.hop.connects
        )

    @cached_property
    def unreachable_here(self) -> bool:
        """No route, said this computer at once: a matter of this network, not of the site."""
        return bool(self.counted) and all(
            connect_symbol(c) == UNREACHABLE and c.t - c.t0 < 0.002 for c in self.counted
        )

    @property
    def words(self) -> dict[str, str]:
        """See rule.View."""
        first = self.counted[0] if self.counted else None
        return {
            "host": self.hop.host,
            "endpoint": f"{first.ip} port {first.port}" if first else f"port {self.port}",
            "how": self.mechanism.value if self.mechanism else "failed",
            "tries": str(1 + len(self.arms.get("t", []))),
        }

    @property
    def transactions(self) -> tuple[int, ...]:
        """See rule.View."""
        return ids((*self.connects, *(c for cs in self.arms.values() for c in cs)))


def ids(records: Iterable[TCPConnect | TLSHandshake]) -> tuple[int, ...]:
    """Transaction ids, each once, at most 24."""
    return tuple(dict.fromkeys(r.transaction_id for r in records))[:24]
