"""Verdicts and controls to JSON and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.codec_records import BadDocument, Json
from measurements.schema.codec_verdict import (
    decode_controls,
    decode_verdict,
    encode_controls,
    encode_verdict,
)
from measurements.schema.measurement import Control, ControlAnswered, ControlFailed
from measurements.schema.verdict import Verdict
from tests.fakes import records as any_


@given(any_.verdicts)
def test_verdicts(verdict: Verdict) -> None:
    """Nothing is lost."""
    encoded = json.loads(json.dumps(encode_verdict(verdict), allow_nan=False))
    assert decode_verdict(encoded, verdict.accessible, verdict.blocking) == verdict


@given(st.lists(any_.controls, max_size=3).map(tuple))
def test_controls(controls: tuple[Control, ...]) -> None:
    """Nothing is lost, and OONI's readers find the first hop's where they look."""
    encoded = json.loads(json.dumps(encode_controls(controls), allow_nan=False))
    assert decode_controls(encoded, "u", "h") == controls
    first = next((c for c in controls if c.depth == 0), None)
    assert isinstance(first, ControlAnswered) == (encoded["control"] is not None)


GOOD: Json = {"status": "blocked", "locus": "network", "confidence": 1, "rules_version": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "maybe"},
        {"status": None},
        {"layer": "ip"},
        {"mechanism": 3},
        {"trigger": ["sni"]},
        {"confidence": "high"},
        {"evidence": [1]},
        {"evidence": [{"transactions": 5}]},
        {"layers": {"dns": []}},
        {"layers": {"dns": {}}},
        {"layers": []},
        {"partial": [{"layer": "dns"}]},
    ],
)
def test_words_that_the_contract_does_not_know(wrong: Json) -> None:
    """A verdict with them is refused, not half read."""
    with pytest.raises(BadDocument):
        decode_verdict(GOOD | wrong, None, None)


def test_oonis_own_keys() -> None:
    """A document of OONI's has one control, or its failure, or neither."""
    assert decode_controls({}, "u", "h") == ()
    assert decode_controls({"control": None, "control_failure": None}, "u", "h") == ()
    assert decode_controls({"control": {}}, "u", "h") == ()
    failed = decode_controls({"control_failure": "eof_error"}, "u", "h")
    assert failed == (ControlFailed(depth=0, url="u", failure="eof_error"),)
    answer = {
        "http_request": {"status_code": 200, "body_length": 5, "headers": {"A": "b"}},
        "tcp_connect": {"192.0.2.1:443": {"status": False}, "junk": {}},
        "dns": {"addrs": ["192.0.2.1"]},
    }
    (found,) = decode_controls({"control": answer}, "u", "h")
    assert isinstance(found, ControlAnswered)
    assert (found.url, found.address, found.dns.addresses) == ("u", "h", ("192.0.2.1",))
    (endpoint,) = found.endpoints
    assert endpoint.tcp_failure is not None  # a false status is never a success
    assert not endpoint.tls_done
