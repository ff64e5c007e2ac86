"""Whose machine is it?"""

import pytest

from measurements.schema.measurement import RESOLVED_BY_CONTROL, VALID_FOR_DOMAIN
from measurements.verdict.observe import visits
from measurements.verdict.standing import Standing, Standings
from tests.fakes.measurements import (
    BOGON,
    IP,
    OTHER_IP,
    STRANGER,
    Story,
    X,
    a_measurement,
    endpoint,
)

HTTPS = "https://t.example/"
FAR = "151.101.1.1"


def site(*more: tuple[str, str]) -> Story:
    """The control gets IP, and saw other addresses' TLS so."""
    also = [endpoint(ip, tls=tls) for ip, tls in more]
    return a_measurement(HTTPS).control(IP, also=also)


CASES = [
    ("the control got it", site(), IP, Standing.GENUINE),
    ("a good chain, to us", site().system(FAR).tcp().tls(), FAR, Standing.GENUINE),
    ("a good chain, to the control", site((FAR, "S")), FAR, Standing.GENUINE),
    ("an encrypted resolver got it", site().doh(FAR), FAR, Standing.GENUINE),
    ("the same /16", site(), OTHER_IP, Standing.LIKELY),
    ("the same AS", site().ask("public", "udp", [IP, FAR], asn=13335), FAR, Standing.LIKELY),
    ("nobody knows it", site(), FAR, Standing.UNKNOWN),
    ("a bogon", site(), BOGON, Standing.BOGON),
    (
        "a bogon for all",
        a_measurement(HTTPS).control(BOGON, tcp="D"),
        BOGON,
        Standing.EVERYWHERE_BOGON,
    ),
    (
        "a bogon with the site's certificate",
        site().system(BOGON).tcp().tls(),
        BOGON,
        Standing.GENUINE,
    ),
    ("another certificate, to the control", site((STRANGER, X)), STRANGER, Standing.FOREIGN),
    ("another certificate, to us", site().system(FAR).tcp().tls(X), FAR, Standing.FOREIGN),
    ("another certificate, near", site().system(OTHER_IP).tcp().tls(X), OTHER_IP, Standing.LIKELY),
    ("another certificate, and DoH says so too", site((FAR, X)).doh(FAR), FAR, Standing.FOREIGN),
    ("an expired certificate", site((FAR, "ssl_invalid_certificate")), FAR, Standing.UNKNOWN),
    (
        "no good certificate anywhere",
        a_measurement(HTTPS).control(IP, tls=X).system(FAR).tcp().tls(X),
        FAR,
        Standing.UNKNOWN,
    ),
    (
        "it answers nobody",
        a_measurement(HTTPS).control(IP, also=[endpoint(FAR, tcp="D")]).system(FAR).tcp(why="D"),
        FAR,
        Standing.UNKNOWN,
    ),
    (
        "under another name's certificate",
        site().system(FAR).tcp().tls(sni="u.example"),
        FAR,
        Standing.UNKNOWN,
    ),
    (
        "a chain that was not verified",
        site().system(FAR).tcp().tls(unverified=True),
        FAR,
        Standing.UNKNOWN,
    ),
]


@pytest.mark.parametrize(
    ("story", "ip", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_an_address_is(story: Story, ip: str, expected: Standing) -> None:
    """A certificate beats all else."""
    assert expected is Standings(hop=visits(story.told())[0].last).of(ip)


def test_the_flags_of_oonis_control_count() -> None:
    """Who resolved it, and whether TLS proved it."""
    story = a_measurement(HTTPS).control()
    flags = ((IP, RESOLVED_BY_CONTROL), (FAR, VALID_FOR_DOMAIN))
    object.__setattr__(story.controls[0], "ip_flags", flags)
    hop = visits(story.told())[0].last

    assert hop.control_addresses == (IP,)
    assert [Standing.GENUINE] * 2 == [Standings(hop=hop).of(ip) for ip in (IP, FAR)]


def test_an_experiments_handshake_proves_as_well() -> None:
    """It is handed in, since it is no part of the visit."""
    story = site().system(FAR).arm("dns_transports", "page").tcp().tls()
    told = story.told()

    hop, shakes = visits(told)[0].last, told.records.tls_handshakes

    assert Standings(hop=hop).of(FAR) is Standing.UNKNOWN
    assert Standings(hop=hop, extra=shakes).of(FAR) is Standing.GENUINE
    assert Standings(hop=hop).site_has_good_tls


def test_only_encrypted_answers_are_believed() -> None:
    """A public resolver in the clear may be lied for."""
    hop = visits(site().public(FAR).doh(OTHER_IP).told())[0].last

    assert hop.encrypted_addresses == {OTHER_IP}
