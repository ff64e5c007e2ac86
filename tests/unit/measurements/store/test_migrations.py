"""The file's shape is what the contract promises."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from measurements.store.connect import copy_before_update
from measurements.store.errors import StoreError
from measurements.store.migrations import SCHEMA_VERSION, migrate, statements, version_of
from measurements.store.outbox import Outbox
from measurements.store.rows import WIDTHS
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.measurements.store.old_files import version_1
from tests.unit.measurements.store.test_views import planted

PROMISED = {
    *("runs", "measurements", "dns_queries", "dns_answers", "tcp_connects", "tls_handshakes"),
    *("certificates", "http_transactions", "quic_handshakes", "path_hops", "controls", "verdicts"),
    *("evidence", "targets", "networks", "legal_events", "registry_entries", "outbox"),
}


@pytest.fixture
def conn(tmp_path: Path) -> sqlite3.Connection:
    """A new file."""
    Store.open(tmp_path / "a.db").close()
    return sqlite3.connect(tmp_path / "a.db", isolation_level=None)


def test_the_tables_of_the_contract_exist_and_are_strict(conn: sqlite3.Connection) -> None:
    """Names are for ever."""
    tables = {
        name: strict
        for _, name, kind, _, _, strict in conn.execute("PRAGMA table_list")
        if kind == "table"
    }
    assert set() == PROMISED - set(tables)
    assert {1} == {tables[name] for name in PROMISED}
    assert "wal" == conn.execute("PRAGMA journal_mode").fetchone()[0]
    conn.close()


def test_every_view_can_be_read(conn: sqlite3.Connection) -> None:
    """A renamed column is found here."""
    views = conn.execute("SELECT name FROM sqlite_schema WHERE type = 'view'").fetchall()
    assert len(views) > 10
    for (view,) in views:
        conn.execute(f"SELECT * FROM {view}").fetchall()  # noqa: S608 - our own names
    conn.close()


def test_foreign_keys_name_their_column(conn: sqlite3.Connection) -> None:
    """Datasette's pages fail on those that do not."""
    for _, table, *_ in conn.execute("PRAGMA table_list").fetchall():
        for key in conn.execute(f"PRAGMA foreign_key_list({table})").fetchall():
            assert key[4] is not None, table
    conn.close()


def test_rows_are_as_wide_as_their_tables(conn: sqlite3.Connection) -> None:
    """What rows.py writes fits."""
    for table, width in WIDTHS.items():
        assert width == len(conn.execute(f"PRAGMA table_info({table})").fetchall()), table
    conn.close()


def test_migrating_twice_changes_nothing(conn: sqlite3.Connection) -> None:
    """Two processes may both find an old file."""
    before = conn.execute("SELECT sql FROM sqlite_schema").fetchall()
    migrate(conn)
    assert before == conn.execute("SELECT sql FROM sqlite_schema").fetchall()
    assert SCHEMA_VERSION == version_of(conn)
    conn.close()


def test_a_script_is_cut_into_statements() -> None:
    """Comments stay with what they explain."""
    assert ["-- why\nSELECT 1;", "SELECT\n';';"] == statements("-- why\nSELECT 1;\nSELECT\n';';\n")


# From version 1 ----------------------------------------------------------------------------------

OLD = [planted("planted"), a_measurement("u1"), a_measurement("u2", input="https://b.example/")]


def dump(path: Path) -> list[str]:
    """The whole file as SQL."""
    with closing(sqlite3.connect(path)) as old:
        return list(old.iterdump())


def test_an_old_file_is_brought_up_to_date(tmp_path: Path) -> None:
    """With all that is in it; it works as a new one does, and the old one stands beside it."""
    path = tmp_path / "a.db"
    version_1(path, OLD)
    before = dump(path)
    with Store.open(path) as store:
        for m in OLD:
            assert m == store.load(m.measurement_uid)
        box = Outbox(store)
        assert 3 == box.enqueue(
            [m.measurement_uid for m in OLD], box.collector("https://c/").id, secret=lambda: b"s"
        )
        assert store.check() is None
        store.save(a_measurement("u3"))
    kept = copy_before_update(path)
    assert before == dump(kept)
    assert 0o600 == stat.S_IMODE(kept.stat().st_mode)
    assert {"a.db", kept.name} == {f.name for f in tmp_path.iterdir()}
    new = tmp_path / "new.db"
    Store.open(new).close()
    assert shape(new) == shape(path)


def shape(path: Path) -> set[str]:
    """The statements that make it."""
    with closing(sqlite3.connect(path)) as conn:
        return {sql for (sql,) in conn.execute("SELECT sql FROM sqlite_schema") if sql}


def test_the_copy_is_replaced_next_time(tmp_path: Path) -> None:
    """There is one."""
    path = tmp_path / "a.db"
    version_1(path, OLD)
    copy_before_update(path).write_text("an older one")
    (tmp_path / "a.db.before-update.123.part").write_text("of an update that was killed")
    Store.open(path).close()
    assert {"a.db", "a.db.before-update"} == {f.name for f in tmp_path.iterdir()}
    with closing(sqlite3.connect(copy_before_update(path))) as kept:
        assert 1 == version_of(kept)


def test_a_new_file_and_a_current_one_need_no_copy(tmp_path: Path) -> None:
    """Opening them makes none."""
    path = tmp_path / "a.db"
    for _ in range(2):
        Store.open(path).close()
    assert ["a.db"] == [f.name for f in tmp_path.iterdir()]


@pytest.mark.parametrize("table", ["collectors", "deletions", "target_names"])
def test_what_fails_half_way_changes_nothing(tmp_path: Path, table: str) -> None:
    """A table of that name is there already: the file stays as it was, and can be used again."""
    path = tmp_path / "a.db"
    version_1(path, OLD)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(f"CREATE TABLE {table} (x)")
    before = dump(path)
    with pytest.raises(StoreError):
        Store.open(path)
    assert before == dump(path)
    with closing(sqlite3.connect(path)) as conn:
        assert 1 == version_of(conn)
        conn.execute(f"DROP TABLE {table}")
    with Store.open(path) as store:
        assert OLD[0] == store.load("planted")


def test_no_copy_no_update(tmp_path: Path) -> None:
    """Where the copy cannot be written (here: a folder has its name), the file stays as it was."""
    path = tmp_path / "a.db"
    version_1(path, OLD)
    copy_before_update(path).mkdir()
    before = dump(path)
    with pytest.raises(StoreError, match="cannot be written"):
        Store.open(path)
    assert before == dump(path)


_OPENER = """
import sys
from measurements.store.store import Store
with Store.open(sys.argv[1]) as store:
    print(store.load("u1").input)
"""


def test_several_processes_find_an_old_file(tmp_path: Path) -> None:
    """One updates it, the others wait; a killed one leaves nothing half done."""
    path = tmp_path / "a.db"
    version_1(path, OLD)

    def opener() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _OPENER, str(path)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    killed = opener()
    time.sleep(0.25)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    both = [opener() for _ in range(3)]
    assert ["https://a.example/\n"] * 3 == [p.communicate()[0] for p in both]
    with closing(sqlite3.connect(copy_before_update(path))) as kept:
        assert 1 == version_of(kept)
        assert [(3,)] == kept.execute("SELECT count(*) FROM measurements").fetchall()
    with Store.open(path) as store:
        assert store.check() is None


_AS_NOBODY = """
import os, sys
from measurements.store.store import Store
from measurements.store.errors import StoreError
os.setuid(65534)
try:
    Store.open(sys.argv[1], read_only=True)
except StoreError as exc:
    print(exc)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_an_old_file_that_may_not_be_written(tmp_path: Path) -> None:
    """What to do is said."""
    home = tmp_path / "home"
    home.mkdir()
    version_1(home / "a.db", OLD)
    for parent in (*list(home.parents)[:-2], home):
        parent.chmod(0o755)
    (home / "a.db").chmod(0o444)
    home.chmod(0o555)
    command = [sys.executable, "-c", _AS_NOBODY, str(home / "a.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "older version of anyqta" in done.stdout, done.stderr
    assert "Copy it to a folder of yours" in done.stdout
