"""No cell is a formula, and every cell can be turned back."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.exchange.csv_table import cell, defused, plain, writable, write_csv
from tests.unit.measurements.snapshots.published import HOSTILE

FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
TEXTS = st.text(alphabet=st.one_of(st.sampled_from("=+-@';\t\r\n ,\"a\x00\ud800"), st.characters()))


def cells_of(text: str) -> list[str]:
    """What spreadsheets may make of one text: cut at what may separate, blanks taken away."""
    for separator in ";\t\r\n":
        text = text.replace(separator, "\x1f")
    return [part.strip(" \x0b\x0c\xa0") for part in text.split("\x1f")]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_no_formula(text: str) -> None:
    """However it is cut."""
    assert [part for part in cells_of(defused(text)) if part.startswith(FORMULA)] == []
    assert plain(defused(text)) == text


@given(TEXTS)
def test_no_text_is_a_formula_and_each_comes_back(text: str) -> None:
    """Whatever strangers write."""
    assert not any(part.startswith(FORMULA) for part in cells_of(defused(text)))
    assert plain(defused(text)) == text


@given(TEXTS)
def test_a_field_is_read_back_by_any_reader(text: str) -> None:
    """RFC 4180; what CSV cannot hold is U+FFFD."""
    line = f"{cell(text)},1\r\n"
    ((read, one),) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert (plain(read), one) == (writable(text), "1")


@pytest.mark.parametrize(
    "text", ["a", "https://a.example/?q=1-2", "it's", "'", "3 = 3", "\u04d9; \u0431"]
)
def test_harmless_text_is_left_alone(text: str) -> None:
    """The twin: nothing is changed that need not be."""
    assert defused(text) == text


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, ""),
        ("", '""'),
        (True, "true"),
        (False, "false"),
        (-5, "-5"),
        (0.1, "0.1"),
        ("-5", '"\'-5"'),
    ],
)
def test_each_type_has_its_form(value: str | float | None, field: str) -> None:
    """Null is not the empty text; a number is not text, so its sign stays."""
    assert field == cell(value)


def test_a_file_is_written_whole_with_flat_memory(tmp_path: Path) -> None:
    """Rows are taken one by one."""
    taken = 0

    def rows() -> "list[tuple[int, str]]":
        nonlocal taken
        taken += 1
        return [(i, "x" * 500) for i in range(5000)]

    count = write_csv(tmp_path / "a.csv", [("i", "integer"), ("x", "string")], iter(rows()))
    with (tmp_path / "a.csv").open(newline="") as file:
        read = list(csv.reader(file))
    assert (5000, 5001, ["i", "x"]) == (count, len(read), read[0])
