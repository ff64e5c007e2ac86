"""What a verdict says when nothing is known."""

from measurements.schema.verdict import Verdict
from measurements.schema.words import Locus, Status


def test_least_verdict_claims_nothing() -> None:
    """No layer, no culprit, no evidence, and nothing in OONI's words."""
    verdict = Verdict(
        status=Status.INCONCLUSIVE, confidence=0.0, summary="Not enough.", rules_version=1
    )
    assert verdict.locus is Locus.UNKNOWN
    assert (verdict.layer, verdict.mechanism, verdict.trigger, verdict.label) == (None,) * 4
    assert (verdict.accessible, verdict.blocking) == (None, None)
    for told in (verdict.evidence, verdict.layers, verdict.partial):
        assert told == ()
