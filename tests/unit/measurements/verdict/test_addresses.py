"""Addresses and names by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.verdict.addresses import (
    canonical_host,
    embedded_ipv4,
    is_bogon,
    is_nat64,
    registrable_domain,
    same_site,
)


@pytest.mark.parametrize(
    "ip",
    [
        "0.0.0.0", "10.10.34.35", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.31.255.255",
        "192.0.0.1", "192.0.0.170", "192.0.2.7", "192.88.99.1", "192.168.0.1", "198.19.255.1",
        "198.51.100.1", "203.0.113.9", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "100::1", "100:0:0:1::1",
        "2001::1", "2001:2::1", "2001:10::1", "2001:db8::1", "2002:a00:1::1", "3fff::1", "5f00::1",
        "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1",
    ],
)  # fmt: skip
def test_special_addresses_are_bogons(ip: str) -> None:
    """No public site can live in a special-purpose range."""
    assert is_bogon(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.0.9", "192.0.0.10",
        "192.0.1.1", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2606:4700::1111", "2001:200::1", "2001:4:112::1", "2001:1::1",
        "2620:4f:8000::1", "::ffff:1.1.1.1", "64:ff9b::101:101", "64:ff9b:1::1", "2002:101:101::1",
        "2a00:1450::1", "[2606:4700::1111]",
    ],
)  # fmt: skip
def test_ordinary_addresses_are_not(ip: str) -> None:
    """The neighbours of each range, and the registry's exceptions, are ordinary."""
    assert not is_bogon(ip)


@pytest.mark.parametrize("text", ["", "example.com", "1.2.3", "1.2.3.4.5", "::g", "01.2.3.4", "\0"])
def test_no_address_is_no_bogon(text: str) -> None:
    """What is not an address says nothing."""
    assert not is_bogon(text)
    assert not is_nat64(text)
    assert embedded_ipv4(text) is None


def test_nat64() -> None:
    """DNS64's addresses are recognised, the well-known prefix and the operators' own."""
    assert is_nat64("64:ff9b::808:808")
    assert is_nat64("64:ff9b:1:fffe::808:808")
    assert not is_nat64("64:ff9c::808:808")
    assert not is_nat64("8.8.8.8")
    assert embedded_ipv4("64:ff9b::808:808") == "8.8.8.8"
    assert embedded_ipv4("::ffff:8.8.8.8") == "8.8.8.8"
    assert embedded_ipv4("2002:808:808::1") == "8.8.8.8"
    assert embedded_ipv4("2a00::1") is None


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.com", "example.com"),
        ("WWW.Example.COM.", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("www.gov.kz", "www.gov.kz"),
        ("egov.kz", "egov.kz"),
        ("www.kt.com.kz", "kt.com.kz"),
        ("me.github.io", "me.github.io"),
        ("x.me.github.io", "me.github.io"),
        ("www.city.kawasaki.jp", "city.kawasaki.jp"),
        ("a.b.kawasaki.jp", "a.b.kawasaki.jp"),
        ("x.a.b.kawasaki.jp", "a.b.kawasaki.jp"),
        ("www.пример.рф", "xn--e1afmkfd.xn--p1ai"),
        ("www.xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("a.unknown-top", "a.unknown-top"),
        ("com", None),
        ("co.uk", None),
        ("github.io", None),
        ("b.kawasaki.jp", None),
        ("localhost", None),
        ("", None),
        (".", None),
        ("a..com", None),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
        ("[2001:db8::1]", None),
    ],
)
def test_registrable_domain(host: str, domain: str | None) -> None:
    """The Public Suffix List decides; examples are its own test vectors and Kazakhstan's."""
    assert registrable_domain(host) == domain


def test_www_gov_kz_note() -> None:
    """gov.kz is a public suffix: two ministries under it are two sites."""
    assert not same_site("www.gov.kz", "adilet.gov.kz")


def test_same_site() -> None:
    """The redirects of a site to itself, and the negative twin."""
    assert same_site("example.com", "www.example.com")
    assert same_site("192.0.2.1", "192.0.2.1")
    assert same_site("localhost", "LOCALHOST")
    assert not same_site("example.com", "example.org")
    assert not same_site("a.github.io", "b.github.io")
    assert not same_site("192.0.2.1", "192.0.2.2")
    assert not same_site("", "")
    assert not same_site("com", "net")


def test_a_name_that_idna_refuses_is_kept() -> None:
    """A strange name is still a name."""
    assert canonical_host("Ö" * 70 + ".com") == "ö" * 70 + ".com"
    assert canonical_host("ПРИМЕР.рф") == "xn--e1afmkfd.xn--p1ai"


@given(st.text(max_size=80))
def test_never_raises(text: str) -> None:
    """Names and addresses come from hostile answers."""
    is_bogon(text)
    is_nat64(text)
    embedded_ipv4(text)
    domain = registrable_domain(text)
    assert domain is None or canonical_host(text).endswith(domain)
    same_site(text, "example.com")


@given(st.ip_addresses(v=4))
def test_mapped_is_as_plain(ip: object) -> None:
    """An IPv4-mapped or NAT64 address is judged as the address inside."""
    assert is_bogon(f"::ffff:{ip}") == is_bogon(str(ip)) == is_bogon(f"64:ff9b::{ip}")
