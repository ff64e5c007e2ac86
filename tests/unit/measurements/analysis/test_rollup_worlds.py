"""Random worlds: late arrivals, quarantine, releases, withdrawals, other verdicts. Step by step is as all at once."""

import random
from pathlib import Path

import pytest

from measurements.analysis.publish import publish
from measurements.analysis.rollup import refresh
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Mechanism, Status
from measurements.store.intake import Intake
from measurements.store.store import Store
from tests.unit.measurements.analysis.collected import INVITED, OPEN, Sent, World

TABLES = ("daily", "network_days", "mechanism_months", "states", "changes", "latest")
STATUSES = (Status.BLOCKED, Status.ACCESSIBLE, Status.DOWN)
VIEWS = {
    "measurements_view": "measurement_uid, url, probe_asn, status, layer, mechanism",
    "daily_view": "day, url, asn, n, accessible, blocked, throttled, down",
    "network_days_view": "day, asn, n, targets, senders, blocked",
    "mechanism_months_view": "month, asn, status, layer, mechanism, n, targets",
    "states_view": "url, asn, position, state, mechanism, since, until, votes, agree, senders",
    "changes_view": "url, asn, position, kind, not_before, not_after, votes_after, confidence",
    "latest_view": "url, asn, state, since, seen, votes, agree, senders, n, blocked, last_status",
}


def some(rng: random.Random, first: int, most: int, at: int) -> list[Sent]:
    """What comes on one day of November: much of it old, in no order."""
    return [
        Sent(
            n=n,
            sender=rng.choice((None, 0, 1, 2, 3)),
            day=f"2026-{rng.choice((9, 10)):02d}-{rng.randrange(1, 29):02d}",
            received=f"2026-11-{at:02d}",
            asn=rng.choice((9198, 9198, 21299)),
            url=rng.choice(("https://a.kz/", "https://b.kz/")),
            status=rng.choice((*STATUSES, Status.BLOCKED)),
            time=f"{rng.randrange(24):02d}:41:37",
        )
        for n in range(first, first + rng.randrange(1, most))
    ]


def happens(world: World, rng: random.Random, known: list[Sent], at: int) -> None:
    """One of the things that happen to a collector's file."""
    what = rng.choice(("come", "come", "come", "withdraw", "release", "judge"))
    if what == "come" or not known:
        new = some(rng, len(known), 30, at)
        world.collect(*new, terms=rng.choice((OPEN, INVITED)))
        known += new
        return
    with Store.open(world.source) as store:
        for sent in rng.sample(known, min(len(known), rng.randrange(1, 8))):
            if what == "withdraw":
                Intake(store).withdraw(sent.uid, sent.withdrawal, f"2026-11-{at:02d}")
            elif what == "release":
                Intake(store).release([sent.uid])
            elif store.contains(sent.uid):
                store.save_verdict(sent.uid, verdict(rng))


def verdict(rng: random.Random) -> Verdict:
    """Another one."""
    status = rng.choice(STATUSES)
    blocked = status is Status.BLOCKED
    return Verdict(
        status=status,
        confidence=rng.choice((0.6, 0.95)),
        summary="Judged again.",
        rules_version=2,
        layer=Layer.TLS if blocked else None,
        mechanism=rng.choice((Mechanism.TIMEOUT, Mechanism.MITM)) if blocked else None,
    )


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows."""
    with store.reading() as conn:
        return {
            table: conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5").fetchall()  # noqa: S608
            for table in TABLES
        }


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
