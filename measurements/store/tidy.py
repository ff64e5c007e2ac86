"""Throwing out what nothing uses any more: texts, networks, targets and the like of deleted measurements."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from measurements.store.connect import BUSY_SECONDS
from measurements.store.store import Store
from measurements.store.writing import count_deletion

# table -> what belongs to it and goes with it
_PARTS = {
    "chains": ("chain_certificates", "chain_id"),
    "answer_sets": ("dns_answers", "answer_set_id"),
    "targets": ("target_names", "target_id"),
}
# Each before those that it refers to.
_ORDER = (
    *("bodies", "chains", "certificates", "answer_sets", "arms", "targets", "networks", "strings"),
)
_UNNAMED_RUNS = (
    "DELETE FROM runs WHERE source = 'import' AND started_at = ''"
    " AND id NOT IN (SELECT run_id FROM measurements) AND id NOT IN (SELECT run_id FROM run_targets)"
)
# Strangers of whom nothing is left. An invited one stays invited.
_SENDERS = (
    "DELETE FROM senders WHERE NOT invited"
    " AND id NOT IN (SELECT sender_id FROM received WHERE sender_id IS NOT NULL)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """How many rows of each dictionary went, and the file's size before and after."""

    gone: dict[str, int]
    bytes_before: int
    bytes_after: int


def tidy(store: Store, *, vacuum: bool = True) -> Tidied:
    """Delete what nothing refers to, and give its place back to the disk. Raises StoreError.

    Others wait to write meanwhile, seconds for each million measurements; readers do not.
    """
    before = store.path.stat().st_size
    with store.reading() as conn, _unchecked(conn), store.writing():
        gone = {"runs": conn.execute(_UNNAMED_RUNS).rowcount}
        gone |= {table: _sweep(conn, table) for table in _ORDER}
        conn.execute("DROP TABLE temp.used")
        gone["senders"] = conn.execute(_SENDERS).rowcount
        if any(gone.values()):
            count_deletion(conn, texts=True)
    with store.reading() as conn:
        if vacuum:
            conn.execute("VACUUM")
        # What was deleted is in the log too, until that is begun anew. A reader may be in the way.
        conn.execute("PRAGMA busy_timeout = 1000")
        with suppress(sqlite3.OperationalError):
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        conn.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    return Tidied(gone=gone, bytes_before=before, bytes_after=store.path.stat().st_size)


@contextmanager
def _unchecked(conn: sqlite3.Connection) -> Iterator[None]:
    """SQLite would look for each deleted text in forty columns, one at a time; `_sweep` did."""
    conn.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        conn.execute("PRAGMA foreign_keys = ON")


def _sweep(conn: sqlite3.Connection, table: str) -> int:
    part = _PARTS.get(table)
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS used (id INTEGER PRIMARY KEY)")
    conn.execute("DELETE FROM temp.used")
    for other, column in references(conn, table):
        if part is None or other != part[0]:
            conn.execute(
                f"INSERT OR IGNORE INTO temp.used SELECT {column} FROM {other}"  # noqa: S608 - ours
                f" WHERE {column} IS NOT NULL"
            )
    if part is not None:
        conn.execute(f"DELETE FROM {part[0]} WHERE {part[1]} NOT IN (SELECT id FROM temp.used)")  # noqa: S608
    sql = f"DELETE FROM {table} WHERE id NOT IN (SELECT id FROM temp.used)"  # noqa: S608
    return conn.execute(sql).rowcount


def references(conn: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Every (table, column) that refers to this table, as the schema has it."""
    tables = [
        name
        for schema, name, kind, *_ in conn.execute("PRAGMA table_list").fetchall()
        if schema == "main" and kind == "table"
    ]
    return [
        (other, key[3])
        for other in tables
        for key in conn.execute(f"PRAGMA foreign_key_list({other})").fetchall()
        if key[2] == table
    ]
