"""Which event is still the same one: late data move its dates, and a feed's entry must keep its id (RFC 4287 §4.2.6).

An event is named by its line (target, network), its kind, and the month in which it was told to have happened when it
was told first. Where late data move it into another month, that first month is kept in `rollup_state`, under a hash
of the line and of its place in it: as little as tells it again, and no hour of anybody's measurement. An event is
the same as an earlier one of its kind if their intervals overlap or nearly do: the nearest first. Pure.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

A_QUARTER = 92  # days between two intervals beyond which it is another event
When = tuple[str, str, str]  # kind, not_before, not_after
Network = tuple[int | None, str | None, str | None]  # number, country, name


def place(url: str, network: Network, position: int) -> str:
    """The name in `rollup_state` of what is kept of one event."""
    asn, cc, org = network
    text = "\n".join((url, str(asn or ""), cc or "", org or "", str(position)))
    return f"told {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def month(event: When) -> str:
    """What names an event of which nothing is kept."""
    return event[2][:7]


def names(old: Sequence[tuple[When, str]], new: Sequence[When]) -> list[str]:
    """Of each new event the name that it has: of the old one that it is, else its month's; no two of a kind alike."""
    near = sorted(
        (_apart(was, now), abs(_day(was[2]) - _day(now[2])), i, j)
        for i, (was, _) in enumerate(old)
        for j, now in enumerate(new)
        if was[0] == now[0]
    )
    same: dict[int, int] = {}
    for apart, _, i, j in near:
        if apart <= A_QUARTER and j not in same and i not in same.values():
            same[j] = i
    taken = {(was[0], name) for was, name in old}
    out = []
    for j, now in enumerate(new):
        name, n = month(now), 1
        if j in same:
            name = old[same[j]][1]
        else:
            while (now[0], name) in taken:
                n += 1
                name = f"{month(now)}.{n}"
        taken.add((now[0], name))
        out.append(name)
    return out


def kept(named: Sequence[tuple[When, str]], places: Sequence[str]) -> Mapping[str, str]:
    """What must be kept: the names that are not the months'."""
    return {
        where: name
        for where, (event, name) in zip(places, named, strict=True)
        if name != month(event)
    }


def _apart(a: When, b: When) -> int:
    return max(0, _day(b[1]) - _day(a[2]), _day(a[1]) - _day(b[2]))


def _day(hour: str) -> int:
    return date.fromisoformat(hour[:10]).toordinal()
