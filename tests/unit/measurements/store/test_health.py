"""A database is looked at, and is byte for byte what it was."""

import sqlite3
from contextlib import closing
from pathlib import Path

from measurements.store.health import SCHEMA_VERSION, examine
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement


def stored(path: Path, count: int = 2) -> Path:
    """So many measurements."""
    with Store.open(path) as store:
        store.save_many([a_measurement(f"u{n}") for n in range(count)])
    return path


def test_a_sound_one(tmp_path: Path) -> None:
    """Counted, and nothing is written."""
    path = stored(tmp_path / "a.db")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    found = examine(path)
    assert (None, 2, SCHEMA_VERSION) == (found.trouble, found.measurements, found.version)
    assert before == {p.name: p.read_bytes() for p in tmp_path.iterdir()}


def test_one_in_use(tmp_path: Path) -> None:
    """While a run writes, what it committed counts."""
    path = stored(tmp_path / "a.db")
    with Store.open(path) as store:
        store.save(a_measurement("new"))
        with store.writing():
            found = examine(path)
    assert (None, 3) == (found.trouble, found.measurements)


def test_a_damaged_one(tmp_path: Path) -> None:
    """In the middle, and from its first byte."""
    path = stored(tmp_path / "a.db", 200)
    data = path.read_bytes()
    path.write_bytes(data[:8192] + b"\xff" * 40_000 + data[48_192:])
    assert "damaged" in str(examine(path).trouble)
    path.write_bytes(b"not a database" * 100)
    assert "not a database" in str(examine(path).trouble)


def test_another_programs(tmp_path: Path) -> None:
    """Told, and not called damaged."""
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE x (y)")
    assert "another program" in str(examine(path).trouble)


def test_an_old_and_a_new_one(tmp_path: Path) -> None:
    """Neither is brought to another version by being looked at."""
    path = stored(tmp_path / "a.db")
    for version in (1, SCHEMA_VERSION + 1):
        with closing(sqlite3.connect(path)) as conn:
            conn.execute(f"PRAGMA user_version = {version}")
        assert (None, version) == (examine(path).trouble, examine(path).version)


def test_an_empty_one(tmp_path: Path) -> None:
    """As a killed first run leaves it."""
    (tmp_path / "a.db").touch()
    assert (None, 0) == (
        examine(tmp_path / "a.db").trouble,
        examine(tmp_path / "a.db").measurements,
    )
