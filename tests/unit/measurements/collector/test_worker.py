"""measurements/collector/worker.py: a group of jobs, without a server."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from measurements.collector.config import Limits
from measurements.collector.jobs import Job
from measurements.collector.worker import STORING, Worker, WorkerConfig
from measurements.schema.submission import Item, seal, unseal
from measurements.verdict.judge import judge
from tests.fakes.real_collector import items, key, sealed

DAY = "2026-11-25"


def job(data: bytes, **fields: object) -> Job:
    """Of a submission."""
    sent = unseal(data)
    return Job(kind="batch", data=sent.payload, header=sent.header, day=DAY, **fields)  # type: ignore[arg-type]


@pytest.fixture
def config(tmp_path: Path) -> WorkerConfig:
    """In a folder of its own."""
    return WorkerConfig(db=tmp_path / "c.db", lock=tmp_path / "c.db.lock", collector=b"c" * 32)


@pytest.fixture
def worker(config: WorkerConfig) -> Iterator[Worker]:
    """With the real judge."""
    with Worker(config, judge) as one:
        yield one


def test_jobs_together(worker: Worker) -> None:
    """Each has its own answers; one that cannot be read harms none."""
    bad = Job(kind="batch", data=b"no zstd", header=unseal(sealed(1)).header, day=DAY)
    first, broken, second = worker.process([job(sealed(2)), bad, job(sealed(2, seed=2))])
    assert [o.status for o in (*first.outcomes, *second.outcomes)] == ["accepted"] * 4
    assert broken.error is not None
    assert broken.error.status == 400


def test_the_same_twice_in_one_group(worker: Worker) -> None:
    """Taken once."""
    first, second = worker.process([job(sealed(1)), job(sealed(1))])
    assert (first.outcomes[0].status, second.outcomes[0].status) == ("accepted", "duplicate")


def test_the_same_written_in_another_way(worker: Worker) -> None:
    """Is the same, whichever stands there; and another document is another one."""
    (ours,) = items(1)
    loose, other = (
        Item(
            document=ours.document.replace(b'"test_runtime":', changed),
            withdraw_sha256=ours.withdraw_sha256,
        )
        for changed in (b'"test_runtime": ', b'"test_runtime":1')
    )
    said = [
        worker.process([job(seal([item], key=key()))])[0].outcomes[0]
        for item in (ours, loose, other)
    ]
    assert [o.status for o in said] == ["accepted", "duplicate", "rejected"]
    assert said[2].code == "different"


def test_who_agreed_to_be_published_alone(worker: Worker, config: WorkerConfig) -> None:
    """Is noted with what they sent; OONI's protocol and the others never said it."""
    theirs, others = items(2), items(3, seed=2)
    worker.process(
        [
            job(seal(theirs, key=key(1), alone=True)),
            job(seal(others[:2], key=key(2))),
            Job(kind="ooni", data=others[2].document, day=DAY),
        ]
    )
    with closing(sqlite3.connect(config.db)) as conn:
        rows = conn.execute("SELECT alone, count(*) FROM received GROUP BY 1").fetchall()
    assert rows == [(0, 3), (1, 2)]


def test_more_than_a_group_in_one_job(config: WorkerConfig, tmp_path: Path) -> None:
    """In several transactions; the answers are in their order."""
    small = WorkerConfig(
        db=config.db, lock=config.lock, collector=config.collector, limits=Limits(group=3)
    )
    whole = items(8)
    with Worker(small, None) as one:
        (reply,) = one.process([job(seal(whole, key=key()))])
    assert [o.status for o in reply.outcomes] == ["accepted"] * 8
    assert all(
        o.measurement_uid.encode() in i.document for o, i in zip(reply.outcomes, whole, strict=True)
    )
    with closing(sqlite3.connect(config.db)) as conn:
        assert conn.execute("SELECT count(*), count(status) FROM measurements").fetchone() == (8, 0)


def test_marks_tell_where_it_is(worker: Worker) -> None:
    """Each item before it is read, checked and judged; then storing."""
    marks: list[tuple[int, int]] = []
    worker.process([job(sealed(2))], lambda number, index: marks.append((number, index)))
    assert marks == [(0, 0), (0, 1), (0, STORING)]


def test_a_sender_who_may_not_be_new_counts_for_nobody(worker: Worker) -> None:
    """And is no new one; who is known already is who they are."""
    (reply,) = worker.process([job(sealed(1), may_be_new=False)])
    assert (reply.outcomes[0].status, reply.new_sender) == ("accepted", False)
    (reply,) = worker.process([job(sealed(1, seed=2))])
    assert reply.new_sender
    (reply,) = worker.process([job(sealed(1, seed=3), may_be_new=False)])
    assert not reply.new_sender


def test_a_process_that_looks_in_takes_nothing_away(worker: Worker, tmp_path: Path) -> None:
    """Another program that opens the file and closes it does not throw the log away."""
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
    look += "print(c.execute('SELECT count(*) FROM measurements').fetchone()[0]); c.close()"
    for number in range(1, 4):
        worker.process([job(sealed(1, seed=number))])
        seen = subprocess.run(
            [sys.executable, "-c", look, str(tmp_path / "c.db")],
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        assert seen.stdout == f"{number}\n"
