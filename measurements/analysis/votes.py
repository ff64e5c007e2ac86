"""Verdicts to votes: what one sender found on one day. Pure; see changes.py for why."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

_FULL_AT = 0.9  # the confidence that makes a whole vote


@dataclass(frozen=True, slots=True, order=True)
class How:
    """What kind of interference: the words of a verdict."""

    status: str
    layer: str = ""
    mechanism: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One verdict. `hour` is ISO 8601, cut after the hour or later; `sender` is opaque, None: not known."""

    hour: str
    status: str
    layer: str | None = None
    mechanism: str | None = None
    confidence: float = 1.0
    sender: int | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    hour: str
    how: How | None  # None: it opens
    weight: float
    sender: int | None


def weight(confidence: float) -> float:
    """0 at 0.5 and less, 1 at 0.9 and more; between them as the odds grow."""
    if confidence <= 0.5:  # noqa: PLR2004 - as likely as not
        return 0.0
    if confidence >= _FULL_AT:
        return 1.0
    return _logit(confidence) / _logit(_FULL_AT)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def votes_of(seen: Iterable[Seen]) -> list[Vote]:
    """One for each sender and day, in the order of time; the order of `seen` does not matter."""
    days: dict[tuple[str, int | None], list[Seen]] = defaultdict(list)
    for s in set(seen):
        if s.status in {"accessible", "blocked", "throttled"} and weight(s.confidence):
            days[s.hour[:10], s.sender].append(s)
    votes = [v for (_, sender), found in days.items() if (v := _vote(found, sender))]
    return sorted(
        votes, key=lambda v: (v.hour, v.how is not None, v.how or How(""), -v.weight, v.sender or 0)
    )


def _vote(found: list[Seen], sender: int | None) -> Vote | None:
    """The majority of a day; None where it is even."""
    bad = [s for s in found if s.status != "accessible"]
    good = [s for s in found if s.status == "accessible"]
    lead = sum(weight(s.confidence) for s in good) - sum(weight(s.confidence) for s in bad)
    if abs(lead) < 1e-9:  # noqa: PLR2004 - even, but for rounding
        return None
    side = good if lead > 0 else bad
    return Vote(
        hour=min(s.hour for s in side)[:13],
        how=None if lead > 0 else commonest(_how(s) for s in bad),
        weight=max(weight(s.confidence) for s in side),
        sender=sender,
    )


def _how(s: Seen) -> How:
    return How(s.status, s.layer or "", s.mechanism or "")


def commonest(hows: Iterable[How]) -> How:
    """The most frequent; of equals the first by name."""
    return min(Counter(hows).items(), key=lambda item: (-item[1], item[0]))[0]


def commonest_or_none(hows: Iterable[How | None]) -> How | None:
    """The same, where None (it opens) counts too."""
    return min(Counter(hows).items(), key=lambda item: (-item[1], item[0] or How("")))[0]
