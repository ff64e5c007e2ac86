"""The loop: one round after the other, and what is said of it."""

import asyncio
from dataclasses import dataclass, field

from probe.engine.watch import DAY, HOUR, MINUTE, Around, Book, Plan
from probe.engine.watchman import Limits, Outcome, Outside, Watchman, in_words, megabytes

PLAN = Plan(every=DAY, jitter=0.0, max_bytes=10**7)


@dataclass
class World:
    """Ends after `until` seconds."""

    until: float = 3.5 * DAY
    now: float = 0.0
    mark: str | None = "home"
    agreed: bool = True
    writable: bool = True
    outcome: Outcome = field(default_factory=lambda: Outcome(run_id="r", measured=3))
    rounds: list[float] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self.until:
            self.agreed = False

    async def around(self) -> Around:
        return Around(mark=self.mark, metered=None, free=None)

    async def round(self, limits: Limits) -> Outcome:
        self.rounds.append(self.now)
        limits.spend(10**6)
        return self.outcome

    async def deliver(self, limits: Limits) -> str:
        assert limits.bytes is not None
        self.done.append("deliver")
        return ""

    async def tidy(self) -> str:
        self.done.append("tidy")
        return "tidied"

    def watchman(self) -> Watchman:
        outside = Outside(
            at=lambda: self.now,
            sleep=self.sleep,
            chance=lambda: 0.5,
            agreed=lambda: self.agreed,
            around=self.around,
            round=self.round,
            deliver=self.deliver,
            tidy=self.tidy,
            tell_changes=self.done.append,
            keep=lambda *_: self.writable,
            tell=self.told.append,
        )
        return Watchman(plan=PLAN, book=Book(), outside=outside)


def test_a_round_a_day() -> None:
    """Then its changes, uploads, retention; until the consent is gone."""
    world = World()
    assert not asyncio.run(world.watchman().watch())
    assert [0.0, DAY, 2 * DAY, 3 * DAY] == world.rounds
    assert ["r", "deliver", "tidy"] == world.done[:3]
    assert "tidied" in world.told
    over = "Round over: 3 measured.\nData in 24 hours, about: 1.0 MB of 10.0 MB."
    assert over in world.told


def test_without_consent_nothing() -> None:
    """Not even the first."""
    world = World(agreed=False)
    assert not asyncio.run(world.watchman().watch())
    assert [] == world.rounds


def test_why_it_waits_is_said_once() -> None:
    """Not each time that it looks."""
    world = World(mark=None, until=HOUR)
    asyncio.run(world.watchman().watch())
    assert ["Waiting: there is no network."] == world.told


def test_a_home_that_cannot_be_written_to() -> None:
    """No round: what it used could not be remembered."""
    world = World(writable=False, until=HOUR)
    asyncio.run(world.watchman().watch())
    assert [] == world.rounds
    assert 1 == len(world.told)


def test_nothing_measured() -> None:
    """Nothing follows it, and it comes again soon, then later."""
    world = World(outcome=Outcome(says="A portal."), until=3 * HOUR)
    asyncio.run(world.watchman().watch())
    assert [0.0, 30 * MINUTE, 90 * MINUTE] == world.rounds[:3]
    assert [] == world.done
    assert ["A portal.", "Next round in about 30 min."] == world.told[:2]
    assert 1 == world.told.count("A portal.")


def test_asked_to_end() -> None:
    """After the round that was stopped no upload begins."""
    world = World(outcome=Outcome(run_id="r", measured=1, left=2, stopped=True))
    assert asyncio.run(world.watchman().watch())
    assert ["r"] == world.done
    assert "2 left for the next" in world.told[-1]


def test_once() -> None:
    """One, or none and why."""
    world = World()
    assert asyncio.run(world.watchman().once())
    assert [0.0] == world.rounds
    world.mark = None
    assert not asyncio.run(world.watchman().once())
    assert "No round now: there is no network." == world.told[-1]


def test_a_computer_that_slept() -> None:
    """The round that it missed comes once, some minutes after."""
    world = World(until=6 * DAY)
    real = world.sleep

    async def sleep(seconds: float) -> None:
        await real(seconds)
        if 1.2 * DAY < world.now < 1.3 * DAY:
            world.now += 3 * DAY

    world.sleep = sleep  # type: ignore[method-assign]
    asyncio.run(world.watchman().watch())
    assert 4 == len(world.rounds)
    assert 4.2 * DAY + 2 * MINUTE < world.rounds[2] < 4.3 * DAY + HOUR
    assert DAY == world.rounds[3] - world.rounds[2]


def test_words() -> None:
    """A million bytes; minutes, then hours."""
    assert ("about 1 min", "about 119 min", "about 2 h") == (
        in_words(1),
        in_words(119 * MINUTE),
        in_words(2 * HOUR),
    )
    assert "1.5 MB" == megabytes(1_500_000)
