"""Random years of one target on one network: which changes are found, which are invented, how soon."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from measurements.analysis.changes import Event, line
from measurements.analysis.votes import Seen
from tests.bench.figures import Figure, Part
from tests.fakes.years import FIRST, MITM, OPEN, SLOW, TIMEOUT, Truth, Year, day_of, expected, seen

K, SLACK = 3, 7
Disturbs = Callable[[list[Seen], random.Random], list[Seen]]


@dataclass(frozen=True)
class Kind:
    """What disturbs. A limit on what is invented: events a year; on what is found: their share."""

    name: str
    disturbs: Disturbs = lambda verdicts, _: verdicts
    senders: int = 4
    every: int = 1
    invented: float | None = 0.02
    found: float | None = 0.95


def says(day: int, hour: int, what: Truth, sender: int) -> Seen:
    """One verdict."""
    when = (FIRST + timedelta(days=day)).isoformat()
    return Seen(
        hour=f"{when}T{hour:02d}",
        status=what[0],
        layer=what[1],
        mechanism=what[2],
        confidence=0.95,
        sender=sender,
    )


def flapping(verdicts: list[Seen], rng: random.Random) -> list[Seen]:
    """A probe that says now this, now that, several times a day; its key changes monthly."""
    return verdicts + [
        says(day, rng.randrange(24), rng.choice((OPEN, TIMEOUT)), 900_000 + day // 30)
        for day in range(365)
        for _ in range(rng.randrange(1, 4))
    ]


def always(what: Truth) -> Disturbs:
    """A sender that says the same, a hundred times a day."""

    def disturb(verdicts: list[Seen], rng: random.Random) -> list[Seen]:
        return verdicts + [
            says(day, rng.randrange(24), what, 900_000 + day // 30)
            for day in range(365)
            for _ in range(100)
        ]

    return disturb


def two_ways(verdicts: list[Seen], rng: random.Random) -> list[Seen]:
    """Timeout and interception on the same day, as it happens."""
    how = ("timeout", "mitm")
    return [replace(s, mechanism=rng.choice(how)) if s.status == "blocked" else s for s in verdicts]


def without(first: int, last: int) -> Disturbs:
    """Nobody measures."""
    return lambda verdicts, _: [s for s in verdicts if not first <= day_of(s.hour) < last]


def down(verdicts: list[Seen], rng: random.Random) -> list[Seen]:
    """The site is away for two months."""
    first = rng.randrange(60, 250)
    return [
        replace(s, status="down", layer=None, mechanism=None)
        if first <= day_of(s.hour) < first + 60
        else s
        for s in verdicts
    ]


def weekends(verdicts: list[Seen], _: random.Random) -> list[Seen]:
    """Volunteers have time on two days."""
    return [s for s in verdicts if date.fromisoformat(s.hour[:10]).weekday() > 4]


def outage(verdicts: list[Seen], rng: random.Random) -> list[Seen]:
    """For three days everything fails on this network."""
    first = rng.randrange(30, 330)
    return [
        says(day_of(s.hour), int(s.hour[11:13]), TIMEOUT, s.sender or 0)
        if first <= day_of(s.hour) < first + 3
        else s
        for s in verdicts
    ]


def unsure(verdicts: list[Seen], _: random.Random) -> list[Seen]:
    """Verdicts that are worth half a vote."""
    return [replace(s, confidence=0.75) for s in verdicts]


KINDS = (
    Kind("nothing disturbs"),
    Kind("one in five days each", every=5),
    Kind("once a month each, eight senders", senders=8, every=30, found=0.6),
    Kind("a flapping probe", flapping),
    Kind("a liar: blocked, 100 a day", always(TIMEOUT)),
    Kind("a liar: opens, 100 a day", always(OPEN), found=0.85),
    Kind("a liar: opens; others once a week", always(OPEN), every=7, found=None, invented=None),
    Kind("two mechanisms at once", two_ways, found=None),
    Kind("a gap of two months", without(100, 160), found=0.9),
    Kind("down for two months", down, found=0.85),
    Kind("weekends only", weekends),
    Kind("hardly sure verdicts", unsure),
    Kind("an outage of three days", outage, invented=None),
)


def random_year(rng: random.Random, kind: Kind) -> Year:
    """None to three changes, six weeks apart."""
    at, changes, now = rng.randrange(45, 150), [], rng.choice((OPEN, OPEN, TIMEOUT))
    begins = now
    for _ in range(rng.randrange(4)):
        if at > 320:
            break
        now = rng.choice([what for what in (OPEN, TIMEOUT, MITM, SLOW) if what != now])
        changes.append((at, now))
        at += rng.randrange(45, 150)
    return Year(
        begins=begins,
        changes=tuple(changes),
        senders=kind.senders,
        every=kind.every,
        noise=rng.choice((0, 0.02, 0.05)),
    )


def told_at(year: Year, verdicts: Sequence[Seen], at: int, event: Event) -> int:
    """After how many days the event is told: it was not yet, the day before."""
    low, high = at, min(year.days, at + 120)
    while low < high:
        middle = (low + high) // 2
        known = line([s for s in verdicts if day_of(s.hour) <= middle], k=K).events
        there = any(e.kind is event.kind and day_of(e.before) >= at - SLACK for e in known)
        low, high = (low, middle) if there else (middle + 1, high)
    return low - at


def measured(kind: Kind, years: int) -> list[Figure]:
    """So many random years of one kind."""
    found = wanted = invented = 0
    delays: list[int] = []
    for seed in range(years):
        rng = random.Random(f"{kind.name} {seed}")
        year = random_year(rng, kind)
        verdicts = kind.disturbs(seen(year, rng), rng)
        left = list(line(verdicts, k=K).events)
        truth = expected(year)
        if kind.disturbs is two_ways:  # which of the two is no question there
            mechanisms = [e for e in left if e.kind == "mechanism_changed"]
            left = [e for e in left if e not in mechanisms]
            truth = [(at, what) for at, what in truth if what != "mechanism_changed"]
        for at, what in truth:
            hit = next((e for e in left if e.kind is what and near(e, at)), None)
            wanted += 1
            if hit is not None:
                left.remove(hit)
                found += 1
                if seed % 5 == 0:
                    delays.append(told_at(year, verdicts, at, hit))
        invented += len(left)
    delay = sorted(delays)[len(delays) // 2] if delays else 0
    share = found / wanted
    return [
        Figure("years", f"{kind.name}: found", share, "share", kind.found, "most"),
        Figure("years", f"{kind.name}: invented a year", invented / years, "", kind.invented),
        Figure("years", f"{kind.name}: days until told, p50", delay),
    ]


def near(event: Event, at: int) -> bool:
    """Whether the interval holds the day, or nearly."""
    return day_of(event.after) - SLACK <= at <= day_of(event.before) + SLACK


def run(years: int) -> Part:
    """All kinds."""
    return Part(tuple(figure for kind in KINDS for figure in measured(kind, years)))
