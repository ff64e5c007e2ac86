"""Who is said to have asked, out of a DNS message."""

import dns.edns
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.consent.dns_wire import without_client_subnet
from tests.unit.probe.consent.planted import dns_message


def test_the_subnet_becomes_zeros() -> None:
    """The rest is as it was; another reader agrees."""
    wire = dns_message()
    found = without_client_subnet(wire)
    assert found is not None
    assert b"\x5c\x2e\x0a" in wire
    assert b"\x5c\x2e\x0a" not in found
    assert len(found) == len(wire)
    assert [str(r) for s in dns.message.from_wire(found).answer for r in s] == ["93.184.216.34"]


def test_a_message_of_dnspython() -> None:
    """With two options, of which one is about the asker."""
    subnet = dns.edns.ECSOption("2a00:5da0:1::", 56)
    cookie = dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"12345678")
    wire = dns.message.make_query("a.kz", "A", use_edns=True, options=[cookie, subnet]).to_wire()
    found = without_client_subnet(wire)
    assert found is not None
    assert bytes.fromhex("2a005da0") not in found
    assert b"12345678" in found


def test_without_one_nothing_changes() -> None:
    """The twin."""
    wire = dns.message.make_query("a.kz", "A").to_wire()
    assert without_client_subnet(wire) == wire


@pytest.mark.parametrize("cut", [0, 5, 11, 20, 30, -1, -9])
def test_a_torn_message_is_none(cut: int) -> None:
    """What cannot be read to its end may hold anything."""
    assert without_client_subnet(dns_message()[:cut]) is None


@given(st.binary(max_size=80))
def test_any_bytes(wire: bytes) -> None:
    """No surprise."""
    found = without_client_subnet(wire)
    assert found is None or len(found) == len(wire)
