"""What a watcher keeps: whole, private, and nothing strange believed."""

import stat
from pathlib import Path

import pytest

from probe.engine.watch import Book
from probe.engine.watchman import Outcome
from probe.wiring import watch_book
from probe.wiring.watch_book import Kept

BOOK = Book(due=5.5, began=1.0, spent=((1.0, 20), (2.0, 30)), tries=2, asn=9198)
KEPT = Kept(book=BOOK, at=3.0, wall=1e9, ended=1e9, measured=7, failed=1, left=2, says="So.")


def test_there_and_back(tmp_path: Path) -> None:
    """For its owner only."""
    assert watch_book.write(tmp_path / "home", KEPT)
    assert KEPT == watch_book.read(tmp_path / "home")
    path = tmp_path / "home" / watch_book.NAME
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list((tmp_path / "home").iterdir())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 2}', '{"format": 1}', '{"format": 1, "spent": [], "at": "x"}',
     '{"format": 1, "spent": [[1]], "at": 1, "wall": 1}', '{"format": 1, "spent": [], "at": NaN, "wall": 1}',
     '{"format": 1, "spent": [], "at": 1e400, "wall": 1}', '{"format": 1, "spent": [], "at": true, "wall": 1}'],
)  # fmt: skip
def test_what_cannot_be_read_is_nothing(tmp_path: Path, text: str) -> None:
    """It begins anew; the smallest that can be read is something."""
    (tmp_path / watch_book.NAME).write_text(text)
    assert watch_book.read(tmp_path) is None
    (tmp_path / watch_book.NAME).write_text('{"format": 1, "spent": [], "at": 1, "wall": 1}')
    assert Kept(book=Book(), at=1.0, wall=1.0) == watch_book.read(tmp_path)


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    """It says so; the old one stays."""
    (tmp_path / "file").write_text("")
    assert not watch_book.write(tmp_path / "file", KEPT)
    (tmp_path / watch_book.NAME).mkdir()
    assert not watch_book.write(tmp_path, KEPT)
    assert [watch_book.NAME, "file"] == sorted((p.name for p in tmp_path.iterdir()), reverse=True)


def test_after_a_round() -> None:
    """How it went; without one nothing changes."""
    assert KEPT is KEPT.after(None, 2e9)
    after = KEPT.after(Outcome(measured=1, left=4, says="x"), 2e9)
    assert (2e9, 1, 0, 4, "x") == (
        after.ended,
        after.measured,
        after.failed,
        after.left,
        after.says,
    )


def test_notices(tmp_path: Path) -> None:
    """A line each; not for ever, and for their owner only."""
    watch_book.note(tmp_path, "one")
    watch_book.note(tmp_path, "two")
    path = tmp_path / watch_book.NOTICES
    assert "one\ntwo\n" == path.read_text()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    path.write_text("x" * (2**20 + 1))
    watch_book.note(tmp_path, "three")
    assert "three\n" == path.read_text()
