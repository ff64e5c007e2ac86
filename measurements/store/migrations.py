"""The database's shape, step by step (steps_*.py). A released step is never changed.

Integer keys, STRICT, foreign keys, each with its column named (Datasette fails without). Rows of
one measurement lie together, clustered by (measurement_id, position), so that no second index is
paid for. A text that repeats (a name, an address, a failure, a sentence) stands once, in `strings`.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from measurements.store.steps_context import context
from measurements.store.steps_exchange import alone, second
from measurements.store.steps_first import first
from measurements.store.steps_rollups import by_how, rollups

SCHEMA_VERSION = 5
APPLICATION_ID = 0x414E5951  # "ANYQ"
VIEWS = Path(__file__).with_name("views.sql")
ROLLUP_VIEWS = Path(__file__).parents[1] / "analysis" / "rollups.sql"

STEPS = (first, second, context, rollups, alone, by_how)


def statements(script: str) -> list[str]:
    """The single statements of a script (executescript would commit in the middle of a step)."""
    out, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            out.append(pending.strip())
            pending = ""
    return out


def version_of(conn: sqlite3.Connection) -> int:
    """The schema version of the open file; 0 for a new one."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def migrate(conn: sqlite3.Connection, *, before: Callable[[], object] = lambda: None) -> None:
    """Bring the file to SCHEMA_VERSION, whole or not at all, one process at a time.

    `before` is called, while nobody can write, if the file has something to lose.
    """
    from sqlite_utils import Database, Migrations  # noqa: PLC0415 - a tenth of a second, once

    conn.execute("BEGIN IMMEDIATE")
    try:
        version = version_of(conn)
        if version < SCHEMA_VERSION:
            if version:
                before()
            migrations = Migrations("anyqta")
            for step in STEPS:
                migrations()(step)
            migrations.apply(Database(conn, execute_plugins=False))
            views = [
                s[0] for s in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")
            ]
            for name in views:
                conn.execute(f'DROP VIEW "{name}"')
            for statement in statements(VIEWS.read_text("utf-8") + ROLLUP_VIEWS.read_text("utf-8")):
                conn.execute(statement)
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
