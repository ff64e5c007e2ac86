"""measurements/collector/pool.py: workers that die, hang or err harm only what did it."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from measurements.collector.process import CannotStartError, WorkerProcess
from measurements.collector.worker import Judge, WorkerConfig
from measurements.schema.submission import seal
from tests.fakes.real_collector import Served, is_running, items, key, kill, served, until
from tests.unit.measurements.collector import judges


def codes(answers: list[dict[str, str]]) -> list[str]:
    """What became of each."""
    return [each.get("code", each["status"]) for each in answers]


async def sent(collector: Served, count: int = 5) -> list[str]:
    """Sites 0 to 4 in one submission."""
    answer = await collector.ask(seal(items(count), key=key()))
    assert answer.status == 200, answer.body
    return codes(answer.body["answers"])


async def test_a_document_that_kills_is_refused_alone(tmp_path: Path) -> None:
    """The others of its submission are taken; sent again, it costs nobody a worker."""
    async with served(tmp_path, judge=judges.kills) as collector:
        expected = ["accepted", "crashed", "accepted", "accepted", "accepted"]
        assert await sent(collector) == expected
        died = [e for e in collector.events() if e["event"] == "worker died"]
        assert len(died) == 3
        assert [e["item"] for e in collector.events() if "item" in e] == [1]
        again = await sent(collector)
        assert again == [word.replace("accepted", "duplicate") for word in expected]
        assert len([e for e in collector.events() if e["event"] == "worker died"]) == 3


async def test_a_document_that_takes_for_ever_is_refused_alone(tmp_path: Path) -> None:
    """After as long as a job may take, twice."""
    limits = {"job_time": 1.0}
    async with served(tmp_path, judge=judges.sleeps, limits=limits) as collector:
        assert await sent(collector) == ["accepted"] * 2 + ["crashed"] + ["accepted"] * 2


async def test_a_bug_harms_one_document_and_its_place_is_told(tmp_path: Path) -> None:
    """In the log; not what it happened to."""
    async with served(tmp_path, judge=judges.raises) as collector:
        assert await sent(collector) == ["accepted"] * 3 + ["crashed"] + ["accepted"]
        bugs = [e["where"] for e in collector.events() if e["event"] == "bug"]
        assert "judges.py:" in bugs[0]
        assert "private" not in collector.log.getvalue()
        assert "site-number" not in collector.log.getvalue()


async def test_others_in_the_group_are_not_harmed(tmp_path: Path) -> None:
    """What was to be committed together with it."""
    whole = items(6)
    submissions = [seal([one], key=key(n)) for n, one in enumerate(whole)]
    async with served(tmp_path, judge=judges.kills) as collector:
        answers = await asyncio.gather(*map(collector.ask, submissions))
        assert [a.status for a in answers] == [200] * 6
        found = [codes(a.body["answers"])[0] for a in answers]
        assert found == ["accepted", "crashed"] + ["accepted"] * 4


async def test_a_killed_worker_is_replaced_and_nothing_is_blamed(tmp_path: Path) -> None:
    """Somebody kills it while it works, again and again."""
    async with served(tmp_path, judge=judges.slow) as collector:
        sending = asyncio.ensure_future(sent(collector))
        for _ in range(2):
            await asyncio.sleep(0.6)
            for pid in children():
                kill(pid)
            await until(children)
        assert set(await sending) <= {"accepted", "duplicate"}


def children() -> list[int]:
    """Worker processes of this one."""
    path = Path("/proc/self/task").iterdir()
    pids = [int(p) for task in path for p in (task / "children").read_text().split()]
    return [pid for pid in pids if is_running(pid)]


@pytest.mark.parametrize("signal", [2, 15])
async def test_a_worker_heeds_no_signal(tmp_path: Path, signal: int) -> None:
    """systemd and a terminal send them to all; the end comes through the pipe."""
    import os  # noqa: PLC0415

    async with served(tmp_path) as collector:
        (pid,) = children()
        os.kill(pid, signal)
        assert await sent(collector) == ["accepted"] * 5
        assert children() == [pid]
    assert not is_running(pid)


async def test_a_group_is_not_larger_than_it_may_be(tmp_path: Path) -> None:
    """Many small submissions, all answered."""
    whole = items(40)
    async with served(tmp_path, limits={"group": 7}) as collector:
        answers = await asyncio.gather(*(collector.ask(seal([i], key=key())) for i in whole))
        assert {a.status for a in answers} == {200}


async def test_it_ends_in_time_whatever_a_worker_does(tmp_path: Path) -> None:
    """One that is at something for ever is ended; who waits for it is told to come again."""
    limits = {"stop_time": 0.3}
    loop = asyncio.get_running_loop()
    async with served(tmp_path, judge=judges.sleeps, limits=limits) as collector:
        asking = asyncio.ensure_future(collector.ask(seal(items(5), key=key())))
        await asyncio.sleep(0.5)
        began = loop.time()
    assert loop.time() - began < 5
    assert children() == []
    with pytest.raises(aiohttp.ClientError):
        await asking


async def test_no_worker_can_be_had_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again, and what waited is done."""
    real = WorkerProcess.start
    fails = [CannotStartError("not now")] * 2

    async def start(config: WorkerConfig, judge: Judge | None) -> WorkerProcess:
        if fails:
            raise fails.pop()
        return await real(config, judge)

    async with served(tmp_path) as collector:
        monkeypatch.setattr(WorkerProcess, "start", start)
        for pid in children():
            kill(pid)
        assert await sent(collector) == ["accepted"] * 5
        told = [e["event"] for e in collector.events()]
        assert told.count("worker cannot start") == 2
