"""A whole, checked copy of an open database, private from its first byte."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from measurements.store.errors import StoreError, damaged, explain


def copy(source: Path, target: Path) -> None:
    """Copy what is committed in `source` while others go on writing. Raises StoreError.

    `target` is replaced only by a copy that is whole; it keeps the old one until then.
    """
    if target.exists() and target.samefile(source):
        raise StoreError(f"{target} is the database itself: name another file for the copy.")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with _plainly(part):
        try:
            # made by us, so that it is private from its first byte
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            _fill(source, part)
            part.replace(target)
            _sync(target.parent)
        finally:
            for name in (part.name, f"{part.name}-wal", f"{part.name}-shm", f"{part.name}-journal"):
                part.with_name(name).unlink(missing_ok=True)


def trouble(conn: sqlite3.Connection) -> str | None:
    """What SQLite finds wrong with an open database; None where it is sound."""
    found = [str(row[0]) for row in conn.execute("PRAGMA quick_check(3)")]
    return None if found == ["ok"] else "; ".join(found)


def _fill(source: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=rw", uri=True)) as new,
    ):
        # in one go: in steps it would begin anew whenever somebody writes
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # so that the copy is one file
        wrong = trouble(new)
    if wrong is not None:
        raise StoreError(f"{damaged(str(source))}. It was not copied: {wrong}.")
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Have the new name on the disk; where folders cannot be synced (Windows), so be it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _plainly(part: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        raise explain(exc, str(part)) from exc
    except OSError as exc:
        raise StoreError(
            f"the copy {part} cannot be written: {exc.strerror}."
            " Check that its folder is yours and its disk has room."
        ) from exc
