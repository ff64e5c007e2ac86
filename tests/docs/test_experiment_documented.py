"""The walk-through's module is one, and what volunteers are told of mentions is what the plan allows."""

import inspect
import re
from pathlib import Path

from probe.engine.plan import MAX_NAMED
from probe.experiments import sni_matrix

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "new-experiment.md").read_text()
NUMBERS = {30: "thirty"}


def test_the_example_has_what_an_experiment_has() -> None:
    """Its imports exist, its names are those that the runner uses."""
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    module: dict[str, object] = {}
    exec(compile(code, "example", "exec"), module)  # noqa: S102 - our own document
    assert isinstance(module["NAME"], str)
    assert isinstance(module["QUESTION"], str)
    run = module["run"]
    assert callable(run)
    assert [*inspect.signature(run).parameters] == [*inspect.signature(sni_matrix.run).parameters]


def test_the_places_that_it_names_exist() -> None:
    """Files by their path, and the tables that an experiment is put into."""
    root = DOCS.parent
    named = re.findall(r"`((?:probe|measurements|tests)/[\w/]+\.(?:py|md))`", TEXT)
    new = {
        "probe/experiments/sni_case.py",
        "tests/unit/probe/experiments/test_sni_case.py",
    }
    assert [path for path in named if path not in new and not (root / path).exists()] == []
    runner = (root / "probe" / "engine" / "runner.py").read_text()
    plan = (root / "probe" / "engine" / "plan.py").read_text()
    assert "_RUN = {" in runner
    assert "_SAYS = {" in runner
    assert "_PLACES = {" in plan
    assert "NAMED_BY = {" in plan


def test_volunteers_are_told_the_budget() -> None:
    """How many connections may name a site."""
    assert f"more than {NUMBERS[MAX_NAMED]}." in (DOCS / "risks.md").read_text()
