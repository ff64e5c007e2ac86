"""Join what the probe and the control saw into one view a redirect hop.

A measurement holds one or more visits: the base visit (records without an arm) and repetitions of it
(arm experiment "revisit"), made where a first failure did not come again. The last visit counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from measurements.schema.measurement import Control, ControlAnswered, ControlEndpoint, Measurement
from measurements.schema.records import (
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    TCPConnect,
    TLSHandshake,
)
from measurements.verdict.addresses import canonical_host

REVISIT = "revisit"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 10
_DEFAULT_PORT = {"http": 80, "https": 443}

R = TypeVar("R", DNSQuery, TCPConnect, TLSHandshake, HTTPTransaction, NetworkEvent, QUICHandshake)


def split_url(url: str) -> tuple[str, str, int]:
    """Scheme, host, port; ("", "", 0) for what no browser opens."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", "", 0
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORT or not host:
        return "", "", 0
    return scheme, canonical_host(host), port or _DEFAULT_PORT[scheme]


def redirect_target(transaction: HTTPTransaction) -> str | None:
    """Where an answer sends the browser; None where it is no redirect. May be a useless URL."""
    if transaction.status_code not in REDIRECTS:
        return None
    location = (transaction.header("location") or "").strip()
    if not location or "://" in location.split("?")[0]:  # urljoin would mend a useless "http://"
        return location or None
    try:
        return urljoin(transaction.url, location)
    except ValueError:
        return location


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
    passed_outside: bool = False  # no answer about this hop, but the control's redirects ended well

    @cached_property
    def is_literal(self) -> bool:
        """The host is an address."""
        return ":" in self.host or self.host.replace(".", "").isdigit()

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
    def tls_port(self) -> int:
        """The port whose TLS can prove an address: the URL's own, or 443 beside 80."""
        return self.port if self.scheme == "https" else 443

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
    arms = {
        r.arm.repetition
        for r in (*m.records.queries, *m.records.tcp_connects)
        if r.arm is not None and r.arm.experiment == REVISIT
    }
    return tuple(_visit(m, number) for number in (0, *sorted(arms)))


def _of(records: Iterable[R], number: int) -> list[R]:
    if number == 0:
        return [r for r in records if r.arm is None]
    return [
        r
        for r in records
        if r.arm is not None and r.arm.experiment == REVISIT and r.arm.repetition == number
    ]


def _visit(m: Measurement, number: int) -> Visit:
    queries = _of(m.records.queries, number)
    connects = _of(m.records.tcp_connects, number)
    handshakes = _of(m.records.tls_handshakes, number)
    transactions = _of(m.records.http_transactions, number)
    quic = _of(m.records.quic_handshakes, number)
    events = _of(m.records.network_events, number)
    first = m.control(0)
    outside = isinstance(first, ControlAnswered) and first.http.status_code > 0
    hops: list[Hop] = []
    url: str | None = m.input
    while url is not None and len(hops) <= MAX_REDIRECTS:
        depth = len(hops)
        scheme, host, port = split_url(url)
        if not host and hops:
            break
        mine = [t for t in transactions if t.depth == depth]
        touched = mine or any(c.depth == depth for c in connects)
        if hops and not touched and not any(q.depth == depth for q in queries):
            break
        asked = m.control(depth)
        hops.append(
            Hop(
                depth=depth,
                url=url,
                scheme=scheme,
                host=host,
                port=port,
                queries=tuple(q for q in queries if q.hostname.rstrip(".").lower() == host),
                connects=tuple(c for c in connects if c.depth == depth),
                handshakes=tuple(h for h in handshakes if h.depth == depth),
                transactions=tuple(mine),
                quic=tuple(h for h in quic if h.depth == depth),
                events=tuple(e for e in events if e.depth == depth),
                control=asked,
                answered=(found := _answer(m, depth, host, hops)),
                passed_outside=depth > 0 and found is None and asked is None and outside,
            )
        )
        url = redirect_target(mine[-1]) if mine else None
    return Visit(hops=tuple(hops), number=number)


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
