"""A copy is whole, private, and never in the way."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from measurements.store.backup import trouble
from measurements.store.errors import StoreError
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.measurements.store.old_files import damage


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """With one measurement."""
    with Store.open(tmp_path / "a.db") as opened:
        opened.save(a_measurement())
        yield opened


def test_a_copy_is_whole_and_private(store: Store, tmp_path: Path) -> None:
    """One file, which opens as any other, also from a disk that cannot be written."""
    target = tmp_path / "copies" / "b.db"
    target.parent.mkdir()
    store.backup(target)
    assert ["b.db"] == [f.name for f in target.parent.iterdir()]
    assert 0o600 == stat.S_IMODE(target.stat().st_mode)
    with Store.open(target, read_only=True) as copy:
        assert a_measurement() == copy.load("u1")
    with Store.open(target) as copy:
        copy.save(a_measurement("u2"))
        assert copy.check() is None


def test_a_copy_takes_the_place_of_the_last(store: Store, tmp_path: Path) -> None:
    """When it is whole."""
    target = tmp_path / "b.db"
    store.backup(target)
    store.save(a_measurement("u2"))
    store.backup(target)
    with Store.open(target, read_only=True) as copy:
        assert 2 == copy.counts().measurements


def test_the_database_is_not_its_own_copy(store: Store, tmp_path: Path) -> None:
    """By whatever name."""
    (tmp_path / "link.db").symlink_to(store.path)
    for target in (store.path, tmp_path / "link.db"):
        with pytest.raises(StoreError, match="is the database itself"):
            store.backup(target)
    assert a_measurement() == store.load("u1")


def test_where_it_cannot_be_written(store: Store, tmp_path: Path) -> None:
    """Is told."""
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        store.backup(tmp_path / "none" / "b.db")


def test_a_damaged_file_is_not_copied(tmp_path: Path) -> None:
    """The last good copy stays."""
    path, target = tmp_path / "a.db", tmp_path / "b.db"
    with Store.open(path) as store:
        for i in range(50):
            store.save(a_measurement(f"u{i}"))
        store.backup(target)
    good = target.read_bytes()
    damage(path)
    with Store.open(path) as store:
        assert store.check() is not None
        with pytest.raises(StoreError, match="is damaged"):
            store.backup(target)
    assert good == target.read_bytes()
    assert {"a.db", "b.db"} == {f.name for f in tmp_path.iterdir()}


def test_a_copy_while_others_write(store: Store, tmp_path: Path) -> None:
    """Is of one moment."""
    stop = threading.Event()
    count = 0

    def write() -> None:
        nonlocal count
        with Store.open(store.path) as other:
            while not stop.is_set():
                other.save(a_measurement(f"w{count}"))
                count += 1

    thread = threading.Thread(target=write)
    thread.start()
    for i in range(5):
        store.backup(tmp_path / f"{i}.db")
        with Store.open(tmp_path / f"{i}.db") as copy:
            n = copy.counts().measurements - 1
            assert n <= count + 1
            assert {"u1", *(f"w{i}" for i in range(n))} == set(copy.iter_uids())
    stop.set()
    thread.join()


def test_trouble_is_what_sqlite_says(tmp_path: Path) -> None:
    """Nothing for a sound one."""
    with closing(sqlite3.connect(tmp_path / "a.db")) as conn:
        conn.execute("CREATE TABLE t (x CHECK (x > 0))")
        assert trouble(conn) is None
        conn.execute("PRAGMA ignore_check_constraints = ON")
        conn.execute("INSERT INTO t VALUES (0)")
        conn.execute("PRAGMA ignore_check_constraints = OFF")
        assert "CHECK constraint failed in t" == trouble(conn)
