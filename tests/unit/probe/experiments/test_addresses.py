"""Only what can be a public site's is connected to; the system's word comes first."""

import pytest

from measurements.schema.records import DNSAnswer, DNSQuery
from probe.experiments.addresses import in_order, in_turn, may_connect, own_of, usable


def query(role: str, *ips: str) -> DNSQuery:
    """An answer with these addresses."""
    return DNSQuery(
        transaction_id=1,
        engine="udp",
        role=role,
        resolver_address="",
        hostname="a.example",
        query_type="A",
        t0=0.0,
        t=0.1,
        answers=tuple(DNSAnswer(answer_type="AAAA" if ":" in i else "A", value=i) for i in ips),
    )


def nobody(_: str) -> bool:
    """No address is the home's."""
    return False


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "10.10.34.34",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.251",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "ff02::fb",
        "::ffff:192.168.1.1",
        "64:ff9b::c0a8:101",
        "2002:c0a8:101::1",
        "fe80::1%eth0",
        "router.lan",
        "",
    ],
)
def test_a_dns_answer_never_leads_into_the_home(ip: str) -> None:
    """Loopback, LAN, multicast, and every way of writing one of them inside another address."""
    assert not may_connect(ip, nobody)


def test_a_homes_public_addresses_are_its_own() -> None:
    """With IPv6 every printer has one."""
    assert may_connect("2a00:5da0:1:1::9", nobody)
    assert not may_connect("2a00:5da0:1:1::9", lambda ip: ip.startswith("2a00:5da0:1:1:"))
    assert ["1.1.1.1"] == usable(["10.0.0.1", "1.1.1.1"], nobody)


def test_the_systems_come_first_and_no_family_is_hidden() -> None:
    """The system's in turn, then the others' in turn; each once."""
    answers = [
        query("public", "9.9.9.9", "1.1.1.1"),
        query("system", "1.1.1.1", "1.0.0.1", "2606:4700::1", "192.168.0.1"),
    ]
    assert ["1.1.1.1", "2606:4700::1", "1.0.0.1", "9.9.9.9"] == in_order(answers, nobody)
    assert {"1.1.1.1", "1.0.0.1", "2606:4700::1", "192.168.0.1"} == own_of(answers)
    assert ["1.1.1.1", "::a", "2.2.2.2"] == in_turn(["1.1.1.1", "2.2.2.2", "::a"])
