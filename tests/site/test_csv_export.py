"""CSV has every row that fits, nothing that a spreadsheet computes, and says no to what it does not know."""

import asyncio
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from datasette.app import Datasette

from datasette.plugins import pm
from measurements.store.store import Store
from probe.explorer import site
from tests.site.plugin import plugin as names_of
from tests.unit.measurements.store.examples import a_measurement

MANY = 130


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Datasette:
    """More than a page holds."""
    path = tmp_path_factory.mktemp("csv") / "a.db"
    with Store.open(path) as store:
        for i in range(MANY):
            store.save(a_measurement(f"u{i}", input=f"https://{i % 2}.example/{i}"))
    return site(path, public=True)


async def rows(pages: Datasette, path: str) -> list[dict[str, str]]:
    """As a reader has them."""
    got = await pages.client.get(path)
    assert 200 == got.status_code, got.text
    assert got.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(got.text, newline="")))


async def test_every_row_is_there(pages: Datasette) -> None:
    """However many a page shows."""
    assert MANY == len(await rows(pages, "/anyqta/measurements_view.csv"))
    assert MANY == len(await rows(pages, "/anyqta/measurements_view.csv?_size=5&_facet=status"))


async def test_filters_and_order(pages: Datasette) -> None:
    """As Datasette's page has them."""
    path = "/anyqta/measurements_view.csv?url__contains=1.example&_sort_desc=url"
    found = [row["url"] for row in await rows(pages, path)]
    assert MANY // 2 == len(found)
    assert sorted(found, reverse=True) == found


async def test_own_sql_is_whole_where_it_is_allowed(tmp_path: Path) -> None:
    """More rows than Datasette returns; only SELECT; with its parameters; not on a public site."""
    Store.open(tmp_path / "a.db").close()
    many = "with recursive c(x) as (select 1 union all select x+1 from c where x < 2500) select x from c"
    own, everybodys = site(tmp_path / "a.db"), site(tmp_path / "a.db", public=True)
    assert 2500 == len(await rows(own, f"/anyqta.csv?sql={quote(many)}&_size=max"))
    assert [{"y": "'=1"}] == await rows(own, "/anyqta.csv?sql=select+:y+as+y&y=%3D1")
    assert 403 == (await everybodys.client.get(f"/anyqta.csv?sql={quote(many)}")).status_code
    for bad in ("delete from targets", "pragma journal_mode=delete", "", "select nowhere"):
        assert 400 == (await own.client.get(f"/anyqta.csv?sql={quote(bad)}")).status_code, bad


@pytest.mark.parametrize("query", ["nothing=1", "_sort=nothing", "_search=x", "status);--=1"])
async def test_what_is_not_known_is_refused(pages: Datasette, query: str) -> None:
    """Rather than left out without a word."""
    assert 400 == (await pages.client.get(f"/anyqta/measurements_view.csv?{query}")).status_code


@pytest.mark.parametrize("table", ["packed", "bodies", "sqlite_master", "nothing"])
async def test_what_is_not_for_csv(pages: Datasette, table: str) -> None:
    """Large and binary, or not there."""
    assert 404 == (await pages.client.get(f"/anyqta/{table}.csv")).status_code


async def test_a_stored_question(pages: Datasette) -> None:
    """With its parameters."""
    assert [] == await rows(pages, "/anyqta/one_site.csv?host=1.example")


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("\t=1", "'\t'=1"),
        ("a;=1", "a;'=1"),
        ("\uff1d1", "'\uff1d1"),
        (" =1", " '=1"),
        ("", ""),
        ("@a", "'@a"),
        ("-1", "'-1"),
        ("a=1", "a=1"),
        (-1, -1),
        (b"\xff", "ff"),
    ],
)
def test_formulas(cell: object, safe: object) -> None:
    """Text that begins like one."""
    assert safe == SimpleNamespace(**names_of("csv_export")).safe(cell)


async def test_a_place_is_given_back(pages: Datasette) -> None:
    """Also where the question was wrong."""
    for _ in range(2 * SimpleNamespace(**names_of("csv_export")).AT_ONCE):
        await rows(pages, "/anyqta/daily_view.csv")
        await pages.client.get("/anyqta/daily_view.csv?x=1")


async def test_who_does_not_read_is_left(pages: Datasette, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the next one is served; who reads slowly is not left."""
    export = pm.get_plugin("csv_export.py")
    assert export is not None
    assert MANY == len(await rows(pages, "/anyqta/measurements_view.csv"))
    monkeypatch.setattr(export, "SLOWEST", 0.2)
    read: list[object] = []

    async def never(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            await asyncio.sleep(60)

    async def slowly(message: dict[str, object]) -> None:
        await asyncio.sleep(0.1)
        read.append(message.get("body"))

    for send, is_left in ((never, True), (slowly, False), (never, True), (never, True)):
        assert export._running.acquire(blocking=False)
        stream = export.Stream(iter_parts(), b"first", "x")
        if is_left:
            with pytest.raises(export._BrokenOffError):
                await stream.asgi_send(send)
        else:
            await stream.asgi_send(send)
    assert read == [None, b"first", b"second", b"third", b""]


def iter_parts() -> Iterator[bytes]:
    """What comes after the first part."""
    yield b"second"
    yield b"third"


@pytest.mark.parametrize(
    ("lang", "says"), [("en", "in 30 seconds"), ("ru", "через 30 с"), ("kk", "30 секундтан")]
)
async def test_who_finds_no_place_is_told_when_to_come_again(
    pages: Datasette, lang: str, says: str
) -> None:
    """429 and a page, not an error of the server's; when a place is free, all of it."""
    export = pm.get_plugin("csv_export.py")
    assert export is not None
    for _ in range(export.AT_ONCE):
        assert export._running.acquire(blocking=False)
    try:
        got = await pages.client.get(f"/anyqta/daily_view.csv?lang={lang}")
    finally:
        for _ in range(export.AT_ONCE):
            export._running.release()
    assert (429, "30") == (got.status_code, got.headers["retry-after"])
    assert "no-store" == got.headers["cache-control"]
    assert got.headers["content-type"].startswith("text/html")
    assert says in got.text
    assert f'href="/about/copy?lang={lang}"' in got.text
    await rows(pages, "/anyqta/daily_view.csv")
