"""Whether nobody else has a database open, so that its file may be put aside."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

_BESIDE = ("-wal", "-shm", "-journal")


def is_alone(path: Path) -> bool:
    """SQLite leaves WAL mode only where no other connection exists. A damaged file is nobody's."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as conn:
            conn.execute("PRAGMA busy_timeout = 0")
            conn.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.OperationalError as exc:
        return exc.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    except sqlite3.Error:
        return True
    return True


def put_aside(path: Path, name: Path) -> None:
    """Rename a database with what lies beside it: another's log would damage the next one."""
    path.rename(name)
    for beside in _BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(path.name + beside).rename(name.with_name(name.name + beside))
