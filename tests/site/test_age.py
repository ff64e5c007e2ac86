"""What was last confirmed long ago is never told as now: docs/design/0011."""

import asyncio
import re
import shutil
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from measurements.analysis.rollup import refresh
from measurements.schema.words import Status
from measurements.store.store import Store
from tests.site.dense import one
from tests.site.plugin import plugin
from tests.site.served import last_day, public
from tests.unit.measurements.analysis.test_rollup import measurement
from tests.unit.measurements.store.examples import a_measurement

SURE = "state = 'interfered' AND agree >= 0.55 * votes"
SELFTANU = "target_id = (SELECT id FROM targets WHERE url = 'https://selftanu.kz/')"


def on(db: Path, path: str, day: str) -> str:
    """A page as it is on a day."""
    got = asyncio.run(public(db, day).client.get(path))
    assert got.status_code == 200, path
    return str(got.text)


def after(db: Path, days: int) -> str:
    """So many days after the newest of the file."""
    return (date.fromisoformat(last_day(db)) + timedelta(days=days)).isoformat()


def blocked(page: str) -> str:
    """The part of the front page that says what is blocked."""
    return page.partition('<h2 id="blocked">')[2].partition("<h2")[0]


def once(page: str) -> str:
    """The part that says what was."""
    return page.partition('<h2 id="once">')[2].partition("<h2")[0]


def test_the_front_page_tells_now_and_once_apart(dense: Path) -> None:
    """On the last day it is so; fourteen months later it was so on a day; the days are named."""
    today, later = last_day(dense), after(dense, 425)
    seen = one(dense, f"SELECT substr(max(seen), 1, 10) FROM latest WHERE {SURE} AND {SELFTANU}")
    page = on(dense, "/?lang=en", today)
    assert f"Blocked or throttled, as of {today}" in page
    assert "https://selftanu.kz/" in blocked(page)
    assert "https://selftanu.kz/" not in once(page)
    assert f'<time datetime="{seen}' in blocked(page)
    page = on(dense, "/?lang=en", later)
    assert "Nothing is known to be blocked that was confirmed since" in blocked(page)
    assert "https://selftanu.kz/" not in blocked(page)
    assert f'<time datetime="{seen}' in once(page)
    assert "Whether it is still so is not known" in once(page)
    assert "<b>0 of 12</b> blocked or throttled on at least one network" in page


def test_what_it_rests_on_is_told(dense: Path) -> None:
    """Measurements and days of the last thirty, on the networks where it is so."""
    fresh = after(dense, -30)
    agree, n, days = (
        sqlite3.connect(dense)
        .execute(
            "SELECT sum(d.blocked + d.throttled), sum(d.n), count(DISTINCT d.day) FROM daily d WHERE d.day >= ?"
            f" AND {SELFTANU} AND network_id IN (SELECT network_id FROM latest WHERE {SURE} AND {SELFTANU}"
            " AND seen >= ?)",
            (fresh, fresh),
        )
        .fetchone()
    )
    assert agree > 5
    assert f"{agree} of {n}, days: {days}" in blocked(on(dense, "/?lang=en", last_day(dense)))
    page = on(dense, "/target/selftanu.kz?lang=en", last_day(dense))
    assert f"since {fresh} on these networks: {agree} of {n} measurements on {days} days" in page


@pytest.mark.parametrize(("days", "kind"), [(30, "interfered"), (31, "old")])
def test_the_thirtieth_day_is_the_last(days: int, kind: str) -> None:
    """And a state of which one is not sure is not clear, at any age."""
    age = plugin("age")
    seen = (date.fromisoformat("2026-03-01") - timedelta(days=days)).isoformat() + "T07"
    row = {"state": "interfered", "agree": 9, "votes": 10, "seen": seen}
    assert kind == age["kind"](row, age["since"]("2026-03-01"))
    assert age["kind"]({**row, "agree": 1}, "2026-01-01") == "unclear"
    assert age["kind"]({**row, "state": None, "seen": None}, "2026-01-01") == "unclear"


def test_a_target_counts_each_network_once(dense: Path) -> None:
    """Blocked, accessible, not clear, not confirmed: together they are all."""
    fresh = after(dense, -30)
    hit = one(
        dense, f"SELECT count(*) FROM latest WHERE {SURE} AND {SELFTANU} AND seen >= '{fresh}'"
    )
    old = one(
        dense,
        f"SELECT count(*) FROM latest WHERE agree >= 0.55 * votes AND {SELFTANU} AND seen < '{fresh}'",
    )
    page = on(dense, "/target/selftanu.kz?lang=en", last_day(dense))
    counts = [int(n) for n in re.findall(r"<b>(\d+) of 18</b>", page)]
    assert (hit, old, 18) == (counts[0], counts[3], sum(counts))
    assert old > 0 < hit
    assert old == page.partition('id="matrix"')[0].count('class="once"')
    page = on(dense, "/target/selftanu.kz?lang=en", after(dense, 425))
    assert "<b>0 of 18</b> networks: blocked or throttled" in page
    assert "<dt>last seen blocked</dt>" in page
    assert "<dt>since</dt>" not in page


def test_a_mechanism_counts_its_own_measurements(dense: Path) -> None:
    """Not each vote for a block of any kind."""
    fresh = after(dense, -30)
    sql = (
        "SELECT count(*) FROM measurements_view v JOIN measurements m ON m.id = v.measurement_id"
        " JOIN latest l ON l.target_id = m.target_id AND l.network_id = m.probe_network_id"
        " AND v.status = l.status AND v.layer = l.layer AND v.mechanism = l.mechanism"
        f" WHERE l.state = 'interfered' AND agree >= 0.55 * votes AND l.{SELFTANU}"
        f" AND seen >= '{fresh}' AND v.measurement_start_time >= '{fresh}'"
    )
    n = one(dense, sql)
    assert n > 5
    page = on(dense, "/target/selftanu.kz?lang=en", last_day(dense))
    assert f"measurements since {fresh} that show it: {n}" in page


@pytest.mark.parametrize(
    ("path", "now", "later"),
    [
        ("/network/AS9198?lang=en", r"sites: blocked or throttled", 'class="once"'),
        ("/mechanism/tls/timeout?lang=en", r"Used on, as of", 'class="once"'),
        ("/search?q=selftanu&lang=en", r"</span> [1-9]\d* / <span", "</span> 0 / <span"),
        ("/card/target/selftanu.kz.svg?lang=en", "first seen so on", "last seen blocked or"),
        ("/card/all.svg?lang=en", r">[1-9]\d* / 12: blocked", ">0 / 12: blocked"),
        ("/network?lang=en", "confirmed since", '<td class="count">0 of 12</td>'),
        ("/compare?a=AS9198&b=AS21299&lang=en", "Different", "different 0"),
    ],
)
def test_everywhere(dense: Path, path: str, now: str, later: str) -> None:
    """On every page that speaks of now."""
    assert re.search(now, on(dense, path, last_day(dense)))
    assert later in on(dense, path, after(dense, 425))


@pytest.mark.parametrize(
    ("lang", "says"), [("ru", "В последний раз заблокировано"), ("kk", "Соңғы рет бұғатталған")]
)
def test_in_each_language(dense: Path, lang: str, says: str) -> None:
    """The heading of what was."""
    assert says in once(on(dense, f"/?lang={lang}", after(dense, 425)))


def test_what_some_found_otherwise_since_is_not_denied(tmp_path: Path) -> None:
    """Blocked for long, open twice of late: too little for a change, and no confirmation; but somebody looked."""
    db = tmp_path / "a.db"
    with Store.open(db) as store:
        blocked_long = [measurement(n, n, Status.BLOCKED) for n in range(20)]
        store.save_many(blocked_long + [measurement(n, n, Status.ACCESSIBLE) for n in (58, 59)])
        refresh(store)
    page = once(on(db, "/?lang=en", last_day(db)))
    assert "https://a.kz/" in page
    assert "nobody has confirmed it, and too few have found otherwise, or none" in page


async def test_a_kept_page_is_made_anew_the_next_day(dense: Path) -> None:
    """Also where nobody wrote into the file: then above all."""
    days = [last_day(dense)]
    site = public(dense)
    vars(site)["anyqta_today"] = lambda: days[-1]
    first = await site.client.get("/?lang=en")
    days.append(after(dense, 425))
    again = await site.client.get("/?lang=en", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 200
    assert f"as of {days[-1]}" in again.text


def test_few_senders_are_said_and_not_counted(dense: Path, tmp_path: Path) -> None:
    """Where the file counts senders, and they were fewer than k; where it does not count them, nothing is said."""
    today = last_day(dense)
    for path in ("/?lang=en", "/target/selftanu.kz?lang=en", "/network/AS9198?lang=en"):
        assert "few senders" not in on(dense, path, today)
    db = tmp_path / "a.db"
    shutil.copy(dense, db)
    with sqlite3.connect(db) as conn:
        conn.execute(f"UPDATE latest SET senders = CASE WHEN {SELFTANU} THEN NULL ELSE 3 END")
    conn.close()
    assert 1 == blocked(on(db, "/?lang=en", today)).count('few">few senders')
    voted = one(db, f"SELECT count(*) FROM latest WHERE votes AND {SELFTANU}")
    assert voted == on(db, "/target/selftanu.kz?lang=en", today).count('few">few senders')
    assert "few senders" not in on(db, "/target/kloop.kg?lang=en", today)
    with sqlite3.connect(db) as conn:
        conn.execute("UPDATE latest SET senders = NULL")
    conn.close()
    assert "ew senders" not in on(db, "/target/selftanu.kz?lang=en", today)


def test_without_a_day_it_is_the_clocks(tmp_path: Path) -> None:
    """Plain Datasette and `serve site` alike."""
    from probe.explorer import site  # noqa: PLC0415

    with Store.open(tmp_path / "a.db") as store:
        store.save(a_measurement("one"))
    got = plugin("age")["today"](site(tmp_path / "a.db"))
    with sqlite3.connect(":memory:") as conn:
        days = {
            conn.execute("SELECT date('now', ?)", (f"{n} days",)).fetchone()[0] for n in (0, -1)
        }
    assert got in days
