"""Addresses with ports as people write them, and the system's resolvers."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.net.resolvers import Endpoint, configured, parse_endpoint


@pytest.mark.parametrize(
    ("text", "ip", "port"),
    [
        ("192.0.2.1", "192.0.2.1", 53),
        (" 192.0.2.1:5353 ", "192.0.2.1", 5353),
        ("2001:db8::1", "2001:db8::1", 53),
        ("[2001:DB8::1]", "2001:db8::1", 53),
        ("[2001:db8::1]:853", "2001:db8::1", 853),
        ("fe80::1%eth0", "fe80::1%eth0", 53),
    ],
)
def test_endpoint(text: str, ip: str, port: int) -> None:
    """IPv4 and IPv6, with a port or without."""
    assert parse_endpoint(text, 53) == Endpoint(ip, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "[::1]junk",
        "[::1]53",
        "[::1",
        "1.2:3",
        "192.0.2.1:\u0665\u0663",
        "192.0.2.1:" + "9" * 5000,
    ],
)
def test_what_is_no_endpoint_says_what_is_wrong(text: str) -> None:
    """A ValueError with what was written."""
    with pytest.raises(ValueError, match="is not a"):
        parse_endpoint(text, 53)


@given(st.ip_addresses(), st.integers(1, 65535))
def test_what_is_written_is_read_back(ip: object, port: int) -> None:
    """str() and parse_endpoint() are each other's opposite."""
    endpoint = Endpoint(str(ip), port)
    assert parse_endpoint(str(endpoint), 1) == endpoint


@given(st.text(max_size=60))
def test_any_text_is_an_endpoint_or_a_value_error(text: str) -> None:
    """Nothing else can be raised."""
    with contextlib.suppress(ValueError):
        assert parse_endpoint(text, 53).port > 0


def test_resolv_conf(tmp_path: Path) -> None:
    """Nameservers in their order, each once; comments, junk and other lines are passed over."""
    path = tmp_path / "resolv.conf"
    path.write_bytes(
        b"# nameserver 192.0.2.9\nsearch home.arpa\nnameserver 192.0.2.1\nnameserver\n"
        b"nameserver fe80::1%eth0\nnameserver 192.0.2.1\nnameserver not-an-ip\n\xff\xfe\n"
        b"  nameserver 2001:db8::53 # trailing\noptions edns0\n"
    )
    assert configured(path) == (
        Endpoint("192.0.2.1", 53),
        Endpoint("fe80::1%eth0", 53),
        Endpoint("2001:db8::53", 53),
    )


def test_no_resolv_conf(tmp_path: Path) -> None:
    """Where there is no such file there are none."""
    assert configured(tmp_path / "none") == ()
