"""Each collector is owed each measurement, until it answers; whatever comes in between."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from measurements.schema.words import Status
from measurements.store.outbox import STATES, Answer, Outbox
from measurements.store.query import Filter
from measurements.store.store import RunRow, Store
from tests.unit.measurements.store.examples import a_measurement, a_verdict

AT, LATER, MUCH_LATER = "2026-11-25T06:00:00Z", "2026-11-25T07:00:00Z", "2026-12-25T07:00:00Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """With three measurements of one run."""
    with Store.open(tmp_path / "a.db") as opened:
        opened.begin_run(RunRow(run_id="r1", started_at=AT, software_version="1"))
        for uid in ("a", "b", "c"):
            opened.save(a_measurement(uid))
        yield opened


@pytest.fixture
def outbox(store: Store) -> Outbox:
    """With a collector (1) that all three are for."""
    box = Outbox(store)
    assert 1 == box.collector("https://c.example/").id
    assert 3 == box.enqueue(["a", "b", "c", "unknown"], 1, secret=secrets())
    return box


def secrets() -> Callable[[], bytes]:
    """Another one each time."""
    numbers = count()
    return lambda: next(numbers).to_bytes(32, "big")


def owed(box: Outbox, now: str | None = AT) -> list[str]:
    """Their uids."""
    return [p.measurement_uid for p in box.owed(1, now=now, limit=10)]


def test_a_collector_is_known_by_its_url(outbox: Outbox) -> None:
    """Found again; its key is noted when it is met."""
    assert outbox.collector("https://c.example/") == outbox.collectors()[0]
    outbox.pin(1, b"k" * 32, "2026-11-25")
    row = outbox.collector("https://c.example/")
    assert (b"k" * 32, "2026-11-25") == (row.public_key, row.met_on)
    assert 2 == outbox.collector("https://d.example/").id


def test_owing_twice_changes_nothing(outbox: Outbox) -> None:
    """Above all not the secret: it may have left already."""
    before = outbox.owed(1, now=None, limit=10)
    assert 0 == outbox.enqueue(["a"], 1, secret=lambda: b"other")
    assert before == outbox.owed(1, now=None, limit=10)
    assert 3 == len({p.withdraw_secret for p in before})


def test_saved_and_owed_in_one_moment(store: Store, outbox: Outbox) -> None:
    """A measurement that sharing was agreed to; and nothing of it where that fails."""
    store.save(a_measurement("d"), [(1, b"s")])
    assert ["waiting"] == [s.state for s in outbox.states("d")]
    with pytest.raises(Exception, match="cannot be used"):
        store.save(a_measurement("e"), [(77, b"s")])
    assert not store.contains("e")


def test_sent_and_unanswered_is_owed_again(outbox: Outbox) -> None:
    """The bytes may have arrived or not."""
    assert ["a"] == outbox.mark_sent(1, ["a", "unknown"], AT)
    (parcel,) = [p for p in outbox.owed(1, now=LATER, limit=10) if p.state == "sent"]
    assert ("a", 1, AT) == (parcel.measurement_uid, parcel.attempts, parcel.last_attempt_at)


def test_what_is_answered_is_owed_no_more(outbox: Outbox) -> None:
    """And says how."""
    outbox.mark_sent(1, ["a", "b"], AT)
    answers = [
        Answer(measurement_uid="a", state="accepted"),
        Answer(measurement_uid="b", state="rejected", says="no such field"),
    ]
    assert 2 == outbox.record(1, answers, LATER)
    assert ["c"] == owed(outbox)
    (state,) = outbox.states("b")
    assert ("rejected", "no such field", 1) == (state.state, state.says, state.attempts)
    expected = dict.fromkeys(STATES, 0) | {"waiting": 1, "accepted": 1, "rejected": 1}
    assert expected == outbox.counts(1)


def test_a_late_answer_changes_nothing(outbox: Outbox) -> None:
    """Two uploads at once: the second hears `duplicate`, or comes back after a withdrawal."""
    outbox.record(1, [Answer(measurement_uid="a", state="accepted")], AT)
    assert 0 == outbox.record(1, [Answer(measurement_uid="a", state="duplicate")], LATER)
    assert 1 == outbox.record(1, [Answer(measurement_uid="a", state="withdrawn")], LATER)
    assert 0 == outbox.record(1, [Answer(measurement_uid="a", state="accepted")], LATER)
    assert [] == outbox.mark_sent(1, ["a"], LATER)
    outbox.postpone(1, ["a"], says="x", at=LATER, next_attempt_at=LATER)
    assert ["withdrawn"] == [s.state for s in outbox.states("a")]


def test_waiting_is_no_answer(outbox: Outbox) -> None:
    """A caller's mistake is not written down."""
    with pytest.raises(ValueError, match="no answer"):
        outbox.record(1, [Answer(measurement_uid="a", state="waiting")], AT)


def test_postponed_until_it_is_time(outbox: Outbox) -> None:
    """Why, and until when; those that were never tried come first then."""
    outbox.postpone(1, ["a"], says="no network", at=AT, next_attempt_at=LATER)
    assert ["b", "c"] == owed(outbox, AT)
    assert ["b", "c", "a"] == owed(outbox, LATER)
    assert ["b", "c", "a"] == owed(outbox, None)
    (state,) = outbox.states("a")
    assert ("waiting", "no network", LATER) == (state.state, state.says, state.next_attempt_at)


def test_a_clock_that_ran_ahead_delays_nothing(outbox: Outbox) -> None:
    """Postponed in a wrong December: due now, as the last attempt cannot have been later than now."""
    outbox.postpone(1, ["a"], says="x", at="2036-01-01T00:00:00Z", next_attempt_at="2036-02-01")
    assert "a" in owed(outbox, AT)
    outbox.postpone(1, ["a"], says="x", at=AT, next_attempt_at=MUCH_LATER)
    assert "a" not in owed(outbox, AT)


def test_attempts_are_counted_once(outbox: Outbox) -> None:
    """Whether it came to sending or not."""

    def attempts() -> int:
        return outbox.states("a")[0].attempts

    outbox.postpone(1, ["a"], says="x", at=AT, next_attempt_at=AT)
    assert 1 == attempts()
    outbox.mark_sent(1, ["a"], AT)
    outbox.postpone(1, ["a"], says="x", at=AT, next_attempt_at=AT)
    assert 2 == attempts()
    outbox.postpone(1, ["a"], says="could not connect", at=AT, next_attempt_at=AT)
    assert 3 == attempts()


def test_what_was_never_offered(store: Store, outbox: Outbox) -> None:
    """This probe's own, not what was imported or shown as a demo; by any filter."""
    store.save(a_measurement("d", verdict=a_verdict(Status.BLOCKED)))
    store.save(a_measurement("imported", run_id="theirs"))
    store.begin_run(RunRow(run_id="r2", started_at=AT, software_version="1", source="demo"))
    store.save(a_measurement("demo", run_id="r2"))
    assert ["d"] == outbox.unoffered(1, Filter())
    assert ["d"] == outbox.unoffered(1, Filter(status=("blocked",)))
    assert [] == outbox.unoffered(1, Filter(status=("down",)))
    other = outbox.collector("https://d.example/").id
    assert ["a", "b", "c", "d"] == outbox.unoffered(other, Filter())
    assert ["a"] == outbox.unoffered(other, Filter(run_id="r1", limit=1))


def test_what_can_be_taken_back(store: Store, outbox: Outbox) -> None:
    """What they have or may have; and what still waits, so that it does not go."""
    outbox.mark_sent(1, ["a"], AT)
    refused = [Answer(measurement_uid="b", state="rejected")]
    outbox.record(1, refused, AT)
    parcels = outbox.withdrawable(1)
    assert [("a", "sent"), ("c", "waiting")] == [(p.measurement_uid, p.state) for p in parcels]
    assert ["c"] == [p.measurement_uid for p in outbox.withdrawable(1, uids=["b", "c", "zz"])]
    assert ["a", "c"] == [p.measurement_uid for p in outbox.withdrawable(1, run_id="r1")]
    assert [] == outbox.withdrawable(1, run_id="r2")


def test_one_word_for_all_collectors(store: Store, outbox: Outbox) -> None:
    """What is still to be done first, then what went wrong."""

    def word(uid: str) -> str | None:
        return {row.measurement_uid: row.upload for row in store.results()}[uid]

    other = outbox.collector("https://d.example/").id
    outbox.enqueue(["a"], other, secret=lambda: b"s")
    outbox.record(1, [Answer(measurement_uid="a", state="accepted")], AT)
    assert "waiting" == word("a")
    outbox.record(other, [Answer(measurement_uid="a", state="rejected")], AT)
    assert "rejected" == word("a")
    store.save(a_measurement("d"))
    assert word("d") is None


def test_deleting_takes_the_parcel_too(store: Store, outbox: Outbox) -> None:
    """Nothing is owed that is not there."""
    store.delete("a")
    assert ["b", "c"] == owed(outbox)
    assert [] == outbox.states("a")


_SENDER = """
import sys
from measurements.store.outbox import Answer, Outbox
from measurements.store.store import Store
with Store.open(sys.argv[1]) as store:
    box = Outbox(store)
    while batch := [p.measurement_uid for p in box.owed(1, now="2026", limit=7)]:
        box.mark_sent(1, batch, "2026")
        print("sent", *batch, flush=True)
        box.record(1, [Answer(measurement_uid=u, state="accepted") for u in batch], "2026")
        print("done", *batch, flush=True)
"""


def test_kill_forgets_no_answer(store: Store, outbox: Outbox) -> None:
    """After kill -9 what was answered is; and what was not is owed still."""
    store.save_many([a_measurement(f"u{i:03}") for i in range(300)])
    outbox.enqueue([f"u{i:03}" for i in range(300)], 1, secret=secrets())
    command = [sys.executable, "-c", _SENDER, str(store.path)]
    for lines in (3, 10, 31):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said = [process.stdout.readline().split() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate()
        said += [line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        done = {uid for word, *uids in said if word == "done" for uid in uids}
        waiting = set(owed_all(outbox))
        assert set() == done & waiting
    assert 303 == sum(outbox.counts(1).values())
    assert [("ok",)] == sqlite3.connect(store.path).execute("PRAGMA integrity_check").fetchall()


def owed_all(box: Outbox) -> list[str]:
    """Everything."""
    return [p.measurement_uid for p in box.owed(1, now=None, limit=1000)]
