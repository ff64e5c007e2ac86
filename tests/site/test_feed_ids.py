"""An entry of a feed keeps its id while the event is the same: RFC 4287 §4.2.6; with data that come late."""

import asyncio
import dataclasses
import sqlite3
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from measurements.analysis.rollup import refresh
from measurements.schema.measurement import Measurement, Place
from measurements.schema.words import Status
from measurements.snapshots.database import fill
from measurements.store.store import Store
from tests.site.plugin import plugin
from tests.site.served import public
from tests.unit.measurements.analysis.test_rollup import measurement

ATOM = "{http://www.w3.org/2005/Atom}"
BLOCKED, OPEN = Status.BLOCKED, Status.ACCESSIBLE


def days(status: Status, *spans: tuple[int, int]) -> list[Measurement]:
    """One a day."""
    return [measurement(day, day, status) for a, b in spans for day in range(a, b)]


def told(db: Path, feed: str = "all") -> dict[str, str]:
    """Ids of a feed, each with its title."""
    text = asyncio.run(public(db).client.get(f"/feed/{feed}?lang=en")).text
    found = ET.fromstring(text).findall(f"{ATOM}entry")  # noqa: S314 - our own
    out = {str(e.findtext(f"{ATOM}id")): str(e.findtext(f"{ATOM}title")) for e in found}
    assert len(out) == len(found)
    return out


def when(db: Path) -> list[str]:
    """The months in which the changes are."""
    with sqlite3.connect(db) as conn:
        return [
            m for (m,) in conn.execute("SELECT substr(not_after, 1, 7) FROM changes ORDER BY 1")
        ]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Open in January and the beginning of February; blocked from the middle of March."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        store.save_many([*days(OPEN, (0, 35)), *days(BLOCKED, (70, 90))])
        refresh(store)
    return path


def add(db: Path, *late: Measurement) -> None:
    """What comes late."""
    with Store.open(db) as store:
        store.save_many(late)
        refresh(store)


def test_late_data_move_the_date_and_not_the_id(db: Path) -> None:
    """Into another month, and back to none; later events get ids of their own."""
    first = told(db)
    assert list(first.values()) == ["newly blocked: https://a.kz/, AS9198 AS9198"]
    assert when(db) == ["2026-03"]
    add(db, *days(BLOCKED, (45, 56)))
    assert when(db) == ["2026-02"]
    assert told(db) == first == told(db, "target/a.kz") == told(db, "network/AS9198")
    add(db, *days(OPEN, (95, 115)), *days(BLOCKED, (115, 140)))
    more = told(db)
    assert first.items() <= more.items()
    assert len(more) == 3
    add(db, *days(BLOCKED, (38, 41)))
    assert told(db) == more


def test_what_is_found_before_takes_no_id(db: Path) -> None:
    """A block and its end, long before: two new entries, the old one stays."""
    first = told(db)
    early = [
        dataclasses.replace(
            m,
            measurement_uid=f"e{i}",
            measurement_start_time=f"2025-0{1 + i // 28}-{1 + i % 28:02d}T06:00:00Z",
        )
        for i, m in enumerate([*days(OPEN, (0, 20)), *days(BLOCKED, (20, 40))])
    ]
    add(db, *early)
    now = told(db)
    assert first.items() <= now.items()
    assert len(now) == 3


def test_made_anew_it_is_the_same(db: Path) -> None:
    """By other rules, all at once; where nothing is kept, the months' own name would be another."""
    add(db, *days(BLOCKED, (45, 56)))
    moved = told(db)
    with sqlite3.connect(db) as conn:
        conn.execute("UPDATE rollup_state SET value = 'x' WHERE name = 'made'")
    conn.close()
    with Store.open(db) as store:
        assert refresh(store).lines == 1
    assert told(db) == moved
    with sqlite3.connect(db) as conn:
        assert 1 == conn.execute("DELETE FROM rollup_state WHERE name GLOB 'told *'").rowcount
    conn.close()
    assert told(db) != moved


def test_a_snapshot_has_the_sites_ids(db: Path, tmp_path: Path) -> None:
    """Also of what was moved: a mirror is made from it."""
    add(db, *days(BLOCKED, (45, 56)))
    fill(db, tmp_path / "draft.db", tmp_path / "out.db", lambda _: None)
    assert told(tmp_path / "out.db") == told(db)
    with sqlite3.connect(tmp_path / "out.db") as conn:
        assert [("told",)] == conn.execute("SELECT substr(name, 1, 4) FROM rollup_state").fetchall()


def test_two_countries_of_one_number_are_two(db: Path) -> None:
    """And two names of one: no two entries with one id."""
    places = (
        Place(asn=9198, cc="RU", as_org_name="AS9198"),
        Place(asn=9198, cc="KZ", as_org_name="B"),
    )
    for n, place in enumerate(places):
        add(
            db,
            *(
                dataclasses.replace(m, measurement_uid=f"{n}-{i}", probe=place)
                for i, m in enumerate([*days(OPEN, (0, 35)), *days(BLOCKED, (70, 90))])
            ),
        )
    assert len(told(db)) == 3


def test_the_site_finds_what_the_rollups_keep() -> None:
    """Two programs that know nothing of one another give a place one name."""
    from measurements.analysis.told import place  # noqa: PLC0415

    row = {"url": "https://a.kz/", "asn": 9198, "cc": "KZ", "as_org_name": "AS9198", "position": 3}
    other = {**row, "asn": None, "as_org_name": None, "cc": None}
    for r in (row, other):
        network = (r["asn"], r["cc"], r["as_org_name"])
        assert plugin("feed")["place"](r) == place(str(r["url"]), network, int(str(r["position"])))  # type: ignore[arg-type]
