"""What records tell about themselves."""

import dataclasses

import pytest

from measurements.schema import records
from measurements.schema.records import DNSAnswer, DNSQuery, HTTPTransaction, Records, TCPConnect

TIMES = {"transaction_id": 1, "t0": 0.0, "t": 1.0}


def test_addresses_of_an_answer() -> None:
    """Both families, in the answer's order; names are none."""
    answers = ("CNAME", "a.example"), ("AAAA", "2001:db8::1"), ("A", "192.0.2.1"), ("SOA", "x")
    query = DNSQuery(
        **TIMES,  # type: ignore[arg-type]
        engine="udp",
        role="public",
        resolver_address="192.0.2.53:53",
        hostname="a.example",
        query_type="A",
        answers=tuple(DNSAnswer(answer_type=kind, value=value) for kind, value in answers),
    )
    assert query.addresses == ("2001:db8::1", "192.0.2.1")


def test_header_in_any_case() -> None:
    """The first of that name; None where there is none."""
    page = HTTPTransaction(
        **TIMES,  # type: ignore[arg-type]
        url="http://a.example/",
        ip="192.0.2.1",
        port=80,
        headers=(("LOCATION", "one"), ("location", "two")),
    )
    assert page.header("Location") == "one"
    assert page.header("Server") is None


def test_records_add_up_in_order() -> None:
    """Kind by kind."""
    one, two = (TCPConnect(**TIMES, ip="192.0.2.1", port=p) for p in (1, 2))  # type: ignore[arg-type]
    assert (Records(tcp_connects=(one,)) + Records(tcp_connects=(two,))).tcp_connects == (one, two)
    assert Records() + Records() == Records()


@pytest.mark.parametrize(
    "kind", [v for v in vars(records).values() if dataclasses.is_dataclass(v)], ids=str
)
def test_records_are_frozen(kind: type) -> None:
    """What was seen is not changed afterwards, and has no room for more."""
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(kind)
