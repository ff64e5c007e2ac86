"""How long a run will still take, from what has finished and from how long the others have run.

Quick targets finish first: to count only those would promise too much. So what runs counts as
well, as lasting longer than it has run by now (Kaplan and Meier's estimate).
"""

from bisect import bisect_right
from collections.abc import Sequence

from probe.words import _, ngettext

ENOUGH = 5  # targets finished, before anything is said
SOON, MINUTE, HOUR = 45, 60, 3600


def survival(finished: Sequence[float], running: Sequence[float]) -> list[tuple[float, float]]:
    """Durations, ascending, each with the share of targets that take longer."""
    ended, ages = sorted(finished), sorted(running)
    steps: list[tuple[float, float]] = []
    left = 1.0
    for i, took in enumerate(ended):
        at_risk = len(ended) - i + len(ages) - bisect_right(ages, took)
        left *= 1 - 1 / at_risk
        steps.append((took, left))
    return steps


def mean(steps: Sequence[tuple[float, float]], longest: float) -> float:
    """The area under the curve; what is known to take longer than `longest` counts as that."""
    area, at, left = 0.0, 0.0, 1.0
    for took, after in steps:
        area += (took - at) * left
        at, left = took, after
    return area + max(0.0, longest - at) * left


def remaining(steps: Sequence[tuple[float, float]], age: float, share: float) -> float | None:
    """How long one that has run for `age` will run on, but for `share` of its like; None: unknown."""
    now = next((left for took, left in reversed(steps) if took <= age), 1.0)
    return next((took - age for took, left in steps if took > age and left <= now * share), None)


def seconds_left(
    finished: Sequence[float], running: Sequence[float], waiting: int, at_most: float | None = None
) -> float | None:
    """None where too little is known. `at_most`: after so many seconds no more targets begin."""
    if len(finished) < ENOUGH or not running:
        return None
    steps = survival(finished, running)
    share = 1 / (len(running) + 1)  # the slowest of n: about the n-th of n + 1
    if waiting:
        begin = waiting * mean(steps, max(running)) / len(running)
        if at_most is not None:
            begin = min(begin, at_most)
        slowest = remaining(steps, 0.0, share)  # and then the last ones run on
        return begin + (max(*finished, *running) if slowest is None else slowest)
    known = [remaining(steps, age, share) for age in running]
    return None if None in known else max(k for k in known if k is not None)


def words(seconds: float | None) -> str:
    """For a person; nothing where nothing is known."""
    if seconds is None:
        return ""
    if seconds < SOON:
        return _("less than a minute left")
    if seconds < 1.5 * MINUTE:
        return _("about a minute left")
    if seconds < 1.5 * HOUR:
        return _("about {n} min left").format(n=round(seconds / MINUTE))
    hours = round(seconds / HOUR)
    return ngettext("about {n} hour left", "about {n} hours left", hours).format(n=hours)
