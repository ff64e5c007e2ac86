"""Files that cannot be used are refused with what to do, and never harmed."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from measurements.store.connect import LOG_BYTES
from measurements.store.errors import StoreError
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.measurements.store.old_files import damage


def test_a_text_file_is_no_database(tmp_path: Path) -> None:
    """It stays as it is."""
    path = tmp_path / "anyqta.db"
    path.write_text("hello " * 1000)
    for read_only in (True, False):
        with pytest.raises(StoreError, match="not a database"):
            Store.open(path, read_only=read_only)
    assert "hello " * 1000 == path.read_text()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """No table of ours is made in it."""
    path = tmp_path / "other.db"
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE theirs (x)")
    conn.close()
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)


def test_a_newer_file_is_not_touched(tmp_path: Path) -> None:
    """An older version must not write what it does not understand."""
    path = tmp_path / "anyqta.db"
    Store.open(path).close()
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA user_version = 999")
    conn.close()
    for read_only in (True, False):
        with pytest.raises(StoreError, match="newer version"):
            Store.open(path, read_only=read_only)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """When it is opened or when it is read."""
    path = tmp_path / "anyqta.db"
    with Store.open(path) as store:
        store.save(a_measurement())
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    with pytest.raises(StoreError, match="damaged"), Store.open(path) as store:
        store.load("u1")


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    """Is told."""
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path)


def test_a_file_where_the_home_should_be(tmp_path: Path) -> None:
    """Is told."""
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path / "home" / "anyqta.db")


_AS_NOBODY = """
import os, sys
from measurements.store.store import Store
from measurements.store.errors import StoreError
os.setuid(65534)
with Store.open(sys.argv[1], read_only=True) as store:
    print(store.load("u1").measurement_uid)
try:
    Store.open(sys.argv[1])
except StoreError as exc:
    print(exc)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_read_only_folder_can_be_read(tmp_path: Path) -> None:
    """No log file can be made there; the results are shown all the same."""
    home = tmp_path / "home"
    with Store.open(home / "anyqta.db") as store:
        store.save(a_measurement())
    assert not (home / "anyqta.db-wal").exists()
    for parent in (*list(home.parents)[:-2], home):
        parent.chmod(0o755)
    (home / "anyqta.db").chmod(0o444)
    home.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(home / "anyqta.db")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "u1" in done.stdout, done.stderr
    assert "cannot be opened for writing" in done.stdout


def test_a_reader_sees_what_a_run_has_just_written(tmp_path: Path) -> None:
    """Also while it is still in the log."""
    path = tmp_path / "anyqta.db"
    with Store.open(path) as store, Store.open(path, read_only=True) as reader:
        store.save(a_measurement())
        assert "u1" == reader.load("u1").measurement_uid


def test_a_cut_file_is_told_and_left_alone(tmp_path: Path) -> None:
    """Whatever is missing: nothing is made anew over it."""
    path = tmp_path / "anyqta.db"
    with Store.open(path) as store:
        for i in range(100):
            store.save(a_measurement(f"u{i}", input=f"https://{i}.example/"))
    whole = path.read_bytes()
    for size in (50, 512, 5000, len(whole) // 2, len(whole) - 4096):
        path.write_bytes(whole[:size])
        says = opened_and_checked(path)
        assert says is not None
        assert "is damaged" in says or "is not a database" in says
        assert whole[:size] == path.read_bytes()


def opened_and_checked(path: Path) -> str | None:
    """What is said of it, when it is opened or when it is checked."""
    try:
        with Store.open(path) as store:
            return store.check()
    except StoreError as exc:
        return str(exc)


def test_a_sound_file_passes_the_check(tmp_path: Path) -> None:
    """And a damaged one says what to do."""
    path = tmp_path / "anyqta.db"
    with Store.open(path) as store:
        for i in range(100):
            store.save(a_measurement(f"u{i}", input=f"https://{i}.example/"))
        assert store.check() is None
    damage(path)
    with Store.open(path) as store:
        says = store.check()
    assert says is not None
    assert "is damaged. Move it away" in says


def test_a_long_log_is_cut_again(tmp_path: Path) -> None:
    """A reader that takes its time lets it grow; afterwards it shrinks to its limit."""
    path, log = tmp_path / "anyqta.db", tmp_path / "anyqta.db-wal"
    with Store.open(path) as store:
        store._conn.execute("PRAGMA journal_size_limit = 100000")
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM measurements").fetchone()
        for i in range(600):
            store.save(a_measurement(f"u{i}"))
        assert log.stat().st_size > LOG_IN_TEST
        reader.execute("COMMIT")
        reader.close()
        for i in range(600, 1300):
            store.save(a_measurement(f"u{i}"))
        assert LOG_BYTES == sqlite_limit(path)
        assert log.stat().st_size < LOG_IN_TEST


LOG_IN_TEST = 6_000_000


def sqlite_limit(path: Path) -> int:
    """What a store is opened with."""
    with Store.open(path) as store:
        return int(store._conn.execute("PRAGMA journal_size_limit").fetchone()[0])
