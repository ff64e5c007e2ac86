"""The loop of `watch`: sleeps, asks watch.py whether it may, has a round run, and what follows it.

Everything outside is a parameter: a simulated month with faults runs in seconds.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from probe.engine import watch
from probe.engine.watch import Around, Book, Chance, Plan

_STEP = 5 * watch.MINUTE  # asleep for longer, a computer that slept itself would be noticed late
_LATE = 5 * watch.MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one round: bytes (None: any), networks (none: any), and whom to tell of bytes as they go."""

    bytes: int | None
    networks: frozenset[int]
    spend: Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a round went. `left`: targets for the next one. `stopped`: somebody asked for an end."""

    run_id: str = ""
    measured: int = 0
    failed: int = 0
    left: int = 0
    asn: int | None = None
    stopped: bool = False
    offline: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the loop touches. `round`, `deliver` and `tidy` raise nothing that a person could not
    read: their failures come back as sentences. `keep` is False where it could not be written."""

    at: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    chance: Chance
    agreed: Callable[[], bool]
    around: Callable[[], Awaitable[Around]]
    round: Callable[[Limits], Awaitable[Outcome]]
    deliver: Callable[[Limits], Awaitable[str]]
    tidy: Callable[[], Awaitable[str]]
    tell_changes: Callable[[str], None]
    keep: Callable[[Book, float, Outcome | None], bool]
    tell: Callable[[str], None]


@dataclass(slots=True)
class Watchman:
    """One watcher of one home."""

    plan: Plan
    book: Book
    outside: Outside
    _told: str = field(default="", init=False)
    _stopped: bool = field(default=False, init=False)

    async def watch(self) -> bool:
        """For ever; True when asked to end, False when the consent is gone."""
        out = self.outside
        self.book = watch.first_due(self.book, self.plan, out.at(), out.chance)
        self._tell_next()
        while out.agreed():
            at = out.at()
            assert self.book.due is not None
            if at < self.book.due:
                await self._nap(self.book.due - at)
                continue
            pause = watch.refused(self.plan, self.book, at, await out.around())
            if pause is not None:
                self._tell_once(f"Waiting: {pause.why}.")
                await self._nap(pause.seconds)
                continue
            began = await self.round()
            if self._stopped:
                return True
            if began:
                self._tell_next()
        return False

    async def once(self) -> bool:
        """One round, if it may begin now. Whether it did."""
        at = self.outside.at()
        pause = watch.refused(self.plan, self.book, at, await self.outside.around())
        if pause is not None:
            self.outside.tell(f"No round now: {pause.why}.")
            return False
        return await self.round()

    async def _nap(self, seconds: float) -> None:
        """A step towards the time; a computer that slept meanwhile is not met at once."""
        out, step = self.outside, min(seconds, _STEP)
        began = out.at()
        await out.sleep(step)
        if out.at() - began - step > _LATE and self.book.due is not None:
            due = watch.settled(self.book.due, out.at(), out.chance)
            self._keep(replace(self.book, due=due))

    async def round(self) -> bool:
        """One, and what follows it. Whether it began."""
        out = self.outside
        if not self._keep(watch.begun(self.book, self.plan, out.at(), out.chance)):
            self._tell_once("Waiting: the home folder cannot be written to (a full disk?).")
            due = out.at() + 15 * watch.MINUTE
            self.book = replace(self.book, due=due)
            return False
        outcome = await out.round(self._limits(watch.for_round(self.plan, self.book, out.at())))
        self._stopped = outcome.stopped
        if not outcome.measured:
            if not outcome.stopped:
                book = watch.came_to_nothing(self.book, self.plan, out.at(), out.chance)
                self._keep(book, outcome)
            self._tell_once(outcome.says or "Nothing was measured.")
            return True
        self._told = ""
        self._keep(watch.went_well(self.book, outcome.asn), outcome)
        out.tell_changes(outcome.run_id)
        if not outcome.stopped:
            await self._after()
        self._keep(self.book, outcome)
        out.tell(self._sum_up(outcome))
        return True

    async def _after(self) -> None:
        """Uploads, and what is older than it is to be kept."""
        for says in (await self._deliver(), await self.outside.tidy()):
            if says:
                self.outside.tell(says)

    async def _deliver(self) -> str:
        rest = watch.left(self.plan, self.book, self.outside.at())
        return await self.outside.deliver(self._limits(rest))

    def _limits(self, most: int | None) -> Limits:
        return Limits(bytes=most, networks=watch.allowed(self.plan, self.book), spend=self._spend)

    def _spend(self, count: int) -> None:
        self._keep(watch.spend(self.book, self.outside.at(), count))

    def _keep(self, book: Book, outcome: Outcome | None = None) -> bool:
        self.book = book
        return self.outside.keep(book, self.outside.at(), outcome)

    def _tell_next(self) -> None:
        if self.book.due is not None and self.book.due > self.outside.at():
            self.outside.tell(f"Next round in {in_words(self.book.due - self.outside.at())}.")

    def _tell_once(self, says: str) -> None:
        """Not every quarter of an hour."""
        if says != self._told:
            self.outside.tell(says)
        self._told = says

    def _sum_up(self, outcome: Outcome) -> str:
        """A line each, so that each can be said in another language."""
        lines = [f"Round over: {outcome.measured} measured."]
        lines += [f"{outcome.failed} could not be."] if outcome.failed else []
        lines += [f"{outcome.left} left for the next round."] if outcome.left else []
        lines += [f"{outcome.says.rstrip('.')}."] if outcome.says else []
        used = megabytes(watch.spent_lately(self.book, self.outside.at()))
        most = self.plan.max_bytes
        last = f"Data in 24 hours, about: {used}."
        if most is not None:
            last = f"Data in 24 hours, about: {used} of {megabytes(most)}."
        return "\n".join([*lines, last])


def in_words(seconds: float) -> str:
    """About, for a person."""
    if seconds < 2 * watch.HOUR:
        return f"about {max(1, round(seconds / watch.MINUTE))} min"
    return f"about {round(seconds / watch.HOUR)} h"


def megabytes(count: int) -> str:
    """For a person."""
    return f"{count / 1e6:.1f} MB"
