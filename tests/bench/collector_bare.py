"""The yardstick for ingest: the very rows that a collector wrote, by bare `executemany`.

Nothing is read, checked or looked up: tuples that lie in memory go into the same tables with the same
indices, by a connection that was opened as the collector's is (WAL, FULL sync, foreign keys, the
same log), in transactions of as many measurements. Triggers are left out, what they wrote is among
the rows. No other process runs, so it has both cores, and uses one.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from measurements.store.connect import connect
from measurements.store.intake import LOG_PAGES

Rows = dict[str, list[tuple[Any, ...]]]
# What measurements share, after whatever refers to it; beside it the table that it belongs to.
_SHARED = (
    *(("senders", ""), ("runs", ""), ("targets", ""), ("bodies", ""), ("chains", "")),
    *(("answer_sets", ""), ("chain_certificates", "chains"), ("dns_answers", "answer_sets")),
    *(("certificates", ""), ("arms", ""), ("networks", ""), ("strings", "")),
)


def bare(
    source: Path, target: Path, total: int, *, group: int, foreign_keys: bool
) -> tuple[float, float]:
    """Measurements a second; seconds of processor time in all."""
    old = sqlite3.connect(source)
    steps = _steps(old, group)
    old.close()
    new = connect(target, read_only=False)
    new.execute(f"PRAGMA foreign_keys = {int(foreign_keys)}")
    new.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    for (name,) in new.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        new.execute(f'DROP TRIGGER "{name}"')
    inserts = {
        table: f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(rows[0]))})'  # noqa: S608 - ours
        for step in steps
        for table, rows in step.items()
    }
    began, spent = time.perf_counter(), time.process_time()
    for step in steps:
        new.execute("BEGIN IMMEDIATE")
        for table, rows in step.items():
            new.executemany(inserts[table], rows)
        new.execute("COMMIT")
    seconds, spent = time.perf_counter() - began, time.process_time() - spent
    stored = new.execute("SELECT count(*) FROM measurements").fetchone()[0]
    new.close()
    assert stored == total, (stored, total)
    return total / seconds, spent


def _steps(old: sqlite3.Connection, group: int) -> list[Rows]:
    """The rows of each transaction: a measurement's, and the shared ones that it is first to need."""
    rows, keys, where = _read(old)
    last = max(key for key, *_ in rows["measurements"])
    steps: list[Rows] = [{} for _ in range(-(-last // group))]
    needed: dict[str, dict[Any, int]] = {name: {} for name, _ in _SHARED}
    shared = dict(_SHARED)
    own = [name for name in rows if name not in shared]
    for name in [*own, *(name for name, _ in _SHARED if name in rows)]:
        owner = shared.get(name)
        for row in rows[name]:
            if owner is None:
                step = (row[where[name]] - 1) // group if name in where else 0
            else:
                step = needed[owner or name].get(row[0], 0)
            for column, parent in keys[name]:
                if parent in needed and row[column] is not None and owner != parent:
                    first = needed[parent]
                    first[row[column]] = min(step, first.get(row[column], step))
            steps[step].setdefault(name, []).append(row)
    order = [name for name, _ in reversed(_SHARED)] + ["measurements"]
    order.sort(key=lambda name: name in {"chain_certificates", "dns_answers", "measurements"})
    rank = {name: i for i, name in enumerate(order)}
    return [dict(sorted(step.items(), key=lambda item: rank.get(item[0], 99))) for step in steps]


def _read(old: sqlite3.Connection) -> tuple[Rows, dict[str, list[tuple[int, str]]], dict[str, int]]:
    """All rows, of each table its references, and where its measurement's key stands."""
    sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    rows: Rows = {}
    keys: dict[str, list[tuple[int, str]]] = {}
    where = {"measurements": 0}
    for (name,) in old.execute(sql).fetchall():
        found = old.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 - our own names
        if not found or name.startswith("_"):
            continue
        columns = [c for _, c, *_ in old.execute(f'PRAGMA table_info("{name}")')]
        listed = old.execute(f'PRAGMA foreign_key_list("{name}")').fetchall()
        rows[name] = found
        keys[name] = [(columns.index(column), parent) for _, _, parent, column, *_ in listed]
        if "measurement_id" in columns:
            where[name] = columns.index("measurement_id")
    return rows, keys, where
