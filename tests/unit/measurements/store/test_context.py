"""Registry copies: idempotent, in any order, and only a whole copy makes something vanish."""

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from measurements.store.connect import connect
from measurements.store.context import (
    Copied,
    LegalEvent,
    RegistryEntry,
    link_targets,
    put_entries,
    put_events,
)
from measurements.store.errors import StoreError
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement

EVENT = LegalEvent(
    id="e1",
    cc="KZ",
    kind="block",
    date="2024-02-11",
    until=None,
    precision="day",
    also_dated="2024-02-12",
    confirmed=True,
    title="t",
    title_ru=None,
    title_kk=None,
    says="s",
    category=None,
    hosts=("a.example",),
    sources=("https://s.example/",),
)


def entry(number: int, **more: str) -> RegistryEntry:
    """One site."""
    return RegistryEntry(entry=str(number), host=f"h{number}.example", **more)


def put(conn: sqlite3.Connection, day: str, *numbers: int, whole: bool = True) -> Copied:
    """A copy of that day."""
    entries = [entry(n) for n in numbers]
    return put_entries(conn, entries, source="s", cc="KZ", date=day, whole=whole)


def rows(conn: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Entry, from, last seen, until."""
    sql = "SELECT entry, listed_from, last_seen, listed_until FROM registry_entries ORDER BY entry"
    return conn.execute(sql).fetchall()


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A new database."""
    conn = connect(tmp_path / "a.db", read_only=False)
    yield conn
    conn.close()


def test_the_same_copy_twice_changes_nothing(conn: sqlite3.Connection) -> None:
    """And says so."""
    assert Copied(new=2, changed=0, known=0, vanished=0) == put(conn, "2025-03-17", 1, 2)
    before = rows(conn)
    assert Copied(new=0, changed=0, known=2, vanished=0) == put(conn, "2025-03-17", 1, 2)
    assert before == rows(conn)


def test_what_a_whole_copy_lacks_has_vanished(conn: sqlite3.Connection) -> None:
    """A part of the registry says nothing of the rest."""
    put(conn, "2025-03-17", 1, 2)
    put(conn, "2025-03-20", 1, whole=False)
    assert ("2", "2025-03-17", "2025-03-17", None) == rows(conn)[1]
    assert 1 == put(conn, "2025-03-27", 1).vanished
    assert ("2", "2025-03-17", "2025-03-17", "2025-03-27") == rows(conn)[1]
    put(conn, "2025-04-07", 1, 2)
    assert ("2", "2025-03-17", "2025-04-07", None) == rows(conn)[1]


def test_the_order_of_copies_does_not_matter(tmp_path: Path) -> None:
    """Somebody finds an older dump later."""
    copies = [("2025-03-17", (1, 2, 3)), ("2025-03-27", (1, 3)), ("2025-04-07", (1, 2, 3, 4))]
    seen = set()
    for i, order in enumerate(itertools.permutations(copies)):
        conn = connect(tmp_path / f"{i}.db", read_only=False)
        for day, numbers in order:
            put(conn, day, *numbers)
        seen.add(str(rows(conn)))
        conn.close()
    assert 1 == len(seen)


def test_an_older_copy_does_not_overwrite_what_is_said_now(conn: sqlite3.Connection) -> None:
    """But a newer one does."""

    def put_named(day: str, name: str) -> Copied:
        return put_entries(conn, [entry(1, name=name)], source="s", cc="KZ", date=day, whole=False)

    put_named("2025-03-17", "new")
    put_named("2025-01-01", "old")
    assert ("new",) == conn.execute("SELECT name FROM registry_entries").fetchone()
    assert 1 == put_named("2025-05-01", "newer").changed
    assert ("newer",) == conn.execute("SELECT name FROM registry_entries").fetchone()


def test_half_a_copy_called_whole_is_refused(conn: sqlite3.Connection) -> None:
    """A download that broke off must not clear the registry; nothing is changed."""
    put(conn, "2025-03-17", *range(10))
    before = rows(conn)
    with pytest.raises(StoreError, match="does not look whole"):
        put(conn, "2025-03-27", 1, 2)
    assert before == rows(conn)
    assert 0 == put(conn, "2025-03-27", 1, 2, whole=False).vanished


def test_events_are_replaced_and_find_their_targets(tmp_path: Path) -> None:
    """Twice the same is once; a target is named once."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        store.save(a_measurement())
    conn = connect(path, read_only=False)
    put_events(conn, [EVENT])
    put_events(conn, [EVENT])
    assert 1 == link_targets(conn, lambda _: [("a.example", "host")])
    assert 0 == link_targets(conn, lambda _: [("a.example", "host")])
    found = conn.execute("SELECT event_id, relation, url, sources FROM legal_view").fetchall()
    assert [("e1", "host", "https://a.example/", '["https://s.example/"]')] == found
    conn.close()
