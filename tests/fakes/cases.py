"""A rule in two situations: one where it fires; a twin, one thing changed, where another does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from measurements.schema.words import Status
from measurements.verdict.judgement import HopJudgement
from measurements.verdict.rule import Finding, Rule
from tests.fakes.measurements import Story


@dataclass(frozen=True)
class Case:
    """`instead` is the rule of the same layer that fires in the twin."""

    rule: str
    fires: Story
    twin: Story
    instead: str


def check(case: Case, table: Sequence[Rule[Any]]) -> None:
    """The rule fires in the one and says what its row says; in the twin `instead` fires."""
    row = next(r for r in table if r.id == case.rule)
    found = fired(case.fires)
    assert case.rule in found, f"{case.rule} did not fire, but {sorted(found)}"
    finding = found[case.rule]
    assert finding.status is row.status
    assert "{" not in finding.says
    if row.status in {Status.BLOCKED, Status.THROTTLED}:
        assert finding.mechanism is not None
        assert finding.confidence > 0
    twin = fired(case.twin)
    assert case.rule not in twin, f"{case.rule} fired in its twin"
    assert case.instead in twin, f"not {case.instead} instead of {case.rule}, but {sorted(twin)}"


def fired(story: Story) -> dict[str, Finding]:
    """Each rule that fired, at any hop and layer."""
    return {f.rule_id: f for judged in story.assessed().judged for f in findings(judged)}


def findings(judged: HopJudgement) -> Iterable[Finding]:
    """A hop's, with that of its side TLS."""
    return (*judged.findings, *([judged.side_tls] if judged.side_tls is not None else []))


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """One test a case, under the rule's name."""
    return pytest.mark.parametrize("case", cases, ids=[c.rule for c in cases])
