"""The published file: what is in it, what never is, and that nothing breaks it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from measurements.analysis.publishable import published_uid
from measurements.schema.verdict import Verdict
from measurements.schema.words import Locus, Status
from measurements.store.intake import Intake
from measurements.store.store import Store
from tests.unit.measurements.analysis.collected import OPEN, Sent, World

ROOT = Path(__file__).parents[4]
EMPTY = (
    "outbox",
    "senders",
    "received",
    "claims",
    "quarantine",
    "withdrawn",
    "invites",
    "collectors",
    "touched",
    "findings",
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.collect(
        *(
            Sent(n=10 * s + d, sender=s, day=f"2026-10-{d:02d}")
            for s in range(3)
            for d in range(1, 9)
        )
    )
    return made


def test_what_is_in_company_is_published(world: World) -> None:
    done = world.publish()
    assert (done.added, done.removed, done.waiting) == (24, 0, 0)
    assert world.rows("SELECT asn, cc, as_org_name FROM networks_view WHERE asn IS NOT NULL") == [
        (9198, "KZ", "Name of AS9198")
    ]
    assert world.rows("SELECT n, senders FROM network_days") == [(3, 3)] * 8
    assert world.rows("SELECT state, n, mechanism FROM latest_view") == [
        ("interfered", 24, "timeout")
    ]
    with Store.open(world.target, read_only=True) as store:
        uids = list(store.iter_uids())
        assert store.load(uids[0]).measurement_start_time.endswith("T06:00:00Z")
        assert store.check() is None


def test_twice_changes_nothing(world: World) -> None:
    world.publish()
    before = world.rows("SELECT * FROM measurements ORDER BY id")
    done = world.publish()
    assert (done.added, done.removed, done.changed) == (0, 0, 0)
    assert world.rows("SELECT * FROM measurements ORDER BY id") == before


def test_step_by_step_is_as_all_at_once(tmp_path: Path) -> None:
    steps = World(tmp_path / "a")
    whole = World(tmp_path / "b")
    sent = [
        Sent(
            n=n,
            sender=n % 4,
            day=f"2026-10-{1 + n // 8:02d}",
            received=f"2026-10-{1 + n // 7:02d}",
            asn=(9198, 21299)[n % 3 == 0],
        )
        for n in range(80)
    ]
    sent.sort(key=lambda s: s.received or "")
    for day in range(1, 14):
        steps.collect(*(s for s in sent if s.received == f"2026-10-{day:02d}"))
        steps.publish(f"2026-10-{day + 1:02d}")
    whole.collect(*sent)
    whole.publish("2026-10-31")
    for table in (
        "measurements_view",
        "daily_view",
        "latest_view",
        "changes_view",
        "network_days_view",
    ):
        columns = {
            "measurements_view": "measurement_uid, url, probe_asn",
            "daily_view": "day, url, asn, n",
            "latest_view": "url, asn, n, state, senders",
            "changes_view": "url, asn, kind",
            "network_days_view": "day, asn, n, senders",
        }[table]
        sql = f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3"  # noqa: S608
        assert steps.rows(sql) == whole.rows(sql), table


def test_today_waits_for_tomorrow(world: World) -> None:
    assert world.publish("2026-10-03").added == 6
    assert world.publish("2026-10-03").added == 0
    assert world.publish("2026-10-09").added == 18


def test_who_agreed_is_published_alone(tmp_path: Path) -> None:
    """Two collectors' files with the same in it; in one of them its sender agreed."""
    with_, without = World(tmp_path / "with", k=3), World(tmp_path / "without", k=3)
    listed = frozenset({Sent(n=1, sender=1).url})
    for world, alone in ((with_, True), (without, False)):
        world.collect(Sent(n=1, sender=1, alone=alone))
    assert (with_.publish(listed=listed).added, without.publish(listed=listed).added) == (1, 0)
    assert with_.rows("SELECT measurement_uid FROM measurements") == [
        (published_uid(Sent(n=1, sender=1).uid, "2026-10-05T06:41:37Z", "KZ"),)
    ]
    assert with_.rows("SELECT count(*) FROM received") == [(0,)]
    for world in (with_, without):  # they are company for nobody
        world.collect(Sent(n=2, sender=2), Sent(n=3, sender=3))
    assert with_.publish("2027-01-01", listed=listed).added == 0
    assert without.publish("2027-01-01", listed=listed).added == 3


def test_a_later_sender_completes_a_cell(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.collect(Sent(n=1, sender=1))
    assert world.publish().waiting == 1
    assert world.count() == 0
    world.collect(Sent(n=2, sender=2))
    assert world.publish("2027-01-01").added == 2
    assert world.count() == 2


def test_what_is_withdrawn_disappears_and_whom_it_kept_company_waits_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    one, two = Sent(n=1, sender=1, url="https://a.kz/"), Sent(n=2, sender=2, url="https://a.kz/")
    rest = [Sent(n=10 + s, sender=s, day="2026-10-06") for s in range(3)]
    world.collect(one, two, *rest)
    assert world.publish().added == 5
    with Store.open(world.source) as store:
        assert Intake(store).withdraw(one.uid, one.withdrawal, "2026-10-07")
    assert world.publish().removed == 2
    data = world.bytes()
    assert b"a.kz" not in data
    assert published_uid(one.uid, "2026-10-05T06:41:37Z", "KZ").encode() not in data
    assert world.count() == 3


def test_a_new_verdict_and_a_new_name_are_changes(world: World) -> None:
    world.publish()
    with Store.open(world.source) as store:
        old = store.load(Sent(n=1, sender=0, day="2026-10-01").uid).verdict
        assert old is not None
        store.save_verdict(
            Sent(n=1, sender=0, day="2026-10-01").uid,
            Verdict(status=Status.DOWN, confidence=0.9, summary="Down.", rules_version=2),
        )
    done = world.publish()
    assert (done.added, done.removed, done.changed) == (0, 0, 0)  # today's pass was made
    done = world.publish("2027-01-01")
    assert (done.added, done.removed, done.changed) == (0, 0, 1)
    assert world.rows("SELECT blocked, down FROM latest") == [(23, 1)]


def test_what_is_hidden_is_not_there_and_what_was_released_is(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.collect(Sent(n=1, sender=1), Sent(n=2, sender=2, status=Status.ACCESSIBLE), terms=OPEN)
    assert world.publish().added == 0
    world.collect(Sent(n=3, sender=3), terms=OPEN)
    assert world.publish("2027-01-01").added == 2


def test_stricter_terms_take_out_and_it_does_not_come_back(world: World) -> None:
    """With who came in between, whoever kept the old file would see those by themselves."""
    world.publish()
    world.k = 4
    assert world.publish().removed == 24
    assert world.count() == 0
    world.k = 3
    assert world.publish().added == 0
    world.collect(*(Sent(n=100 + s, sender=s, received="2026-10-20") for s in range(4, 7)))
    assert world.publish("2027-01-01").added == 3
    world.target.unlink()  # begun anew, by its operator
    assert world.publish("2027-01-01").added == 27


def test_counts_of_senders_follow_k(world: World) -> None:
    """Also where nothing else changed."""
    world.publish()
    assert world.rows("SELECT DISTINCT senders FROM latest") == [(3,)]
    world.collect(*(Sent(n=100 + s, sender=s, day="2026-10-20") for s in range(3, 7)))
    world.k = 3
    world.publish("2027-01-01")
    assert world.rows("SELECT senders FROM latest") == [(7,)]
    world.k = 8
    world.publish("2027-01-02")
    assert world.rows("SELECT senders FROM latest") == []


def test_the_volunteers_own_line_is_not_published(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.collect(*(Sent(n=s, sender=s, locus=Locus.LOCAL) for s in range(3)))
    assert world.publish().added == 0


def test_tables_of_the_collector_are_empty(world: World) -> None:
    world.publish()
    for table in EMPTY:
        assert world.rows(f"SELECT * FROM {table}") == [], table  # noqa: S608


def test_a_pass_that_is_killed_leaves_the_file_whole(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.collect(*(Sent(n=n, sender=n % 3, day=f"2026-10-{1 + n // 40:02d}") for n in range(800)))
    code = (
        "import sys; from pathlib import Path; import measurements.analysis.publish as p; p.BATCH = 50;"
        "print('on', flush=True);"
        "p.publish(Path(sys.argv[1]), Path(sys.argv[2]), k=2, today='2026-12-31')"
    )
    for wait in (0.05, 0.1, 0.2, 0.3, 0.5):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(world.source), str(world.target)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(wait)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        if world.target.exists():
            with Store.open(world.target) as store:
                assert store.check() is None
    world.publish()
    assert world.count() == 800
    assert (
        world.rows("SELECT sum(n) FROM daily")
        == world.rows("SELECT sum(n) FROM latest")
        == [(800,)]
    )
