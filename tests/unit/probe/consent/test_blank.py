"""Own addresses are taken out of each part of a measurement."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from measurements.schema.measurement import Measurement
from measurements.schema.records import DNSAnswer, HTTPTransaction
from probe.consent.blank import NOBODY_V4, NOBODY_V6, address_is_known, blank, nobody, with_body
from probe.consent.needles import Needles
from probe.consent.scrub import scrub
from tests.unit.probe.consent.planted import (
    NEEDLES,
    OTHER,
    OWN,
    TARGET,
    control,
    measurement,
    no_features,
)


def _with_page(m: Measurement, **changes: object) -> Measurement:
    page = replace(m.records.http_transactions[0], **changes)  # type: ignore[arg-type]
    return replace(m, records=replace(m.records, http_transactions=(page,)))


def _page(m: Measurement) -> HTTPTransaction:
    return m.records.http_transactions[0]


def certificate(address: str) -> bytes:
    """One that names an address."""
    key, name = (
        Ed25519PrivateKey.generate(),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    made = builder.add_extension(names, critical=False).sign(key, None)
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    return made.public_bytes(Encoding.DER)


def test_a_page_and_all_that_follows_from_it() -> None:
    """Hash, length and title are those of what is kept."""
    body = f"<title>Hi {OWN[0]}</title> you".encode()
    found = _page(blank(_with_page(measurement(), body=body, title=f"Hi {OWN[0]}"), NEEDLES))
    assert found.body == b"<title>Hi scrubbed</title> you"
    assert found.body_sha256 == hashlib.sha256(found.body).hexdigest()
    assert (found.body_length, found.title) == (len(found.body), "Hi scrubbed")


def test_another_page_is_left_alone() -> None:
    """The twin: the very record."""
    m = _with_page(measurement(), body=f"<title>Hi {OTHER}</title>".encode())
    assert _page(blank(m, NEEDLES)) == _page(m)


def test_headers_failures_events_findings() -> None:
    """Each text."""
    m = _with_page(
        measurement(),
        headers=(("X-Client-IP", OWN[0]), ("X-For", "OTIuNDYuMTAuNzc=")),
        failure=f"unknown: {OWN[2]}",
    )
    event = replace(m.records.network_events[0], address=f"{OWN[0]}:5", failure=OWN[1])
    m = replace(m, records=replace(m.records, network_events=(event,)))
    m = replace(m, findings=(replace(m.findings[0], says=f"via {OWN[1]}"),))
    found = blank(m, NEEDLES)
    assert not NEEDLES.found_in(repr(found).encode())
    assert _page(found).headers[0] == ("X-Client-IP", "scrubbed")


def test_a_certificate_is_dropped_and_told() -> None:
    """A changed one would be a lie; another's stays."""
    m = measurement()
    mine, theirs = certificate(OWN[0]), certificate(OTHER)
    hello = replace(m.records.tls_handshakes[0], peer_certificates=(mine, theirs))
    m = replace(m, records=replace(m.records, tls_handshakes=(hello,)))
    found = blank(m, NEEDLES)
    assert found.records.tls_handshakes[0].peer_certificates == (theirs,)
    assert dict(found.annotations)["withheld"] == "certificates: 1"
    assert dict(blank(found, NEEDLES).annotations)["withheld"] == "certificates: 1"


def test_dns_answers_inside_the_home() -> None:
    """A judge still reads what no server can have; a provider's private block page stays."""
    m = measurement()
    answers = tuple(
        DNSAnswer(answer_type="A", value=ip) for ip in ("192.168.1.1", "10.10.34.36", OTHER, OWN[0])
    )
    query = replace(m.records.queries[0], answers=answers, resolver_address=OWN[0])
    connect = replace(m.records.tcp_connects[0], ip="192.168.1.1")
    m = replace(m, records=replace(m.records, queries=(query,), tcp_connects=(connect,)))
    found = blank(m, NEEDLES).records
    assert found.queries[0].addresses == (NOBODY_V4, "10.10.34.36", OTHER, NOBODY_V4)
    assert found.queries[0].resolver_address == ""
    assert found.tcp_connects[0].ip == NOBODY_V4


def test_what_the_control_is_given_too_is_no_home() -> None:
    """A site that everybody is told to look for at 192.168.1.1."""
    m = measurement()
    query = replace(
        m.records.queries[0], answers=(DNSAnswer(answer_type="A", value="192.168.1.1"),)
    )
    told = replace(control(), dns=replace(control().dns, addresses=("192.168.1.1",)))
    m = replace(m, records=replace(m.records, queries=(query,)), controls=(told,))
    assert blank(m, NEEDLES).records.queries[0].addresses == ("192.168.1.1",)


def _with_neighbour(ip: str, *, told: bool) -> Measurement:
    """A site whose AAAA is in our /56, and of which the control was told that, or something else."""
    m = measurement()
    r = m.records
    query = replace(r.queries[0], answers=(DNSAnswer(answer_type="AAAA", value=ip),))
    page = replace(r.http_transactions[0], ip=ip, body=f"served by {ip}".encode())
    connect = replace(r.tcp_connects[0], ip=ip)
    r = replace(r, queries=(query,), tcp_connects=(connect,), http_transactions=(page,))
    said = replace(control(), dns=replace(control().dns, addresses=(ip if told else TARGET,)))
    return replace(m, records=r, controls=(said,))


def test_a_site_in_our_56_keeps_its_address() -> None:
    """Where the control is told it too; and it leaves. Else it is of the home, as all in the /64 is."""
    m = blank(_with_neighbour("2a00:5da0:1:2::9", told=True), NEEDLES)
    assert m.records.tcp_connects[0].ip == m.records.queries[0].addresses[0] == "2a00:5da0:1:2::9"
    assert _page(m).body == b"served by 2a00:5da0:1:2::9"
    left = scrub(m, needles=NEEDLES, bodies=True, features=no_features).document
    assert b'"2a00:5da0:1:2::9"' in left
    m = blank(_with_neighbour("2a00:5da0:1:2::9", told=False), NEEDLES)
    assert m.records.tcp_connects[0].ip == m.records.queries[0].addresses[0] == NOBODY_V6
    assert _page(m).body == b"served by scrubbed"
    m = blank(_with_neighbour("2a00:5da0:1:1::9", told=True), NEEDLES)
    assert m.records.tcp_connects[0].ip == NOBODY_V6


def test_a_raw_message_has_no_asker() -> None:
    """The client's subnet is zeros; a message with a needle is dropped."""
    m = measurement()
    raw = blank(m, NEEDLES).records.queries[0].raw_response
    assert raw is not None
    assert b"\x5c\x2e\x0a" not in raw
    query = replace(m.records.queries[0], raw_response=b"\0\4\x5c\x2e\x0a\x4d")
    m = replace(m, records=replace(m.records, queries=(query,)))
    assert blank(m, NEEDLES).records.queries[0].raw_response is None


def test_whether_the_address_was_known_is_noted() -> None:
    """For later: what is shared is cleaned more strictly where it was not."""
    assert address_is_known(blank(measurement(annotations=()), NEEDLES))
    assert not address_is_known(blank(measurement(), Needles.of(["192.168.1.5"])))
    assert not address_is_known(measurement(annotations=()))


def test_blanking_twice_is_blanking_once() -> None:
    """Nothing of what stands in a needle's place is one."""
    m = _with_page(measurement(), body=f"{OWN[0]} {OWN[2]}".encode(), title=OWN[0])
    once = blank(m, NEEDLES)
    assert blank(once, NEEDLES) == once


def test_nobody_and_a_body() -> None:
    """The small parts."""
    assert (nobody(TARGET), nobody("::1")) == ("192.0.0.8", "100::1")
    assert with_body(_page(measurement()), b"x").title == "Hello"
