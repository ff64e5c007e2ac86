"""What exchange needs: states that are known, and a yes that was never said before."""

import sqlite3
from contextlib import closing

import pytest
from sqlite_utils import Database

from measurements.store.steps_exchange import alone, second
from measurements.store.steps_first import first


def test_a_parcel_is_in_a_known_state() -> None:
    """Others are refused by the file itself."""
    with closing(sqlite3.connect(":memory:")) as conn:
        first(Database(conn))
        second(Database(conn))
        row = "INSERT INTO outbox VALUES (?, 1, ?, 0, x'00', NULL, NULL, NULL)"
        conn.execute(row, (1, "waiting"))
        with pytest.raises(sqlite3.IntegrityError):
            conn.execute(row, (2, "lost"))


def test_nobody_had_agreed_before_it_could_be_said() -> None:
    """What was received by then is not published alone."""
    with closing(sqlite3.connect(":memory:")) as conn:
        first(Database(conn))
        second(Database(conn))
        conn.execute("INSERT INTO received VALUES (1, x'00', 1, '2026-11-25', 'batch', NULL, NULL)")
        alone(Database(conn))
        conn.execute("INSERT INTO received VALUES (2, x'00', 1, '2026-11-25', 'batch', NULL, 1, 1)")
        assert conn.execute("SELECT alone FROM received ORDER BY 1").fetchall() == [(0,), (1,)]
