"""What was chosen: kinds of sites by tier, sensitive ones by name, arms by name."""

import json

import pytest

from probe.consent.choices import (
    ALL_ARMS,
    ARMS,
    DEFAULT,
    NARROWEST,
    PLAIN,
    POLITICAL,
    SENSITIVE,
    Choices,
    ChoicesError,
    Tier,
    Tries,
    categories,
    decode,
    encode,
    sites,
    tier_of,
    tries,
)
from probe.data import list_names
from probe.engine.plan import EXPERIMENTS
from probe.engine.targets import load_bundled


def test_each_category_has_one_tier() -> None:
    """And what nobody knows is sensitive: nothing is measured by mistake."""
    assert not PLAIN & POLITICAL
    assert not (PLAIN | POLITICAL) & set(SENSITIVE)
    assert {Tier.PLAIN: "SRCH", Tier.POLITICAL: "NEWS", Tier.SENSITIVE: "LGBT"} == {
        tier_of(code): code for code in ("SRCH", "NEWS", "LGBT")
    }
    for unknown in ("NEWCODE", "", None):
        assert Tier.SENSITIVE is tier_of(unknown)


def test_the_bundled_lists_use_known_categories() -> None:
    """Each can be chosen."""
    codes = {t.category_code for name in list_names() for t in load_bundled(name).targets}
    assert codes <= PLAIN | POLITICAL | set(SENSITIVE)
    assert "LGBT" in codes


def test_nothing_sensitive_by_default() -> None:
    """Named on purpose only."""
    assert [c for c in SENSITIVE if DEFAULT.allow(c)] == []
    assert DEFAULT.allow("NEWS")
    assert not DEFAULT.allow(None)
    named = Choices(categories=frozenset({"LGBT"}))
    assert (True, False) == (named.allow("lgbt"), named.allow("REL"))
    assert not NARROWEST.allow("NEWS")
    assert NARROWEST.allow("SRCH")


def test_the_arms_are_those_of_the_plan() -> None:
    """One that is added there has to get its tier here, and is agreed to by nobody before."""
    assert ALL_ARMS == EXPERIMENTS
    assert ARMS[Tries.VISIT] < ARMS[Tries.AGAIN] < ARMS[Tries.ALL]
    assert not {"sni_matrix", "http_host", "throttling"} & ARMS[Tries.AGAIN]


@pytest.mark.parametrize("way", list(Tries))
def test_a_way_comes_back(way: Tries) -> None:
    """From its arms."""
    assert way is Choices(arms=tries(way)).tries


@pytest.mark.parametrize(
    "choices", [DEFAULT, NARROWEST, Choices(categories=frozenset({"LGBT", "REL"}))]
)
def test_they_come_back_from_their_text(choices: Choices) -> None:
    """As JSON."""
    assert choices == decode(json.loads(json.dumps(encode(choices))))


def test_what_was_never_asked_is_the_narrowest() -> None:
    """An older file says nothing of choices."""
    assert NARROWEST == decode(None)


@pytest.mark.parametrize(
    "value",
    [
        1,
        [],
        {},
        {"tiers": "plain", "categories": [], "arms": []},
        {"tiers": ["sensitive"], "categories": [], "arms": []},
        {"tiers": [1], "categories": [], "arms": []},
        {"tiers": [], "categories": None, "arms": []},
    ],
)
def test_what_is_torn_is_no_choice(value: object) -> None:
    """And the sensitive tier is not to be had as a whole."""
    with pytest.raises(ChoicesError):
        decode(value)


def test_an_arm_of_another_version_is_forgotten() -> None:
    """It cannot be run here."""
    value = {"tiers": [], "categories": [], "arms": ["revisit", "of_2031"]}
    assert frozenset({"revisit"}) == decode(value).arms


def test_words_that_people_write() -> None:
    """In any case, with commas or spaces; what is not known is said."""
    assert frozenset({"LGBT", "REL"}) == categories(["lgbt, rel", "LGBT"])
    assert frozenset() == categories(["none"]) == categories([""])
    with pytest.raises(ChoicesError, match="'NEWS' is not one of: LGBT"):
        categories(["NEWS"])
    assert frozenset({Tier.PLAIN}) == sites("plain") < sites("political")
    for wrong in ("sensitive", "all", ""):
        with pytest.raises(ChoicesError):
            sites(wrong)
    with pytest.raises(ChoicesError, match="visit, again, all"):
        tries("some")
