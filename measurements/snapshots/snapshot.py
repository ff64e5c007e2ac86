"""Making a snapshot: the whole of it, or none."""

import os
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from measurements.schema.measurement import Measurement
from measurements.snapshots import difference, news, notes, package, signing
from measurements.snapshots.database import Cell, Context, check_published, count, fill, pairs
from measurements.snapshots.database import logical_sha256 as logical
from measurements.snapshots.database import rows as rows_of
from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.manifest import (
    DATABASE,
    FORMAT,
    MANIFEST,
    SIGNERS,
    SUMS,
    Manifest,
    files_in,
    listed,
    read_manifest,
    sha256_of,
    write_sums,
)
from measurements.snapshots.tables import TABLES, Table
from measurements.store.migrations import SCHEMA_VERSION
from measurements.store.store import Store


class WriteTable(Protocol):
    """Writes a file of (name, type) columns; how many rows."""

    def __call__(
        self, path: Path, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Cell]], /
    ) -> int:
        """How many rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """Who writes what: exchange's, put in by the wiring."""

    csv: WriteTable
    parquet: WriteTable | None
    documents: Callable[[Iterable[Measurement], Path], int]
    context: Context
    versions: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to make."""

    source: Path
    out: Path
    made_on: str
    previous: Path | None = None
    key: Path | None = None


def make(wanted: Wanted, formats: Formats, *, say: Callable[[str], None]) -> Manifest:
    """Write the folder `out`. Raises SnapshotError or StoreError; then there is no such folder."""
    if wanted.out.exists():
        raise SnapshotError(f"{wanted.out} exists already; a snapshot is never overwritten")
    public = None if wanted.key is None else signing.public_key(wanted.key)
    check_published(wanted.source)
    try:
        temporary = Path(
            tempfile.mkdtemp(
                prefix=f".{wanted.out.name}.", suffix=".partial", dir=wanted.out.parent
            )
        )
    except OSError as exc:
        raise SnapshotError(f"{wanted.out} cannot be made: {exc.strerror or exc}") from exc
    try:
        manifest = _write(temporary, wanted, formats, public, say)
        _settle(temporary)
        temporary.rename(wanted.out)
        _sync(wanted.out.parent)
    except OSError as exc:
        raise SnapshotError(f"{wanted.out} cannot be written: {exc.strerror or exc}") from exc
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return manifest


def _write(
    folder: Path,
    wanted: Wanted,
    formats: Formats,
    public: str | None,
    say: Callable[[str], None],
) -> Manifest:
    database = folder / DATABASE
    say("database")
    fill(wanted.source, folder / "draft.db", database, formats.context)
    say("documents")
    formats.documents(_documents(database), folder / package.JSONL)
    tables, counts = _tables(folder, database, wanted.previous, formats, say)
    counts |= _counts(database)
    if wanted.previous is not None:
        counts |= _changes(database, wanted.previous)
    data = {name: listed(folder, name) for name in files_in(folder)}
    described = package.describe(wanted.made_on, tables, data, counts)
    (folder / package.NAME).write_bytes(described)
    if public is not None:
        (folder / SIGNERS).write_text(signing.allowed_signers(public), "ascii")
    say("hashes")
    manifest = Manifest(
        format=FORMAT,
        made_on=wanted.made_on,
        software={
            "sqlite": sqlite3.sqlite_version,
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
            **formats.versions,
        },
        schema_version=SCHEMA_VERSION,
        logical_sha256=logical(database),
        counts=dict(sorted(counts.items())),
        previous=None if wanted.previous is None else _before(wanted.previous),
        signed_by=None if public is None else signing.fingerprint(public),
        files=(),
    )
    before = None if wanted.previous is None else wanted.previous / DATABASE
    told = notes.News(now=[*news.now(database)], events=[*news.events(database, before)])
    (folder / notes.NAME).write_text(
        notes.text(manifest, _statuses(database), _span(database), told), "utf-8"
    )
    manifest = replace(manifest, files=[listed(folder, name) for name in files_in(folder)])
    (folder / MANIFEST).write_bytes(manifest.encode())
    write_sums(folder)
    if wanted.key is not None:
        signing.sign(folder / SUMS, wanted.key)
    return manifest


def _tables(
    folder: Path,
    database: Path,
    previous: Path | None,
    formats: Formats,
    say: Callable[[str], None],
) -> tuple[list[Table], dict[str, int]]:
    """CSV and Parquet of each; and how many rows."""
    (folder / "csv").mkdir()
    if formats.parquet is not None:
        (folder / "parquet").mkdir()
    tables, counts = [*TABLES], {}
    for table in TABLES:
        say(table.name)
        columns = [(column.name, column.type) for column in table.columns]
        path = folder / "csv" / f"{table.name}.csv"
        counts[table.name] = formats.csv(path, columns, rows_of(database, table))
        if formats.parquet is not None:
            path = folder / "parquet" / f"{table.name}.parquet"
            formats.parquet(path, columns, rows_of(database, table))
    if previous is not None:
        since = difference.SINCE
        columns = [(column.name, column.type) for column in since.columns]
        changed = difference.changed(database, previous / DATABASE)
        path = folder / "csv" / f"{since.name}.csv"
        counts[since.name] = formats.csv(path, columns, changed)
        tables.append(since)
    return tables, counts


def _documents(database: Path) -> Iterator[Measurement]:
    """By uid: their numbers follow that order."""
    with Store.open(database, read_only=True) as store:
        for uid, _ in pairs(database, "SELECT measurement_uid, id FROM measurements ORDER BY id"):
            yield store.load(str(uid))


def _counts(database: Path) -> dict[str, int]:
    distinct = "SELECT count(DISTINCT {}) FROM measurements"
    return {
        "targets": count(database, distinct.format("target_id")),
        "networks": count(database, distinct.format("probe_network_id")),
    }


def _changes(database: Path, previous: Path) -> dict[str, int]:
    new = difference.counts(database, previous / DATABASE)
    return {
        "new": new.new,
        "judged_otherwise": new.judged_otherwise,
        "gone": new.gone,
        "new_events": new.events,
    }


def _statuses(database: Path) -> dict[str, int]:
    found = pairs(database, "SELECT status, count(*) FROM measurements GROUP BY status")
    return {str(status): int(str(n)) for status, n in found}


def _span(database: Path) -> tuple[str, str] | None:
    sql = "SELECT min(measurement_start_time), max(measurement_start_time) FROM measurements"
    ((first, last),) = pairs(database, sql)
    return None if first is None else (str(first)[:10], str(last)[:10])


def _before(previous: Path) -> dict[str, str]:
    made_on = read_manifest(previous).made_on
    return {"made_on": made_on, "manifest_sha256": sha256_of(previous / MANIFEST)}


def _settle(folder: Path) -> None:
    """On the disk, and readable for everybody: it is to be published."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
