"""Every rule of the judge stands in docs/rules.md, and no rule there is made up."""

import re
from pathlib import Path

import pytest

DOC = Path(__file__).parents[2] / "docs" / "rules.md"


def rule_ids() -> list[str]:
    """The ids in the order of the tables."""
    rules = pytest.importorskip("measurements.verdict.rules", exc_type=ModuleNotFoundError)
    return [rule.id for rule in rules.ALL_RULES]


def documented() -> list[str]:
    """The first cell of each row."""
    return re.findall(r"^\| `([a-z0-9_.\-]+)` \|", DOC.read_text(), re.MULTILINE)


def test_every_rule_is_documented() -> None:
    """A verdict names its rules: whoever reads one must be able to look it up."""
    assert set(rule_ids()) - set(documented()) == set()


def test_every_documented_rule_exists() -> None:
    """Ids are for ever: one that is retired is said to be, below the tables."""
    assert set(documented()) - set(rule_ids()) == set()


def test_an_id_is_given_once() -> None:
    """In the code and in the document."""
    assert len(set(rule_ids())) == len(rule_ids())
    assert len(set(documented())) == len(documented())
