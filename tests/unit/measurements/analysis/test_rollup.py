"""On a real store; the store's own small world of measurements would not change over time."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from measurements.analysis.publish import publish
from measurements.analysis.rollup import refresh, refresh_in
from measurements.schema.measurement import Measurement, Place
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Mechanism, Status
from measurements.store.store import Store
from tests.unit.measurements.analysis.collected import Sent, World
from tests.unit.measurements.analysis.happenings import STATUSES, happens

ROWS = "SELECT * FROM {} ORDER BY 1, 2, 3, 4, 5"
TABLES = ("daily", "network_days", "mechanism_months", "states", "changes", "latest")

VIEWS = {
    "measurements_view": "measurement_uid, url, probe_asn, status, layer, mechanism",
    "daily_view": "day, url, asn, n, accessible, blocked, throttled, down",
    "network_days_view": "day, asn, n, targets, senders, blocked",
    "mechanism_months_view": "month, asn, status, layer, mechanism, n, targets",
    "states_view": "url, asn, position, state, mechanism, since, until, votes, agree, senders",
    "changes_view": "url, asn, position, kind, not_before, not_after, votes_after, confidence",
    "latest_view": "url, asn, state, since, seen, votes, agree, senders, n, blocked, last_status",
}


def measurement(
    n: int, day: int, status: Status, *, asn: int = 9198, url: str = "https://a.kz/"
) -> Measurement:
    blocked = status is Status.BLOCKED
    return Measurement(
        measurement_uid=f"uid-{asn}-{n}",
        run_id="run",
        input=url,
        measurement_start_time=f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}T06:00:00Z",
        test_start_time="",
        test_runtime=1.0,
        software_name="anyqta",
        software_version="1",
        probe=Place(asn=asn, cc="KZ", as_org_name=f"AS{asn}"),
        verdict=Verdict(
            status=status,
            confidence=0.95,
            summary="It says so.",
            rules_version=1,
            layer=Layer.TLS if blocked else None,
            mechanism=Mechanism.TIMEOUT if blocked else None,
        ),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "a.db") as made:
        days = range(60)
        made.save_many(
            [measurement(n, n, Status.BLOCKED if n >= 30 else Status.ACCESSIBLE) for n in days]
        )
        yield made


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.reading() as conn:
        return {t: conn.execute(ROWS.format(t)).fetchall() for t in TABLES}


def one(store: Store, sql: str) -> tuple[object, ...]:
    with store.reading() as conn:
        row: tuple[object, ...] = conn.execute(sql).fetchone()
    return row


def test_a_change_is_told_with_its_interval_and_its_n(store: Store) -> None:
    assert refresh(store).lines == 1
    assert one(
        store,
        "SELECT url, asn, kind, not_before, not_after, votes_before, votes_after, mechanism FROM changes_view",
    ) == ("https://a.kz/", 9198, "blocked", "2026-02-02T06", "2026-02-03T06", 30, 30, "timeout")
    assert one(
        store, "SELECT state, since, n, blocked, accessible, measurement_uid FROM latest_view"
    ) == (*("interfered", "2026-02-03T06", 60, 30, 30, "uid-9198-59"),)
    assert one(store, "SELECT count(*), sum(n) FROM daily_view") == (60, 60)
    assert one(store, "SELECT sum(n), max(targets) FROM network_days_view") == (60, 1)
    assert one(store, "SELECT sum(n), count(*) FROM mechanism_months_view") == (30, 2)


def test_twice_changes_nothing(store: Store) -> None:
    refresh(store)
    before = dump(store)
    assert refresh(store).cells == 0
    assert dump(store) == before


def test_step_by_step_is_as_all_at_once(store: Store, tmp_path: Path) -> None:
    refresh(store)
    more = [measurement(n, n, Status.ACCESSIBLE, url="https://b.kz/") for n in range(100, 110)]
    for m in more:
        store.save(m)
        assert refresh(store).cells == 1
    store.delete("uid-9198-59")
    store.save_verdict("uid-9198-40", measurement(0, 0, Status.DOWN).verdict)  # type: ignore[arg-type]
    refresh(store)
    store.backup(tmp_path / "b.db")
    with Store.open(tmp_path / "b.db") as other:
        with other.writing() as conn:
            conn.execute("UPDATE rollup_state SET value = 'other rules' WHERE name = 'made'")
        assert refresh(other).cells == 0
        assert dump(other) == dump(store)
    assert one(store, "SELECT blocked, down FROM latest_view WHERE url LIKE '%a.kz/'") == (28, 1)


def test_what_is_gone_is_nowhere(store: Store) -> None:
    refresh(store)
    for n in range(60):
        store.delete(f"uid-9198-{n}")
    refresh(store)
    assert all(rows == [] for rows in dump(store).values())


def test_a_rollback_takes_rollups_back(store: Store) -> None:
    before = dump(store)
    with pytest.raises(ZeroDivisionError), store.writing() as conn:
        raise ZeroDivisionError(refresh_in(conn).cells)
    assert dump(store) == before


def test_pages_have_an_index(store: Store) -> None:
    refresh(store)
    for sql in (
        "SELECT * FROM daily WHERE target_id = 1 AND network_id = 1",
        "SELECT * FROM latest WHERE target_id = 1",
        "SELECT * FROM latest WHERE network_id = 1 AND state = 'open'",
        "SELECT * FROM latest WHERE state = 'interfered' AND layer = 'tls'",
        "SELECT * FROM changes ORDER BY not_after DESC LIMIT 50",
        "SELECT * FROM changes WHERE network_id = 1 ORDER BY not_after DESC LIMIT 50",
        "SELECT * FROM states WHERE network_id = 1 AND since <= '2026-02-01'",
    ):
        assert "SCAN" not in plan(store, sql) or "USING INDEX" in plan(store, sql), sql


def plan(store: Store, sql: str) -> str:
    with store.reading() as conn:
        rows: list[sqlite3.Row] = conn.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    return " ".join(str(row[3]) for row in rows)


@pytest.mark.parametrize("seed", range(5))
def test_what_was_touched_is_as_everything(tmp_path: Path, seed: int) -> None:
    rng, world, known = random.Random(seed), World(tmp_path), list[Sent]()
    partly, found = 0, dict[str, list[tuple[object, ...]]]()
    for at in range(1, 15):
        happens(world, rng, known, at)
        with Store.open(world.source) as store:
            done = refresh(store, k=2)
            found = dump(store)
            partly += 0 < done.cells < len(found["network_days"]) / 2
            assert refresh(store, k=2).cells == 0
            assert dump(store) == found
            with store.writing() as conn:
                conn.execute("UPDATE rollup_state SET value = '' WHERE name = 'made'")
            refresh(store, k=2)
            assert dump(store) == found
    assert partly > 2, "the short way was hardly gone"
    assert found["changes"] or found["states"]


@pytest.mark.parametrize("seed", range(5))
def test_passes_are_as_one_pass(tmp_path: Path, seed: int) -> None:
    rng, world, known = random.Random(100 + seed), World(tmp_path), list[Sent]()
    for at in range(1, 13):
        happens(world, rng, known, at)
        if rng.random() < 0.7:
            world.publish(f"2026-11-{at + rng.randrange(2):02d}")
    world.publish("2026-12-01")
    steps = {v: sorted(world.rows(f"SELECT {c} FROM {v}"), key=repr) for v, c in VIEWS.items()}  # noqa: S608
    again = world.publish("2026-12-01")
    assert (again.added, again.removed, again.changed) == (0, 0, 0)
    whole = World(tmp_path)
    whole.target = tmp_path / "whole.db"
    publish(whole.source, whole.target, k=whole.k, today="2026-12-01")
    for view, columns in VIEWS.items():
        rows = sorted(whole.rows(f"SELECT {columns} FROM {view}"), key=repr)  # noqa: S608
        assert steps[view] == rows, view
    assert steps["measurements_view"]


def test_other_k_is_counted_for_lines_that_nobody_touched(tmp_path: Path) -> None:
    world = World(tmp_path)
    days = [f"2026-10-{day:02d}" for day in range(1, 29)]
    world.collect(
        *(
            Sent(n=100 * s + i, sender=s, day=day, status=STATUSES[i < 14])
            for s in range(2)
            for i, day in enumerate(days)
        )
    )
    world.publish()
    assert world.rows("SELECT kind, senders FROM changes") == [("blocked", 2)]
    with Store.open(world.source) as store:
        refresh(store, k=2)
        assert dump(store)["changes"]
        refresh(store, k=3)
        assert dump(store)["changes"] == []
        refresh(store, k=2)
        assert dump(store)["changes"]


def test_a_published_files_lines_are_its_publishers(tmp_path: Path) -> None:
    """Who opens it with `explore` knows nobody who sent: the counts stay as they were published."""
    world = World(tmp_path)
    world.collect(
        *(Sent(n=10 * s + d, sender=s, day=f"2026-10-{d:02d}") for s in range(3) for d in (1, 2))
    )
    world.publish()
    with Store.open(world.target) as store:
        before = dump(store)
        assert before["network_days"][0][-1] == 3
        assert refresh(store).lines == 0
        assert dump(store) == before


def test_many_touched_cells_take_no_count_of_senders_away(tmp_path: Path) -> None:
    """From the cells of other months, that nobody counts anew."""
    world = World(tmp_path)
    world.collect(
        *(Sent(n=10 * s + d, sender=s, day=f"2026-09-{d:02d}") for s in range(3) for d in (1, 2))
    )
    world.publish("2026-10-01")
    later = [f"2026-10-{d:02d}" for d in range(1, 9)]
    world.collect(
        *(Sent(n=100 + 10 * s + i, sender=s, day=d) for s in range(3) for i, d in enumerate(later))
    )
    world.publish("2026-11-01")
    assert world.rows("SELECT senders, count(*) FROM network_days GROUP BY 1") == [(3, 10)]
