"""A visit's records put in order, those of older documents too.

OONI's documents before 2022 tag no redirect depth and give no transaction ids, and the oldest tell
of TLS only in the failure of a request. What can be read between the lines is filled in here.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter

from measurements.schema.records import (
    HTTPTransaction,
    NetworkEvent,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.verdict.symbols import SUCCESS, connect_symbol
from measurements.verdict.urls import redirect_target, split_url

_WHEN = attrgetter("t", "transaction_id")
_PEER = attrgetter("t", "transaction_id", "ip", "port")
_ASKED = attrgetter("t", "transaction_id", "late", "query_type", "resolver_address")


def in_order(records: Records) -> Records:
    """Sorted by time and transaction, so that the order within a list decides nothing, and complete."""
    return _told_tls(_depths(_sorted(records)))


def _sorted(r: Records) -> Records:
    return Records(
        queries=tuple(sorted(r.queries, key=_ASKED)),
        tcp_connects=tuple(sorted(r.tcp_connects, key=_PEER)),
        tls_handshakes=tuple(sorted(r.tls_handshakes, key=_PEER)),
        quic_handshakes=tuple(sorted(r.quic_handshakes, key=_PEER)),
        http_transactions=tuple(sorted(r.http_transactions, key=_WHEN)),
        network_events=tuple(sorted(r.network_events, key=_event)),
    )


def _event(e: NetworkEvent) -> tuple[float, int, int]:
    return e.t, e.transaction_id, e.num_bytes or 0


def _depths(r: Records) -> Records:
    """Each request's depth from the redirects themselves, where no document tags one."""
    requests = r.http_transactions
    hosts = _chain(requests)
    if len(hosts) < 2 or any(t.depth for t in requests):  # noqa: PLR2004
        return r
    urls = list(dict.fromkeys(t.url for t in requests))

    def of_name(name: str) -> int:
        return hosts.index(name) if name in hosts else 0

    places = [split_url(url)[1:] for url in urls]
    told = {ip: q.hostname for q in reversed(r.queries) for ip in q.addresses}
    return replace(
        r,
        http_transactions=tuple(replace(t, depth=urls.index(t.url)) for t in requests),
        tls_handshakes=tuple(replace(h, depth=of_name(h.server_name)) for h in r.tls_handshakes),
        tcp_connects=tuple(
            replace(c, depth=_of_connect(c, of_name(told.get(c.ip, "")), places))
            for c in r.tcp_connects
        ),
    )


def _chain(requests: Sequence[HTTPTransaction]) -> list[str]:
    """The host of each hop, where each request leads to the next; [] where they do not."""
    firsts = {t.url: t for t in reversed(requests)}
    chain = list(dict.fromkeys(t.url for t in requests))
    for before, after in pairwise(chain):
        if redirect_target(firsts[before]) != after:
            return []
    return [split_url(url)[1] for url in chain]


def _of_connect(c: TCPConnect, first: int, places: Sequence[tuple[str, int]]) -> int:
    """The first hop from its host's on whose port it is."""
    wanted = (places[first][0], c.port)
    return places.index(wanted) if wanted in places else first


def _told_tls(r: Records) -> Records:
    """A handshake for each https request, where the document knows no handshakes at all.

    OONI's probes verify every chain: a page over https had a good one, and a request that died was
    most likely stopped at the name in the hello.
    """
    if r.tls_handshakes or not all(t.transaction_id == 0 for t in r.http_transactions):
        return r
    handshakes, requests = [], []
    for t in r.http_transactions:
        scheme, host, port = split_url(t.url)
        ip = t.ip or _connected(r.tcp_connects, t.depth, port)
        if scheme != "https" or (t.status_code is None and (not t.failure or not ip)):
            requests.append(t)
            continue
        passed = t.status_code is not None
        handshakes.append(
            TLSHandshake(
                transaction_id=0,
                ip=ip,
                port=port,
                server_name=host,
                t0=t.t0,
                t=t.t,
                failure=None if passed else t.failure,
                depth=t.depth,
            )
        )
        if passed or stays_http(t.failure):
            requests.append(t)
    return replace(r, tls_handshakes=tuple(handshakes), http_transactions=tuple(requests))


def stays_http(failure: str | None) -> bool:
    """A request's failure that no handshake can have."""
    return failure == "http_invalid_response"


def _connected(connects: Sequence[TCPConnect], depth: int, port: int) -> str:
    """The first address of the hop that answered."""
    found = (
        c.ip for c in connects
        if c.depth == depth and c.port == port and connect_symbol(c) == SUCCESS
    )  # fmt: skip
    return next(found, "")
