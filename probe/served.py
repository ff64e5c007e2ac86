"""The file that a site serves: the one that was looked at, and none that is put in its place unseen.

Datasette opens a connection in each of its threads when it first needs one, by the path. Where another file was moved
there in the meantime, some threads would read the old one and some the new. Here every connection is to the same file
or fails; whoever has looked at the new file serves it by `reopen`: who asked before reads the old one to the end.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database

Identity = tuple[int, int]  # device, inode


class ReplacedError(sqlite3.OperationalError):
    """Another file is there now."""


def identity(path: Path) -> Identity | None:
    """Which file it is; None: none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Served(Database):
    """One file, whatever its path names later."""

    def __init__(self, ds: Datasette, path: Path) -> None:
        """Nothing is opened yet."""
        super().__init__(ds, path=str(path), is_mutable=True)  # type: ignore[no-untyped-call]
        self.file = identity(path)
        # Datasette's own is by name: the new file's would be the old one's.
        self._here = threading.local()

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """To this file. Raises ReplacedError."""
        conn: sqlite3.Connection = super().connect(write)  # type: ignore[no-untyped-call]
        # A thread, or a stream, holds it as long as it wants.
        self._all_file_connections.remove(conn)
        if identity(Path(self.path)) != self.file:
            conn.close()
            raise ReplacedError("another file is there now")
        return conn

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401 - Datasette's
        """In a thread, on its connection."""

        def in_thread() -> Any:  # noqa: ANN401
            conn = getattr(self._here, "conn", None)
            if conn is None:
                conn = self.connect()
                self.ds._prepare_connection(conn, self.name)  # noqa: SLF001 - as Datasette's own does
                self._here.conn = conn
            return fn(conn)

        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, in_thread)


def reopen(datasette: Datasette, name: str, path: Path) -> None:
    """Serve the file that is there now."""
    fresh = Served(datasette, path)
    fresh.name = fresh.route = name
    databases = datasette.databases.copy()  # who is going through them is not disturbed
    databases[name] = fresh
    datasette.databases = databases
