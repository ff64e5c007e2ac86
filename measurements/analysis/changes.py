"""When something began to be blocked, and when it ended: verdicts over time to states and events.

How it counts, in words that can be printed beside a chart:

1. **A vote** is what one sender found on one day. Many measurements of one evening are one vote. What is
   `down`, `inconclusive` or `server_side` says nothing of the network: no vote, a gap. A verdict of which its
   judge was not sure counts for less, one of confidence 0.5 for nothing.
2. **Three states**: it opens, it is interfered with, or *mixed* (some paths of the network do, some do not).
   It is assumed that one vote in ten is wrong: of a site that opens, every tenth vote may say "blocked";
   in a mixed state every second. To call it mixed, or no longer so, twice the evidence is asked for.
3. **A change** is declared when the votes since then are ten thousand times likelier under the new state than
   under the old one (Page's cumulative sum of log-likelihood ratios). From open to blocked: five votes more
   than there are against it. That far it must go back for the opposite, so nothing flaps.
4. Where k senders are asked for, so many must have found it within one month (a sender's key lasts no longer), and
   those that are not the loudest of them at least two votes: one bad sender makes no event, however long it sends.
   The same of what it was before: where one alone had looked until then, nothing is known to have changed.
5. **An event is an interval**: last seen in the old state, first seen in the new. It comes with its votes before and
   after, how many agree with the state told, and a confidence: the lower end (95 %, Wilson) of that share,
   on the side where it is lower; below 0.55 (of a change of mechanism: 0.65) it is not told.
   What was seen once, with no second look for a week, is not taken for a date.
6. Within an interference that lasts, a change of mechanism (or between blocked and throttled) is found the same way.
   How it is done now is the commonest way of the last five votes, also where no change is sure yet.

Pure. A line is worked out anew from all verdicts of one (target, network).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from measurements.analysis.votes import How, Seen, Vote, commonest, commonest_or_none, votes_of

H = math.log(10_000)  # the odds that declare a change
FIRST = math.log(5)  # begins a line: three votes. There is no event to be wrong about yet
FIRST_MIXED = math.log(100)
WRONG = 0.1  # the share of votes that may be wrong in any state
LEAST_BESIDE_THE_LOUDEST = 2.0  # votes
MIXED_FROM = 0.25  # the share of contradicting votes; between a tenth and a half
LOOK_BACK = 200  # votes that are searched for support
SURE_ENOUGH = 0.55  # five votes of five are; a side that agrees less is no state to leave
SURE_OF_HOW = 0.65  # eight of eight: where two ways alternate, fewer may by chance be alike
A_BEGINNING = 40  # votes; in a mixture so many may by chance be much alike
LATELY = 5  # votes; so many make a block
A_GAP = 7  # days; what was seen once before a longer gap is not yet a date


class State(StrEnum):
    """How a network treats a target."""

    OPEN = "open"
    MIXED = "mixed"
    INTERFERED = "interfered"


class Kind(StrEnum):
    """What an event says."""

    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    MECHANISM_CHANGED = "mechanism_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A time in one state, from the first vote that says so to the last; `agree` of its `n` do."""

    state: State
    how: How | None
    since: str
    until: str
    n: int
    agree: int
    senders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """It happened after `after` (last seen in the old state) and before or at `before` (first in the new)."""

    kind: Kind
    after: str
    before: str
    state: State
    how_before: How | None
    how_after: How | None
    n_before: int
    n_after: int
    agree_before: int
    agree_after: int
    senders: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All that can be said of one target on one network. No segments: too little was seen."""

    segments: tuple[Segment, ...] = ()
    events: tuple[Event, ...] = ()


S = TypeVar("S", bound=Hashable)
_Likely = Callable[[S, Vote], float]  # how likely is this vote in this state?
_Part = tuple[int, int, State, How | None]
_Cut = tuple[int, S]  # from which vote on it is in which state


def line(seen: Iterable[Seen], *, k: int = 1) -> Line:
    """States and events of one (target, network), from all its verdicts in any order."""
    votes = votes_of(seen)
    cuts = _cuts(votes, tuple(State), State.MIXED, _openness, k)
    ends = [*(start for start, _ in cuts[1:]), len(votes)]
    whole = [(start, end, state) for (start, state), end in zip(cuts, ends, strict=False)]
    parts = [_by_how(votes, start, end, state, k) for start, end, state in whole]
    segments = [
        _segments(votes, part, begins=bool(number), ends=number < len(parts) - 1)
        for number, part in enumerate(parts)
    ]
    events: list[Event | None] = []
    for number, (start, end, state) in enumerate(whole):
        if number:
            first, _, old = whole[number - 1]
            kind = (
                None if state is State.MIXED and start - first < A_BEGINNING else _kind(old, state)
            )
            # all votes of the two states: of how it is done there may be less to say than that it is
            before, after = segments[number - 1][-1], segments[number][0]
            if not _supported(votes[first:start], old, State.MIXED, _openness, k):
                kind = None
            events.append(_event(kind, votes[first:start], votes[start:end], before, after))
        pairs = zip(
            parts[number], parts[number][1:], segments[number], segments[number][1:], strict=False
        )
        for (a, middle, _, _), (_, b, _, _), before, after in pairs:
            changed = before.how != after.how and _supported(
                votes[a:middle], before.how, None, _sameness, k
            )
            kind = Kind.MECHANISM_CHANGED if changed else None
            events.append(_event(kind, votes[a:middle], votes[middle:b], before, after))
    if parts:
        a, b = parts[-1][-1][:2]
        segments[-1][-1] = _as_of_late(segments[-1][-1], votes[a:b], k)
    return Line(
        segments=tuple(segment for part in segments for segment in part),
        events=tuple(event for event in events if event is not None),
    )


def surely(agree: int, n: int) -> float:
    """The lower end of Wilson's 95 % interval for a share."""
    if not n:
        return 0.0
    z = 1.96
    share, spread = agree / n, z * z / n
    middle = share + spread / 2
    return (middle - z * math.sqrt(share * (1 - share) / n + spread / (4 * n))) / (1 + spread)


def most_in_a_month(votes: Iterable[tuple[str, int | None]]) -> int:
    """Distinct senders, of (time, sender): the most within one month. Keys last no longer."""
    months: dict[str, set[int | None]] = defaultdict(set)
    for time, sender in votes:
        months[time[:7]].add(sender)
    return max((len(senders) for senders in months.values()), default=0)


# Change points -------------------------------------------------------------------------------------


def _openness(state: State, vote: Vote) -> float:
    if state is State.MIXED:
        return 0.5
    return 1 - WRONG if (vote.how is None) == (state is State.OPEN) else WRONG


def _sameness(how: How | None, vote: Vote) -> float:
    """None stands for a mixture."""
    if how is None:
        return 0.5
    return 1 - WRONG if vote.how == how else WRONG


class _Rival:
    """Another state than the current one: the odds for it, and the vote since which they grow."""

    def __init__(self) -> None:
        self.odds = 0.0
        self.start = 0

    def hear(self, number: int, gain: float) -> None:
        if self.odds <= 0:
            self.start = number
        self.odds = min(max(0.0, self.odds + gain), 3 * H)  # bounded, so that it can turn back


def _cuts(
    votes: Sequence[Vote], states: Sequence[S], mixture: S, likely: "_Likely[S]", k: int
) -> list[_Cut[S]]:
    """Where a state begins. Empty where not even the first is settled."""
    settled = _first(votes, states, mixture, likely, k)
    if settled is None:
        return []
    current = settled
    cuts: list[_Cut[S]] = [(0, current)]
    rivals = {state: _Rival() for state in states if state != current}
    for number, vote in enumerate(votes):
        now = likely(current, vote)
        for state, rival in rivals.items():
            rival.hear(number, vote.weight * math.log(likely(state, vote) / now))
        ahead = [
            state
            for state, rival in rivals.items()
            if likely(state, vote) > now
            and rival.odds >= (2 * H if mixture in {state, current} else H)
            and _supported(
                votes[max(rival.start, number - LOOK_BACK) : number + 1], state, mixture, likely, k
            )
        ]
        if ahead:
            best = max(ahead, key=lambda state: rivals[state].odds)
            cuts.append((max(rivals[best].start, cuts[-1][0]), best))
            current = best
            rivals = {state: _Rival() for state in states if state != current}
    return _tidy(cuts)


def _first(
    votes: Sequence[Vote], states: Sequence[S], mixture: S, likely: "_Likely[S]", k: int
) -> S | None:
    """The state that the line begins in: the first that leads the others by five to one."""
    sums = dict.fromkeys(states, 0.0)
    for number, vote in enumerate(votes):
        for state in states:
            sums[state] += vote.weight * math.log(likely(state, vote))
        told = sorted(states, key=lambda s: -sums[s])
        if told[0] == mixture and not _supported(votes[: number + 1], mixture, mixture, likely, k):
            told = [state for state in told if state != mixture]
        if sums[told[0]] - sums[told[1]] >= (FIRST_MIXED if told[0] == mixture else FIRST):
            return told[0]
    return None


def _supported(run: Sequence[Vote], state: S, mixture: S, likely: "_Likely[S]", k: int) -> bool:
    """Have k senders found it within one month, and others than the loudest enough?"""
    if k <= 1:
        return True
    if state == mixture:
        return _mixed_without_the_loudest(run)
    months: dict[str, dict[int | None, float]] = defaultdict(lambda: defaultdict(float))
    for vote in run:
        sign = 1 if likely(state, vote) >= 0.5 else -1  # noqa: PLR2004 - as a mixture has it
        months[vote.hour[:7]][vote.sender] += sign * vote.weight
    for senders in months.values():
        for_it = sorted((votes for votes in senders.values() if votes > 0), reverse=True)
        if len(for_it) >= k and sum(for_it[1:]) >= LEAST_BESIDE_THE_LOUDEST:
            return True
    return False


def _mixed_without_the_loudest(run: Sequence[Vote]) -> bool:
    """One sender that always contradicts the others is no mixture."""
    months: dict[str, dict[int | None, Counter[How | None]]] = defaultdict(dict)
    for vote in run:
        months[vote.hour[:7]].setdefault(vote.sender, Counter())[vote.how] += 1
    main = commonest_or_none(vote.how for vote in run)
    against = n = 0
    for senders in months.values():
        counted = sorted((said.total() - said[main], said.total()) for said in senders.values())
        against += sum(part for part, _ in counted[:-1])
        n += sum(whole for _, whole in counted[:-1])
    return bool(n) and against / n >= MIXED_FROM


def _tidy(cuts: list[_Cut[S]]) -> list[_Cut[S]]:
    """Of several that begin with the same vote the last; equal neighbours are one."""
    out: list[_Cut[S]] = []
    for start, state in cuts:
        while out and out[-1][0] >= start:
            out.pop()
        if not out or out[-1][1] != state:
            out.append((start, state))
    return out


def _by_how(votes: Sequence[Vote], start: int, end: int, state: State, k: int) -> list[_Part]:
    """A time of interference, cut where its mechanism changes."""
    if state is not State.INTERFERED:
        return [(start, end, state, None)]
    bad = [number for number in range(start, end) if votes[number].how is not None]
    part = [votes[number] for number in bad]
    hows = sorted({vote.how for vote in part if vote.how is not None})
    cuts = _cuts(part, (*hows, None), None, _sameness, k) if len(hows) > 1 else []
    edges = [start, *(bad[n] for n, _ in cuts[1:]), end]
    told = [how for _, how in cuts] or [None]
    return [(a, b, state, how) for a, b, how in zip(edges, edges[1:], told, strict=False)]


# What is told --------------------------------------------------------------------------------------


def _agrees(vote: Vote, state: State, how: How | None) -> bool:
    if state is State.MIXED:
        return True
    if state is State.OPEN:
        return vote.how is None
    return vote.how is not None and (how is None or vote.how == how)


def _segments(
    votes: Sequence[Vote], part: Sequence[_Part], *, begins: bool, ends: bool
) -> list[Segment]:
    """Of one time in one state, dated as events are. `begins`, `ends`: it was otherwise before, and after."""
    out, last = [], len(part) - 1
    for i, (a, b, state, how) in enumerate(part):
        made = _segment(votes[a:b], state, how)
        firsts = [v.hour for v in votes[a:b] if _agrees(v, state, how if i else None)]
        lasts = [v.hour for v in votes[a:b] if _agrees(v, state, how if i < last else None)]
        since = _edge(firsts, made.since) if begins or i else made.since
        until = _edge(lasts[::-1], made.until) if ends or i < last else made.until
        out.append(replace(made, since=since, until=until) if since <= until else made)
    return out


def _as_of_late(made: Segment, votes: Sequence[Vote], k: int) -> Segment:
    """How it is done now is how it was lately, sure change or not; where k are asked for, each says it once."""
    lately: dict[int, How] = {}
    for number in range(len(votes) - 1, -1, -1):
        vote = votes[number]
        if vote.how is not None and len(lately) < LATELY:
            lately.setdefault(
                vote.sender if k > 1 and vote.sender is not None else ~number, vote.how
            )
    now = commonest(lately.values()) if lately else made.how
    return replace(made, how=now) if made.state is State.INTERFERED else made


def _segment(votes: Sequence[Vote], state: State, how: How | None) -> Segment:
    bad = [vote.how for vote in votes if vote.how is not None]
    if how is None and bad and state is not State.OPEN:
        how = commonest(bad)
    agree = [vote for vote in votes if _agrees(vote, state, None)]
    return Segment(
        state=state,
        how=how,
        since=min(vote.hour for vote in agree or votes),
        until=max(vote.hour for vote in agree or votes),
        n=len(votes),
        agree=len(agree),
        senders=most_in_a_month((vote.hour, vote.sender) for vote in agree),
    )


def _kind(old: State, new: State) -> Kind | None:
    if (old is State.OPEN) == (new is State.OPEN):
        return None  # more, or less, of the same
    return Kind.UNBLOCKED if new is State.OPEN else Kind.BLOCKED


def _event(
    kind: Kind | None, old: Sequence[Vote], new: Sequence[Vote], before: Segment, after: Segment
) -> Event | None:
    """None where there is none, or where it is not sure enough."""
    if kind is None:
        return None
    mechanism = kind is Kind.MECHANISM_CHANGED
    was = [v for v in old if _agrees(v, before.state, before.how if mechanism else None)]
    now = [v for v in new if _agrees(v, after.state, after.how if mechanism else None)]
    confidence = min(surely(len(was), len(old)), surely(len(now), len(new)))
    if confidence < (SURE_OF_HOW if mechanism else SURE_ENOUGH):
        return None
    return Event(
        kind=kind,
        after=_edge([v.hour for v in reversed(was)], before.until),
        before=_edge([v.hour for v in now], after.since),
        state=after.state,
        how_before=before.how,
        how_after=after.how,
        n_before=len(old),
        n_after=len(new),
        agree_before=len(was),
        agree_after=len(now),
        senders=most_in_a_month((v.hour, v.sender) for v in now),
        confidence=round(confidence, 3),
    )


def _edge(hours: list[str], otherwise: str) -> str:
    """The vote nearest to the change; the next one, where a gap parts it from all others."""
    if len(hours) > 1 and abs((_day(hours[0]) - _day(hours[1])).days) > A_GAP:
        return hours[1]
    return hours[0] if hours else otherwise


def _day(hour: str) -> date:
    return date.fromisoformat(hour[:10])
