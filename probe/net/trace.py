"""One measurement's notebook: its zero of time, its transaction ids, what was recorded so far."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from measurements.schema.records import (
    Arm,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from probe.net.network import Clock, Network
from probe.net.trust import Trust

Record = DNSQuery | TCPConnect | TLSHandshake | QUICHandshake | HTTPTransaction | NetworkEvent

_PLACE: dict[type, str] = {
    DNSQuery: "queries",
    TCPConnect: "tcp_connects",
    TLSHandshake: "tls_handshakes",
    QUICHandshake: "quic_handshakes",
    HTTPTransaction: "http_transactions",
    NetworkEvent: "network_events",
}


@dataclass(slots=True)
class Notebook:
    """What all traces of one measurement write into."""

    _lists: dict[str, list[Record]] = field(
        default_factory=lambda: {name: [] for name in _PLACE.values()}
    )
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def add(self, record: Record) -> None:
        """Keep a record."""
        self._lists[_PLACE[type(record)]].append(record)

    def next_id(self) -> int:
        """A transaction id that this measurement has not used."""
        return next(self._ids)

    def records(self) -> Records:
        """All records so far, frozen."""
        return Records(**{name: tuple(items) for name, items in self._lists.items()})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Trace:
    """A step's view: the doors, the zero of time, the notebook, and which arm this is for."""

    network: Network
    clock: Clock
    trust: Trust
    zero: float  # clock.monotonic() at the measurement's start
    notebook: Notebook
    depth: int = 0
    arm: Arm | None = None

    def now(self) -> float:
        """Seconds since the measurement's start, to the microsecond."""
        return round(self.clock.monotonic() - self.zero, 6)

    def at(self, depth: int) -> "Trace":
        """The same notebook, for another redirect hop."""
        return replace(self, depth=depth)

    def for_arm(self, experiment: str, name: str, repetition: int) -> "Trace":
        """The same notebook, for one arm of an experiment."""
        return replace(self, arm=Arm(experiment=experiment, name=name, repetition=repetition))

    def transaction(self) -> int:
        """A new transaction id."""
        return self.notebook.next_id()

    def add(self, record: Record) -> None:
        """Record it."""
        self.notebook.add(record)
