"""Files that cannot be used are refused with what to do, and never harmed."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from measurements.store.errors import StoreError
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement


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
