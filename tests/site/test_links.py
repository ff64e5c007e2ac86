"""Every link leads somewhere, in each language; what a page says is what the database has."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.site.served import last_day, public
from tests.site.walk import Links, Walk, kind

# Lists with questions, and Datasette's own pages, are endless: of each kind so many.
SOME = re.compile(r"^/(anyqta|measurements|search|compare)\b|\?")
TAGS = re.compile(r"<[^>]+>")


@pytest.fixture
def database(world: Path) -> Iterator[sqlite3.Connection]:
    """The same file, read by SQLite alone."""
    with closing(sqlite3.connect(f"{world.as_uri()}?mode=ro", uri=True)) as conn:
        yield conn


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
async def test_every_link_leads_somewhere(world: Path, language: str) -> None:
    """200, and where a link names a part of a page, the part is there; the language stays."""
    start = (f"/?lang={language}",)
    few = 3 if language == "en" else 2
    walk = Walk(
        public(world),
        start=start,
        few=few,
        most=40,  # of the hundreds of targets, which one template makes; the hostile walk opens all of its
        is_few=lambda url: language != "en" or bool(SOME.search(url)),
    )
    wrong: list[str] = []
    seen = 0
    async for page in walk.pages():
        seen += 1
        if page.status != 200 and not 300 <= page.status < 400:
            wrong.append(f"{page.url}: {page.status}, linked on {page.linked_on}")
        if page.type.startswith("text/html"):
            wrong += broken_parts(page.url, page.text)
            told = re.search(r'<html[^>]* lang="([a-z]+)"', page.text)
            if not page.url.startswith("/anyqta") and f"lang={language}" in page.url:
                wrong += [] if told and told[1] == language else [f"{page.url} is in {told}"]
    assert seen > 30
    assert not wrong, "\n".join(wrong[:50])


def broken_parts(url: str, text: str) -> list[str]:
    """Links to a part of the same page that is not there."""
    reader = Links()
    reader.feed(text)
    named = {href[1:] for href in reader.found if href.startswith("#") and len(href) > 1}
    return [f"{url} has no part #{name}" for name in sorted(named - reader.ids)]


def words(html: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", TAGS.sub(" ", html.partition("<body")[2]))


def numbers(text: str) -> set[int]:
    """Those that are told, however grouped."""
    grouped = re.findall(r"\d{1,3}(?:[,\u00a0\u202f]\d{3})+|\d+", text)
    return {int(re.sub(r"\D", "", each)) for each in grouped}


async def test_the_front_page_counts_what_is_there(
    world: Path, database: sqlite3.Connection
) -> None:
    """Measurements, targets, networks, how many are blocked; each row of what is blocked now."""
    got = await public(world).client.get("/?lang=en")
    sure = "state = 'interfered' AND agree >= 0.55 * votes"
    day = date.fromisoformat(last_day(world)) - timedelta(days=30)
    now = f"{sure} AND seen >= '{day.isoformat()}'"
    told = [
        numbers(words(f"<body {big}"))
        for big in re.findall("<li><b>(.*?)</b>", got.text.partition('class="numbers"')[2])
    ]
    expected = [
        {value for (value,) in database.execute(sql)}
        for sql in (
            "SELECT count(*) FROM measurements",
            "SELECT count(DISTINCT target_id) FROM latest",
            "SELECT count(DISTINCT network_id) FROM latest",
            f"SELECT count(DISTINCT target_id) FROM latest WHERE {now} UNION"
            " SELECT count(DISTINCT target_id) FROM latest",
            f"SELECT count(DISTINCT target_id) FROM latest WHERE {sure} AND target_id NOT IN"
            f" (SELECT target_id FROM latest WHERE {now}) UNION"
            " SELECT count(DISTINCT target_id) FROM latest",
        )
    ]
    assert expected == told
    rows = re.findall(r"<bdi>(https?://[^<]*)</bdi>.*?<td>(\d+ of \d+)</td>", got.text)
    assert len(rows) >= 3
    once = got.text.index('<h2 id="once">')
    for url, hit in rows:
        which = now if got.text.index(f"<bdi>{url}</bdi>") < once else sure
        counted = database.execute(
            f"SELECT sum({which}) || ' of ' || count(*) FROM latest l JOIN targets t"
            " ON t.id = l.target_id WHERE url = ?",
            (url,),
        )
        assert (hit,) == counted.fetchone(), url


async def test_a_target_tells_what_was_counted(world: Path, database: sqlite3.Connection) -> None:
    """selftanu.kz: on how many networks, of how many measurements, each month's cell."""
    got = await public(world).client.get("/target/selftanu.kz?lang=en")
    assert 200 == got.status_code
    told = numbers(words(got.text))
    (target,) = database.execute(
        "SELECT id FROM targets WHERE url = 'https://selftanu.kz/'"
    ).fetchone()
    n, networks, blocked = database.execute(
        "SELECT sum(n), count(*), sum(blocked) FROM latest WHERE target_id = ?", (target,)
    ).fetchone()
    assert blocked > 0
    assert {n, networks} <= told
    cells = database.execute(
        "SELECT n.asn, substr(day, 1, 7), sum(blocked) + sum(throttled),"
        " sum(blocked) + sum(throttled) + sum(accessible) FROM daily d"
        " JOIN networks n ON n.id = d.network_id WHERE target_id = ? GROUP BY 1, 2",
        (target,),
    ).fetchall()
    shown = 0
    for asn, month, hit, decided in cells:
        link = re.search(
            rf"<a[^>]*network=AS{asn}[^>]*(?:from|month)={month}[^>]*>(.*?)</a>",
            got.text,
            re.DOTALL,
        )
        if link:
            shown += 1
            fits = {f"{hit}/{decided}", f"{decided - hit}/{decided}"}
            assert any(each in TAGS.sub("", link[1]).replace(" ", "") for each in fits), (
                asn,
                month,
            )
    assert shown > 5


async def test_a_network_tells_what_was_counted(world: Path, database: sqlite3.Connection) -> None:
    """The most measured one."""
    asn, n = database.execute(
        "SELECT asn, sum(n) FROM daily_view WHERE asn IS NOT NULL GROUP BY asn ORDER BY 2 DESC"
    ).fetchone()
    got = await public(world).client.get(f"/network/AS{asn}?lang=en")
    assert 200 == got.status_code
    assert n in numbers(words(got.text))


async def test_a_measurement_tells_its_evidence(world: Path, database: sqlite3.Connection) -> None:
    """Each sentence of a blocked one, and its confidence."""
    uid, summary = database.execute(
        "SELECT measurement_uid, summary FROM measurements_view WHERE status = 'blocked' LIMIT 1"
    ).fetchone()
    got = await public(world).client.get(f"/measurement/{uid}?lang=en")
    assert 200 == got.status_code
    told = words(got.text)
    assert summary in told
    for (says,) in database.execute(
        "SELECT says FROM evidence_view WHERE measurement_uid = ?", (uid,)
    ):
        assert says in told


def test_kinds() -> None:
    """What is made by the same code is one kind."""
    assert kind("/target/a.kz?lang=ru") == kind("/target/b.kz") == "/target/*"
    assert "/target/*?month" == kind("/target/a.kz?month=2024-02&lang=en")
    assert "/feed/target/*" == kind("/feed/target/a.kz")
