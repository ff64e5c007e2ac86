"""Whether a database is sound, looked at without changing it: also an old one, or one in use."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from measurements.store.backup import trouble
from measurements.store.errors import damaged, elsewhere, explain
from measurements.store.migrations import APPLICATION_ID, SCHEMA_VERSION, version_of

__all__ = ["SCHEMA_VERSION", "Health", "examine"]
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`trouble`: a sentence that says what to do; None where the file is sound."""

    bytes: int
    version: int | None = None
    measurements: int | None = None
    trouble: str | None = None


def examine(path: Path) -> Health:
    """Reads all of the file."""
    size = path.stat().st_size
    log = path.with_name(f"{path.name}-wal")
    # Without a log nothing waits to be merged, and on a read-only disk no other way is open.
    mode = "ro" if log.exists() and log.stat().st_size else "ro&immutable=1"
    address = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as conn:
            return _examine(conn, path, size)
    except sqlite3.Error as exc:
        return Health(bytes=size, trouble=str(explain(exc, str(path))))


def _examine(conn: sqlite3.Connection, path: Path, size: int) -> Health:
    tables = {name for (name,) in conn.execute("SELECT name FROM sqlite_schema")}
    if not tables:
        return Health(bytes=size, version=SCHEMA_VERSION, measurements=0)
    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        says = f"{path} is a database of another program. Move it away, {elsewhere(path)}."
        return Health(bytes=size, trouble=says)
    found, version = trouble(conn), version_of(conn)
    if found is not None:
        return Health(bytes=size, version=version, trouble=damaged(str(path)))
    count = None
    if "measurements" in tables:
        count = conn.execute("SELECT count(*) FROM measurements").fetchone()[0]
    return Health(bytes=size, version=version, measurements=count)
