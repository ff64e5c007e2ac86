"""The rollups when a thousand measurements come to a million: what it costs, and that it is as if made anew."""

import hashlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from measurements.analysis import follow
from measurements.analysis.rollup import Pair, Refreshed, refresh_in
from measurements.store.store import Store
from tests.bench.figures import Figure, Part
from tests.bench.site import world
from tests.bench.site_world import DAYS, SiteWorld

NEW, K = 1000, 3
TABLES = ("daily", "network_days", "mechanism_months", "states", "changes", "latest")


def run(total: int, say: Callable[[str], None]) -> Part:
    """On a copy of the site's file."""
    db = Path(f"/tmp/anyqta-bench-rollups-{total}.db")
    shutil.copyfile(world(total), db)
    try:
        with Store.open(db) as store:
            figures = measured(store, total, say)
    finally:
        for path in db.parent.glob(f"{db.name}*"):
            path.unlink()
    return Part(tuple(figures), (f"{NEW} new among {total}",))


def measured(store: Store, total: int, say: Callable[[str], None]) -> list[Figure]:
    """All at once; some days' new; thinly spread new; the same twice; all at once again."""
    part = "rollups"
    with store.reading() as conn:
        follow.begin(conn)  # as a pass of publishing does
    _, whole = timed(store, anew=True)
    say(f"rollups: everything in {whole:.1f} s")
    with store.reading() as conn:
        lines = conn.execute("SELECT count(*) FROM latest").fetchone()[0]
    figures = [
        Figure(part, f"all of {total} at once", whole, "s"),
        Figure(part, f"all of {total} at once: lines", lines),
    ]
    for told, first, days in (("of the last three days", DAYS - 3, 3), ("of two years", 0, DAYS)):
        SiteWorld(seed=2 + days).fill(store, NEW, first_day=first, days=days)
        done, seconds = timed(store)
        before = digest(store)
        again, nothing = timed(store)
        figures += [
            # no more than their share of all; twice that, since what is measured now is measured most
            Figure(
                part, f"{NEW} new {told}", seconds, "s", max(1.0, 2 * whole * done.lines / lines)
            ),
            Figure(part, f"{NEW} new {told}: cells (network, day)", done.cells),
            Figure(part, f"{NEW} new {told}: lines (target, network)", done.lines),
            Figure(part, "the same again", 1000 * nothing, "ms"),
            Figure(part, "the same again: cells", again.cells, "", 0),
        ]
        timed(store, anew=True)
        figures.append(
            Figure(part, "tables that differ from all at once", before != digest(store), "", 0)
        )
    return figures


def timed(store: Store, *, anew: bool = False) -> tuple[Refreshed, float]:
    """One go."""
    with store.writing() as conn:
        if anew:
            conn.execute("INSERT OR REPLACE INTO rollup_state VALUES ('made', 'by other rules')")
            conn.execute("INSERT OR IGNORE INTO rollup_state VALUES ('rolled', 0)")
        began = time.perf_counter()
        done = refresh_in(conn, k=K, tokens=_tokens)
    return done, time.perf_counter() - began


def digest(store: Store) -> str:
    """Of all rows of the rollups."""
    out = hashlib.sha256()
    with store.reading() as conn:
        for table in TABLES:
            for row in conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5"):  # noqa: S608
                out.update(repr(row).encode())
    return out.hexdigest()


def _tokens(conn: sqlite3.Connection, pair: Pair) -> Mapping[int, int | None]:
    sql = "SELECT id FROM measurements WHERE target_id = ? AND probe_network_id = ?"
    return {key: key % 5 for (key,) in conn.execute(sql, pair)}
