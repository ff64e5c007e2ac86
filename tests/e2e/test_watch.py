"""`anyqta watch` for a simulated month of faults: the real loop, book, store, outbox and uploader, and a
collector on loopback; the clock, chance, the network and what a visit costs are the simulation's."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from measurements.schema.measurement import Finding, Measurement, Place
from measurements.schema.words import Status
from measurements.store.errors import StoreError
from measurements.store.outbox import Outbox
from measurements.store.store import RunRow
from probe import home as homes
from probe.engine.progress import EnvironmentChecked, Listener, RunStarted, TargetFinished
from probe.engine.request import RunReport, RunRequest, UploadRequest
from probe.engine.targets import Target
from probe.engine.watch import DAY, HOUR, MINUTE, Around, Plan
from probe.engine.watchman import Limits, Outcome
from probe.wiring import watch as wiring
from probe.wiring import watch_book
from probe.wiring.ledger import new_secret
from probe.wiring.lock import WATCH, Held, alone
from probe.wiring.measure import Bounds
from probe.wiring.upload import Report
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.homes import consent
from tests.unit.measurements.store.examples import a_measurement, a_verdict

BEGINS = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
MOST = 12 * 10**6
COST = 400_000  # of one target, in bytes
KEEP = 10  # days
SITES = tuple(f"https://site{n}.kz/" for n in range(12))
PLAN = Plan(every=12 * HOUR, jitter=6 * HOUR, max_bytes=MOST, skip_metered=True, sends=True)


class Killed(BaseException):
    """kill -9: nothing after it is done."""


@dataclass
class World:
    """Steady time is the simulation's own; the wall clock is that and an error."""

    url: str
    home: Path
    now: float = 0.0
    wrong: float = 0.0  # of the wall clock
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    running: int = 0
    rounds: list[float] = field(default_factory=list)
    tries: list[float] = field(default_factory=list)
    bytes: list[tuple[float, int]] = field(default_factory=list)
    uids: list[str] = field(default_factory=list)
    when: dict[str, float] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    kills: set[int] = field(default_factory=lambda: {3, 8, 9, 15})
    roams: set[int] = field(default_factory=lambda: {6, 12, 20})  # in these rounds, half-way
    roamed: int = 0
    refused: int = 0  # second starts

    def day(self) -> float:
        """Since the beginning."""
        return self.now / DAY

    def wall(self) -> float:
        """What this computer believes."""
        return BEGINS + self.now + self.wrong

    async def sleep(self, seconds: float) -> None:
        """Days go by: the computer sleeps for three of them, its clock goes astray and comes back."""
        before = self.day()
        self.now += seconds
        for at, what in _FAULTS.items():
            if before < at <= self.day():
                what(self)
        await asyncio.sleep(0)
        if int(before) < int(self.day()):
            self.starts_again()
        if self.day() >= 30:
            raise asyncio.CancelledError

    def starts_again(self) -> None:
        """Somebody starts a second watch beside this one, once a day."""
        with pytest.raises(Held, match="another watch"):
            wiring.watch_home(request(self))
        self.refused += 1

    def around(self) -> Around:
        """Offline for two days, metered for one, a full disk for one."""
        day = self.day()
        mark = None if 4 <= day < 6 else "home" if day < 20 else "elsewhere"
        mark = mark and f"{mark}{self.roamed}"
        return Around(mark=mark, metered=8 <= day < 9, free=0 if 11 <= day < 12 else 10**10)

    async def measure(self, request: RunRequest, listener: Listener, bounds: Bounds) -> RunReport:
        """Stores a measurement for each target as the real one does; tells of each."""
        self.running += 1
        assert 1 == self.running, "two rounds at once"
        try:
            return await self._measure(request, listener, bounds)
        finally:
            self.running -= 1

    async def _measure(self, request: RunRequest, listener: Listener, bounds: Bounds) -> RunReport:
        run, done = f"run{len(self.tries):04}", 0
        self.tries.append(self.now)
        if 13 <= self.day() < 14:  # a captive portal
            return RunReport(
                run_id=run,
                measured=0,
                failed=0,
                interrupted=False,
                exit_code=3,
                message="A portal.",
            )
        listener(RunStarted(run_id=run, total=len(request.targets)))
        place = Place(asn=9198, cc="KZ")
        wrong = (Finding(kind="clock_skew", says="Wrong."),) if self.wrong else ()
        listener(EnvironmentChecked(findings=wrong, place=place, resolver=place, usable=True))
        with homes.open_store(request.home) as store:
            begun = f"{datetime.fromtimestamp(self.wall(), UTC):%Y-%m-%dT%H:%M:%SZ}"
            row = RunRow(run_id=run, started_at=begun, software_version="0")
            store.begin_run(row, [(t.input, None) for t in request.targets])
            collector = Outbox(store).collector(self.url).id
            self.rounds.append(self.now)
            for target in request.targets:
                if not bounds.go_on() or not await self._goes_on(done):
                    break
                m = self._one(run, target.input, len(self.uids))
                store.save(m, [(collector, new_secret())])
                self.uids.append(m.measurement_uid)
                self.when[m.measurement_uid] = self.now
                done += 1
                listener(TargetFinished(measurement=m, done=done, total=len(request.targets)))
            left = len(request.targets) - done
            store.finish_run(run, finished_at="t", measured=done, failed=0, interrupted=left > 0)
        return RunReport(run_id=run, measured=done, failed=0, interrupted=False, exit_code=0)

    async def _goes_on(self, done: int) -> bool:
        """A target's time passes, and the watcher looks around meanwhile; or something happens. False:
        it was told to end, as measuring ends then."""
        self.now += 40
        if len(self.tries) in self.kills and done == 2:
            self.kills.remove(len(self.tries))
            raise Killed
        if 15 <= self.day() < 15.5 and done == 3:
            raise StoreError("the disk is full")
        if len(self.tries) in self.roams and done == 4:
            self.roams.remove(len(self.tries))
            self.roamed += 1
        try:
            for _ in range(12):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            return False
        return True

    def _one(self, run: str, url: str, number: int) -> Measurement:
        when = datetime.fromtimestamp(self.wall(), UTC)
        blocked = url == SITES[0] and self.day() > 9
        return a_measurement(
            f"{when:%Y%m%d%H%M%S}.000000_KZ_webconnectivity_{number:016x}",
            run_id=run,
            input=url,
            measurement_start_time=f"{when:%Y-%m-%dT%H:%M:%SZ}",
            probe=Place(asn=9198, cc="KZ"),
            verdict=a_verdict(Status.BLOCKED if blocked else Status.ACCESSIBLE),
        )


def _astray(seconds: float) -> Callable[[World], None]:
    def happens(world: World) -> None:
        world.wrong = seconds

    return happens


def _asleep(world: World) -> None:
    world.now += 3 * DAY


_FAULTS: dict[float, Callable[[World], None]] = {
    1.2: _astray(40 * DAY),
    1.6: _astray(-40 * DAY),
    2.1: _astray(40 * DAY),
    2.2: _astray(0),
    21.5: _asleep,
    25.3: _astray(-2 * DAY),
    25.9: _astray(0),
}


class Simulated(wiring.Watcher):
    """The real watcher, in the simulation's world."""

    world: World

    async def _around(self) -> Around:
        return self.world.around()

    async def _round(self, limits: Limits) -> Outcome:
        world = self.world

        async def costly(request: RunRequest, listener: Listener, bounds: Bounds) -> RunReport:
            network = bounds.network(None)  # type: ignore[arg-type]
            count = network._count  # type: ignore[attr-defined]

            def told(event: object) -> None:
                if isinstance(event, TargetFinished):
                    count.add(COST)
                    world.bytes.append((world.now, COST))
                listener(event)  # type: ignore[arg-type]

            return await world.measure(request, told, bounds)

        round_ = wiring.Round(
            limits=limits,
            listener=lambda _: None,
            on_bug=lambda exc: f"bug {exc!r}",
            mark=lambda: world.around().mark,
            measure=costly,
        )
        try:
            return await round_.run(wiring.in_turn(self.request.run()))
        except BaseExceptionGroup as group:
            raise Killed from group


def request(world: World) -> wiring.WatchRequest:
    """As the command line makes it."""
    home = world.home

    def upload() -> UploadRequest:
        return UploadRequest(
            home=home, collectors=(world.url,), agreed_since="2026-01-01T00:00:00Z", hurry=False
        )

    def sent(report: Report) -> str:
        world.sizes.append(homes.database(home).stat().st_size)
        return "" if report.all_answered else "some wait"

    return wiring.WatchRequest(
        home=home,
        plan=PLAN,
        run=lambda: RunRequest(home=home, targets=tuple(Target(url=u, source="t") for u in SITES)),
        upload=upload,
        agreed=lambda: True,
        on_bug=repr,
        sent=sent,
        noticed=str,
        changed=lambda change: f"{change.kind}: {change.after.input}",
        listener=lambda _: None,
        tell=world.told.append,
        keep_days=KEEP,
    )


async def _month(world: World) -> int:
    """Until the month is over; how often the process was killed."""
    kills = 0
    while world.day() < 30:
        watcher = Simulated(
            request=request(world),
            steady=lambda: world.now,
            wall=world.wall,
            sleep=world.sleep,
            chance=world.chance,
        )
        watcher.world = world
        try:
            with alone(world.home, WATCH, ""):  # as watch_home does: it goes with the process
                await watcher.watch()
        except Killed:
            kills += 1
    return kills


@pytest.mark.slow
def test_a_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One round at a time, no more than planned, all kept, all delivered once, data and disk bounded."""
    consent(tmp_path)
    collector = FakeCollector()
    with collecting(collector) as url:
        world = World(url=url, home=tmp_path)

        async def blocked(_: web.Request) -> web.StreamResponse | None:
            return web.Response(status=451) if 10 <= world.day() < 24 else None

        collector.spoil = blocked
        at = lambda: datetime.fromtimestamp(BEGINS + world.now, UTC)  # noqa: E731
        monkeypatch.setattr("probe.wiring.upload.now", at)
        monkeypatch.setattr(wiring, "_LOOK", 0.0)  # the simulation's seconds are no real ones
        kills = asyncio.run(_month(world))
    assert (4, set(), set()) == (kills, world.kills, world.roams)
    assert world.refused >= 25
    _no_more_than_planned(world)
    _data_is_bounded(world)
    everything = set(world.uids)
    assert len(everything) == len(world.uids)
    _delivered_once(world, collector)
    assert world.sizes[-1] <= 2 * max(world.sizes[: len(world.sizes) // 3])
    notices = (tmp_path / watch_book.NOTICES).read_text()
    assert f"newly_blocked: {SITES[0]}" in notices
    assert 1 == notices.count("\n"), notices
    told = "\n".join(world.told)
    assert 3 == told.count("The network changed")
    for why in ("there is no network", "is metered", "nearly full", "A portal.", "disk is full"):
        assert why in told, told


def _no_more_than_planned(world: World) -> None:
    gaps = [b - a for a, b in zip(world.rounds, world.rounds[1:], strict=False)]
    least = PLAN.every - PLAN.jitter
    assert 25 <= len(world.rounds) <= 62
    assert [] == [gap / HOUR for gap in gaps if gap < least - MINUTE]


def _data_is_bounded(world: World) -> None:
    for start, _ in world.bytes:
        day = sum(count for when, count in world.bytes if start <= when < start + DAY)
        assert day <= MOST + COST
    assert any("used up" in says for says in world.told)


def _delivered_once(world: World, collector: FakeCollector) -> None:
    accepted = Counter(uid for uid, status in collector.answers if status == "accepted")
    assert {1} == set(accepted.values())
    with homes.open_store(world.home, read_only=True) as store:
        (row,) = Outbox(store).collectors()
        waiting = Outbox(store).counts(row.id)
        kept = set(store.iter_uids())
    assert {state for state, count in waiting.items() if count} <= {"accepted", "duplicate"}
    assert len(world.uids) == len(accepted)
    young = {uid for uid, when in world.when.items() if world.now - when < KEEP * DAY}
    assert young <= kept  # whatever the clock said meanwhile
    assert len(kept) < len(world.uids)  # the others were delivered before
