"""The golden measurements as they would be with fewer tries: less is found, and nobody is accused wrongly."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from measurements.schema.measurement import Measurement
from measurements.schema.words import Status
from measurements.verdict.judge import judge
from probe.consent.choices import ARMS, Tries
from probe.engine.budget import Allowance
from tests.golden.cases import as_json, cases
from tests.golden.truth import is_harmful, is_right
from tests.netlab.scenarios import ALL

CASES = cases()
# Of some 130 that are blocked or throttled; told otherwise, and rightly: inconclusive.
FOUND = {Tries.VISIT: 40, Tries.AGAIN: 95}


def without(m: Measurement, arms: frozenset[str]) -> Measurement:
    """As if only these experiments had been allowed."""
    kept = {}
    for field in fields(m.records):
        found = getattr(m.records, field.name)
        kept[field.name] = tuple(
            record
            for record in found
            if (arm := getattr(record, "arm", None)) is None
            or arm.experiment in arms | {"clearing"}
        )
    findings = (*m.findings, *Allowance(arms=arms).finding(arms))
    return replace(m, records=replace(m.records, **kept), findings=findings)


@pytest.mark.parametrize("way", [Tries.VISIT, Tries.AGAIN])
def test_nobody_is_accused_wrongly(way: Tries) -> None:
    """What cannot be said is not said, and the reason is that tries were left out."""
    found = 0
    for case in CASES:
        scenario, verdict = ALL[case.name], judge(without(case.measurement, ARMS[way]))
        told = as_json(verdict)
        assert not is_harmful(scenario, told), (case.name, told)
        interfered = verdict.status in {Status.BLOCKED, Status.THROTTLED}
        found += interfered and is_right(scenario, told)
        if scenario.expect.status == "blocked":  # nor is the site blamed for what the network does
            assert verdict.status not in {Status.SERVER_SIDE, Status.DOWN}, (case.name, told)
        if scenario.expect.status == "throttled" and verdict.status is Status.ACCESSIBLE:
            assert verdict.confidence <= 0.6, case.name  # it opens, and came slowly: that is told
            assert "was not tried" in verdict.summary, case.name
        whole = case.read("verdict")["status"]
        if verdict.status is Status.INCONCLUSIVE and whole not in {"inconclusive", "server_side"}:
            assert "not agreed to" in (verdict.reason or ""), case.name
    assert found >= FOUND[way]
