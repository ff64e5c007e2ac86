"""Databases as earlier versions, or failing disks, made them."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database, Migrations

from measurements.schema.measurement import Measurement
from measurements.store.ids import SqlIds
from measurements.store.migrations import APPLICATION_ID
from measurements.store.packed import pack
from measurements.store.steps_first import first
from measurements.store.writing import insert


def version_1(path: Path, measurements: Iterable[Measurement]) -> None:
    """A volunteer's file of version 1, in WAL, with a run and these in it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        migrations = Migrations("anyqta")
        migrations()(first)
        migrations.apply(Database(conn, execute_plugins=False))
        conn.execute("CREATE VIEW arms_view AS SELECT id FROM arms")
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute("PRAGMA user_version = 1")
        conn.execute("BEGIN")
        conn.execute("INSERT INTO runs VALUES (1, 'r1', 'run', '2026', '2026', '1', 2, 0, 0)")
        ids = SqlIds(conn)
        for m in measurements:
            insert(conn, ids, m, pack(m))
        conn.execute("COMMIT")


def damage(path: Path) -> None:
    """Nonsense over the first page of the table of measurements."""
    with closing(sqlite3.connect(path)) as conn:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'measurements'"
        page = conn.execute(sql).fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
