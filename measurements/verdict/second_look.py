"""It failed as a block does, and opened when it was looked at again: chance, or a filter that misses?

The sequential test of methods.md §1 holds a failure and a success for undecided: a censor that acts on
seven hellos of ten brings that more often than a line that loses one of twenty.
"""

from dataclasses import replace

from measurements.schema.measurement import Measurement
from measurements.schema.words import Locus, Status
from measurements.verdict.conclude import left_out, unsaid
from measurements.verdict.judgement import Assessment
from measurements.verdict.rule import Finding
from measurements.verdict.summary import summarise

_HALF = 0.5
_UNEVEN = 0.6  # it opened; how often it fails, and why, the trials did not agree on
_SAYS = (
    "Looked at again, it opened: that may be chance, or a filter that acts only now and then.",
    "Before that it failed now and then, and it could not be told whether that is chance.",
)
_OPENED, _BEFORE = _SAYS
# Once the name was on the wire; no control could say how others fare. It was its own contrast later.
_NO_CONTROL = frozenset({"tls.no_control", "tls.mitm_no_control", "http.no_answer"})
_DISAGREE = frozenset({"tls.undecided", "http.uneven", "tcp.blocked_mostly"})


def doubted(m: Measurement, found: Assessment, first: Assessment) -> Assessment:
    """`found` opened; `first` is what the first visit and the experiments show."""
    deciding = next((j.deciding for j in first.judged if j.deciding is not None), None)
    if deciding is None:
        return found
    says, _ = left_out(m, tuple((name, deciding.depth) for name in deciding.wants))
    if says and (deciding.status is Status.BLOCKED or deciding.rule_id in _NO_CONTROL):
        return _cannot_be_said(m, found, (deciding, first), says)
    if deciding.rule_id in _DISAGREE:
        verdict = found.verdict
        sure = min(verdict.confidence, _UNEVEN)
        told = replace(verdict, confidence=sure, summary=f"{verdict.summary} {_BEFORE}")
        return replace(found, verdict=told)
    return found


def _cannot_be_said(
    m: Measurement, found: Assessment, before: tuple[Finding, Assessment], says: str
) -> Assessment:
    deciding, first = before
    at = next(j for j in first.judged if j.deciding is deciding)
    reason = f"{deciding.says} {_OPENED} {says}"
    verdict = replace(
        found.verdict,
        status=Status.INCONCLUSIVE,
        layer=deciding.layer,
        mechanism=None,
        trigger=None,
        locus=Locus.UNKNOWN,
        confidence=_HALF,
        summary=summarise(m.input, at, Status.INCONCLUSIVE, deciding, (), reason),
        reason=reason,
        evidence=(deciding.evidence(), *found.verdict.evidence),
        layers=unsaid(found.verdict.layers, deciding),
        partial=(),
        accessible=None,
        blocking=None,
    )
    return replace(found, verdict=verdict)
