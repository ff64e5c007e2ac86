"""The database of one home folder. A method returns when what it wrote is safe.

One transaction a measurement; the lock lets the event loop save in a worker thread.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.store import runs
from measurements.store.backup import copy, trouble
from measurements.store.connect import connect, explained, transaction
from measurements.store.errors import NotFound, StoreError, Unstorable, damaged, unstorable_because
from measurements.store.ids import SqlIds
from measurements.store.load import Loader
from measurements.store.packed import pack
from measurements.store.query import Filter, ResultRow, result_row, select_results, select_uids
from measurements.store.resolving import key_of, resolve
from measurements.store.rows import INSERTS, verdict_rows
from measurements.store.runs import PlannedTarget, RunRow
from measurements.store.writing import delete, insert

__all__ = ["Counts", "PlannedTarget", "RunRow", "Store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is."""

    measurements: int
    runs: int
    targets: int
    bytes: int


class Store:
    """See the module. Use as a context manager, or close."""

    def __init__(self, path: Path, conn: sqlite3.Connection, *, read_only: bool) -> None:
        """For `open`."""
        self.path = path
        self.read_only = read_only
        self._conn = conn
        self._ids = SqlIds(conn)
        self._loader = Loader(conn)
        self._lock = threading.RLock()
        self._deletions: tuple[int, int] | None = None

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = False) -> Self:
        """Open, or make, the database. Raises StoreError in plain words."""
        path = Path(path)
        return cls(path, connect(path, read_only=read_only), read_only=read_only)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._conn.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    # Writing -------------------------------------------------------------------------------------

    def save(self, m: Measurement, parcels: Sequence[tuple[int, bytes]] = ()) -> None:
        """Store a measurement with its verdict. Raises Duplicate, Unstorable or StoreError.

        `parcels`: which collectors it is for, each with the secret for taking it back.
        """
        with self.writing() as conn:
            key = insert(conn, self._ids, m, pack(m))
            conn.executemany(
                "INSERT INTO outbox VALUES (?, ?, 'waiting', 0, ?, NULL, NULL, NULL)",
                [(key, collector, secret) for collector, secret in parcels],
            )

    def save_many(self, measurements: Sequence[Measurement]) -> list[str]:
        """Store all that are not there yet, in one transaction; the uids of those that were new."""
        with self.writing() as conn:
            new = []
            for m in measurements:
                if key_of(conn, m.measurement_uid) is None:
                    insert(conn, self._ids, m, pack(m))
                    new.append(m.measurement_uid)
        return new

    def delete(self, uid: str) -> None:
        """Take a measurement out, and all that only it had. Raises NotFound or StoreError.

        What collectors were told of it stays with them: withdraw first.
        """
        with self.writing() as conn:
            key = key_of(conn, uid)
            if key is None:
                raise NotFound(f"there is no measurement {uid}")
            if delete(conn, key):
                self.forget_parts()

    def save_verdict(self, uid: str, verdict: Verdict) -> bool:
        """Make it the current verdict; earlier ones stay. False where it is current already."""
        with self.writing() as conn:
            key = key_of(conn, uid)
            if key is None:
                raise NotFound(f"there is no measurement {uid}")
            current = conn.execute(
                "SELECT revision FROM measurements WHERE id = ?", (key,)
            ).fetchone()[0]
            if current is not None and self._loader.verdict(key, current) == verdict:
                return False
            revision = 0 if current is None else current + 1
            rows = verdict_rows(verdict, key=key, revision=revision, ids=self._ids)
            for table, part in rows.items():
                conn.executemany(INSERTS[table], part)
            conn.execute(
                "UPDATE measurements SET status = ?, revision = ? WHERE id = ?",
                (verdict.status.value, revision, key),
            )
        return True

    def backup(self, path: Path) -> None:
        """A whole, checked copy, while others go on writing; private. Raises StoreError."""
        copy(self.path, path)

    def check(self) -> str | None:
        """What is wrong with the file, as a sentence; None where it is sound. Reads all of it."""
        try:
            with self.reading() as conn:
                found = trouble(conn)
        except StoreError as exc:
            return str(exc)
        return None if found is None else damaged(str(self.path))

    def begin_run(self, run: RunRow, targets: Sequence[PlannedTarget] = ()) -> None:
        """Note that a run has begun, and what it is to measure (for run --resume)."""
        with self.writing() as conn:
            runs.begin(conn, self._ids, run, targets)

    def finish_run(
        self, run_id: str, *, finished_at: str, measured: int, failed: int, interrupted: bool
    ) -> None:
        """Note that a run has ended. One that ended whole has nothing left to resume."""
        with self.writing() as conn:
            runs.finish(
                conn,
                run_id,
                finished_at=finished_at,
                measured=measured,
                failed=failed,
                interrupted=interrupted,
            )

    # Reading -------------------------------------------------------------------------------------

    def load(self, uid: str) -> Measurement:
        """The measurement with this uid, or the only one whose uid (or its last part) begins so."""
        with self._snapshot() as conn:
            return self._loader.load(resolve(conn, uid)[1])

    def resolve(self, uid: str) -> str:
        """The whole uid for a beginning of it. Raises NotFound or Ambiguous."""
        with self.reading() as conn:
            return resolve(conn, uid)[0]

    def contains(self, uid: str) -> bool:
        """Whether exactly this measurement is stored."""
        with self.reading() as conn:
            return key_of(conn, uid) is not None

    def verdicts(self, uid: str) -> list[Verdict]:
        """All verdicts that were ever given, oldest first; the last is current."""
        with self._snapshot() as conn:
            key = resolve(conn, uid)[1]
            sql = "SELECT revision FROM verdicts WHERE measurement_id = ? ORDER BY revision"
            return [self._loader.verdict(key, r) for (r,) in conn.execute(sql, (key,)).fetchall()]

    def results(self, wanted: Filter = Filter()) -> list[ResultRow]:  # noqa: B008 - it is frozen
        """Lines for a list, newest first."""
        with self.reading() as conn:
            rows = conn.execute(*select_results(wanted)).fetchall()
        return [result_row(row) for row in rows]

    def iter_uids(self, wanted: Filter = Filter()) -> Iterator[str]:  # noqa: B008 - it is frozen
        """The uids, oldest first, of what was stored when it was asked for."""
        with self.reading() as conn:
            keys = [row[0] for row in conn.execute(*select_uids(wanted))]
        yield from keys

    def measured_inputs(self, run_id: str) -> frozenset[str]:
        """The URLs that a run has in the database already."""
        sql = (
            "SELECT t.url FROM measurements m JOIN targets t ON t.id = m.target_id"
            " WHERE m.run_id = (SELECT id FROM runs WHERE run_id = ?)"
        )
        with self.reading() as conn:
            return frozenset(url for (url,) in conn.execute(sql, (run_id,)))

    def planned_targets(self, run_id: str) -> list[PlannedTarget]:
        """All that an unfinished run set out to measure, in its order; empty if it ended whole."""
        sql = (
            "SELECT t.url, p.category_code FROM run_targets p JOIN targets t ON t.id = p.target_id"
            " WHERE p.run_id = (SELECT id FROM runs WHERE run_id = ?) ORDER BY p.position"
        )
        with self.reading() as conn:
            return [(url, category) for url, category in conn.execute(sql, (run_id,))]

    def last_run(self, source: str = "run") -> RunRow | None:
        """The newest run of this source."""
        with self.reading() as conn:
            return runs.last(conn, source)

    def counts(self) -> Counts:
        """How much there is."""
        with self.reading() as conn:
            m, r, t = conn.execute(
                "SELECT (SELECT count(*) FROM measurements), (SELECT count(*) FROM runs),"
                " (SELECT count(*) FROM targets)"
            ).fetchone()
        return Counts(measurements=m, runs=r, targets=t, bytes=self.path.stat().st_size)

    # For the modules beside this one -------------------------------------------------------------

    @property
    def ids(self) -> SqlIds:
        """Numbers for texts; inside `writing` only."""
        return self._ids

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For single queries: no transaction is held open."""
        with self._lock, explained(self.path):
            yield self._conn

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on the disk when this ends, or undone as a whole."""
        if self.read_only:
            raise StoreError(f"{self.path} was opened only to be read")
        with self._lock, explained(self.path):
            try:
                with transaction(self._conn):
                    self._catch_up()
                    self._ids.mark()
                    yield self._conn
            except (OverflowError, UnicodeEncodeError) as exc:
                self.forget()
                raise Unstorable(unstorable_because(exc)) from exc
            except BaseException:
                self.forget()
                raise

    def forget(self) -> None:
        """Drop what is remembered of numbers."""
        self._ids.forget()
        self._loader = Loader(self._conn)

    def forget_parts(self) -> None:
        """The same, but for texts: only `tidy` takes those out."""
        self._ids.forget_parts()
        self._loader = Loader(self._conn)

    # Inside --------------------------------------------------------------------------------------

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """For what takes several queries, between which another process might delete."""
        with self._lock, explained(self.path):
            self._conn.execute("BEGIN")
            try:
                self._catch_up()
                yield self._conn
            finally:
                if self._conn.in_transaction:
                    self._conn.execute("COMMIT")

    def _catch_up(self) -> None:
        """Where something was deleted, here or by another process, numbers may stand for others."""
        now = self._conn.execute("SELECT parts, texts FROM deletions").fetchone() or (0, 0)
        if now == self._deletions:
            return
        if self._deletions is None or now[1] != self._deletions[1]:
            self._ids.forget()
        self.forget_parts()
        self._deletions = now
