"""The real outside of the loop: a round's ends, what is sent and removed, who is told."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from measurements.schema.measurement import Place
from measurements.store.store import RunRow
from probe import home as homes
from probe.engine.budget import MOST_A_DAY
from probe.engine.progress import EnvironmentChecked, Listener, RunStarted, TargetFinished
from probe.engine.request import RunReport, RunRequest, UploadRequest
from probe.engine.targets import Target
from probe.engine.watch import DAY, Plan
from probe.engine.watchman import Limits, Outcome
from probe.wiring import watch as wiring
from probe.wiring.measure import Bounds
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.homes import fill
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.probe.wiring.test_keeping import fill as named_often

URLS = tuple(f"https://{n}.kz/" for n in range(4))


def request(home: Path) -> RunRequest:
    """Of four targets."""
    return RunRequest(home=home, targets=tuple(Target(url=u, source="t") for u in URLS))


def limits(spent: list[int], most: int | None = None) -> Limits:
    """Whatever network."""
    return Limits(bytes=most, networks=frozenset({9198}), spend=spent.append)


async def a_run(request: RunRequest, listener: Listener, bounds: Bounds) -> RunReport:
    """Tells of each target while it may begin more."""
    place = Place(asn=9198)
    listener(RunStarted(run_id="r", total=4))
    listener(EnvironmentChecked(findings=(), place=place, resolver=place, usable=True))
    count = bounds.network(None)._count  # type: ignore[arg-type,attr-defined]
    done = 0
    for _ in request.targets:
        if not bounds.go_on():
            break
        await asyncio.sleep(0.4)
        count.add(1000)
        done += 1
        listener(TargetFinished(measurement=a_measurement(), done=done, total=4))
    return RunReport(run_id="r", measured=done, failed=0, interrupted=False, exit_code=0)


def a_round(home: Path, spent: list[int], most: int | None = None, **more: object) -> Outcome:
    """To its end."""
    round_ = wiring.Round(
        limits=limits(spent, most),
        listener=lambda _: None,
        on_bug=lambda exc: f"bug: {type(exc).__name__}",
        **({"mark": lambda: "home", "measure": a_run} | more),  # type: ignore[arg-type]
    )
    return asyncio.run(round_.run(request(home)))


def test_a_whole_round(tmp_path: Path) -> None:
    """What it cost is told, and where it was."""
    spent: list[int] = []
    outcome = a_round(tmp_path, spent)
    assert Outcome(run_id="r", measured=4, asn=9198) == outcome
    assert 4000 == sum(spent)


def test_the_data_is_used_up(tmp_path: Path) -> None:
    """At nine tenths no target is begun; beyond the limit the round ends."""
    outcome = a_round(tmp_path, [], 2200)
    assert (2, 2, True) == (outcome.measured, outcome.left, "used up" in outcome.says)
    outcome = a_round(tmp_path, [], 500)
    assert (1, 3, False) == (outcome.measured, outcome.left, outcome.stopped)


def test_the_network_changes(tmp_path: Path) -> None:
    """The rest is left; what was measured counts."""
    since = time.monotonic()
    mark: Callable[[], str] = lambda: "home" if time.monotonic() - since < 0.9 else "other"  # noqa: E731
    outcome = a_round(tmp_path, [], mark=mark)
    assert "network changed" in outcome.says
    assert 0 < outcome.measured < 4
    assert not outcome.stopped


@pytest.mark.parametrize(
    ("raised", "says"),
    [(homes.HomeError("no"), "no"), (KeyError("x"), "bug: KeyError"), (KeyboardInterrupt(), "")],
)
def test_what_fails_is_a_sentence(tmp_path: Path, raised: BaseException, says: str) -> None:
    """Ours, a bug's, or none: the watch goes on."""

    async def fails(*_: object) -> RunReport:
        raise raised

    outcome = a_round(tmp_path, [], measure=fails)
    assert (0, says, False) == (outcome.measured, outcome.says, outcome.stopped)


def test_asked_to_end(tmp_path: Path) -> None:
    """SIGTERM cancels the whole: the round ends, and says that it was stopped."""

    async def main() -> Outcome:
        round_ = wiring.Round(
            limits=limits([]),
            listener=lambda _: None,
            on_bug=repr,
            mark=lambda: "home",
            measure=a_run,
        )
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().call_later(0.6, task.cancel)
        return await round_.run(request(tmp_path))

    outcome = asyncio.run(main())
    assert (1, True) == (outcome.measured, outcome.stopped)


def test_what_was_left_comes_first(tmp_path: Path) -> None:
    """The others follow in their order."""
    assert request(tmp_path) == wiring.in_turn(request(tmp_path))
    with homes.open_store(tmp_path) as store:
        row = RunRow(run_id="r1", started_at="t", software_version="0")
        store.begin_run(row, [(url, None) for url in URLS])
        for number in (0, 2):
            store.save(a_measurement(f"u{number}", input=URLS[number]))
    turn = [target.url for target in wiring.in_turn(request(tmp_path)).targets]
    assert [URLS[1], URLS[3], URLS[0], URLS[2]] == turn


def watcher(home: Path, told: list[str], **more: object) -> wiring.Watcher:
    """Of a home that shares with nobody."""
    asked = wiring.WatchRequest(
        home=home,
        plan=Plan(every=DAY, jitter=0.0),
        run=lambda: request(home),
        upload=lambda: None,
        agreed=lambda: True,
        on_bug=repr,
        sent=lambda report: f"answered: {report.all_answered}",
        changed=repr,
        noticed=str,
        listener=lambda _: None,
        tell=told.append,
    )
    return wiring.Watcher(replace(asked, **more))  # type: ignore[arg-type]


def test_sites_that_were_named_often_enough_wait(tmp_path: Path) -> None:
    """It is said how many; where all of them do, nothing is sent at all."""
    named_often(tmp_path, MOST_A_DAY, at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    spent, free = (Target(url=f"https://{n}.example/", source="t") for n in "ab")
    asked = RunRequest(home=tmp_path, targets=(spent,), most_a_day=MOST_A_DAY)
    told: list[str] = []
    outcome = asyncio.run(watcher(tmp_path, told, run=lambda: asked)._round(limits([])))
    assert (0, [], True) == (outcome.measured, told, "wait: 1" in outcome.says)
    both = replace(asked, targets=(spent, free), ca_file=tmp_path / "none")
    outcome = asyncio.run(watcher(tmp_path, told, run=lambda: both)._round(limits([])))
    assert "wait: 1" in told[0]
    assert "SSL_CERT_FILE" in outcome.says  # it began, and ended before any packet


def test_sending(tmp_path: Path) -> None:
    """As agreed; counted; not where the day's data is used up."""
    fill(tmp_path, 2)
    spent: list[int] = []
    collector = FakeCollector()
    with collecting(collector) as url:
        one = watcher(tmp_path, [], upload=lambda: UploadRequest(home=tmp_path, collectors=(url,)))
        assert "used up" in asyncio.run(one._deliver(limits(spent, 1000)))
        assert {} == collector.documents
        assert "answered: True" == asyncio.run(one._deliver(limits(spent, 10**8)))
    assert 2 == len(collector.documents)
    assert sum(spent) > 8000
    assert "" == asyncio.run(watcher(tmp_path, [])._deliver(limits(spent)))


def test_what_is_old_goes(tmp_path: Path) -> None:
    """By keep_days, and not where the clock has jumped since the last look."""
    fill(tmp_path, 3)  # of 2026-11-23
    later = datetime(2026, 12, 25, tzinfo=UTC).timestamp()
    assert "" == asyncio.run(watcher(tmp_path, [])._tidy())
    jumpy = watcher(tmp_path, [], keep_days=10)
    jumpy.wall = lambda: later + 40 * DAY
    assert "" == asyncio.run(jumpy._tidy())
    calm = watcher(tmp_path, [], keep_days=40)
    calm.wall, calm._clocks = (lambda: later), (later, calm.at())
    assert "" == asyncio.run(calm._tidy())
    calm = watcher(tmp_path, [], keep_days=10)
    calm.wall, calm._clocks = (lambda: later), (later, calm.at())
    assert "3 old results were removed (keep_days)." == asyncio.run(calm._tidy())


def test_on_the_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through notify-send, without a name; nothing where there is none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    wiring.notify("1 result changed")
    (tmp_path / "notify-send").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\n')
    (tmp_path / "notify-send").chmod(0o700)
    wiring.notify("2 results changed")
    assert "anyqta 2 results changed\n" == (tmp_path / "said").read_text()


def test_once(tmp_path: Path) -> None:
    """None where the last one was not long ago."""
    told: list[str] = []
    one = watcher(tmp_path, told, once=True, apart=100.0)
    one.kept = replace(one.kept, book=replace(one.kept.book, began=one.at()))
    assert wiring.Ended(agreed=True, last=None) == asyncio.run(one.watch())
    assert ["The last round was not long ago, so there is none now."] == told


def test_steady_time() -> None:
    """Goes forward."""
    assert wiring.steady() <= wiring.steady()
    assert wiring.status(Path("/none")) is None
