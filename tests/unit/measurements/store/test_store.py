"""The store keeps what it is given, whatever happens to the process, the disk or the neighbour."""

import dataclasses
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from measurements.schema.codec import from_document
from measurements.schema.measurement import Measurement
from measurements.schema.records import HTTPTransaction, Records, TCPConnect
from measurements.schema.verdict import Verdict
from measurements.schema.words import Status
from measurements.store.errors import Ambiguous, Duplicate, NotFound, StoreError, Unstorable
from measurements.store.query import Filter
from measurements.store.rows import keeps_body
from measurements.store.store import RunRow, Store
from tests.unit.measurements.store.examples import a_measurement, a_verdict
from tests.unit.measurements.store.strategies import measurements, verdicts

OONI = sorted(Path("/work/shared/data/ooni/measurements").glob("*.json"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database will be."""
    return tmp_path / "home" / "anyqta.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store.open(path) as opened:
        yield opened


def without_dropped_bodies(m: Measurement) -> Measurement:
    """What the store promises to give back."""
    transactions = tuple(
        h if keeps_body(h, m.verdict) else dataclasses.replace(h, body=None)
        for h in m.records.http_transactions
    )
    records = dataclasses.replace(m.records, http_transactions=transactions)
    return dataclasses.replace(m, records=records)


@given(m=measurements)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_saved_is_loaded(m: Measurement, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any measurement comes back equal, by a store that has forgotten nothing or everything."""
    path = tmp_path_factory.mktemp("s") / "a.db"
    with Store.open(path) as store:
        store.save(m)
        assert without_dropped_bodies(m) == store.load(m.measurement_uid)
    with Store.open(path, read_only=True) as again:
        assert without_dropped_bodies(m) == again.load(m.measurement_uid)
        assert [m.input] == [row.input for row in again.results()]


@pytest.mark.parametrize("file", OONI, ids=lambda f: f.stem)
def test_oonis_documents_survive(file: Path, store: Store) -> None:
    """OONI's own measurements, judged or not, come back equal."""
    m = from_document(json.loads(file.read_text()))
    judged = dataclasses.replace(m, measurement_uid="j", verdict=a_verdict())
    store.save(m)
    store.save(judged)
    assert m == store.load(m.measurement_uid)
    assert without_dropped_bodies(judged) == store.load("j")


@given(v=verdicts)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_verdict_survives(v: Verdict, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A verdict given later comes back equal, and the one before it stays."""
    with Store.open(tmp_path_factory.mktemp("s") / "a.db") as store:
        store.save(a_measurement())
        changed = store.save_verdict("u1", v)
        assert changed == (v != a_verdict())
        assert v == store.load("u1").verdict
        assert [a_verdict(), *([v] if changed else [])] == store.verdicts("u1")
        assert [v.status.value] == [row.status for row in store.results()]


def test_the_file_is_private(store: Store) -> None:
    """Nobody else on the computer reads what was measured."""
    store.save(a_measurement())
    modes = {stat.S_IMODE(f.stat().st_mode) for f in store.path.parent.iterdir()}
    assert {0o600} == modes


def test_a_beginning_is_enough(store: Store) -> None:
    """`show` takes the beginning of a uid if it fits one measurement only."""
    for uid in ("abc1", "abd2", "zzz"):
        store.save(a_measurement(uid))
    assert "zzz" == store.resolve("z")
    with pytest.raises(Ambiguous, match="abd2 abc1"):
        store.load("ab")
    with pytest.raises(NotFound, match="no measurement 'q'"):
        store.load("q")
    with pytest.raises(NotFound):
        store.load("")


def test_the_last_part_of_a_uid_is_enough(store: Store) -> None:
    """OONI's begin with a time and a country; nobody types that."""
    store.save(a_measurement("20261123061726_KZ_webconnectivity_9d72664e"))
    store.save(a_measurement("20261123061726_KZ_webconnectivity_9e000000"))
    assert store.resolve("9d7").endswith("9d72664e")
    with pytest.raises(Ambiguous):
        store.resolve("9")


def test_a_uid_that_begins_another_is_itself(store: Store) -> None:
    """The whole uid wins over those that go on."""
    store.save(a_measurement("abc"))
    store.save(a_measurement("abcd"))
    assert "abc" == store.load("abc").measurement_uid


def test_nothing_is_stored_twice(store: Store) -> None:
    """A measurement that is there stays as it is."""
    store.save(a_measurement())
    with pytest.raises(Duplicate):
        store.save(a_measurement())
    assert ["u2"] == store.save_many(
        [a_measurement("u1"), a_measurement("u2"), a_measurement("u2")]
    )
    assert 2 == store.counts().measurements


def test_bodies_of_accessible_pages_are_not_kept(store: Store) -> None:
    """Hash, length and title stay; the bodies of others, small ones and plain HTTP's stay whole."""
    big = b"x" * 5000
    transactions = tuple(
        HTTPTransaction(
            transaction_id=i,
            url=url,
            ip="192.0.2.1",
            port=443,
            t0=0.0,
            t=1.0,
            body=body,
            body_sha256="ab" * 32,
            body_length=len(body),
        )
        for i, (url, body) in enumerate(
            [
                ("https://a.example/", big),
                ("http://a.example/", big),
                ("https://a.example/", b"small"),
            ]
        )
    )
    records = Records(http_transactions=transactions)
    store.save(a_measurement("ok", records=records))
    store.save(a_measurement("bad", records=records, verdict=a_verdict(Status.BLOCKED)))
    kept = [h.body for h in store.load("ok").records.http_transactions]
    assert [None, big, b"small"] == kept
    assert "ab" * 32 == store.load("ok").records.http_transactions[0].body_sha256
    assert records == store.load("bad").records


def test_results_are_newest_first_and_filtered(store: Store) -> None:
    """Each filter of `results`."""
    for day, status in enumerate([Status.ACCESSIBLE, Status.BLOCKED, Status.BLOCKED], start=1):
        store.save(
            a_measurement(
                f"u{day}",
                run_id=f"run{day}",
                input=f"https://{day}.example/",
                measurement_start_time=f"2026-11-0{day}T00:00:00Z",
                verdict=a_verdict(status),
                category_code="NEWS" if day == 1 else None,
            )
        )

    def uids(**wanted: object) -> list[str]:
        rows = store.results(Filter(**wanted))  # type: ignore[arg-type]
        return [row.measurement_uid for row in rows]

    assert ["u3", "u2", "u1"] == uids()
    assert ["u3"] == uids(limit=1)
    assert ["u3", "u2"] == uids(status=("blocked",))
    assert ["u2"] == uids(url="2.exa")
    assert ["u1"] == uids(run_id="run1")
    assert ["u3", "u2"] == uids(since="2026-11-02")
    assert ["u1"] == uids(until="2026-11-02")
    assert ["u1"] == uids(category=("NEWS",))
    assert ["u1", "u2", "u3"] == list(store.iter_uids())


def test_an_interrupted_run_can_be_resumed(store: Store) -> None:
    """What it set out to do stays until it ends whole."""
    run = RunRow(run_id="r1", started_at="2026-11-23T06:00:00Z", software_version="0.1.0")
    plan = [("https://a.example/", "NEWS"), ("https://b.example/", None)]
    store.begin_run(run, plan)
    store.save(a_measurement())
    assert frozenset({"https://a.example/"}) == store.measured_inputs("r1")
    store.finish_run("r1", finished_at="t", measured=1, failed=0, interrupted=True)
    assert plan == store.planned_targets("r1")
    assert (
        dataclasses.replace(run, finished_at="t", measured=1, interrupted=True) == store.last_run()
    )
    store.finish_run("r1", finished_at="t", measured=2, failed=0, interrupted=False)
    assert [] == store.planned_targets("r1")
    assert store.last_run("demo") is None


def test_a_number_too_large_is_refused_whole(store: Store) -> None:
    """A hostile document neither crashes the store nor leaves half of itself, nor void numbers."""
    bad = Records(
        tcp_connects=(TCPConnect(transaction_id=2**70, ip="192.0.2.77", port=1, t0=0.0, t=0.0),)
    )
    with pytest.raises(Unstorable, match="64 bits"):
        store.save(a_measurement("bad", records=bad, input="https://new.example/"))
    with pytest.raises(Unstorable, match="Unicode"):
        store.save(a_measurement("bad", input="https://\ud800/"))
    assert 0 == store.counts().measurements
    good = a_measurement(
        "ok", records=dataclasses.replace(bad, tcp_connects=()), input="https://new.example/"
    )
    store.save(good)
    assert good == store.load("ok")


def test_a_read_only_store_does_not_write(store: Store) -> None:
    """Nor does it make a file."""
    with (
        Store.open(store.path, read_only=True) as reader,
        pytest.raises(StoreError, match="only to be read"),
    ):
        reader.save(a_measurement())
    with pytest.raises(StoreError, match="nothing has been measured"):
        Store.open(store.path.with_name("none.db"), read_only=True)


_WRITER = """
import sys
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement
with Store.open(sys.argv[1]) as store:
    for i in range(int(sys.argv[3])):
        store.save(a_measurement(f"{sys.argv[2]}{i}", input=f"https://{sys.argv[2]}{i}.example/"))
        print(i, flush=True)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """Another process that saves."""
    command = [sys.executable, "-c", _WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_do_not_lock_each_other_out(path: Path) -> None:
    """Four that begin together on a new file all save everything."""
    writers = [writer(path, name, 100) for name in "abcd"]
    assert [0] * 4 == [(w.communicate(), w.returncode)[1] for w in writers]
    with Store.open(path) as store:
        assert 400 == store.counts().measurements


def test_threads_share_a_store(store: Store) -> None:
    """The event loop may save in worker threads."""
    threads = [
        threading.Thread(target=store.save, args=(a_measurement(f"t{i}"),)) for i in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 20 == store.counts().measurements


def test_kill_loses_nothing_that_was_reported(path: Path) -> None:
    """After kill -9 the file is whole and has all that was said to be saved."""
    for attempt, wanted in enumerate((3, 17, 40)):
        process = writer(path, f"k{attempt}-", 10_000)
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(wanted)][-1]
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        with Store.open(path) as store:
            for i in range(int(said) + 1):
                assert a_measurement().records == store.load(f"k{attempt}-{i}").records
            for uid in store.iter_uids():
                store.load(uid)
        conn = sqlite3.connect(path)
        assert [("ok",)] == conn.execute("PRAGMA integrity_check").fetchall()
        assert [] == conn.execute("PRAGMA foreign_key_check").fetchall()
        conn.close()


def test_a_full_disk_is_told(store: Store) -> None:
    """In plain words; what was there stays, and saving goes on when there is room."""
    store.save(a_measurement("u1"))
    pages = store._conn.execute("PRAGMA page_count").fetchone()[0]
    store._conn.execute(f"PRAGMA max_page_count = {pages}")
    big = HTTPTransaction(
        transaction_id=1, url="http://a/", ip="", port=0, t0=0.0, t=0.0, body=os.urandom(300_000)
    )
    with pytest.raises(StoreError, match="disk is full"):
        store.save(a_measurement("u2", records=Records(http_transactions=(big,))))
    store._conn.execute("PRAGMA max_page_count = 100000")
    store.save(a_measurement("u2"))
    assert 2 == store.counts().measurements
