"""Errors are chosen by SQLite's code and told in plain words."""

import sqlite3

import pytest

from measurements.store.errors import damaged, explain, unstorable_because


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (sqlite3.SQLITE_CORRUPT, "damaged"),
        (sqlite3.SQLITE_FULL, "disk is full"),
        (sqlite3.SQLITE_READONLY, "read-only"),
        (sqlite3.SQLITE_CANTOPEN | 14 << 8, "cannot be opened"),
        (sqlite3.SQLITE_IOERR | 4 << 8, "disk failed"),
        (sqlite3.SQLITE_BUSY, "another program"),
    ],
)
def test_a_code_has_its_sentence(code: int, says: str) -> None:
    """Extended codes too; the path is named, even if it looks like a format."""
    exc = sqlite3.OperationalError("whatever")
    exc.sqlite_errorcode = code
    message = str(explain(exc, "/home/{x}/a.db"))
    assert says in message
    assert "/home/{x}/a.db" in message


def test_an_unknown_error_is_told_as_it_is() -> None:
    """Better than nothing."""
    assert "no such table" in str(explain(sqlite3.OperationalError("no such table"), "a.db"))


def test_why_a_value_cannot_be_held() -> None:
    """In words; never the value."""
    assert "64 bits" in unstorable_because(OverflowError())
    assert "Unicode" in unstorable_because(UnicodeEncodeError("utf-8", "\ud800", 0, 1, ""))
    assert "does not fit" in unstorable_because(TypeError("secret"))
    assert damaged("/x/a.db").startswith("/x/a.db is damaged")


def test_what_else_can_be_done_depends_on_whose_file_it_is() -> None:
    """A volunteer has a home folder, an operator a file."""
    exc = sqlite3.DatabaseError("x")
    exc.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    assert "another folder with --home" in str(explain(exc, "/home/a/.anyqta/anyqta.db"))
    assert "another file with --db" in str(explain(exc, "/var/lib/anyqta-collector/collector.db"))
    exc.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert "--" not in str(explain(exc, "/var/lib/anyqta-collector/collector.db"))
