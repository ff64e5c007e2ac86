"""Without its bodies a measurement is judged as with them: what a collector says is what we said."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, assume, given, settings

from measurements.schema.codec import from_document, to_document
from measurements.schema.measurement import Measurement
from measurements.verdict.judge import judge
from tests.fakes.measurements import Story
from tests.fakes.random_stories import stories
from tests.fakes.situations import SITUATIONS, Situation
from tests.golden.bodies import bodyless, travelled
from tests.golden.cases import Case, cases

OONI = sorted(Path("/work/shared/data/ooni/measurements").glob("*.json"))
# Situations that are judged otherwise without bodies, each with the reason. None is known.
EXCEPTIONS: dict[str, str] = {}
_MOST = 1_500  # bytes of one request's features in JSON


def name(case: Case) -> str:
    """As the scenario is called."""
    return case.name


def check(who: str, m: Measurement) -> None:
    """The same word for word, at once and after a journey."""
    said = judge(m)
    there = travelled(bodyless(m))
    assert all(h.body is None for h in there.records.http_transactions)
    if who in EXCEPTIONS:
        assert judge(there) != said, f"{who} is judged alike now: take it out of EXCEPTIONS"
        return
    assert judge(bodyless(m)) == said
    assert judge(there) == said
    again = travelled(there)
    assert again == there


@pytest.mark.parametrize("case", cases(), ids=name)
def test_a_scenario_of_the_lab(case: Case) -> None:
    """Status, layer, mechanism, trigger, locus, partial, confidence, evidence, every sentence."""
    check(case.name, case.measurement)


@pytest.mark.skipif(not OONI, reason="OONI's files are not in this repository")
@pytest.mark.parametrize("path", OONI, ids=lambda path: path.stem)
def test_a_situation_of_oonis(path: Path) -> None:
    """As OONI's engine recorded them."""
    check(path.stem, from_document(json.loads(path.read_text())))


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.name)
def test_a_situation_made_up(situation: Situation) -> None:
    """Those that the rules were written by; as a document tells them, with titles."""
    check(situation.name, travelled(situation.story.told()))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_a_story_that_chance_tells(story: Story) -> None:
    """Whatever happens in it."""
    m = story.told()
    assume(m.input)
    check("a story", travelled(m))


def test_features_are_small() -> None:
    """In what would be uploaded."""
    for case in cases():
        document = to_document(bodyless(case.measurement))
        keys = document["test_keys"]
        for request in [*keys["requests"], *keys["x_experiments"]["requests"]]:
            assert len(orjson.dumps(request.get("x_features"))) <= _MOST


def test_every_exception_is_one_of_these() -> None:
    """None is left over, and each has a reason."""
    assert EXCEPTIONS.keys() <= {c.name for c in cases()} | {path.stem for path in OONI}
    assert all(len(reason) > 20 for reason in EXCEPTIONS.values())
