"""Older documents, read between their lines."""

from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.records import (
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.verdict.dialects import in_order
from tests.fakes.records import records as any_records

FIRST, SECOND = "http://t.example/", "https://www.t.example/"


def request(
    url: str, status: int | None = 200, location: str | None = None, **more: object
) -> HTTPTransaction:
    """As documents before 2022 tell it: no id, no time, no depth."""
    headers = (("Location", location),) if location else ()
    return HTTPTransaction(
        transaction_id=0,
        url=url,
        ip="",
        port=0,
        t0=0,
        t=0,
        status_code=status,
        headers=headers,
        **more,  # type: ignore[arg-type]
    )


def connect(ip: str, port: int) -> TCPConnect:
    """Likewise."""
    return TCPConnect(transaction_id=0, ip=ip, port=port, t0=0, t=0)


def lookup(name: str, ip: str) -> DNSQuery:
    """Likewise."""
    return DNSQuery(
        transaction_id=0,
        engine="getaddrinfo",
        role="system",
        resolver_address="",
        hostname=name,
        query_type="A",
        t0=0,
        t=0,
        answers=(DNSAnswer(answer_type="A", value=ip),),
    )


REDIRECTED = Records(
    queries=(lookup("t.example", "192.0.2.1"), lookup("www.t.example", "192.0.2.2")),
    tcp_connects=(connect("192.0.2.1", 80), connect("192.0.2.2", 443)),
    http_transactions=(request(FIRST, 301, SECOND), request(SECOND)),
)


def test_depths_follow_the_redirects() -> None:
    """Connects go with the host that their address is of."""
    found = in_order(REDIRECTED)

    assert [0, 1] == [t.depth for t in found.http_transactions]
    assert [(80, 0), (443, 1)] == [(c.port, c.depth) for c in found.tcp_connects]


def test_a_document_that_tags_depths_is_left_alone() -> None:
    """As are requests that do not lead to one another."""
    tagged = Records(http_transactions=(request(FIRST, 301, SECOND), request(SECOND, depth=3)))
    apart = Records(http_transactions=(request(FIRST), request(SECOND)))

    assert [0, 3] == [t.depth for t in in_order(tagged).http_transactions]
    assert [0, 0] == [t.depth for t in in_order(apart).http_transactions]


def test_a_page_over_https_had_a_good_chain() -> None:
    """OONI's probes verify, and the oldest documents do not tell."""
    (shake,) = in_order(REDIRECTED).tls_handshakes

    assert ("www.t.example", "192.0.2.2", 1, None) == (
        shake.server_name,
        shake.ip,
        shake.depth,
        shake.failure,
    )


def test_a_request_over_https_that_died_was_a_handshake() -> None:
    """Stopped at the name in the hello, most likely."""
    died = Records(
        tcp_connects=(connect("192.0.2.2", 443),),
        http_transactions=(request(SECOND, None, failure="connection_reset"),),
    )

    found = in_order(died)

    assert ["connection_reset"] == [h.failure for h in found.tls_handshakes]
    assert () == found.http_transactions


def test_where_handshakes_are_told_none_is_made_up() -> None:
    """Not even for a request that has none."""
    shake = TLSHandshake(
        transaction_id=0, ip="192.0.2.9", port=443, server_name="u.example", t0=0, t=1
    )
    told = Records(tls_handshakes=(shake,), http_transactions=(request(SECOND),))

    assert (shake,) == in_order(told).tls_handshakes


@given(any_records)
def test_nothing_is_lost(records: Records) -> None:
    """But for the order, and what is filled in."""
    found = in_order(records)

    assert sorted(map(repr, records.queries)) == sorted(map(repr, found.queries))
    assert len(records.tcp_connects) == len(found.tcp_connects)
    assert len(records.http_transactions) <= len(found.http_transactions) + len(
        found.tls_handshakes
    )


@given(any_records, st.randoms(use_true_random=False))
def test_the_order_within_a_list_decides_nothing(records: Records, chance: object) -> None:
    """Where times and ids differ."""
    connects = [
        TCPConnect(transaction_id=n, ip=c.ip, port=c.port, t0=0, t=float(n))
        for n, c in enumerate(records.tcp_connects)
    ]
    shuffled = list(connects)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert tuple(connects) == in_order(Records(tcp_connects=tuple(shuffled))).tcp_connects
