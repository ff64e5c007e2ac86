"""measurements/collector/process.py: started, asked, ended."""

import os
from pathlib import Path

import pytest

from measurements.collector.child import NICE
from measurements.collector.jobs import Job
from measurements.collector.process import CannotStartError, DiedError, WorkerProcess
from measurements.collector.worker import WorkerConfig
from tests.fakes.real_collector import is_running, kill
from tests.unit.measurements.collector import judges

PING = Job(kind="ping", data=b"", day="2026-11-25")


def config(folder: Path) -> WorkerConfig:
    """A database there."""
    return WorkerConfig(db=folder / "c.db", lock=folder / "c.db.lock", collector=b"c" * 32)


async def test_it_answers_and_ends(tmp_path: Path) -> None:
    """When its pipe does."""
    worker = await WorkerProcess.start(config(tmp_path), None)
    assert (await worker.ask([PING], careful=True, seconds=5))[0].error is None
    await worker.finish()
    assert not worker.alive
    assert not is_running(worker.pid)


async def test_others_go_first(tmp_path: Path) -> None:
    """A worker yields to us, who started it; we yield to nobody by that."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    worker = await WorkerProcess.start(config(tmp_path), None)
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == min(19, before + NICE)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
    await worker.finish()


async def test_one_that_was_killed(tmp_path: Path) -> None:
    """Is told from one that took too long."""
    worker = await WorkerProcess.start(config(tmp_path), None)
    kill(worker.pid)
    with pytest.raises(DiedError) as died:
        await worker.ask([PING], careful=False, seconds=5)
    assert not died.value.slow
    await worker.kill()


async def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The database is none; the judge is none."""
    (tmp_path / "c.db").write_bytes(b"no database " * 400)
    with pytest.raises(CannotStartError, match="is not a database"):
        await WorkerProcess.start(config(tmp_path), judges.slow)
