"""Every golden measurement, judged again by today's rules: no lab, no root, seconds."""

from __future__ import annotations

import json

import pytest

from tests.golden.cases import FOLDER, KNOWN_WRONG, MAX_BYTES, Case, cases, known_wrong, said
from tests.golden.project import projected
from tests.golden.truth import is_harmful, is_right
from tests.netlab.scenarios import ALL

CASES = cases()
AGAIN = "`python -m tests.golden rejudge` writes what the rules say now; look at the difference"


def name(case: Case) -> str:
    """As the scenario is called."""
    return case.name


@pytest.mark.parametrize("case", CASES, ids=name)
def test_it_is_judged_as_before(case: Case) -> None:
    """Every word of the verdict, its evidence and its confidence."""
    assert case.judged() == case.read("verdict"), AGAIN


@pytest.mark.parametrize("case", CASES, ids=name)
def test_observations_are_those_of_the_measurement(case: Case) -> None:
    """The projection is for people; it must not lie."""
    assert json.loads(json.dumps(projected(case.measurement))) == case.read("observations"), AGAIN


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_truth_is_told(case: Case) -> None:
    """Or the mistake is known, is still this one, has a reason, and accuses nobody innocent."""
    scenario, verdict = ALL[case.name], case.judged()
    wrong, reason = known_wrong().get(case.name, ("", ""))
    if is_right(scenario, verdict):
        assert not wrong, f"it is right now: take it out of {KNOWN_WRONG.name}"
    else:
        assert said(verdict) == wrong, f"truth: {scenario.expect}"
        assert len(reason) > 20
        assert not is_harmful(scenario, verdict)


def test_every_scenario_is_here() -> None:
    """Except where the probe may rightly refuse to measure."""
    found, all_that_measure = {c.name for c in CASES}, {s for s in ALL if not ALL[s].exit_status}
    assert all_that_measure <= found <= set(ALL), "`python -m tests.golden rebuild NAME`, as root"
    assert set(known_wrong()) <= found


def test_it_stays_small() -> None:
    """A clone should not be slow for it."""
    assert sum(p.stat().st_size for p in FOLDER.rglob("*.json")) < MAX_BYTES


def test_nothing_of_a_run_is_left() -> None:
    """Uids, run ids, times of day: a rebuild should change only what was seen."""
    for case in CASES:
        document = case.read("measurement")
        assert document["measurement_uid"] == f"golden-{case.name}"
        assert document["x_run_id"] == "golden"
        assert document["measurement_start_time"].endswith(" 00:00:00")
