"""Which measurements may be published, and under which network's name: only those in company. Pure.

What is counted is senders: distinct keys within one month of receipt, as a key lasts a month (so one person
in two months is not two). Who sent by a protocol without senders is all one. Whoever agreed to be published
alone is, and is company for nobody: it may be known whose those are.

1. A network that fewer than k measured in this month is "other networks" of its country.
2. A target that fewer than k measured in this month, and that no public list has, is left out: who measures
   the same odd page each month is one person.
3. Of a cell (network and day) nothing appears until k senders are in it; what comes later appears when again
   k are among what waits. So whoever keeps yesterday's file and compares never sees one sender's by themselves.
4. What is out stays as it was told: under the name that it had, whatever becomes known later. Only where its
   company is lost (others withdrew) it goes, or loses its network's name; and then it never comes back, since
   with it whoever came after would be seen alone.

Time is played again by the days of receipt, so that one pass over a month does what daily passes would have.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

Cell = tuple[int | None, str]  # network, day


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One measurement at the collector. `day` is when it was made, `received` when it came, both to the day."""

    key: int
    url: str
    cc: str | None
    asn: int | None
    day: str
    received: str
    sender: int | None
    alone: bool = False


_NOTHING_OUT: Mapping[int, int | None] = {}


def senders(arrivals: Iterable[Arrival]) -> int:
    """Distinct senders: the most within one month of receipt."""
    months: dict[str, set[int | None]] = defaultdict(set)
    for a in arrivals:
        if not a.alone:
            months[a.received[:7]].add(a.sender)
    return max((len(found) for found in months.values()), default=0)


def in_company(
    arrivals: Iterable[Arrival],
    *,
    k: int,
    listed: frozenset[str] = frozenset(),
    out: Mapping[int, int | None] = _NOTHING_OUT,
    lost: Collection[int] = (),
) -> Mapping[int, int | None]:
    """The keys that may be published, of one country and month; each with its network's number, or None.

    `out`: those that are published already, and how. `lost`: those that were, and went for lack of company.
    """
    all_of_them = sorted(arrivals, key=lambda a: a.received)
    staying = _staying([a for a in all_of_them if a.key in out], all_of_them, k, listed, out)
    known = {*out, *lost}
    return staying | _joining(all_of_them, k, listed, known)


class _Enough:
    """What so many senders came to, as time goes on."""

    def __init__(self, k: int) -> None:
        self._k = k
        self._seen: dict[tuple[Hashable, str], set[int | None]] = defaultdict(set)
        self.found: set[Hashable] = set()

    def add(self, what: Hashable, a: Arrival) -> None:
        """One more came to it."""
        if what is None or a.alone or what in self.found:
            return
        seen = self._seen[what, a.received[:7]]
        seen.add(a.sender)
        if len(seen) >= self._k:
            self.found.add(what)


def _staying(
    there: list[Arrival],
    all_of_them: list[Arrival],
    k: int,
    listed: frozenset[str],
    out: Mapping[int, int | None],
) -> dict[int, int | None]:
    """Of what is out: what has company still. A network's name goes with the last of its k."""
    networks, pages = _Enough(k), _Enough(k)
    for a in all_of_them:
        networks.add(a.asn, a)
        pages.add(a.url, a)
    cells: dict[Cell, list[Arrival]] = defaultdict(list)
    kept: dict[int, int | None] = {}
    for a in there:
        place = out[a.key] if out[a.key] in networks.found else None
        if a.alone:
            kept[a.key] = place
        elif a.url in listed or a.url in pages.found:
            cells[place, a.day].append(a)
    for (place, _), part in cells.items():
        if senders(part) >= k:
            kept |= dict.fromkeys((a.key for a in part), place)
    return kept


def _joining(
    all_of_them: list[Arrival], k: int, listed: frozenset[str], known: Collection[int]
) -> dict[int, int | None]:
    """Day by day: whoever waits is let go when k wait, under the name that the network has by then."""
    networks, pages = _Enough(k), _Enough(k)
    found: dict[int, int | None] = {}
    waiting: list[Arrival] = []
    for _, came in groupby(all_of_them, key=lambda a: a.received):
        for a in came:
            networks.add(a.asn, a)
            pages.add(a.url, a)
            if a.key not in known:
                waiting.append(a)
        cells: dict[Cell, list[Arrival]] = defaultdict(list)
        for a in waiting:
            place = a.asn if a.asn in networks.found else None
            if a.alone:
                found[a.key] = place
            elif a.url in listed or a.url in pages.found:
                cells[place, a.day].append(a)
        for (place, _), part in cells.items():
            if senders(part) >= k:
                found |= dict.fromkeys((a.key for a in part), place)
        waiting = [a for a in waiting if a.key not in found]
    return found
