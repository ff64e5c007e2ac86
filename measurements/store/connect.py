"""Opening the file: private, WAL, one writer at a time, and plain words when it cannot be had."""

import errno
import glob
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from measurements.store.backup import copy
from measurements.store.errors import StoreError, elsewhere, explain
from measurements.store.migrations import APPLICATION_ID, SCHEMA_VERSION, migrate, version_of

BUSY_SECONDS = 60.0
LOG_BYTES = 64 * 2**20


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """An open, current database. Raises StoreError."""
    with explained(path):
        return _read_only(path) if read_only else _writable(path)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """SQLite's errors inside become StoreErrors."""
    try:
        yield
    except sqlite3.Error as exc:
        raise explain(exc, str(path)) from exc


def private_folder(path: Path) -> None:
    """Make it, and all that it lies in, for its owner only: mkdir's mode is for the last one alone."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)  # a file in its place is told


def _writable(path: Path) -> sqlite3.Connection:
    try:
        private_folder(path.parent)
        _make_private(path)
    except OSError as exc:
        raise StoreError(
            f"{path} cannot be opened for writing: {exc.strerror}. Check that the folder is yours"
            f" and its disk writable, {elsewhere(path)}."
        ) from exc
    conn = _open(path, "rwc")
    try:
        _check(conn, path)
        _set_wal(conn)
        # FULL: each commit is on the disk before it returns, so that a power cut takes nothing that
        # was shown. (kill -9 alone would be survived with NORMAL.) A target takes seconds, this
        # takes milliseconds.
        conn.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten, and a log that a slow reader made long is cut again.
        conn.execute("PRAGMA secure_delete = ON")
        conn.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
        if version_of(conn) < SCHEMA_VERSION:
            migrate(conn, before=lambda: _keep(path))
        conn.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        conn.close()
        raise
    return conn


def _make_private(path: Path) -> None:
    """Made by us, private from its first byte; -wal and -shm get the same mode.

    A file that is there is not opened: closing it would drop the locks that this process has on it
    by another connection (POSIX), and the next program to close it would throw the log away.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None


def _read_only(path: Path) -> sqlite3.Connection:
    if not path.exists():
        raise StoreError(f"{path} does not exist yet: nothing has been measured here.")
    try:
        conn = _checked(path, "ro")
    except sqlite3.OperationalError:
        # A read-only disk: WAL needs a file beside the database, so it opens only as immutable.
        # That is right only where no log waits to be merged.
        wal = path.with_name(f"{path.name}-wal")
        if wal.exists() and wal.stat().st_size:
            raise
        conn = _checked(path, "ro&immutable=1")
    if version_of(conn) < SCHEMA_VERSION:
        conn.close()
        if os.access(path, os.W_OK):
            _writable(path).close()
            return _open(path, "ro")
        raise StoreError(
            f"{path} was made by an older version of anyqta, and cannot be brought up to date where"
            " it is, as it may not be written. Copy it to a folder of yours and open the copy."
        )
    return conn


def _checked(path: Path, mode: str) -> sqlite3.Connection:
    conn = _open(path, mode)
    try:
        _check(conn, path)
    except BaseException:
        conn.close()
        raise
    return conn


def _keep(path: Path) -> None:
    """Only whoever holds the right to write does this: parts of a copy are a killed one's."""
    kept = copy_before_update(path)
    for part in path.parent.glob(f"{glob.escape(kept.name)}.*.part*"):
        part.unlink()
    copy(path, kept)


def copy_before_update(path: Path) -> Path:
    """Where the file is kept as it was before its shape was last changed."""
    return path.with_name(f"{path.name}.before-update")


def _open(path: Path, mode: str) -> sqlite3.Connection:
    conn = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,  # Store holds a lock, so that the event loop may save in a thread
    )
    try:
        _spill_beside(conn, path.absolute().parent)
    except BaseException:  # no database at all
        conn.close()
        raise
    return conn


def _spill_beside(conn: sqlite3.Connection, folder: Path) -> None:
    """What a sort or VACUUM does not keep in memory goes to a file beside the database (which SQLite
    unlinks as soon as it is open), not to /var/tmp: results lie in no other folder, not for a moment.
    """

    def is_set() -> bool:
        found = conn.execute("PRAGMA temp_store_directory").fetchone()
        return found is not None and found[0] == str(folder)

    with suppress(sqlite3.Error):  # a folder that may not be written
        if is_set():  # it is the process's: to set it again is not safe while another thread sorts
            return
        quoted = str(folder).replace("'", "''")
        conn.execute(f"PRAGMA temp_store_directory = '{quoted}'")
        if is_set():
            return
    conn.execute("PRAGMA temp_store = MEMORY")


def _check(conn: sqlite3.Connection, path: Path) -> None:
    """Is it ours, and not from the future?"""
    tables = conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    application = conn.execute("PRAGMA application_id").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise StoreError(
            f"{path} is a database of another program. Move it away, {elsewhere(path)}."
        )
    if version_of(conn) > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer version of anyqta. Update anyqta, {elsewhere(path)}."
        )


def _set_wal(conn: sqlite3.Connection) -> None:
    """Two processes that both do this to a new file collide without waiting; so it waits here."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            conn.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; the right to write is taken at once, so it cannot be refused half-way."""
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            if conn.in_transaction:
                conn.execute("ROLLBACK")
        raise
