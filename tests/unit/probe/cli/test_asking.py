"""Questions at a terminal: nothing is taken for an answer that is none."""

import pytest

from probe.cli.asking import (
    Refused,
    answer,
    can_ask,
    offer,
    plain,
    read_through,
    screens,
    tell,
    until,
    wrapped,
)
from tests.fakes.terminal import typing


def test_an_answer_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """In lower case; the end of the input is a refusal."""
    shown = typing(monkeypatch, "  YES ", "")
    assert can_ask()
    assert "yes" == answer("Agree?")
    assert "" == answer("Agree?")
    with pytest.raises(Refused):
        answer("Agree?")
    assert "Agree? " in shown.getvalue()


def test_it_is_asked_until_it_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter alone is no number."""
    shown = typing(monkeypatch, "", "9", "1")
    assert "one" == until("1:", {"1": "one"}.get, "Type 1.")
    assert 2 == shown.getvalue().count("Type 1.")


def test_nobody_is_asked_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nobody."""
    assert not can_ask()
    tell("hello")
    assert ("", "hello\n") == capsys.readouterr()


def test_a_text_file_becomes_a_page() -> None:
    """No marks of Markdown, whole words, the width kept."""
    text = "## In short\n\n**Your computer** contacts\nthose.\n\n- **One:** " + "word " * 30
    lines = plain(text, 40)
    assert ["In short", "--------", "", "Your computer contacts those.", ""] == lines[:5]
    assert lines[5].startswith("- One: word")
    assert all(line.startswith("  word") for line in lines[6:])
    assert max(map(len, lines)) <= 40


def test_what_is_offered_has_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    """And hangs below it."""
    offer(2, "word " * 40)
    first, *rest = capsys.readouterr().err.splitlines()
    assert first.startswith("2  word")
    assert rest
    assert all(line.startswith("   word") for line in rest)


@pytest.mark.parametrize("rows", [24, 10, 1])
def test_a_text_is_read_a_screen_at_a_time(rows: int) -> None:
    """Nothing is lost but an empty line between; parted where something new begins, if it can be."""
    lines = plain("## In short\n\nWhat.\n\n" + "- one two three\n" * 30, 40)
    pages = screens(lines, rows)
    assert [x for x in lines if x] == [x for page in pages for x in page if x]
    assert max(map(len, pages)) <= max(rows - 4, 6)
    assert [lines] == screens(lines, None)
    assert [lines] == screens(lines, len(lines) + 4)
    assert [["a"] * 3 + ["", "b"], ["- c", "d", "e"]] == screens(
        [*"aaa", "", "b", "- c", "d", "e"], 10
    )


def test_between_screens_one_goes_on_or_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter goes on, and so does what is no answer; no is no."""
    text = "- line\n" * 50
    shown = typing(monkeypatch, "", "yes", "")
    read_through(text, 24)
    assert (50, 2) == (shown.getvalue().count("- line"), shown.getvalue().count("read on"))
    shown = typing(monkeypatch, "no")
    with pytest.raises(Refused):
        read_through(text, 24)
    assert shown.getvalue().count("- line") < 25


def test_questions_are_wrapped_at_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for the answer; lines stay lines."""
    monkeypatch.setenv("COLUMNS", "40")
    lines = wrapped(
        "Type yes to go on, more to read all of it, anything else to stop:\nor not"
    ).split("\n")
    assert "or not" == lines[-1]
    assert max(map(len, lines)) <= 36
    assert ["Type yes to go on, more to read all", "of it, anything else to stop:"] == lines[:2]
