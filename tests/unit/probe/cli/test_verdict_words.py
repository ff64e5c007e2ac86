"""Every word of a verdict has its phrase, and one translation."""

from collections.abc import Iterator

import pytest

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from probe import words
from probe.cli import verdict_words


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    words.use("en")


def test_no_word_is_left_out() -> None:
    """Of the contract's lists."""
    assert set(verdict_words.STATUS) == set(Status)
    assert set(verdict_words.OUTCOME) == set(Outcome)
    assert set(verdict_words.MECHANISM) == set(Mechanism)
    assert set(verdict_words.TRIGGER) == set(Trigger)
    assert set(verdict_words.LOCUS) == set(Locus)
    assert set(verdict_words.LAYER) == set(Layer)


def test_english_keeps_the_words_of_the_contract() -> None:
    """Researchers and scripts know them."""
    assert [verdict_words.status(word) for word in Status] == [word.value for word in Status]
    assert verdict_words.how(Layer.TLS, Mechanism.TIMEOUT) == "tls timeout"
    assert verdict_words.how(None, None) == verdict_words.status(None) == ""


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_no_word_stays_english(language: str) -> None:
    """TLS, URL and the like are the same everywhere."""
    words.use(language)

    said = [*map(verdict_words.status, Status), *map(verdict_words.mechanism, Mechanism)]
    said += [*map(verdict_words.locus, Locus), *map(verdict_words.outcome, Outcome)]

    assert [text for text in said if text.isascii()] == []
    assert len({verdict_words.status(word) for word in Status}) == len(Status)
    assert verdict_words.widest(map(verdict_words.status, Status)) <= 17


@pytest.mark.parametrize(("language", "said"), [("en", "silence"), ("ru", "нет ответа")])
def test_a_failure_is_told_in_words_with_its_code_behind(language: str, said: str) -> None:
    """A code that nobody put into words stands as it is: nothing is made up."""
    words.use(language)

    assert f"{said} (generic_timeout_error)" == verdict_words.failure("generic_timeout_error")
    assert "unknown_failure: x" == verdict_words.failure("unknown_failure: x")
