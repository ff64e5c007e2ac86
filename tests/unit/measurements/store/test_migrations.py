"""The file's shape is what the contract promises."""

import sqlite3
from pathlib import Path

import pytest

from measurements.store.migrations import SCHEMA_VERSION, migrate, statements, version_of
from measurements.store.rows import WIDTHS
from measurements.store.store import Store

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
