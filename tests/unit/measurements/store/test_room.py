"""measurements/store/room.py."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from measurements.store.room import NoRoom, Room


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    """The two tables that it counts in."""
    with closing(sqlite3.connect(":memory:")) as opened:
        opened.execute("CREATE TABLE withdrawn (withdraw_sha256 BLOB, day TEXT)")
        opened.execute("CREATE TABLE measurements (id INTEGER PRIMARY KEY)")
        yield opened


def withdraw(room: Room, conn: sqlite3.Connection, *, spare: int) -> None:
    """One that never came."""
    room.take(conn, spare)
    conn.execute("INSERT INTO withdrawn VALUES (x'00', '2026-11-30')")


def taken(room: Room, conn: sqlite3.Connection, *, most: int) -> int:
    """How many times in a row there was room."""
    for times in range(most):
        try:
            room.take(conn, 1000)
        except NoRoom:
            return times
    return most


def test_so_many_and_no_more(conn: sqlite3.Connection) -> None:
    """By one who counted from the beginning, and by one who comes when it is full."""
    room = Room()
    for _ in range(5):
        withdraw(room, conn, spare=5)
    with pytest.raises(NoRoom):
        room.take(conn, 5)
    with pytest.raises(NoRoom):
        Room().take(conn, 5)


def test_what_came_makes_room(conn: sqlite3.Connection) -> None:
    """The twin: as many more as measurements ever came."""
    for _ in range(5):
        withdraw(Room(), conn, spare=5)
    conn.executemany("INSERT INTO measurements VALUES (?)", [(1,), (2,)])
    room = Room()
    withdraw(room, conn, spare=5)
    withdraw(room, conn, spare=5)
    with pytest.raises(NoRoom):
        room.take(conn, 5)


def test_it_is_counted_anew(conn: sqlite3.Connection) -> None:
    """What another process wrote is seen after a hundred questions at the latest."""
    room = Room()
    room.take(conn, 1000)
    conn.executemany("INSERT INTO withdrawn VALUES (x'00', ?)", [("2026-11-30",)] * 1000)
    assert 0 < taken(room, conn, most=101) < 101
