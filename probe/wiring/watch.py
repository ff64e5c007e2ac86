"""`anyqta watch`: the real clock, network and home behind the loop of probe/engine/watchman.py."""

import asyncio
import contextlib
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measurements.store.prune import Terms, plan, prune
from probe import home as homes
from probe.engine import progress
from probe.engine.interrupts import run_in_loop
from probe.engine.request import RunReport, RunRequest, UploadRequest
from probe.engine.watch import Around, Book, OwnTime, Plan
from probe.engine.watchman import Limits, Outcome, Outside, Watchman
from probe.net import whereabouts
from probe.net.counted import Count, CountedNetwork
from probe.wiring import watch_book
from probe.wiring.changes import Change, since_last
from probe.wiring.keeping import OFTEN_ENOUGH, spare
from probe.wiring.lock import WATCH, alone
from probe.wiring.measure import EXIT_OFFLINE, Bounds, measure_within
from probe.wiring.upload import Report, upload_within
from probe.wiring.watch_book import Kept

_LOOK = 1.0  # seconds between two looks at the network while a round runs
_NOTE = 10  # so many looks between two notes of the bytes
_SOFT = 0.9  # of the round's data: no target is begun after that
_JUMP = 3600.0  # seconds
_LEAST_TO_SEND = 2**20
_WORTH_PRUNING = 20  # a twentieth of what is there: the file is written anew for it
_ANOTHER = "another watch is at work on {home}. See: anyqta watch status"
Error = (homes.HomeError, homes.StoreError)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """`run` and `upload` are asked anew for each round, as lists, settings and consent may change;
    what cannot be used is a HomeError. `once`: a single round, `wait` seconds at most from now, and
    none where the last one began less than `apart` seconds ago."""

    home: Path
    plan: Plan
    run: Callable[[], RunRequest]
    upload: Callable[[], UploadRequest | None]
    agreed: Callable[[], bool]
    on_bug: Callable[[Exception], str]
    sent: Callable[[Report], str]
    changed: Callable[[Change], str]
    noticed: Callable[[int], str]
    listener: progress.Listener
    tell: Callable[[str], None]
    keep_days: int | None = None
    metered: bool | None = None
    notify: bool = False
    once: bool = False
    wait: float = 0.0
    apart: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """`agreed` False: the consent is gone. `last`: the last round, if there was one."""

    agreed: bool
    last: Outcome | None


def steady() -> float:
    """Seconds that never go back, and that count sleep."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)
    return time.monotonic()


def watch_home(request: WatchRequest) -> Ended:
    """Until it is told to end. Blocks; SIGTERM and Ctrl-C end it cleanly. Raises Held."""
    with alone(request.home, WATCH, _ANOTHER.format(home=request.home)):
        return run_in_loop(lambda _: Watcher(request).watch())


def status(home: Path) -> Kept | None:
    """What the watcher wrote last."""
    return watch_book.read(home)


@dataclass(slots=True)
class Watcher:
    """The outside of one watcher."""

    request: WatchRequest
    steady: Callable[[], float] = steady
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: random.Random = field(default_factory=random.SystemRandom)
    own: OwnTime = field(init=False)
    kept: Kept = field(init=False)
    last: Outcome | None = field(default=None, init=False)
    _clocks: tuple[float, float] = field(init=False)  # both, when they were compared last
    _doubtful: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Go on from what the last process kept."""
        home, wall = self.request.home, self.wall()
        found = watch_book.read(home)
        kept = found or Kept(book=Book(), at=0.0, wall=wall)
        self.kept = replace(kept, most=self.request.plan.max_bytes)
        self.own = OwnTime(self.kept.at, self.kept.wall, wall, self.steady())
        self._clocks = wall, self.at()

    async def watch(self) -> Ended:
        """See watch_home."""
        man = Watchman(plan=self.request.plan, book=self.kept.book, outside=self.outside())
        agreed = True
        try:
            if self.request.once:
                await self._once(man)
            else:
                agreed = await man.watch()
        except asyncio.CancelledError:
            self.request.tell("Ended. What was measured is kept.")
        return Ended(agreed=agreed, last=self.last)

    async def _once(self, man: Watchman) -> None:
        began = man.book.began
        if began is not None and self.at() - began < self.request.apart:
            self.request.tell("The last round was not long ago, so there is none now.")
            return
        await asyncio.sleep(self.chance.random() * self.request.wait)
        if self.request.agreed():
            await man.once()

    def at(self) -> float:
        """Own time."""
        return self.own.at(self.steady())

    def outside(self) -> Outside:
        """What the loop touches."""
        return Outside(
            at=self.at,
            sleep=self.sleep,
            chance=self.chance.random,
            agreed=self.request.agreed,
            around=self._around,
            round=self._round,
            deliver=self._deliver,
            tidy=self._tidy,
            tell_changes=self._changes,
            keep=self._keep,
            tell=self.request.tell,
        )

    def _keep(self, book: Book, at: float, outcome: Outcome | None) -> bool:
        kept = replace(self.kept, book=book, at=at, wall=self.wall())
        self.kept = kept.after(outcome, self.wall())
        return watch_book.write(self.request.home, self.kept)

    async def _around(self) -> Around:
        free = None
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self.request.home).free
        metered = None
        if self.request.plan.skip_metered:
            metered = await asyncio.to_thread(whereabouts.metered)
        told = self.request.metered if metered is None else metered
        return Around(mark=whereabouts.mark(), metered=told, free=free)

    async def _round(self, limits: Limits) -> Outcome:
        try:
            request, spared = spare(in_turn(self.request.run()), self.wall())
        except Error as exc:
            return Outcome(says=str(exc))
        if spared and not request.targets:
            return Outcome(says=OFTEN_ENOUGH.format(count=spared))
        if spared:
            self.request.tell(OFTEN_ENOUGH.format(count=spared))
        round_ = Round(limits=limits, listener=self.request.listener, on_bug=self.request.on_bug)
        self.last = await round_.run(request)
        self._doubtful = round_.clock_is_wrong
        return self.last

    async def _deliver(self, limits: Limits) -> str:
        try:
            request = self.request.upload()
            if request is None:
                return ""
            if limits.bytes is not None and limits.bytes < _LEAST_TO_SEND:
                return "Sending waits: the data for these 24 hours is used up."
            return await self._send(request, limits)
        except Error as exc:
            return f"Sending did not work: {exc}"

    async def _send(self, request: UploadRequest, limits: Limits) -> str:
        count = Count(limits.bytes)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(upload_within(request, lambda _: None, count.add))
            count.over = Once(task.cancel)
            report = await _result(task)
        limits.spend(count.total)
        if report is None or (report.interrupted and not _is_over(count)):
            raise asyncio.CancelledError
        return self.request.sent(report)

    async def _tidy(self) -> str:
        days = self.request.keep_days
        if days is None or self._doubtful or self._jumped():
            return ""  # by a wrong clock all of it may look old
        before = datetime.fromtimestamp(self.wall(), UTC) - timedelta(days=days)
        try:
            return await asyncio.to_thread(tidy_home, self.request.home, before)
        except Error as exc:
            return f"What is older than keep_days could not be removed: {exc}"

    def _jumped(self) -> bool:
        """Whether the wall clock went otherwise than the steady one since the last look."""
        now, before = (self.wall(), self.at()), self._clocks
        self._clocks = now
        return abs((now[0] - before[0]) - (now[1] - before[1])) > _JUMP

    def _changes(self, run_id: str) -> None:
        try:
            found = since_last(self.request.home, run_id)
        except homes.StoreError:
            return
        day = f"{datetime.fromtimestamp(self.wall(), UTC):%Y-%m-%d %H:%M} UTC"
        changes = () if found is None else found.changes
        for change in changes:
            says = self.request.changed(change)
            self.request.tell(says)
            watch_book.note(self.request.home, f"{day}  {says}")
        if changes and self.request.notify:
            notify(self.request.noticed(len(changes)))


@dataclass(slots=True)
class Round:
    """One round: counted, ended where the network changes or the data is used up."""

    limits: Limits
    listener: progress.Listener
    on_bug: Callable[[Exception], str]
    mark: Callable[[], str | None] = whereabouts.mark
    measure: Callable[[RunRequest, progress.Listener, Bounds], Awaitable[RunReport]] = (
        measure_within
    )
    says: str = field(default="", init=False)
    run_id: str = field(default="", init=False)
    measured: int = field(default=0, init=False)
    failed: int = field(default=0, init=False)
    asn: int | None = field(default=None, init=False)
    offline: bool = field(default=False, init=False)
    clock_is_wrong: bool = field(default=False, init=False)
    _noted: int = field(default=0, init=False)

    async def run(self, request: RunRequest) -> Outcome:
        """To its end, or its being ended."""
        stopped, count = False, Count(self.limits.bytes)
        bounds = Bounds(
            network=lambda network: CountedNetwork(network, count),
            go_on=lambda: count.limit is None or count.total < _SOFT * count.limit,
            networks=self.limits.networks,
        )
        try:
            async with asyncio.TaskGroup() as group:
                job = group.create_task(self._job(request, bounds))
                end = Once(job.cancel)
                count.over = end
                guard = group.create_task(self._guard(end, count))
                job.add_done_callback(lambda _: guard.cancel())
        except asyncio.CancelledError:
            stopped = True
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
        finally:
            self.limits.spend(count.total - self._noted)
        if _is_over(count) or not bounds.go_on():
            self.says = "It ended early: the data for these 24 hours is used up."
        return Outcome(
            run_id=self.run_id,
            measured=self.measured,
            failed=self.failed,
            left=len(request.targets) - self.measured - self.failed,
            asn=self.asn,
            stopped=stopped,
            offline=self.offline,
            says=self.says,
        )

    async def _job(self, request: RunRequest, bounds: Bounds) -> None:
        try:
            report = await self.measure(request, self._listen, bounds)
        except KeyboardInterrupt:  # it was ended before it had begun
            return
        except Error as exc:
            self.says = str(exc)
            return
        except Exception as exc:  # noqa: BLE001 - a year's watch goes on after a bug, which is told
            self.says = self.on_bug(exc)
            return
        self.offline = report.exit_code == EXIT_OFFLINE
        if not report.measured and not self.says:
            self.says = report.message

    async def _guard(self, end: Callable[[], object], count: Count) -> None:
        """Look at the network again and again; note the bytes, in case of a crash."""
        before, looks = self.mark(), 0
        while True:
            await asyncio.sleep(_LOOK)
            looks += 1
            if looks % _NOTE == 0 and count.total > self._noted:
                self.limits.spend(count.total - self._noted)
                self._noted = count.total
            if self.mark() != before:
                self.says = "The network changed, so the rest is left for the next round."
                end()
                return

    def _listen(self, event: progress.Event) -> None:
        if isinstance(event, progress.RunStarted):
            self.run_id = event.run_id
        elif isinstance(event, progress.EnvironmentChecked):
            self.asn = event.place.asn
            self.clock_is_wrong = any(finding.kind == "clock_skew" for finding in event.findings)
        elif isinstance(event, progress.TargetFinished):
            self.measured += 1
        elif isinstance(event, progress.TargetCouldNotRun):
            self.failed += 1
        with contextlib.suppress(OSError):  # the terminal is gone; the watch stays
            self.listener(event)


class Once:
    """Calls something the first time only: a second cancel would interrupt the tidying up."""

    def __init__(self, what: Callable[[], object]) -> None:
        """Not called yet."""
        self._what: Callable[[], object] | None = what

    def __call__(self) -> None:
        """Maybe call it."""
        what, self._what = self._what, None
        if what is not None:
            what()


def in_turn(request: RunRequest) -> RunRequest:
    """What the last run left comes first."""
    owed = frozenset[str]()
    if homes.database(request.home).exists():
        unfinished = homes.unfinished(request.home)
        owed = frozenset(url for url, _ in unfinished[1]) if unfinished else owed
    targets = sorted(request.targets, key=lambda target: target.input not in owed)
    return replace(request, targets=tuple(targets))


def tidy_home(home: Path, before: datetime) -> str:
    """Prune, where that is worth writing the file anew."""
    terms = Terms(before=f"{before:%Y-%m-%dT%H:%M:%SZ}")
    with homes.open_store(home) as store:
        going = plan(store, terms)
        if not going.gone or going.gone * _WORTH_PRUNING < going.left:
            return ""
        done = prune(store, terms)
    return f"{done.gone} old results were removed (keep_days)."


def notify(says: str) -> None:
    """On the desktop, through notify-send; no site is named: others may see the screen."""
    program = shutil.which("notify-send")
    if program is None:
        return
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run((program, "anyqta", says), timeout=10, check=False)  # noqa: S603 - fixed words


async def _result(task: "asyncio.Task[Report]") -> Report | None:
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return None


def _is_over(count: Count) -> bool:
    return count.limit is not None and count.total > count.limit
