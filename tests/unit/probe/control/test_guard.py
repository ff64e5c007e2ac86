"""probe/control/guard.py: what an open control may connect to."""

import pytest

from probe.control.guard import (
    Guard,
    GuardedNetwork,
    RefusedError,
    good_port,
    is_public,
    parse_networks,
)
from probe.net.failure import LOCAL_FAILURES, classify
from tests.unit.probe.control.outside import MappedNetwork

PUBLIC = ["1.1.1.1", "93.184.216.34", "223.255.255.254", "2606:4700:4700::1111", "2a00:1450::1"]
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "64:ff9b::7f00:1",
    "64:ff9b::101:101", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378::1", "2001:10::1",
    "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:101:101::1", "3fff::1", "5f00::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2606:4700::1%1", "fec0::1", "ff02::1",
    "localhost", "", "1.1.1.1.example", "0x7f.1", "2130706433", "127.1",
]  # fmt: skip


@pytest.mark.parametrize("ip", PUBLIC)
def test_public(ip: str) -> None:
    """Sites live there."""
    assert is_public(ip)
    assert Guard().allows(ip)


@pytest.mark.parametrize("ip", NOT_PUBLIC)
def test_not_public(ip: str) -> None:
    """Every special range, in every spelling that embeds one, is refused."""
    assert not is_public(ip)
    assert not Guard().allows(ip)


def test_the_operator_opens_a_network_and_nothing_else() -> None:
    """--allow-private is for labs; a mapped spelling of an open network stays shut."""
    guard = Guard(parse_networks(["127.0.0.0/8", "fd00::/8"]))
    assert guard.allows("127.0.0.1")
    assert guard.allows("fd00::1")
    assert not guard.allows("10.0.0.1")
    assert not guard.allows("::ffff:127.0.0.1")


def test_own_address_is_refused() -> None:
    """What listens on this machine may trust those who come from inside."""
    guard = Guard()
    guard.add_own("1.1.1.1")
    assert not guard.allows("1.1.1.1")


async def test_one_address_is_not_flooded() -> None:
    """Whatever names lead to it."""
    network, left = MappedNetwork(), iter([True, False])
    network.failures["1.1.1.1"] = OSError("there")
    guarded = GuardedNetwork(network, Guard(admits=lambda ip: next(left)), frozenset({80}))
    with pytest.raises(OSError, match="there"):
        await guarded.connect_tcp("1.1.1.1", 80)
    with pytest.raises(RefusedError):
        await guarded.connect_tcp("1.1.1.1", 80)
    assert len(network.attempts) == 1


@pytest.mark.parametrize("port", [22, 25, 53, 6000, 6667])
def test_bad_ports(port: int) -> None:
    """Other protocols' servers are not talked to."""
    assert not good_port(port)
    assert good_port(8080)


@pytest.mark.parametrize(
    ("ip", "port"), [("127.0.0.1", 80), ("1.1.1.1", 22), ("localhost", 80), ("1.1.1.1", 8080)]
)
async def test_the_guarded_network_sends_nothing(ip: str, port: int) -> None:
    """The no comes before the first packet, and counts as our own doing."""
    network = MappedNetwork()
    guarded = GuardedNetwork(network, Guard(), frozenset({80, 443}))
    with pytest.raises(RefusedError) as caught:
        await guarded.connect_tcp(ip, port)
    assert network.attempts == []
    assert classify(caught.value) in LOCAL_FAILURES
    with pytest.raises(RefusedError):
        await guarded.connect_udp("1.1.1.1", 53)
    with pytest.raises(RefusedError):
        await guarded.getaddrinfo("example.com")
