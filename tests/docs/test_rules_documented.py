"""docs/rules.md holds every rule and every row of the causal table, as the code has them today."""

import re

from measurements.verdict.rules import ALL_ROWS, ALL_RULES
from tests.docs.rules import DOC, UNSAID, words_of, written

IDS = [*(rule.id for rule in ALL_RULES), *(row.id for row in ALL_ROWS)]


def documented() -> list[str]:
    """The first cell of each row, in order."""
    return re.findall(r"^\| `([a-z0-9_.\-]+)` \|", DOC.read_text(), re.MULTILINE)


def test_every_rule_is_documented_and_none_is_made_up() -> None:
    """A verdict names its rules: whoever reads one must be able to look it up."""
    assert sorted(documented()) == sorted(IDS), "write it anew: python -m tests.docs.rules"


def test_an_id_is_given_once() -> None:
    """In the code and in the document."""
    assert len(set(IDS)) == len(IDS)
    assert len(set(documented())) == len(documented())


def test_it_is_not_stale() -> None:
    """Status, mechanism, reason, confidence, what comes next, and the order."""
    document = DOC.read_text()
    assert document == written(document), "write it anew: python -m tests.docs.rules"


def test_every_condition_is_put_into_words() -> None:
    """What a condition is made of is code; what it means stands in the document."""
    said = words_of(DOC.read_text())
    assert [rule.id for rule in ALL_RULES if said.get(rule.id, UNSAID) in {UNSAID, ""}] == []
