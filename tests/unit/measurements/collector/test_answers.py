"""measurements/collector/answers.py: what a probe gets to read."""

from pathlib import Path

import orjson

from measurements.collector.answers import receipt, refusal
from measurements.collector.identity import Identity
from measurements.collector.jobs import ItemAnswer, Refusal, Reply
from measurements.schema.submission import RECEIPT, SIGNATURE_HEADER, holds


def test_a_receipt(tmp_path: Path) -> None:
    """Signed; only what there is to say."""
    identity = Identity.load_or_make(tmp_path / "key")
    outcomes = (
        ItemAnswer(measurement_uid="u", status="accepted"),
        ItemAnswer(measurement_uid="v", status="rejected", code="invalid", says="why"),
    )
    response = receipt(identity, "d" * 64, Reply(outcomes=outcomes))
    body = response.body
    assert isinstance(body, bytes)
    assert holds(identity.public, RECEIPT, body, response.headers[SIGNATURE_HEADER])
    assert orjson.loads(body)["answers"] == [
        {"measurement_uid": "u", "status": "accepted"},
        {"measurement_uid": "v", "status": "rejected", "code": "invalid", "reason": "why"},
    ]


def test_a_refusal(tmp_path: Path) -> None:
    """With a time to wait that is never nothing, where waiting helps."""
    identity = Identity.load_or_make(tmp_path / "key")
    later = Refusal(status=429, code="rate_client", says="…", retry_after=0.01)
    assert refusal(identity, later).headers["Retry-After"] == "1"
    never = refusal(identity, Refusal(status=400, code="malformed", says="…"), "d" * 64)
    assert "Retry-After" not in never.headers
    assert isinstance(never.body, bytes)
    assert orjson.loads(never.body)["submission"] == "d" * 64
