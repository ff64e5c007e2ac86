"""measurements/collector/gate.py: rates, memory, new senders, whose request it is."""

from dataclasses import replace

import pytest

from measurements.collector.config import Limits
from measurements.collector.gate import Gate, client_address, parse_networks, told_back


class Time:
    """Stands still."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def gate(time: Time | None = None, **limits: float) -> Gate:
    """With these limits."""
    return Gate(replace(Limits(), **limits), b"s", time or Time())  # type: ignore[arg-type]


def test_a_burst_then_a_wait_then_again() -> None:
    """The wait is told, and is enough."""
    time = Time()
    one = gate(time, sender_rate=1.0, sender_burst=10.0)
    assert one.documents(b"c", b"s", 10) is None
    refused = one.documents(b"c", b"s", 5)
    assert refused is not None
    assert (refused.status, refused.code, refused.retry_after) == (429, "rate_sender", 5.0)
    assert one.documents(b"c", b"other", 5) is None
    time.now = 5.0
    assert one.documents(b"c", b"s", 5) is None


def test_an_operator_reads_of_a_client_nothing() -> None:
    """Its name is a keyed hash."""
    assert b"127" not in gate().name("127.0.0.1")
    assert gate().name("127.0.0.1") != Gate(Limits(), b"t", Time()).name("127.0.0.1")


def test_memory_is_given_back() -> None:
    """Exactly."""
    one = gate(held=10)
    assert one.hold(10)
    assert not one.hold(1)
    one.release(10)
    assert one.hold(1)


def test_new_senders_a_day() -> None:
    """Two count; one who turns out to be known gives the place back; tomorrow is another day."""
    one = gate(new_senders=2)
    assert [one.newcomer(b"c", "1"), one.newcomer(b"c", "1"), one.newcomer(b"c", "1")] == [
        True,
        True,
        False,
    ]
    assert one.newcomer(b"d", "1")
    one.met(b"c", new=False)
    one.met(b"d", new=True)
    assert one.newcomer(b"c", "1")
    assert one.newcomer(b"c", "2")


@pytest.mark.parametrize(
    ("peer", "forwarded", "whose"),
    [
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # not trusted: its word is nothing
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("::ffff:127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["6.6.6.6, 198.51.100.7"], "198.51.100.7"),  # the first was made up
        ("127.0.0.1", ["6.6.6.6", "198.51.100.7, 127.0.0.2"], "198.51.100.7"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["nonsense"], "nonsense"),
    ],
)
def test_whose_request_it_is(peer: str, forwarded: list[str], whose: str) -> None:
    """X-Forwarded-For is read from its end, as far as proxies are trusted."""
    assert client_address(peer, forwarded, parse_networks(["127.0.0.0/8"])) == whose


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("unknown", None),
        ("198.51.100.7:5555", None),
        ("1.2.3.4\r\nX: y", None),
    ],
)
def test_what_is_told_back(address: str, told: str | None) -> None:
    """An address or nothing: a proxy's X-Forwarded-For may hold anything."""
    assert told_back(address) == told
