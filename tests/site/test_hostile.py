"""What strangers planted stays text: in every page, feed, card, JSON and CSV, and in a browser."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from datasette.app import Datasette

from tests.site import live
from tests.site.chrome import Chrome
from tests.site.hostile import ALARM, HOMOGRAPHS, PAYLOADS, inputs
from tests.site.served import public, serving
from tests.site.walk import Walk, kind

SOME = re.compile(r"^/(anyqta|measurements?|compare)\b|\?(?!lang=en$)")  # in other languages too
START = ("/?lang=en", "/anyqta", "/changes?lang=ru", "/feed/all", "/search?q=hostile&lang=kk")


@pytest.fixture(scope="module")
def hostile_site(hostile_world: Path) -> Datasette:
    """Served, once for all questions."""
    return public(hostile_world)


async def test_nothing_is_live(hostile_world: Path) -> None:
    """Every page that links lead to, of each kind of list some; and the words are there, as text."""
    site = public(hostile_world)
    walk = Walk(site, start=START, few=4, is_few=lambda url: bool(SOME.search(url)))
    wrong: list[str] = []
    kinds_with_words: set[str] = set()
    async for page in walk.pages():
        if page.status >= 500:
            wrong.append(f"{page.url}: {page.status}")
        if 300 <= page.status < 400:
            continue
        found = [*live.anything(page.text, page.type), *live.headers(page.headers)]
        wrong += [f"{page.url} ({page.type}): {each}" for each in found]
        if ALARM in page.text:
            kinds_with_words.add(kind(page.url))
    for looked in ("/", "/target/*", "/network/*", "/measurement/*", "/changes", "/feed/all"):
        assert looked in kinds_with_words, sorted(kinds_with_words)
    assert not wrong, f"{len(wrong)}\n" + "\n".join(dict.fromkeys(wrong[:60]))


async def test_exports(hostile_world: Path) -> None:
    """Every table and view as JSON and CSV."""
    site = public(hostile_world)
    database = site.get_database("anyqta")
    wrong: list[str] = []
    for table in [*await database.table_names(), *await database.view_names()]:
        for ending in ("json?_shape=objects&_size=max", "csv?_size=max"):
            got = await site.client.get(f"/anyqta/{table}.{ending}")
            if got.status_code == 200:
                kinds = live.anything(got.text, got.headers["content-type"])
                wrong += [f"{table}.{ending}: {each}" for each in kinds[:3]]
            elif got.status_code not in {400, 403, 404}:
                wrong.append(f"{table}.{ending}: {got.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
async def test_what_a_visitor_sends_comes_back_as_text(
    hostile_site: Datasette, payload: str
) -> None:
    """In a search, a filter, a path, a language."""
    asked = quote(payload[:3000], safe="")
    for path in (
        f"/search?q={asked}",
        f"/target/{asked}",
        f"/network/{asked}",
        f"/mechanism/{asked}/{asked}",
        f"/measurement/{asked}",
        f"/compare?a={asked}&b={asked}&a_on={asked}&b_on={asked}",
        f"/changes?target={asked}&network={asked}&kind={asked}&page={asked}",
        f"/measurements?target={asked}&network={asked}&from={asked}&until={asked}",
        f"/feed/target/{asked}",
        f"/card/target/{asked}.svg",
        f"/?lang={asked}",
        f"/anyqta/measurements_view?url={asked}",
        f"/anyqta/measurements_view.json?url__contains={asked}",
        f"/anyqta/{asked}",
    ):
        got = await hostile_site.client.get(path)
        assert got.status_code < 500, (path[:100], got.status_code)
        if got.status_code in {301, 302}:
            assert re.match(r"/[^/\\]", got.headers["location"]), got.headers["location"][:100]
            continue
        found = live.anything(got.text, got.headers["content-type"])
        assert not found, (path[:100], found[:3])


async def test_a_name_that_looks_like_anothers_is_told(hostile_world: Path) -> None:
    """In the letters that DNS has for it; one in plain letters needs no such word."""
    site = public(hostile_world)
    looks, plain = HOMOGRAPHS
    assert not looks.isascii()
    for url, told in ((looks, True), (plain, False)):
        page = (await site.client.get(f"/target/{quote(url, safe='')}?lang=en")).text
        assert told == ("In DNS: xn--80ak6aa92e.com." in page), url


def test_in_a_browser(hostile_world: Path, browser: Chrome) -> None:
    """Nothing runs, nothing is violated, nothing else is asked, and a word of 10 kB breaks no page."""
    tab = browser.tab()
    paths = [f"/target/{quote(url, safe='')}" for url in inputs()[::2]]
    paths += ["/", "/changes", "/network/AS64666", "/search?q=hostile", "/anyqta/targets"]
    paths.append(f"/search?q={quote(PAYLOADS[0])}")
    wrong = []
    with serving(hostile_world) as address:
        for path in paths:
            tab.look(width=360)
            tab.open(address + path)
            wrong += [f"{path[:90]}: {each[:300]}" for each in tab.complaints()]
            wrong += [
                f"{path[:90]} asks {url}" for url in tab.requests() if not url.startswith(address)
            ]
            if tab.evaluate(f"typeof {ALARM} !== 'undefined'"):
                wrong.append(f"{path[:90]}: it ran")
            if tab.evaluate("document.documentElement.scrollWidth") > 360:
                wrong.append(f"{path[:90]} scrolls sideways")
    tab.close()
    assert not wrong, "\n".join(wrong[:40])
