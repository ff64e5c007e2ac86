"""The events that ship with us are sourced, dated honestly, and find their targets."""

import re
import sqlite3
from pathlib import Path

from measurements.exchange.hosts import host_in
from measurements.exchange.legal import events, load
from measurements.store.connect import connect
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement

FORM = {"day": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d", "year": r"\d{4}"}
KINDS = {
    *("law", "bill", "order", "decision", "block", "block_reported"),
    *("interception", "throttling", "shutdown", "response"),
}


def test_every_event_has_its_source_and_a_date_as_precise_as_it_says() -> None:
    """No event rests on nothing."""
    found = events()
    assert len({e.id for e in found}) == len(found)
    for e in found:
        assert e.sources, e.id
        assert all(s.startswith("https://") for s in e.sources), e.id
        assert re.fullmatch(FORM[e.precision], e.date), e.id
        assert e.until is None or e.until >= e.date, e.id
        assert e.kind in KINDS, e.id
        assert e.title, e.id
        assert all(host == host_in(host) for host in e.hosts), e.id


def test_selftanu_says_both_days_and_its_reason() -> None:
    """The day of the block and that of the notice differ between sources."""
    (event,) = [e for e in events() if e.id == "kz-2024-02-11-selftanu"]
    assert ("2024-02-11", "2024-02-12") == (event.date, event.also_dated)
    assert "health and development of children" in event.says
    assert event.title_ru
    assert event.title_kk


def test_what_rests_on_one_text_is_not_called_confirmed() -> None:
    """The days that only the project's brief gives."""
    doubtful = {e.id for e in events() if not e.confirmed}
    assert {"kz-2024-02-23-mentoring", "kz-2024-04-10-criminal"} <= doubtful
    assert "kz-2024-02-11-selftanu" not in doubtful


def test_they_are_loaded_once_and_joined_by_host(tmp_path: Path) -> None:
    """http, www. and a path do not matter; another site is not concerned."""
    urls = ("http://www.selftanu.kz/about", "https://other.example/")
    with Store.open(tmp_path / "a.db") as store:
        for i, url in enumerate(urls):
            store.save(a_measurement(f"u{i}", input=url))
    conn = connect(tmp_path / "a.db", read_only=False)
    assert load(conn) == load(conn) == len(events())
    joined(conn, {"kz-2024-01-29-letter", "kz-2024-02-11-selftanu"})
    conn.close()


def joined(conn: sqlite3.Connection, expected: set[str]) -> None:
    """Which events stand beside a target."""
    sql = "SELECT event_id, url FROM legal_view WHERE url IS NOT NULL"
    found = conn.execute(sql).fetchall()
    assert {(name, "http://www.selftanu.kz/about") for name in expected} == set(found)
