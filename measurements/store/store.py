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
from measurements.store.connect import connect, explained, transaction
from measurements.store.errors import Ambiguous, Duplicate, NotFound, StoreError, Unstorable
from measurements.store.ids import SqlIds
from measurements.store.load import Loader
from measurements.store.packed import pack
from measurements.store.query import (
    Filter,
    ResultRow,
    prefix_range,
    select_results,
    select_uids,
)
from measurements.store.rows import INSERTS, to_rows, verdict_rows

_SHOWN_WHEN_AMBIGUOUS = 5


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is."""

    measurements: int
    runs: int
    targets: int
    bytes: int


PlannedTarget = tuple[str, str | None]  # URL, category code


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

    def save(self, m: Measurement) -> None:
        """Store a measurement with its verdict. Raises Duplicate, Unstorable or StoreError."""
        with self._writing():
            self._save(m, pack(m))

    def save_many(self, measurements: Sequence[Measurement]) -> list[str]:
        """Store all that are not there yet, in one transaction; the uids of those that were new."""
        with self._writing():
            new = []
            for m in measurements:
                if self._key_of(m.measurement_uid) is None:
                    self._save(m, pack(m))
                    new.append(m.measurement_uid)
        return new

    def _save(self, m: Measurement, packed: bytes | None) -> None:
        top, known = self._conn.execute(
            "SELECT (SELECT max(id) FROM measurements),"
            " EXISTS (SELECT 1 FROM measurements WHERE measurement_uid = ?)",
            (m.measurement_uid,),
        ).fetchone()
        if known:
            raise Duplicate(f"measurement {m.measurement_uid} is already stored")
        rows = to_rows(m, key=(top or 0) + 1, ids=self._ids, packed=packed)
        for table, part in rows.items():
            if part:
                self._conn.executemany(INSERTS[table], part)

    def save_verdict(self, uid: str, verdict: Verdict) -> bool:
        """Make it the current verdict; earlier ones stay. False where it is current already."""
        with self._writing():
            key = self._key_of(uid)
            if key is None:
                raise NotFound(f"there is no measurement {uid}")
            current = self._conn.execute(
                "SELECT revision FROM measurements WHERE id = ?", (key,)
            ).fetchone()[0]
            if current is not None and self._loader.verdict(key, current) == verdict:
                return False
            revision = 0 if current is None else current + 1
            rows = verdict_rows(verdict, key=key, revision=revision, ids=self._ids)
            for table, part in rows.items():
                self._conn.executemany(INSERTS[table], part)
            self._conn.execute(
                "UPDATE measurements SET status = ?, revision = ? WHERE id = ?",
                (verdict.status.value, revision, key),
            )
        return True

    def begin_run(self, run: RunRow, targets: Sequence[PlannedTarget] = ()) -> None:
        """Note that a run has begun, and what it is to measure (for run --resume)."""
        with self._writing():
            number = self._conn.execute(
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
            self._conn.executemany(
                "INSERT INTO run_targets VALUES (?, ?, ?, ?)",
                [
                    (number, i, self._ids.target(url, category), category)
                    for i, (url, category) in enumerate(targets)
                ],
            )

    def finish_run(
        self, run_id: str, *, finished_at: str, measured: int, failed: int, interrupted: bool
    ) -> None:
        """Note that a run has ended. One that ended whole has nothing left to resume."""
        with self._writing():
            self._conn.execute(
                "UPDATE runs SET finished_at = ?, measured = ?, failed = ?, interrupted = ?"
                " WHERE run_id = ?",
                (finished_at, measured, failed, interrupted, run_id),
            )
            if not interrupted:
                self._conn.execute(
                    "DELETE FROM run_targets WHERE run_id = (SELECT id FROM runs WHERE run_id = ?)",
                    (run_id,),
                )

    # Reading -------------------------------------------------------------------------------------

    def load(self, uid: str) -> Measurement:
        """The measurement with this uid, or the only one whose uid (or its last part) begins so."""
        with self._reading():
            return self._loader.load(self._resolve(uid)[1])

    def resolve(self, uid: str) -> str:
        """The whole uid for a beginning of it. Raises NotFound or Ambiguous."""
        with self._reading():
            return self._resolve(uid)[0]

    def contains(self, uid: str) -> bool:
        """Whether exactly this measurement is stored."""
        with self._reading():
            return self._key_of(uid) is not None

    def verdicts(self, uid: str) -> list[Verdict]:
        """All verdicts that were ever given, oldest first; the last is current."""
        with self._reading():
            key = self._resolve(uid)[1]
            sql = "SELECT revision FROM verdicts WHERE measurement_id = ? ORDER BY revision"
            return [
                self._loader.verdict(key, r) for (r,) in self._conn.execute(sql, (key,)).fetchall()
            ]

    def results(self, wanted: Filter = Filter()) -> list[ResultRow]:  # noqa: B008 - it is frozen
        """Lines for a list, newest first."""
        with self._reading():
            rows = self._conn.execute(*select_results(wanted)).fetchall()
        return [
            ResultRow(
                measurement_uid=uid,
                run_id=run_id,
                input=url,
                measurement_start_time=start,
                test_runtime=runtime,
                status=status,
                layer=layer,
                mechanism=mechanism,
                trigger=trigger,
                confidence=confidence,
                summary=summary
                if isinstance(summary, str | None)
                else summary.decode(errors="replace"),
                probe_asn=asn,
                probe_cc=cc if isinstance(cc, str | None) else None,
                category_code=category,
            )
            for (
                uid,
                run_id,
                url,
                start,
                runtime,
                status,
                layer,
                mechanism,
                trigger,
                confidence,
                summary,
                asn,
                cc,
                category,
            ) in rows
        ]

    def iter_uids(self, wanted: Filter = Filter()) -> Iterator[str]:  # noqa: B008 - it is frozen
        """The uids, oldest first, of what was stored when it was asked for."""
        with self._reading():
            keys = [row[0] for row in self._conn.execute(*select_uids(wanted))]
        yield from keys

    def measured_inputs(self, run_id: str) -> frozenset[str]:
        """The URLs that a run has in the database already."""
        sql = (
            "SELECT t.url FROM measurements m JOIN targets t ON t.id = m.target_id"
            " WHERE m.run_id = (SELECT id FROM runs WHERE run_id = ?)"
        )
        with self._reading():
            return frozenset(url for (url,) in self._conn.execute(sql, (run_id,)))

    def planned_targets(self, run_id: str) -> list[PlannedTarget]:
        """All that an unfinished run set out to measure, in its order; empty if it ended whole."""
        sql = (
            "SELECT t.url, p.category_code FROM run_targets p JOIN targets t ON t.id = p.target_id"
            " WHERE p.run_id = (SELECT id FROM runs WHERE run_id = ?) ORDER BY p.position"
        )
        with self._reading():
            return [(url, category) for url, category in self._conn.execute(sql, (run_id,))]

    def last_run(self, source: str = "run") -> RunRow | None:
        """The newest run of this source."""
        sql = (
            "SELECT run_id, started_at, software_version, source, finished_at, measured, failed,"
            " interrupted FROM runs WHERE source = ? ORDER BY id DESC LIMIT 1"
        )
        with self._reading():
            row = self._conn.execute(sql, (source,)).fetchone()
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

    def counts(self) -> Counts:
        """How much there is."""
        with self._reading():
            m, r, t = self._conn.execute(
                "SELECT (SELECT count(*) FROM measurements), (SELECT count(*) FROM runs),"
                " (SELECT count(*) FROM targets)"
            ).fetchone()
        return Counts(measurements=m, runs=r, targets=t, bytes=self.path.stat().st_size)

    # Inside --------------------------------------------------------------------------------------

    def _key_of(self, uid: str) -> int | None:
        row = self._conn.execute(
            "SELECT id FROM measurements WHERE measurement_uid = ?", (uid,)
        ).fetchone()
        return None if row is None else int(row[0])

    def _resolve(self, uid: str) -> tuple[str, int]:
        exact = self._key_of(uid)
        if exact is not None:
            return uid, exact
        sql = "SELECT measurement_uid, id FROM measurements WHERE {} ORDER BY id DESC LIMIT ?"
        begins = sql.format("measurement_uid >= ? AND measurement_uid < ?")
        found = self._conn.execute(
            begins, (*prefix_range(uid), _SHOWN_WHEN_AMBIGUOUS + 1)
        ).fetchall()
        if not found:  # uids as OONI makes them begin with a time; what tells them apart comes last
            ends = sql.format("instr(measurement_uid, ?)")
            found = self._conn.execute(ends, (f"_{uid}", _SHOWN_WHEN_AMBIGUOUS + 1)).fetchall()
        if not found or not uid:
            raise NotFound(
                f"there is no measurement {uid!r} here; `anyqta results` lists what there is"
            )
        if len(found) > 1:
            more = " …" if len(found) > _SHOWN_WHEN_AMBIGUOUS else ""
            names = " ".join(name for name, _ in found[:_SHOWN_WHEN_AMBIGUOUS])
            raise Ambiguous(
                f"{uid!r} fits more than one measurement: {names}{more}; give more of it"
            )
        return str(found[0][0]), int(found[0][1])

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock, explained(self.path):
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self.read_only:
            raise StoreError(f"{self.path} was opened only to be read")
        with self._lock, explained(self.path):
            try:
                with transaction(self._conn):
                    yield
            except (OverflowError, UnicodeEncodeError) as exc:
                self._ids.forget()
                raise Unstorable(_reason(exc)) from exc
            except BaseException:
                self._ids.forget()
                raise


def _reason(exc: Exception) -> str:
    if isinstance(exc, OverflowError):
        return "it holds a number of more than 64 bits"
    return "it holds text that is not valid Unicode where a name is needed"
