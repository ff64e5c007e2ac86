"""The story tells everything that the verdict has, in 80 columns."""

import json
from pathlib import Path

import pytest

from measurements.schema.codec import from_document
from measurements.schema.measurement import ControlFailed, Finding, Measurement
from measurements.schema.records import Records, TLSHandshake
from measurements.schema.verdict import Evidence, LayerOutcome, Partial, Verdict
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from probe.cli.story import Description, story
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.measurements.store.test_store import OONI

VERDICT = Verdict(
    status=Status.BLOCKED,
    layer=Layer.TLS,
    mechanism=Mechanism.MITM,
    trigger=Trigger.SNI,
    locus=Locus.NETWORK,
    confidence=0.98,
    summary="Somebody opens the encrypted connection.",
    reason="One arm is missing.",
    label="Qaznet Trust Network",
    rules_version=7,
    evidence=(Evidence(rule_id="tls.mitm", says="A strange certificate.", transactions=(3, 4)),),
    layers=(
        LayerOutcome(layer=Layer.DNS, outcome=Outcome.OK),
        LayerOutcome(
            layer=Layer.TLS, outcome=Outcome.BLOCKED, mechanism=Mechanism.MITM, trigger=Trigger.SNI
        ),
    ),
    partial=(Partial(layer=Layer.QUIC, mechanism=Mechanism.TIMEOUT, where="UDP port 443"),),
)


def describe(der: bytes) -> Description:
    """A certificate that says nothing good, or nothing."""
    return (None,) * 4 if der == b"bad" else ("CN=x\x1b", "CN=y", "2026-01-01", "2027-01-01")


def text(m: Measurement) -> str:
    """The story as one text."""
    return "\n".join(story(m, describe).render(80, coloured=False))


def test_all_is_told() -> None:
    """Verdict, layers, evidence, partials, findings, certificates, the control."""
    handshake = TLSHandshake(
        transaction_id=3,
        ip="192.0.2.1",
        port=443,
        server_name="a.example",
        t0=0.0,
        t=1.0,
        failure="ssl_unknown_authority",
        peer_certificates=(b"leaf", b"bad"),
    )
    told = text(
        a_measurement(
            verdict=VERDICT,
            records=Records(tls_handshakes=(handshake,)),
            findings=(Finding(kind="vpn", says="A VPN is in use.", subject="tun0"),),
            controls=(ControlFailed(depth=0, url="https://a.example/", failure="eof_error"),),
        )
    )
    for part in (
        "BLOCKED  https://a.example/",
        "Somebody opens the encrypted connection.",
        "Confidence 98%",
        "why not: One arm is missing.",
        "tls / mitm",
        "the name in the TLS ClientHello (SNI)",
        "done by:    the network",
        "Qaznet Trust Network",
        "rules version 7",
        "tls   blocked (mitm)",
        "1. A strange certificate.",
        "tls.mitm; seen in #3, #4",
        "quic  timeout: UDP port 443",
        "A VPN is in use. (tun0)",
        "from 192.0.2.1: a certificate that no known authority vouches for",
        "CN=x\\x1b by CN=y; 2026-01-01 to 2027-01-01",
        "a certificate that cannot be parsed",
        "no control answered: connection closed (eof_error)",
    ):
        assert part in told, told


def test_without_a_verdict() -> None:
    """It is still shown."""
    told = text(a_measurement(verdict=None))
    assert told.startswith("NOT JUDGED  https://a.example/")
    assert "No control was asked." in told


@pytest.mark.parametrize("file", OONI, ids=lambda f: f.stem)
def test_oonis_documents_have_a_story(file: Path) -> None:
    """Within 80 columns, and nothing in it is obeyed."""
    told = text(from_document(json.loads(file.read_text())))
    assert max(map(len, told.splitlines())) <= 80
    assert told.replace("\n", "").isprintable()
