"""Each step in words."""

import dataclasses

import pytest

from measurements.schema.records import (
    Arm,
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from probe.cli.page import Page
from probe.cli.timeline import Record, arms, base_visit, says

DNS = DNSQuery(
    transaction_id=1,
    engine="udp",
    role="public",
    resolver_address="8.8.8.8:53",
    hostname="a.example",
    query_type="A",
    t0=0.0,
    t=0.1,
    answers=tuple(DNSAnswer(answer_type="A", value=f"192.0.2.{i}") for i in range(6)),
)
TCP = TCPConnect(transaction_id=2, ip="192.0.2.1", port=443, t0=0.1, t=0.2)
TLS = TLSHandshake(
    transaction_id=2,
    ip="192.0.2.1",
    port=443,
    server_name="a.example",
    t0=0.2,
    t=6.2,
    failure="generic_timeout_error",
    last_operation="write_1",
)
QUIC = QUICHandshake(transaction_id=3, ip="192.0.2.1", port=443, server_name="", t0=0.2, t=0.3)
HTTP = HTTPTransaction(
    transaction_id=4,
    url="http://a.example/",
    ip="192.0.2.1",
    port=80,
    t0=0.3,
    t=0.4,
    status_code=302,
    headers=(("location", "http://block.example/"),),
    title="Moved",
    body_length=9,
)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (
            DNS,
            "udp 8.8.8.8:53 (public) A a.example:"
            " 192.0.2.0 192.0.2.1 192.0.2.2 192.0.2.3 and 2 more",
        ),
        (TCP, "192.0.2.1 port 443: connected"),
        (TLS, "192.0.2.1 port 443 as a.example: silence (generic_timeout_error) after write_1"),
        (QUIC, "192.0.2.1 port 443 as no name: handshake done"),
        (HTTP, 'GET http://a.example/: 302, "Moved", 9 bytes, to http://block.example/'),
        (
            dataclasses.replace(HTTP, status_code=None, failure="eof_error"),
            "GET http://a.example/: connection closed (eof_error)",
        ),
    ],
)
def test_a_step_in_words(record: Record, text: str) -> None:
    """What it did and what came of it."""
    assert text == says(record)


def test_the_visit_is_in_order_and_the_arms_are_summed_up() -> None:
    """A connect that stood is left out where its handshake tells more."""
    arm = Arm(experiment="sni_matrix", name="s1")
    tried = [dataclasses.replace(TLS, arm=dataclasses.replace(arm, repetition=i)) for i in range(3)]
    records = Records(
        queries=(DNS,),
        tcp_connects=(TCP, dataclasses.replace(TCP, arm=arm)),
        tls_handshakes=(TLS, *tried),
        http_transactions=(dataclasses.replace(HTTP, arm=arm),),
    )
    page = Page()
    base_visit(page, records)
    assert ["dns", "tcp", "tls"] == [line.label.split()[-1] for line in page.lines]
    page = Page()
    arms(page, records)
    texts = [f"{line.label}{line.text}" for line in page.lines[2:]]
    assert [
        "sni_matrix",
        "s1  http 192.0.2.1 port 80 for http://a.example/: 1 x 302",
        "s1  tls  192.0.2.1 port 443 as a.example: 3 x silence (generic_timeout_error)",
    ] == texts


def test_long_names_of_arms_stand_apart() -> None:
    """`c_line http`, not `c_linehttp`."""
    arm = Arm(experiment="throttling", name="c_line")
    page = Page()
    arms(page, Records(tls_handshakes=(dataclasses.replace(TLS, arm=arm),)))
    assert page.lines[-1].label == "c_line tls  "


def test_nothing_tried_is_said() -> None:
    """An empty visit."""
    page = Page()
    base_visit(page, Records())
    arms(page, Records())
    assert ["Nothing was tried."] == [line.text for line in page.lines]
