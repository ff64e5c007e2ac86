"""Whether the database can be written now: asked before work, and by /health."""

import errno
import sqlite3
import tempfile
from pathlib import Path

from measurements.store.connect import connect, explained, transaction
from measurements.store.errors import StoreError
from measurements.store.migrations import SCHEMA_VERSION

_PATIENCE_MS = 5000  # another program may hold it; a submission can come again
_ROOM = 2**20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Disk:
    """A connection of its own, so that the store's is not told to be impatient."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError."""
        self._path = path
        self._conn = connect(path, read_only=False)  # and made, where it is not there
        self._conn.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")

    def free(self) -> None:
        """Nobody else holds the right to write. Raises StoreError."""
        with explained(self._path):
            self._conn.execute("BEGIN IMMEDIATE")
            self._conn.execute("ROLLBACK")

    def write(self) -> None:
        """Really write a page, and have it on the disk. Raises StoreError."""
        with explained(self._path), transaction(self._conn):
            self._conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def room(self) -> None:
        """For a submission, too: one page may still fit where nothing else does. Raises StoreError."""
        try:
            with tempfile.TemporaryFile(dir=self._path.parent, buffering=0) as file:
                file.write(bytes(_ROOM))
                file.write(b"\0")  # a write that did not fit is cut short first, then refused
        except OSError as exc:
            says = (
                "the disk is full" if exc.errno in _FULL else f"the disk refuses ({exc.strerror})"
            )
            raise StoreError(
                f"{says}, so nothing more can be stored in {self._path}."
                " Free some space; what was stored before is safe."
            ) from exc

    def close(self) -> None:
        """Let go of the file."""
        try:
            self._conn.close()
        except sqlite3.Error:  # nothing is lost with it
            return
