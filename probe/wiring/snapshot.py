"""`anyqta snapshot` and `anyqta registry`, put together."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from measurements.exchange import csv_table, legal, ooni, parquet, registry
from measurements.exchange.hosts import names_of
from measurements.exchange.ooni import BadLine, ExchangeError
from measurements.snapshots import snapshot, verify
from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.manifest import Manifest
from measurements.snapshots.verify import Finding
from measurements.store.connect import connect, explained
from measurements.store.context import Copied, link_targets
from probe import __version__
from probe.home import now

__all__ = ["BadLine", "Copied", "ExchangeError", "Finding", "Manifest", "SnapshotError"]


def today() -> str:
    """The day, UTC."""
    return f"{now():%Y-%m-%d}"


def make(  # noqa: PLR0913 - one for each option
    source: Path,
    out: Path,
    *,
    previous: Path | None,
    key: Path | None,
    with_parquet: bool,
    made_on: str,
    say: Callable[[str], None],
) -> Manifest:
    """Write a snapshot. One that it follows must itself hold."""
    if with_parquet and parquet.version() is None:
        raise SnapshotError(
            "Parquet needs pyarrow, which is not installed. Install it with `.ci/setup --publish`,"
            " or leave Parquet out with --no-parquet."
        )
    if previous is not None:
        say("the previous snapshot")
        for finding in verify.verify(previous):
            if finding.holds is False:
                raise SnapshotError(f"the previous snapshot does not hold: {finding.says}")
    formats = snapshot.Formats(
        csv=csv_table.write_csv,
        parquet=parquet.write_parquet if with_parquet else None,
        documents=ooni.export,
        context=_context,
        versions={"anyqta": __version__, "pyarrow": parquet.version() if with_parquet else None},
    )
    wanted = snapshot.Wanted(source=source, out=out, made_on=made_on, previous=previous, key=key)
    return snapshot.make(wanted, formats, say=say)


def _context(conn: sqlite3.Connection) -> None:
    legal.load(conn)
    link_targets(conn, names_of)


def add_context(db: Path) -> None:
    """The legal events that ship with us, and the names of targets, into a published file."""
    with explained(db), closing(connect(db, read_only=False)) as conn:
        _context(conn)


def check(folder: Path, *, signers: Path | None, previous: Path | None) -> Iterator[Finding]:
    """Whether a snapshot holds."""
    return verify.verify(folder, signers=signers, previous=previous)


def import_registry(
    db: Path, file: Path, *, day: str, whole: bool, on_bad: Callable[[BadLine], None]
) -> Copied:
    """Store a copy of the state registry, and the legal events beside it."""
    with explained(db), closing(connect(db, read_only=False)) as conn:
        done = registry.import_registry(conn, file, day=day, whole=whole, on_bad=on_bad)
        _context(conn)
    return done
