"""The first start, as somebody types it."""

import json
from pathlib import Path

import pytest

from probe import home as homes
from probe import words
from probe.cli import first_start
from probe.cli.asking import Refused
from probe.consent.choices import DEFAULT, NARROWEST, ChoicesError, Tier, Tries
from tests.fakes.terminal import typing

THROUGH = ("yes", "yes", "no", "2", "", "3")  # agree, the two questions, sites, sensitive, tries


def test_through_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was chosen is stored, privately; Enter at the end shares nothing."""
    typing(monkeypatch, *THROUGH, "")
    assert DEFAULT == first_start.ask(tmp_path)
    assert DEFAULT == homes.choices(tmp_path)
    assert homes.sharing(tmp_path) is None
    stored = json.loads((tmp_path / "consent.json").read_text())
    assert {"version", "given_at", "choices"} == set(stored)
    assert 0o600 == (tmp_path / "consent.json").stat().st_mode & 0o777


@pytest.mark.parametrize(
    "typed", [("no",), ("",), ("y",), ("more", "no"), ("yes",), ("yes", "yes")]
)
def test_refused_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...]
) -> None:
    """Also where the input ends in the middle of the questions."""
    typing(monkeypatch, *typed)
    assert first_start.ask(tmp_path) is None
    assert not (tmp_path / "consent.json").exists()


def test_the_whole_text_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the question comes again; the short form says all that matters."""
    shown = typing(monkeypatch, "more", "more", "no")
    monkeypatch.setenv("TZ", "Asia/Almaty")
    first_start.ask(tmp_path)
    text = shown.getvalue()
    short, *more = text.split("Type yes to go on")
    assert 3 == len(more)
    for word in ("provider", "control server", "published", "Kazakhstan", "do not run this"):
        assert word in short
    assert len(short.splitlines()) <= 48, "two screens"
    assert "\nIf you share\n" not in short
    assert "\nIf you share\n" in more[0]


@pytest.mark.parametrize(("spoken", "more"), [("ru", "еще"), ("ru", "ещё"), ("kk", "тағы")])
def test_more_in_ones_own_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoken: str, more: str
) -> None:
    """Also as most people type it; English works in any."""
    shown = typing(monkeypatch, more, "more", "no")
    words.use(spoken)
    try:
        first_start.ask(tmp_path)
    finally:
        words.use("en")
    assert 2 == shown.getvalue().count("(RU)")


def test_a_wrong_answer_is_explained_and_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter skips nothing."""
    shown = typing(monkeypatch, "", "no", "yes", "what", "yes", "no")
    first_start.quiz()
    text = shown.getvalue()
    assert 2 == text.count("Type yes or no.")
    assert 2 == text.count("Can your Internet provider see")
    assert 2 == text.count("\nNo. ") + text.count(": No. ")
    assert 2 == text.count("Right. ")


def test_the_quiz_does_not_end_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Yes, yes, yes is no understanding."""
    typing(monkeypatch, *["yes"] * 9)
    with pytest.raises(Refused):
        first_start.quiz()


def test_sensitive_ones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was named before has to be named anew."""
    shown = typing(monkeypatch, "0", "1", "NEWS", "lgbt", "2")
    found = first_start.choose(first_start.with_options(DEFAULT, None, ["REL"], None))
    assert (frozenset({Tier.PLAIN}), frozenset({"LGBT"}), Tries.AGAIN) == (
        found.tiers,
        found.categories,
        found.tries,
    )
    assert "So far: REL" in shown.getvalue()
    assert "Type codes as they stand above" in shown.getvalue()


def test_a_new_text_is_said_to_be_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text version 2's file is read; its sharing does not go on."""
    old = {
        "version": 2,
        "given_at": "2026-11-23T06:00:00Z",
        "sharing": {"upload": True, "bodies": False, "since": "2026-11-23T06:00:00Z"},
    }
    (tmp_path / "consent.json").write_text(json.dumps(old))
    shown = typing(monkeypatch, "no")
    assert first_start.ask(tmp_path) is None
    assert "2026-11-23 to version 2" in shown.getvalue()
    assert old == json.loads((tmp_path / "consent.json").read_text())
    shown = typing(monkeypatch, *THROUGH, "yes", "yes", "yes")
    first_start.ask(tmp_path)
    sharing = homes.sharing(tmp_path)
    assert sharing is not None
    assert sharing.bodies
    assert "cannot be called back" in shown.getvalue()


@pytest.mark.parametrize("typed", [("yes", ""), ("yes", "no"), ("",), ()])
def test_sharing_is_no_unless_it_is_yes_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...]
) -> None:
    """Its text is read before it is agreed to; measuring was agreed to in any case."""
    typing(monkeypatch, *THROUGH, *typed)
    assert DEFAULT == first_start.ask(tmp_path)
    assert homes.sharing(tmp_path) is None


def test_nobody_is_asked_where_nobody_sits(tmp_path: Path) -> None:
    """Nothing is stored then."""
    assert first_start.ask(tmp_path) is None
    assert not (tmp_path / "consent.json").exists()


def test_options_stand_in_for_answers() -> None:
    """Each for its own; what is not given stays."""
    found = first_start.with_options(NARROWEST, "political", None, "again")
    assert (Tries.AGAIN, frozenset()) == (found.tries, found.categories)
    assert DEFAULT == first_start.with_options(DEFAULT, None, None, None)
    with pytest.raises(ChoicesError):
        first_start.with_options(DEFAULT, "everything", None, None)
