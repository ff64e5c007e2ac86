"""Pruning takes what is old and nobody waits for, and nothing else."""

import itertools
import resource
import threading
from dataclasses import replace
from pathlib import Path

from measurements.schema.measurement import Measurement
from measurements.schema.words import Status
from measurements.store.outbox import Answer, Outbox
from measurements.store.prune import AT_ONCE, Terms, plan, prune
from measurements.store.query import Filter
from measurements.store.store import RunRow, Store
from tests.unit.measurements.store.examples import a_measurement

SECRETS = itertools.count()
OLD = Terms(before="2026-11-10T00:00:00Z")


def at(day: str, *, uid: str | None = None, status: Status | None = None) -> Measurement:
    """Measured on this day of November 2026."""
    m = a_measurement(uid or f"u{day}", input="https://a.kz/")
    m = replace(m, measurement_start_time=f"2026-11-{day}T06:00:00.000000Z")
    if status is not None:
        assert m.verdict is not None
        m = replace(m, verdict=replace(m.verdict, status=status))
    return m


def secret() -> bytes:
    """Another each time."""
    return next(SECRETS).to_bytes(32, "big")


def left(store: Store) -> list[str]:
    """What is there."""
    return list(store.iter_uids(Filter()))


def test_what_is_old_goes(tmp_path: Path) -> None:
    """To the second; what is as old as that stays."""
    with Store.open(tmp_path / "a.db") as store:
        store.save_many([at("08"), at("09"), at("10"), at("11")])
        assert (2, 2) == (plan(store, OLD).gone, plan(store, OLD).left)
        assert 4 == len(left(store))
        told: list[int] = []
        assert 2 == prune(store, OLD, told=told.append).gone
        assert [2] == told
        assert ["u10", "u11"] == left(store)
        assert 0 == prune(store, OLD).gone
        assert store.check() is None
        assert "u10" == store.load("u10").measurement_uid


def test_what_is_owed_stays(tmp_path: Path) -> None:
    """Waiting, or sent and not answered; what was answered goes, and with even_unsent all."""
    with Store.open(tmp_path / "a.db") as store:
        store.save_many([at(day) for day in ("01", "02", "03", "04")])
        outbox = Outbox(store)
        number = outbox.collector("https://c.example").id
        outbox.enqueue(["u01", "u02", "u03"], number, secret=secret)
        outbox.mark_sent(number, ["u02", "u03"], "2026-11-05T00:00:00Z")
        answer = Answer(measurement_uid="u03", state="accepted")
        outbox.record(number, [answer], "2026-11-05T00:00:00Z")
        found = plan(store, OLD)
        assert (2, 2, 1) == (found.gone, found.owed, found.away)
        assert 2 == prune(store, OLD).gone
        assert ["u01", "u02"] == left(store)
        everything = replace(OLD, even_unsent=True)
        assert (0, 1) == (plan(store, everything).owed, plan(store, everything).away)
        assert 2 == prune(store, everything).gone
        assert [] == left(store)


def test_what_changed_stays(tmp_path: Path) -> None:
    """The first, and each that found something else than the one before it."""
    days = [("01", Status.ACCESSIBLE), ("02", Status.ACCESSIBLE), ("03", Status.BLOCKED)]
    days += [("04", Status.BLOCKED), ("05", Status.ACCESSIBLE)]
    with Store.open(tmp_path / "a.db") as store:
        store.save_many([at(day, status=status) for day, status in days])
        keeping = replace(OLD, keep_changed=True)
        found = plan(store, keeping)
        assert (2, 3, 3) == (found.gone, found.changed, found.left)
        prune(store, keeping)
        assert ["u01", "u03", "u05"] == left(store)


def test_a_run_without_measurements_goes_an_unfinished_one_stays(tmp_path: Path) -> None:
    """When somebody measured is told by nothing that is left; what can be resumed is resumed."""
    with Store.open(tmp_path / "a.db") as store:
        for name, plan_ in (("done", []), ("interrupted", [("https://b.kz/", None)])):
            row = RunRow(run_id=name, started_at="2026-11-01T00:00:00Z", software_version="0")
            store.begin_run(row, plan_)
        store.save(replace(at("01"), run_id="done"))
        prune(store, OLD)
        with store.reading() as conn:
            assert [("interrupted",)] == conn.execute("SELECT run_id FROM runs").fetchall()


def test_the_place_is_given_back(tmp_path: Path) -> None:
    """The file is smaller, and nothing of what went stands in it, the log or a free page."""
    path = tmp_path / "a.db"
    with Store.open(path) as store:
        store.save_many([replace(at("01", uid=f"u{n}"), input=f"https://secretsite{n}.kz/") for n in range(300)])  # fmt: skip
        done = prune(store, OLD)
        assert 300 == done.gone
        assert done.bytes_after < done.bytes_before
        assert done.full is None
    for file in tmp_path.iterdir():
        assert b"secretsite" not in file.read_bytes()


def test_a_run_may_go_on_meanwhile(tmp_path: Path) -> None:
    """Another process saves while it is pruned: nothing of that is lost, and both end."""
    path = tmp_path / "a.db"
    with Store.open(path) as store, Store.open(path) as other:
        store.save_many([at("01", uid=f"u{n}") for n in range(AT_ONCE * 3)])
        new = [at("20", uid=f"new{n}") for n in range(40)]

        def save() -> None:
            for m in new:
                other.save(m)

        saving = threading.Thread(target=save)
        saving.start()
        assert AT_ONCE * 3 == prune(store, OLD).gone
        saving.join()
        assert sorted(m.measurement_uid for m in new) == sorted(left(store))
        assert [other.load(m.measurement_uid) for m in new]


def test_what_became_owed_meanwhile_stays(tmp_path: Path) -> None:
    """The debt is looked at again in the very transaction that deletes."""
    with Store.open(tmp_path / "a.db") as store:
        store.save_many([at("01", uid=f"u{n:03}") for n in range(AT_ONCE + 1)])
        outbox = Outbox(store)
        number = outbox.collector("https://c.example").id

        def told(_: int) -> None:
            outbox.enqueue([f"u{AT_ONCE:03}"], number, secret=secret)

        assert AT_ONCE == prune(store, OLD, told=told).gone
        assert [f"u{AT_ONCE:03}"] == left(store)


def test_a_full_disk_is_no_loss(tmp_path: Path) -> None:
    """Old ones are gone all the same; that the file did not shrink is told. The limit is the kernel's."""
    path = tmp_path / "a.db"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store.open(path) as store:
        store.save_many([at("01"), *(at("20", uid=f"new{n}") for n in range(2000))])

        def fill(_: int) -> None:
            log = path.with_name("a.db-wal").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (log + 200_000, before[1]))

        try:
            done = prune(store, OLD, told=fill)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert 1 == done.gone
        assert done.full is not None
        assert 2000 == len(left(store))
        assert store.check() is None
        assert prune(store, OLD).full is None
