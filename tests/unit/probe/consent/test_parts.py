"""Each part of a measurement, as it may leave."""

from dataclasses import replace

import pytest

from measurements.schema.measurement import ControlFailed, Finding
from measurements.schema.verdict import Evidence, Verdict
from measurements.schema.words import Status
from probe.consent.blank import Home
from probe.consent.known import Known
from probe.consent.parts import (
    Wishes,
    environment,
    failure,
    records,
    said_by_controls,
    verdict_of,
)
from tests.unit.probe.consent.planted import (
    NEEDLES,
    OTHER,
    OWN,
    TARGET,
    control,
    measurement,
    no_features,
)

WISHES = Wishes(
    home=Home(NEEDLES, frozenset()),
    known=Known.of(measurement(), NEEDLES),
    bodies=False,
    strict=False,
)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (None, None),
        ("connection_reset", "connection_reset"),
        ("http_request_failed: 503", "http_request_failed: 503"),
        ("unknown_failure: /home/x/y", "unknown_failure"),
        ("Something at 10.1.2.3", "unknown_failure"),
    ],
)
def test_failures(said: str | None, left: str | None) -> None:
    """df-007's words."""
    assert failure(said) == left


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("8.8.8.8:53", "8.8.8.8:53"),
        ("192.168.1.1:53", ""),
        ("10.0.0.1", ""),
        ("100.64.0.1:53", ""),
        ("fe80::1", ""),
        ("[2a00:5da0:1:1::1]:53", ""),
        (OWN[0], ""),
        ("https://1.1.1.1/dns-query", "https://1.1.1.1/dns-query"),
        ("https://dns.google/dns-query", "https://dns.google/dns-query"),
        ("https://a1b2c3.dns.nextdns.io/a1b2c3", "https://nextdns.io"),
        ("https://192.168.1.1/dns-query", "https:///dns-query"),
    ],
)
def test_resolvers(address: str, left: str) -> None:
    """None of the home's; none with its customer's number."""
    m = measurement()
    query = replace(m.records.queries[0], resolver_address=address)
    found = records(replace(m.records, queries=(query,)), WISHES, no_features)
    assert found.queries[0].resolver_address == left


def test_records() -> None:
    """Addresses of the home are nobody's, TXT answers and events of strangers say nothing."""
    m = measurement()
    r = m.records
    answers = (replace(r.queries[0].answers[0], answer_type="TXT", value="you are 1.2.3.4"),)
    event = replace(r.network_events[0], address="192.168.1.1:53")
    r = replace(
        r,
        queries=(replace(r.queries[0], answers=answers),),
        tcp_connects=(replace(r.tcp_connects[0], ip="192.168.1.1"),),
        network_events=(event, r.network_events[0]),
    )
    found = records(r, WISHES, no_features)
    assert found.queries[0].answers[0].value == ""
    assert found.tcp_connects[0].ip == "192.0.0.8"
    assert [e.address for e in found.network_events] == [None, f"{TARGET}:443"]
    assert found.tls_handshakes[0].peer_certificates == r.tls_handshakes[0].peer_certificates


def test_controls() -> None:
    """What was asked of them for us alone is cleaned; a private one has no address."""
    ours = replace(
        control(), depth=1, url="https://site.kz/s/8f3a9c1b22", address="http://192.168.1.9:8080/"
    )
    ours = replace(ours, http=replace(ours.http, title=f"Hi {OTHER}"))
    found = said_by_controls(ours, WISHES)
    assert found.url == "https://site.kz/s/scrubbed"
    assert (found.address, found.http.title) == ("", "Hi scrubbed")  # type: ignore[union-attr]
    assert said_by_controls(control(), WISHES) == control()
    failed = ControlFailed(depth=0, url="https://www.site.kz/page", failure="odd: words")
    assert said_by_controls(failed, WISHES).failure == "unknown_failure"  # type: ignore[union-attr]


def test_findings() -> None:
    """Kinds, in our words; none about another name."""
    m = measurement(
        findings=(
            Finding(kind="clock_skew", says="7 minutes ahead"),
            Finding(kind="hosts_entry", says="x", subject="www.site.kz"),
            Finding(kind="hosts_entry", says="x", subject="nas.local"),
            Finding(kind="odd", says="x"),
        )
    )
    found = environment(m)
    assert [(f.kind, f.subject) for f in found] == [
        ("clock_skew", None),
        ("hosts_entry", "www.site.kz"),
    ]
    assert not any("7 minutes" in f.says for f in found)


def test_the_claim() -> None:
    """Its words stay, its sentences are cleaned."""
    v = Verdict(
        status=Status.BLOCKED,
        confidence=0.9,
        summary=f"led to http://b.kz/77812345x at {OTHER}",
        rules_version=1,
        evidence=(Evidence(rule_id="dns.bogon", says=f"{TARGET}, {OTHER}"),),
    )
    found = verdict_of(v, WISHES.known)
    assert found.summary == "led to http://b.kz/scrubbed at scrubbed"
    assert found.evidence[0].says == f"{TARGET}, scrubbed"
    assert (found.status, found.confidence) == (v.status, v.confidence)
