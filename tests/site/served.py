"""The observatory on a file: in this process, or on a port of loopback for a browser."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import uvicorn
from datasette.app import Datasette

from probe.explorer import site
from probe.wiring.snapshot import add_context, import_registry
from tests.bench.site_world import build

REGISTRY = Path(__file__).parent / "registry.jsonl"


def last_day(db: Path) -> str:
    """The newest day of a file: made-up years are looked at as on their last."""
    with closing(sqlite3.connect(db)) as conn:
        return str(
            conn.execute("SELECT ifnull(max(day), '2026-01-01') FROM network_days").fetchone()[0]
        )


def public(db: Path, today: str = "") -> Datasette:
    """As everybody sees it, on the last day of its data or on another."""
    return site(db, public=True, today=lambda: today or last_day(db))


@contextlib.contextmanager
def serving(db: Path) -> Iterator[str]:
    """Its address."""
    config = uvicorn.Config(public(db).app(), port=0, log_level="critical", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def a_world(folder: Path, total: int = 1500) -> Path:
    """Two years of Kazakhstan in few measurements, with the legal events and some of a registry."""
    path = folder / "published.db"
    build(path, total)
    add_context(path)
    import_registry(path, REGISTRY, day="2025-03-17", whole=False, on_bad=lambda _: None)
    return path
