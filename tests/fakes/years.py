"""Synthetic years of one target on one network, with known change dates."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from measurements.analysis.changes import Event, Kind
from measurements.analysis.votes import Seen

FIRST = date(2025, 1, 1)
TIMEOUT, MITM, SLOW = (
    ("blocked", "tls", "timeout"),
    ("blocked", "tls", "mitm"),
    ("throttled", "http", "throttling"),
)
OPEN = ("accessible", None, None)
Truth = tuple[str, str | None, str | None]


@dataclass(frozen=True, kw_only=True)
class Year:
    """`changes`: (day number, what it is from then on). `every`: each sender measures so often, in days."""

    changes: tuple[tuple[int, Truth], ...] = ()
    begins: Truth = OPEN
    days: int = 365
    senders: int = 3
    every: int = 1
    noise: float = 0.02
    unsure: float = 0.05
    gaps: tuple[tuple[int, int], ...] = ()
    liars: int = 0
    keys: bool = True  # a sender gets another token each month
    quiet: tuple[int, ...] = field(default=())  # honest senders that stop after this many days

    def truth(self, day: int) -> Truth:
        """What is so on this day."""
        return ([self.begins] + [what for at, what in self.changes if at <= day])[-1]


def seen(year: Year, rng: random.Random) -> list[Seen]:
    """All verdicts."""
    out = []
    for day in range(year.days):
        if any(a <= day < b for a, b in year.gaps):
            continue
        when = FIRST + timedelta(days=day)
        for sender in range(year.senders + year.liars):
            if (day + sender) % year.every:
                continue
            token = sender * 1000 + (when.year * 12 + when.month if year.keys else 0)
            status, layer, mechanism = _says(year, day, sender, rng)
            out.append(
                Seen(
                    hour=f"{when.isoformat()}T{rng.randrange(24):02d}",
                    status=status,
                    layer=layer,
                    mechanism=mechanism,
                    confidence=rng.choice((0.7, 0.9, 0.95, 0.97)),
                    sender=token,
                )
            )
    return out


def _says(year: Year, day: int, sender: int, rng: random.Random) -> Truth:
    what = year.truth(day)
    if sender >= year.senders:  # a liar says the opposite, always
        return TIMEOUT if what == OPEN else OPEN
    if rng.random() < year.unsure:
        return (rng.choice(("inconclusive", "down")), None, None)
    if rng.random() < year.noise:
        return TIMEOUT if what == OPEN else OPEN
    return what


def day_of(hour: str) -> int:
    """The number of the day."""
    return (date.fromisoformat(hour[:10]) - FIRST).days


def expected(year: Year) -> list[tuple[int, Kind]]:
    """The events that should be found."""
    out, before = [], year.begins
    for at, after in year.changes:
        if (before == OPEN) != (after == OPEN):
            out.append((at, Kind.UNBLOCKED if after == OPEN else Kind.BLOCKED))
        else:
            out.append((at, Kind.MECHANISM_CHANGED))
        before = after
    return out


def matched(year: Year, events: tuple[Event, ...], slack: int = 3) -> tuple[int, int]:
    """How many were found (the interval holds the true day, within `slack`), and how many were invented."""
    left = list(events)
    found = 0
    for at, kind in expected(year):
        hit = next(
            (
                e
                for e in left
                if e.kind is kind and day_of(e.after) - slack <= at <= day_of(e.before) + slack
            ),
            None,
        )
        if hit is not None:
            left.remove(hit)
            found += 1
    return found, len(left)
