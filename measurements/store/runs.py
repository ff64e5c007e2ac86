"""Runs: what they set out to do, and how far they got."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from measurements.store.ids import SqlIds

PlannedTarget = tuple[str, str | None]  # URL, category code


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run: `source` is run, import or demo."""

    run_id: str
    started_at: str
    software_version: str
    source: str = "run"
    finished_at: str | None = None
    measured: int = 0
    failed: int = 0
    interrupted: bool = False


def begin(
    conn: sqlite3.Connection, ids: SqlIds, run: RunRow, targets: Sequence[PlannedTarget]
) -> None:
    """Write its row and its plan, inside the caller's transaction."""
    number = conn.execute(
        "INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.run_id,
            run.source,
            run.started_at,
            run.finished_at,
            run.software_version,
            run.measured,
            run.failed,
            run.interrupted,
        ),
    ).lastrowid
    conn.executemany(
        "INSERT INTO run_targets VALUES (?, ?, ?, ?)",
        [
            (number, i, ids.target(url, category), category)
            for i, (url, category) in enumerate(targets)
        ],
    )


def finish(
    conn: sqlite3.Connection,
    run_id: str,
    *,
    finished_at: str,
    measured: int,
    failed: int,
    interrupted: bool,
) -> None:
    """One that ended whole has nothing left to resume."""
    conn.execute(
        "UPDATE runs SET finished_at = ?, measured = ?, failed = ?, interrupted = ?"
        " WHERE run_id = ?",
        (finished_at, measured, failed, interrupted, run_id),
    )
    if not interrupted:
        conn.execute(
            "DELETE FROM run_targets WHERE run_id = (SELECT id FROM runs WHERE run_id = ?)",
            (run_id,),
        )


def last(conn: sqlite3.Connection, source: str) -> RunRow | None:
    """The newest run of this source."""
    row = conn.execute(
        "SELECT run_id, started_at, software_version, source, finished_at, measured, failed,"
        " interrupted FROM runs WHERE source = ? ORDER BY id DESC LIMIT 1",
        (source,),
    ).fetchone()
    if row is None:
        return None
    run_id, started, version, kind, finished, measured, failed, interrupted = row
    return RunRow(
        run_id=run_id,
        started_at=started,
        software_version=version,
        source=kind,
        finished_at=finished,
        measured=measured,
        failed=failed,
        interrupted=bool(interrupted),
    )
