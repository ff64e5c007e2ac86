"""Whether a verdict is what the scenario's truth says: one yardstick, the lab runner's."""

from __future__ import annotations

from tests.golden.cases import Json
from tests.netlab.model import Scenario
from tests.netlab.runner import Result


def is_right(scenario: Scenario, verdict: Json) -> bool:
    """Status, layer and mechanism."""
    return Result(scenario, {"verdict": verdict}).triple


def is_harmful(scenario: Scenario, verdict: Json) -> bool:
    """The mistakes that must never be: innocent called blocked or throttled; up called down."""
    result = Result(scenario, {"verdict": verdict})
    return result.false_blocked or result.false_down
