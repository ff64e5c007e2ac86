"""The words of the first start fit what they are about."""

from probe.cli.consent_words import (
    CATEGORIES,
    QUIZ,
    SITES,
    TRIES,
    category,
    no_words,
    summary,
    yes_words,
)
from probe.consent.choices import DEFAULT, NARROWEST, SENSITIVE, Choices, Tier, Tries


def test_each_choice_has_its_words() -> None:
    """And there are none for what cannot be chosen."""
    assert set(SENSITIVE) == set(CATEGORIES)
    assert set(Tries) == set(TRIES)
    assert {Tier.PLAIN, Tier.POLITICAL} == set(SITES)


def test_the_quiz_needs_reading() -> None:
    """Neither yes alone nor no alone gets through."""
    assert {True, False} == {question.right for question in QUIZ}
    assert 2 == len(QUIZ)
    assert not yes_words() & no_words()


def test_a_summary() -> None:
    """A line for each choice."""
    text = " ".join(summary(DEFAULT))
    assert "news" in text
    assert "Sensitive categories: none." in text
    assert "all tries" in text
    assert "news" not in " ".join(summary(NARROWEST))
    named = summary(Choices(categories=frozenset({"REL", "LGBT"})))
    assert "Sensitive categories: LGBT, REL (religion)." in named
    assert ("LGBT", "GMB (gambling)") == (category("LGBT"), category("GMB"))
