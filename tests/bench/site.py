"""The site on many measurements: pages cold and warm, facets, stored queries, the whole table, a crowd.

Beside it plain Datasette on the same file with its nearest page, and bare SQLite with the query behind it.
"""

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import aiohttp

from measurements.store.store import Store
from probe.explorer import NAME
from probe.wiring.snapshot import add_context
from tests.bench.figures import Figure, Part
from tests.bench.figures import table as table_of
from tests.bench.site_serve import Site, drop_from_memory, percentile, take_into_memory
from tests.bench.site_world import build

WARM, COLD, FIRST, FACETS = 20, 8, 30, 5
VISITORS, EACH, EACH_PLAIN = 50, 10, 1  # plain Datasette needs minutes for more
WARM_LIMIT, COLD_LIMIT, QUERY_LIMIT, CSV_MEMORY = 100.0, 400.0, 1000.0, 200.0
SUMS = "sum(n), sum(blocked), sum(throttled), sum(accessible)"


@dataclass(frozen=True)
class Question:
    """A kind of page: paths that are alike, plain Datasette's nearest, the query behind it."""

    name: str
    paths: Sequence[str]
    plain: str
    sql: str


def world(total: int) -> Path:
    """The file, kept for the next time (under /tmp; delete it to have it made anew)."""
    path = Path(f"/tmp/anyqta-bench-site-{total}.db")
    if not path.exists():
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        build(part, total)
        part.rename(path)
    with Store.open(path):  # brings its shape up to date
        pass
    add_context(path)
    return path


def questions(db: Path, name: str) -> list[Question]:
    """From what is in the file."""
    with closing(sqlite3.connect(db)) as conn:
        hosts = [
            url.split("/")[2]
            for (url,) in conn.execute("SELECT url FROM targets ORDER BY id LIMIT 200")
        ]
        asns = [
            asn
            for (asn,) in conn.execute(
                "SELECT asn FROM daily_view WHERE asn > 0 GROUP BY asn ORDER BY sum(n) DESC, asn"
            )
        ]
    pairs = [(a, b) for a in asns for b in asns if a < b]
    view = f"/{name}/measurements_view"
    first = quote("https://selftanu.kz/", safe="")
    return [
        Question(
            "home",
            [f"/?lang={lang}" for lang in ("en", "ru", "kk")],
            f"/{name}/latest_view",
            "SELECT state, status, count(*), sum(n) FROM latest GROUP BY 1, 2",
        ),
        Question(
            "target",
            [f"/target/{host}" for host in hosts],
            f"{view}?url={first}",
            f"SELECT network_id, substr(day, 1, 7), {SUMS} FROM daily WHERE target_id = 1 GROUP BY 1, 2",  # noqa: S608 - ours
        ),
        Question(
            "network",
            [f"/network/AS{asn}" for asn in asns],
            f"{view}?probe_asn=9198",
            f"SELECT substr(day, 1, 7), {SUMS} FROM network_days WHERE network_id = 1 GROUP BY 1",  # noqa: S608 - ours
        ),
        Question(
            "compare",
            [f"/compare?a=AS{a}&b=AS{b}" for a, b in pairs],
            f"{view}?probe_asn__in=9198,21299",
            "SELECT target_id, network_id, state, max(since) FROM states"
            " WHERE network_id IN (1, 2) GROUP BY 1, 2",
        ),
    ]


def timed(site: Site, paths: Sequence[str]) -> tuple[list[float], set[int]]:
    """Milliseconds of each, and the statuses."""
    found = [site.get(path) for path in paths]
    return [1000 * seconds for _, seconds, _ in found], {status for status, _, _ in found}


def cold(db: Path, asked: Sequence[Question]) -> list[Figure]:
    """Each page from a site that was just started, its file out of the system's memory: the worst of eight."""
    times: dict[str, list[float]] = {question.name: [] for question in asked}
    bad: dict[str, set[int]] = {question.name: set() for question in asked}
    rng = random.Random(1)
    for turn in range(COLD):
        with Site(db) as site:
            for question in (*asked[turn % len(asked) :], *asked[: turn % len(asked)]):
                drop_from_memory(db)
                found, statuses = timed(site, [rng.choice(question.paths)])
                times[question.name] += found
                bad[question.name] |= statuses - {200}
    return [
        Figure("site", f"{name}, cold, p95", percentile(found, 0.95), "ms", COLD_LIMIT, note=note)
        for name, found in times.items()
        for note in [f"statuses {sorted(bad[name])}" if bad[name] else ""]
    ]


def pages(site: Site, asked: Question) -> list[Figure]:
    """Warm: the file in memory; each page made for the first time, and then kept by the site."""
    rng = random.Random(1)
    paths = list(asked.paths)
    rng.shuffle(paths)
    paths = [f"{p}{'&' if '?' in p else '?'}n={i}" for i in range(FIRST) for p in paths][:FIRST]
    timed(site, [f"{paths[0]}&warm=1"])
    fresh, statuses = timed(site, paths)
    again, _ = timed(site, [paths[0]] * WARM)
    bad = statuses - {200}
    note = f"statuses {sorted(bad)}" if bad else ""
    return [
        Figure("site", f"{asked.name}, made anew, p50", percentile(fresh, 0.5), "ms"),
        Figure(
            *("site", f"{asked.name}, made anew, p95", percentile(fresh, 0.95), "ms", WARM_LIMIT),
            note=note,
        ),
        Figure("site", f"{asked.name}, again, p95", percentile(again, 0.95), "ms", WARM_LIMIT),
    ]


def bare(db: Path, sql: str) -> float:
    """Milliseconds of the query by SQLite alone, its file in memory."""
    with closing(sqlite3.connect(f"{db.as_uri()}?mode=ro", uri=True)) as conn:
        times = []
        for _ in range(3):
            began = time.perf_counter()
            conn.execute(sql).fetchall()
            times.append(1000 * (time.perf_counter() - began))
    return min(times)


def facets(site: Site, name: str) -> list[Figure]:
    """One to three, of the widest view, of all of it and of its largest network; all must be there."""
    out = []
    for columns, more, told in (
        (["status"], "", "1 facet"),
        (["status", "layer"], "", "2 facets"),
        (["status", "layer", "mechanism"], "", "3 facets"),
        (["url", "category_code", "probe_network"], "", "3 facets by names"),
        (["status", "mechanism", "url"], "&probe_asn=9198", "3 facets, one network"),
    ):
        path = f"/{name}/measurements_view?" + "&".join(f"_facet={c}" for c in columns) + more
        paths = [f"{path}&_size={10 + i}" for i in range(FACETS)]
        times, statuses = timed(site, paths)
        missing = sum("These facets timed out" in site.text(p) for p in paths)
        note = "" if statuses == {200} else f"statuses {sorted(statuses)}"
        note += f"{missing} pages without all" if missing else ""
        figure = Figure(
            "site", f"{told}, p95", percentile(times, 0.95), "ms", QUERY_LIMIT, note=note
        )
        out += [figure, Figure("site", f"{told}, missing", missing, "", 0)] if missing else [figure]
    return out


def stored(site: Site, paths: Sequence[str]) -> list[Figure]:
    """The queries that are offered, with what their forms say."""
    out = []
    for path in paths:
        times, statuses = timed(site, [path] * 2)
        note = "" if statuses == {200} else f"statuses {sorted(statuses)}"
        told = f"query {path.partition('?')[0].rsplit('/', 1)[-1]}"
        out.append(Figure("site", told, times[0], "ms", QUERY_LIMIT, note=note))
    return out


def whole_table(db: Path, site: Site, path: str, total: int, part: str) -> list[Figure]:
    """CSV: how many lines came, how quickly, with how much memory."""
    site.forget()
    before = site.megabytes()
    status, seconds, lines = site.lines(path)
    grown = site.megabytes(most=True) - before
    note = "" if (status, lines) == (200, total + 1) else f"status {status}, {lines} lines"
    missing = max(0, total + 1 - lines)
    ours = part == "site"
    return [
        Figure(
            part,
            "CSV of the whole table, rows missing",
            missing,
            "",
            0 if ours else None,
            note=note,
        ),
        Figure(part, "CSV, rows a second", lines / seconds, ""),
        Figure(part, "CSV, memory that it took", grown, "MB", CSV_MEMORY if ours else None),
    ]


def crowd(site: Site, paths: Sequence[str], part: str, each: int = EACH) -> list[Figure]:
    """Fifty at once, each some pages."""
    rng = random.Random(2)
    plans = [[rng.choice(paths) for _ in range(each)] for _ in range(VISITORS)]
    times: list[float] = []
    failed = 0

    async def visit(session: aiohttp.ClientSession, plan: Sequence[str]) -> None:
        nonlocal failed
        for path in plan:
            began = time.perf_counter()
            async with session.get(f"http://127.0.0.1:{site.port}{path}") as got:
                await got.read()
                failed += got.status >= 500
            times.append(1000 * (time.perf_counter() - began))

    async def all_of_them() -> None:
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=300)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            await asyncio.gather(*(visit(session, plan) for plan in plans))

    began = time.perf_counter()
    asyncio.run(all_of_them())
    rate = len(times) / (time.perf_counter() - began)
    limit = 0 if part == "site" else None
    return [
        Figure(part, f"{VISITORS} visitors: answers 5xx", failed, "", limit),
        Figure(part, f"{VISITORS} visitors: p95", percentile(times, 0.95), "ms"),
        Figure(part, f"{VISITORS} visitors: pages a second", rate, "", best="most"),
    ]


def mixed(asked: Sequence[Question], name: str) -> list[str]:
    """What a crowd opens: half of it the same few pages."""
    common = [question.paths[0] for question in asked]
    rare = [path for question in asked for path in question.paths[:20]]
    return [
        *common * 10,
        *rare,
        "/changes",
        "/feed/all",
        f"/{name}/measurements_view?_facet=status",
    ]


def run(total: int, say: Callable[[str], None]) -> Part:
    """All of it."""
    db = world(total)
    name = NAME
    size = os.path.getsize(db) / 1e6  # noqa: PTH202
    say(f"site: {total} measurements, {size:.0f} MB: {db}")
    asked = questions(db, name)
    figures: list[Figure] = []
    table = f"/{name}/measurements_view.csv?_stream=on&_size=max"
    figures += cold(db, asked)
    take_into_memory(db)
    with Site(db) as site:
        for question in asked:
            figures += pages(site, question)
        figures += facets(site, name)
        figures += stored(site, stored_queries(name))
        figures += crowd(site, mixed(asked, name), "site")
        figures += whole_table(db, site, table, total, "site")
    say(table_of(figures))
    say("site: plain Datasette")
    asked, table = questions(db, db.stem), table.replace(f"/{NAME}/", f"/{db.stem}/")
    with Site(db, plain=True) as site:
        for question in asked:
            times, statuses = timed(site, [question.plain] * 3)
            note = "" if statuses == {200} else f"statuses {sorted(statuses)}"
            figures.append(Figure("plain", question.name, percentile(times, 0.5), "ms", note=note))
        figures += crowd(site, [q.plain for q in asked], "plain", EACH_PLAIN)
        figures += whole_table(db, site, table, total, "plain")
    figures += [Figure("sqlite", q.name, bare(db, q.sql), "ms") for q in asked]
    return Part(tuple(figures), (f"{total} measurements, {size:.0f} MB",))


def stored_queries(name: str) -> list[str]:
    """Their addresses, as metadata.yaml has them."""
    import yaml  # noqa: PLC0415 - Datasette brings it

    folder = Path(__file__).parents[2] / "datasette"
    told = yaml.safe_load((folder / "metadata.yaml").read_text())
    databases = told.get("databases", {}).values()
    return [f"/{name}/{query}" for each in databases for query in each.get("queries", {})]
