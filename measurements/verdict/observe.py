"""Join what the probe and the control saw into one view a redirect hop.

A measurement holds one or more visits: the base visit (records without an arm) and repetitions of
it (arm experiment "revisit"), made where a first failure did not come again. The last visit counts,
unless it shows only what an earlier one left behind.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from measurements.schema.measurement import (
    RESOLVED_BY_CONTROL,
    Control,
    ControlAnswered,
    ControlEndpoint,
    Measurement,
)
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
from measurements.verdict.dialects import in_order
from measurements.verdict.urls import redirect_target, same_name, split_url

REVISIT = "revisit"
MAX_REDIRECTS = 10

R = TypeVar("R", DNSQuery, TCPConnect, TLSHandshake, HTTPTransaction, NetworkEvent, QUICHandshake)


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One URL of a visit: what was asked, seen here, and seen from the control."""

    depth: int
    url: str
    scheme: str
    host: str
    port: int
    queries: tuple[DNSQuery, ...]  # of this host, whichever hop asked
    connects: tuple[TCPConnect, ...]
    handshakes: tuple[TLSHandshake, ...]
    transactions: tuple[HTTPTransaction, ...]
    quic: tuple[QUICHandshake, ...]
    events: tuple[NetworkEvent, ...]
    control: Control | None
    answered: (
        ControlAnswered | None
    )  # the control's answer, own or of an earlier hop with this host
    asked_here: bool = False  # some name was looked up at this depth
    passed_outside: bool = False  # no answer about this hop, but the control's redirects ended well

    @cached_property
    def is_literal(self) -> bool:
        """The host is an address."""
        return ":" in self.host or self.host.replace(".", "").isdigit()

    @property
    def touched(self) -> bool:
        """Something was tried at this depth."""
        return bool(self.asked_here or self.connects or self.transactions)

    @cached_property
    def fetch(self) -> HTTPTransaction | None:
        """The page as a user would have got it; None where no connection could carry a request."""
        return self.transactions[-1] if self.transactions else None

    @cached_property
    def system_addresses(self) -> tuple[str, ...]:
        """What applications here get, in their order."""
        if self.is_literal:
            return (self.host,)
        found = [ip for q in self.queries if q.role == "system" for ip in q.addresses]
        return tuple(dict.fromkeys(found))

    @cached_property
    def control_addresses(self) -> tuple[str, ...]:
        """The addresses that the control's resolver gave."""
        if self.answered is None:
            return ()
        flagged = [ip for ip, flags in self.answered.ip_flags if flags & RESOLVED_BY_CONTROL]
        return tuple(dict.fromkeys([*self.answered.dns.addresses, *flagged]))

    @cached_property
    def encrypted_addresses(self) -> frozenset[str]:
        """What resolvers said over DoH or DoT, on connections whose certificate was good."""
        return frozenset(
            ip
            for q in self.queries
            if q.engine in {"doh", "dot"} and not q.failure
            for ip in q.addresses
        )

    @cached_property
    def tls_port(self) -> int:
        """The port whose TLS can prove an address: the URL's own, or 443 beside 80."""
        return self.port if self.scheme == "https" else 443

    @cached_property
    def up_outside(self) -> bool:
        """The control got an answer for this host, whichever address gave it."""
        http = self.answered.http if self.answered is not None else None
        return http is not None and http.failure is None and http.status_code > 0

    def control_endpoint(self, ip: str, port: int) -> ControlEndpoint | None:
        """What the control saw of ip:port."""
        return self.answered.endpoint(ip, port) if self.answered else None

    def handshakes_to(self, ip: str) -> tuple[TLSHandshake, ...]:
        """Verified handshakes of this hop with that address under the host's name."""
        return tuple(h for h in self.handshakes if h.ip == ip and h.server_name == self.sni)

    @cached_property
    def sni(self) -> str:
        """The name a client sends: none for an address."""
        return "" if self.is_literal else self.host


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One whole visit: its hops in order, and whether its redirects went on too long."""

    hops: tuple[Hop, ...]
    number: int

    @property
    def last(self) -> Hop:
        """Where the visit ended."""
        return self.hops[-1]

    @property
    def too_many_redirects(self) -> bool:
        """The site redirected more often than any client follows."""
        fetch = self.last.fetch
        return (
            len(self.hops) > MAX_REDIRECTS
            and fetch is not None
            and redirect_target(fetch) is not None
        )


def visits(m: Measurement) -> tuple[Visit, ...]:
    """All visits of a measurement, the base visit first; never empty."""
    return tuple(_visit(m, number) for number in _numbers(m))


def first_visit(m: Measurement) -> Visit:
    """The base visit."""
    return _visit(m, 0)


def last_visit(m: Measurement) -> Visit:
    """The one that counts: the newest that does not merely show what an earlier one left behind.

    Its number is the newest one's in any case.
    """
    numbers = _numbers(m)
    counts = _visit(m, numbers[-1])
    for number in reversed(numbers[:-1]):
        earlier = _visit(m, number)
        if not _left_behind(earlier.last, counts.last):
            break
        counts = replace(earlier, number=numbers[-1])
    return counts


def _left_behind(earlier: Hop, later: Hop) -> bool:
    """A connection stood and died once the name was sent; then none stands any more. A censor that
    remembers does that (methods.md §1.18): of the address itself it tells nothing."""
    tried = {c.ip for c in earlier.connects if c.failure is None and c.port == earlier.port}
    # Beside http:// 443 is tried too.
    named = [h for h in earlier.handshakes if h.port == earlier.port]
    died = any(_died(h.failure) for h in named) or (
        earlier.fetch is not None and _died(earlier.fetch.failure)
    )
    again = [c for c in later.connects if c.port == later.port]
    shut = any(c.ip in tried for c in again) and all(c.failure is not None for c in again)
    return earlier.url == later.url and died and shut


def _died(failure: str | None) -> bool:
    return failure is not None and not failure.startswith("ssl_")


def _numbers(m: Measurement) -> list[int]:
    queries, connects = m.records.queries, m.records.tcp_connects
    seen = {_visit_of(q) for q in queries} | {_visit_of(c) for c in connects}
    return [0, *sorted(number for number in seen if number)]


def _of_visit(records: Records, number: int) -> Records:
    def mine(items: Iterable[R]) -> tuple[R, ...]:
        if number == 0:  # the base visit: as _visit_of says, in a hundredth of a hop's time
            return tuple([r for r in items if r.arm is None])
        return tuple([r for r in items if _visit_of(r) == number])

    return in_order(
        Records(
            queries=mine(records.queries),
            tcp_connects=mine(records.tcp_connects),
            tls_handshakes=mine(records.tls_handshakes),
            quic_handshakes=mine(records.quic_handshakes),
            http_transactions=mine(records.http_transactions),
            network_events=mine(records.network_events),
        )
    )


def _visit_of(record: R) -> int | None:
    """Which visit a record belongs to; None for an experiment's."""
    arm: Arm | None = record.arm
    if arm is None:
        return 0
    return arm.repetition if arm.experiment == REVISIT and arm.repetition else None


def _visit(m: Measurement, number: int) -> Visit:
    records = _of_visit(m.records, number)
    hops: list[Hop] = []
    url: str | None = m.input
    while url is not None and len(hops) <= MAX_REDIRECTS:
        hop = _hop(m, records, url, hops)
        if hops and not (hop.host and hop.touched):
            break
        hops.append(hop)
        url = redirect_target(hop.fetch) if hop.fetch is not None else None
    return Visit(hops=tuple(hops), number=number)


def _hop(m: Measurement, records: Records, url: str, before: list[Hop]) -> Hop:
    depth = len(before)
    scheme, host, port = split_url(url)
    asked = m.control(depth)
    answered = _answer(m, depth, host, before)
    unheard = depth > 0 and answered is None and asked is None
    return Hop(
        depth=depth,
        url=url,
        scheme=scheme,
        host=host,
        port=port,
        queries=tuple(q for q in records.queries if same_name(q.hostname, host)),
        asked_here=any(q.depth == depth for q in records.queries),
        connects=tuple(c for c in records.tcp_connects if c.depth == depth),
        handshakes=tuple(h for h in records.tls_handshakes if h.depth == depth),
        transactions=tuple(t for t in records.http_transactions if t.depth == depth),
        quic=tuple(h for h in records.quic_handshakes if h.depth == depth),
        events=tuple(e for e in records.network_events if e.depth == depth),
        control=asked,
        answered=answered,
        passed_outside=unheard and _passed(m.control(0), host),
    )


def _passed(first: Control | None, host: str) -> bool:
    """The control's redirects from the input ended well, and led by `host` where they are told."""
    if not isinstance(first, ControlAnswered) or first.http.failure or first.http.status_code <= 0:
        return False
    http = first.http
    urls = [u for hop in http.hops for u in (hop.url, hop.location or "")]
    ours = http.body_sha256 is not None or http.runtime is not None  # OONI's tells no hops
    return not ours or any(same_name(split_url(u)[1], host) for u in urls)


def _answer(m: Measurement, depth: int, host: str, before: list[Hop]) -> ControlAnswered | None:
    """The control's answer for this hop, or for an earlier one with the same host."""
    own = m.control(depth)
    if isinstance(own, ControlAnswered):
        return own
    if own is None:
        for hop in reversed(before):
            if hop.host == host and hop.answered is not None:
                return hop.answered
    return None


def arm_records(records: Iterable[R], experiment: str, depth: int) -> dict[str, list[R]]:
    """The records of an experiment at a hop, by arm, in order of repetition."""
    found: dict[str, list[R]] = {}
    for r in records:
        if r.arm is not None and r.arm.experiment == experiment and r.depth == depth:
            found.setdefault(r.arm.name, []).append(r)
    for items in found.values():
        items.sort(key=lambda r: (r.arm.repetition if r.arm else 0, r.t))
    return found
