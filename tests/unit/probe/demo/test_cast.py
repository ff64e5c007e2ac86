"""probe/demo/cast.py: the cast is consistent, and touches nobody who is real."""

from urllib.parse import urlsplit

from measurements.schema.words import Status
from measurements.verdict.addresses import is_bogon
from probe.demo.cast import ISP_ZONE, ROLES, RULES, SITES, ZONE, place_of
from probe.engine.location import UNKNOWN, LocationDB


def test_all_names_are_reserved() -> None:
    """RFC 2606: nobody can own them."""
    names = {*ZONE, *ISP_ZONE, *(site.name for site in SITES)}
    assert all(name.endswith((".example", ".test")) for name in names)


def test_all_addresses_look_public_and_are_nobodys() -> None:
    """But for one lie, which is the point of it."""
    addresses = {ip for zone in (ZONE, ISP_ZONE) for ips in zone.values() for ip in ips}
    assert {"10.10.34.34"} == {ip for ip in addresses if is_bogon(ip)}
    with LocationDB.open() as location:
        assert {UNKNOWN} == {location.lookup(ip) for ip in addresses}


def test_every_address_has_a_pretend_network() -> None:
    """With a number that RFC 5398 keeps for documentation."""
    for ips in ZONE.values():
        for ip in ips:
            asn = place_of(ip).asn
            assert asn is not None
            assert 64496 <= asn <= 64511
    assert place_of("9.9.9.9").asn is None


def test_every_role_is_played() -> None:
    """Each target exists, once, and each rule and lie is about a target."""
    hosts = [urlsplit(role.url).hostname for role in ROLES]
    assert len(set(hosts)) == len(hosts)
    assert set(hosts) <= set(ZONE)
    met = {name for rule in RULES for name in (rule.sni, rule.host, rule.qname) if name}
    assert met <= set(hosts)


def test_what_is_blocked_says_how() -> None:
    """Layer and mechanism; what is not interfered with has neither."""
    for role in ROLES:
        assert (role.mechanism is not None) == (role.status in {Status.BLOCKED, Status.THROTTLED})
        assert (role.layer is not None) == (role.status is Status.BLOCKED)
