"""Version 1's tables: strict, and related to each other."""

import sqlite3
from contextlib import closing

import pytest
from sqlite_utils import Database

from measurements.store.steps_first import first


def test_a_number_is_no_text_and_a_target_stands_once() -> None:
    """STRICT and UNIQUE are the file's own; a right row passes."""
    with closing(sqlite3.connect(":memory:")) as conn:
        first(Database(conn))
        conn.execute("INSERT INTO targets VALUES (1, 'https://a.kz/', NULL)")
        for row in (
            "('x', 'https://b.kz/', NULL)",
            "(2, 'https://a.kz/', NULL)",
            "(2, NULL, NULL)",
        ):
            with pytest.raises((sqlite3.IntegrityError, sqlite3.OperationalError)):
                conn.execute(f"INSERT INTO targets VALUES {row}")  # noqa: S608
