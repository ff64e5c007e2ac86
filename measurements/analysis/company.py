"""Which measurements may be published, and under which network's name: only those in company. Pure.

What is counted is senders: distinct keys within one month of receipt, as a key lasts a month (so one person
in two months is not two). Who sent by a protocol without senders is all one. Whoever agreed to be published
alone is, and is company for nobody: it may be known whose those are.

1. A network that fewer than k measured in this month is "other networks" of its country.
2. A target that fewer than k measured in this month, and that no public list has, is left out: who measures
   the same odd page each month is one person.
3. Of a cell (network and day) nothing appears until k senders are in it; what comes later appears when again
   k are among what waits. So whoever keeps yesterday's file and compares never sees one sender's by themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


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


def senders(arrivals: Iterable[Arrival]) -> int:
    """Distinct senders: the most within one month of receipt."""
    months: dict[str, set[int | None]] = defaultdict(set)
    for a in arrivals:
        if not a.alone:
            months[a.received[:7]].add(a.sender)
    return max((len(found) for found in months.values()), default=0)


def in_company(
    arrivals: Iterable[Arrival], *, k: int, listed: frozenset[str] = frozenset()
) -> Mapping[int, int | None]:
    """The keys that may be published, of one country and month; each with its network's number, or None."""
    all_of_them = list(arrivals)
    named = {asn for asn, part in _by(all_of_them, "asn").items() if senders(part) >= k}
    common = {url for url, part in _by(all_of_them, "url").items() if senders(part) >= k} | listed
    cells: dict[tuple[int | None, str], list[Arrival]] = defaultdict(list)
    out: dict[int, int | None] = {}
    for a in all_of_them:
        place = a.asn if a.asn in named else None
        if a.alone:
            out[a.key] = place
        elif a.url in common:
            cells[place, a.day].append(a)
    for (place, _), part in cells.items():
        out |= dict.fromkeys(_waves(part, k), place)
    return out


def _by(arrivals: Iterable[Arrival], field: str) -> dict[object, list[Arrival]]:
    out: dict[object, list[Arrival]] = defaultdict(list)
    for a in arrivals:
        value = getattr(a, field)
        if value is not None:
            out[value].append(a)
    return out


def _waves(cell: list[Arrival], k: int) -> list[int]:
    """In the order of the days on which they came: whoever waits is let go when k wait."""
    out: list[int] = []
    waiting: list[Arrival] = []
    days = _by(cell, "received")
    for day in sorted(days, key=str):
        waiting += days[day]
        if senders(waiting) >= k:
            out += [a.key for a in waiting]
            waiting = []
    return out
