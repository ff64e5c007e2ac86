"""A small published file in which much is known of few sites: states, changes, events."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import httpx

from measurements.store.store import Store
from probe.wiring.snapshot import add_context, import_registry
from tests.bench.site_world import SiteWorld
from tests.site.served import REGISTRY, public

NAMES = (
    "selftanu.kz",
    "egov.press",
    "xakep.ru",
    "www.currenttime.tv",
    "www.azattyq.org",
    "kloop.kg",
)


def a_dense_world(folder: Path, total: int = 6000) -> Path:
    """The sites of known truth, and a few others."""
    path = folder / "published.db"
    world = SiteWorld(1)
    known = [target for target in world.targets if target[1] in NAMES]
    world.targets = known + [t for t in world.targets if t not in known][:6]
    with Store.open(path) as store:
        world.fill(store, total)
        world.roll_up(store, k=1)
    add_context(path)
    import_registry(path, REGISTRY, day="2025-03-17", whole=False, on_bad=lambda _: None)
    return path


def get(db: Path, path: str, status: int = 200, host: str = "localhost") -> httpx.Response:
    """A page."""
    asked = public(db).client.get(path, headers={"host": host})
    found: httpx.Response = asyncio.run(asked)
    assert status == found.status_code, f"{path}: {found.status_code}"
    return found


def rows(db: Path, sql: str) -> list[Any]:
    """What the database says."""
    with sqlite3.connect(db) as conn:
        return conn.execute(sql).fetchall()


def one(db: Path, sql: str) -> Any:  # noqa: ANN401 - whatever it is
    """Of it, one value."""
    return rows(db, sql)[0][0]
