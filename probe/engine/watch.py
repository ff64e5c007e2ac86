"""When `watch` begins its next round, and whether it may. Pure.

All times here are the watcher's own: seconds that never go back and that count sleep (see
OwnTime). A wall clock that jumps can neither bring a burst of rounds nor give a day's data twice.

A pause between two rounds is drawn anew each time, evenly from `every` - `jitter` to `every` +
`jitter`. With the usual jitter, half of `every`, the hour of a daily round says nothing about the
hour of the next: the pause is spread over one whole day.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

Chance = Callable[[], float]  # 0 to 1, 1 excluded

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
LEAST_EVERY = HOUR
MOST_EVERY = 31 * DAY
NEAR_FULL = 256 * 2**20  # less room than this on the disk: a round would not end well
_SETTLE = (2 * MINUTE, 30 * MINUTE)  # after waking up, and where a time was missed
_FIRST_RETRY = 30 * MINUTE
_LATE = 5 * MINUTE
_FOR_SENDING = 5  # a fifth of a day's data
_WORTH_BEGINNING = 4  # a round is begun with a quarter of the day's data at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the volunteer asked for. `networks`: only on these (AS numbers); none: on any."""

    every: float
    jitter: float
    max_bytes: int | None = None
    skip_metered: bool = False
    networks: frozenset[int] = frozenset()
    same_network: bool = False
    sends: bool = False  # what is measured: rounds then leave a fifth of the data for that


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What outlives the process. `spent`: (when, bytes), oldest first; `tries`: rounds in a row that
    came to nothing; `asn`: where the first round was; `began`: the last round's time."""

    due: float | None = None
    began: float | None = None
    spent: tuple[tuple[float, int], ...] = ()
    tries: int = 0
    asn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is seen of the world without a packet. `mark` None: no network."""

    mark: str | None
    metered: bool | None
    free: int | None


@dataclass(frozen=True, slots=True)
class Pause:
    """Not now: look again after `seconds`; `why` is for a person."""

    seconds: float
    why: str


class OwnTime:
    """Seconds since the first start: what the steady clock counted, and between two processes what
    the wall clock says has gone by, if it went forward."""

    def __init__(self, kept: float, wall_then: float, wall_now: float, steady: float) -> None:
        """`kept`: own time when the last process wrote it down, at `wall_then`."""
        self._at_start = kept + max(0.0, wall_now - wall_then)
        self._steady = steady

    def at(self, steady: float) -> float:
        """Own time at a time of the steady clock."""
        return self._at_start + max(0.0, steady - self._steady)


def gap(plan: Plan, chance: Chance) -> float:
    """From the beginning of one round to the next."""
    return plan.every - plan.jitter + 2 * plan.jitter * chance()


def first_due(book: Book, plan: Plan, at: float, chance: Chance) -> Book:
    """At the start of a process: what was missed is due once, and not at once."""
    latest = at + plan.every + plan.jitter
    if book.due is None or book.due > latest:  # never ran, or was asked for more rarely before
        soonest = at if book.began is None else book.began + plan.every - plan.jitter
        return replace(book, due=max(at, soonest))
    return replace(book, due=settled(book.due, at, chance))


def settled(due: float, at: float, chance: Chance) -> float:
    """The same, or a while from now where it was missed (sleep, a computer that was off)."""
    if at - due < _LATE:
        return due
    least, most = _SETTLE
    return at + least + (most - least) * chance()


def spent_lately(book: Book, at: float) -> int:
    """Bytes in the 24 hours until now."""
    return sum(count for when, count in book.spent if at - when < DAY)


def left(plan: Plan, book: Book, at: float) -> int | None:
    """Bytes that may still be used now; None: as many as it takes."""
    if plan.max_bytes is None:
        return None
    return max(0, plan.max_bytes - spent_lately(book, at))


def for_round(plan: Plan, book: Book, at: float) -> int | None:
    """Of these, what a round may use: without a share of their own, uploads would wait for ever."""
    rest = left(plan, book, at)
    if rest is None or plan.max_bytes is None:
        return None
    return max(0, rest - (plan.max_bytes // _FOR_SENDING if plan.sends else 0))


def spend(book: Book, at: float, count: int) -> Book:
    """Note these bytes; what is older than a day is forgotten."""
    if count <= 0:
        return book
    kept = tuple(entry for entry in book.spent if at - entry[0] < DAY)
    return replace(book, spent=_joined((*kept, (at, count))))


def _joined(spent: tuple[tuple[float, int], ...]) -> tuple[tuple[float, int], ...]:
    """What lies within five minutes is one entry, at its later time: it counts longer, not shorter."""
    found: list[tuple[float, int]] = []
    for when, count in spent:
        if found and when - found[-1][0] < _LATE:
            count += found.pop()[1]  # noqa: PLW2901 - that is what joining is
        found.append((when, count))
    return tuple(found)


def refused(plan: Plan, book: Book, at: float, around: Around) -> Pause | None:
    """Why no round may begin now; None: it may."""
    if around.mark is None:
        return Pause(5 * MINUTE, "there is no network")
    if plan.skip_metered and around.metered:
        return Pause(15 * MINUTE, "the network is metered")
    if around.free is not None and around.free < NEAR_FULL:
        return Pause(
            15 * MINUTE,
            "the disk is nearly full: free some space, or set `keep_days` in config.toml",
        )
    rest = for_round(plan, book, at)
    if rest is not None and plan.max_bytes and rest * _WORTH_BEGINNING < plan.max_bytes:
        oldest = next((when for when, _ in book.spent if at - when < DAY), at)
        return Pause(
            max(MINUTE, min(HOUR, oldest + DAY - at)),
            "the data for these 24 hours is used up",
        )
    return None


def begun(book: Book, plan: Plan, at: float, chance: Chance) -> Book:
    """A round begins: the next is set before it runs, so that no crash repeats this one at once."""
    return replace(book, began=at, due=at + gap(plan, chance))


def came_to_nothing(book: Book, plan: Plan, at: float, chance: Chance) -> Book:
    """Offline after all, a captive portal, another network: again soon, then less and less often."""
    pause = min(plan.every, _FIRST_RETRY * 2 ** min(book.tries, 12))
    return replace(book, due=at + pause * (0.5 + chance()), tries=book.tries + 1)


def went_well(book: Book, asn: int | None) -> Book:
    """Something was measured."""
    return replace(book, tries=0, asn=book.asn or asn)


def allowed(plan: Plan, book: Book) -> frozenset[int]:
    """The networks that a round may measure on; none: any."""
    if plan.networks:
        return plan.networks
    return frozenset({book.asn} if plan.same_network and book.asn else ())
