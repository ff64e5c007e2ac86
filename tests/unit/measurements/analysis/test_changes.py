import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.analysis.changes import Event, Kind, State, line, surely
from measurements.analysis.votes import How, Seen
from tests.fakes.years import (
    MITM,
    OPEN,
    SLOW,
    TIMEOUT,
    Year,
    day_of,
    matched,
    seen,
)

SEEDS = range(12)


def found(year: Year, *, k: int = 2, slack: int = 3) -> tuple[int, int]:
    """Events found and events invented, over all seeds."""
    both = [
        matched(year, line(seen(year, random.Random(seed)), k=k).events, slack) for seed in SEEDS
    ]
    return sum(a for a, _ in both), sum(b for _, b in both)


@pytest.mark.parametrize("noise", [0, 0.02, 0.05, 0.1])
def test_nothing_happens_in_a_quiet_year(noise: float) -> None:
    assert found(Year(noise=noise)) == (0, 0)
    assert found(Year(noise=noise, senders=1), k=1) == (0, 0)
    assert found(Year(noise=noise, begins=TIMEOUT)) == (0, 0)


@pytest.mark.parametrize(
    "year",
    [
        Year(changes=((120, TIMEOUT),)),
        Year(changes=((120, TIMEOUT),), noise=0.1),
        Year(begins=TIMEOUT, changes=((120, OPEN),), noise=0.05),
        Year(changes=((100, TIMEOUT), (130, OPEN), (200, TIMEOUT), (230, OPEN)), noise=0.05),
        Year(begins=TIMEOUT, changes=((150, MITM),), noise=0.05),
        Year(changes=((100, SLOW), (160, OPEN)), noise=0.05),
        Year(begins=SLOW, changes=((100, TIMEOUT),), noise=0.05),
    ],
    ids=[
        "blocked",
        "noisy",
        "unblocked",
        "on and off",
        "mechanism",
        "throttled",
        "slow, then blocked",
    ],
)
def test_changes_are_found_and_none_is_invented(year: Year) -> None:
    assert found(year) == (len(year.changes) * len(SEEDS), 0)


def test_weekly_volunteers_are_enough() -> None:
    assert found(Year(changes=((120, TIMEOUT),), every=7, noise=0), slack=7) == (len(SEEDS), 0)


def test_a_gap_of_weeks_is_told_as_such() -> None:
    year = Year(changes=((120, TIMEOUT),), gaps=((100, 140),), noise=0, unsure=0)
    (event,) = line(seen(year, random.Random(1)), k=2).events
    assert (day_of(event.after), day_of(event.before)) == (99, 140)


def test_one_bad_sender_makes_no_event_and_hides_none() -> None:
    assert found(Year(days=200, senders=2, liars=1, noise=0.02)) == (0, 0)
    alone = Year(days=200, senders=1, changes=((100, TIMEOUT),), noise=0)
    assert found(alone, k=2)[0] == 0
    assert found(alone, k=1)[0] == len(SEEDS)
    hit, invented = found(Year(days=200, senders=5, liars=1, changes=((100, TIMEOUT),), noise=0.02))
    assert hit == len(SEEDS)
    assert invented <= 2


def test_one_flapping_probe_is_a_mixture_and_no_event() -> None:
    year = Year(senders=1, noise=0.5, unsure=0)
    assert found(year, k=1)[1] <= 1
    states = {s.state for s in line(seen(year, random.Random(3)), k=1).segments}
    assert State.MIXED in states


def test_two_networks_are_two_lines() -> None:
    one, two = Year(changes=((100, TIMEOUT),)), Year()
    assert [e.kind for e in line(seen(one, random.Random(1)), k=2).events] == [Kind.BLOCKED]
    assert line(seen(two, random.Random(1)), k=2).events == ()


def test_an_event_says_how_sure_it_is() -> None:
    few = line(
        seen(Year(days=110, changes=((105, TIMEOUT),), noise=0), random.Random(1)), k=2
    ).events[0]
    many = line(seen(Year(changes=((105, TIMEOUT),), noise=0), random.Random(1)), k=2).events[0]
    assert few.confidence < many.confidence < 1
    assert many.senders == 3
    assert many.how_after == How(*(str(x) for x in TIMEOUT))
    assert many.agree_after == many.n_after > few.n_after
    assert surely(0, 0) == 0


def test_too_little_is_no_line() -> None:
    assert line([]) == line(daily("xx"))
    assert [s.state for s in line(daily("xxx")).segments] == [State.INTERFERED]


def test_a_state_begins_with_the_first_vote_that_says_so() -> None:
    """One that opened, before enough was seen to tell a change, is no day of a block."""
    (segment,) = line(daily("o" + "x" * 6)).segments
    assert (segment.state, segment.n, segment.agree) == (State.INTERFERED, 7, 6)
    assert segment.since == daily("ox")[1].hour
    (segment,) = line(daily("x" * 4 + "o")).segments
    assert (segment.since, segment.until) == (daily("x")[0].hour, daily("xxxx")[3].hour)


VERDICTS = st.builds(
    Seen,
    hour=st.builds(lambda d, h: f"2026-01-{d:02d}T{h:02d}", st.integers(1, 28), st.integers(0, 23)),
    status=st.sampled_from(
        ["accessible", "blocked", "throttled", "down", "inconclusive", "server_side"]
    ),
    layer=st.sampled_from([None, "tls", "dns"]),
    mechanism=st.sampled_from([None, "timeout", "mitm"]),
    confidence=st.sampled_from([0.4, 0.6, 0.8, 0.95]),
    sender=st.sampled_from([None, 1, 2, 3]),
)


@given(st.lists(VERDICTS, max_size=60), st.integers(1, 3), st.randoms())
def test_neither_order_nor_duplicates_matter(
    verdicts: list[Seen], k: int, chance: random.Random
) -> None:
    mixed = [*verdicts, *verdicts[: len(verdicts) // 2]]
    chance.shuffle(mixed)
    assert line(mixed, k=k) == line(verdicts, k=k)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32),
    st.integers(20, 70),
    st.integers(0, 89),
    st.sampled_from([0, 0.05, 0.1]),
    st.integers(1, 2),
)
def test_an_agreeing_verdict_removes_no_event(
    seed: int, at: int, day: int, noise: float, k: int
) -> None:
    year = Year(days=90, changes=((at, TIMEOUT),), noise=noise)
    verdicts = seen(year, random.Random(seed))
    before = line(verdicts, k=k).events
    status, layer, mechanism = year.truth(day)
    hour = next((s.hour for s in verdicts if day_of(s.hour) == day), None)
    if hour is None:
        return
    more = Seen(hour=f"{hour[:10]}T12", status=status, layer=layer, mechanism=mechanism, sender=77)
    after = line([*verdicts, more], k=k).events
    assert {e.kind for e in true_ones(before, at)} <= {e.kind for e in after}


def true_ones(events: tuple[Event, ...], at: int) -> list[Event]:
    """Those that are about the real change."""
    return [
        e
        for e in events
        if e.kind is Kind.BLOCKED and day_of(e.after) - 3 <= at <= day_of(e.before) + 3
    ]


def test_what_is_sure_counts_for_more() -> None:
    year = seen(Year(days=60, changes=((40, TIMEOUT),), noise=0, senders=1), random.Random(2))
    unsure = [replace(s, confidence=0.6) for s in year]
    assert line(year, k=1).events
    assert not line(unsure, k=1).events


def daily(votes: str, first: int = 1, sender: int = 1) -> list[Seen]:
    """A vote a day: o opens, x is blocked."""
    return [
        Seen(
            hour=f"2026-{1 + (first + i) // 28:02d}-{1 + (first + i) % 28:02d}T06",
            status="accessible" if vote == "o" else "blocked",
            sender=sender,
        )
        for i, vote in enumerate(votes)
    ]


def test_five_votes_make_a_change_and_four_do_not() -> None:
    assert line(daily("o" * 10 + "x" * 4)).events == ()
    assert [e.kind for e in line(daily("o" * 10 + "x" * 5)).events] == [Kind.BLOCKED]


def test_what_is_not_sure_enough_is_a_state_but_no_event() -> None:
    unsure = line(daily("ooooo" + "xxooo" + "x" * 9))
    assert [s.state for s in unsure.segments] == [State.OPEN, State.INTERFERED]
    assert unsure.events == ()
    assert line(daily("o" * 10 + "x" * 9)).events


def test_once_before_a_gap_is_no_date() -> None:
    once = [*daily("o" * 10 + "x"), *daily("x" * 9, first=40)]
    told = line(once)
    (event,) = told.events
    assert event.before == told.segments[1].since == "2026-02-13T06"
    assert event.after == told.segments[0].until
    (event,) = line([*daily("o" * 10 + "xx"), *daily("x" * 9, first=40)]).events
    assert event.before == "2026-01-12T06"


def test_k_senders_must_have_found_it_within_a_month() -> None:
    before = [*daily("o" * 10), *daily("o" * 10, sender=2)]
    assert line([*before, *daily("x" * 9, first=11)], k=2).events == ()
    two = [*daily("x" * 9, first=11), *daily("x" * 3, first=12, sender=2)]
    assert [e.senders for e in line([*before, *two], k=2).events] == [2]
    once = [*daily("x" * 9, first=11), *daily("x", first=12, sender=2)]
    assert line([*before, *once], k=2).events == ()


@pytest.mark.parametrize(("alone", "others"), ["ox", "xo"])
def test_what_one_sender_alone_said_before_is_no_state_to_have_changed(
    alone: str, others: str
) -> None:
    """Who was first at a site invents no block, nor its end, when others come and find it as it is."""
    after = [s for i in range(4) for s in daily(others * 9, first=11, sender=2 + i)]
    assert line([*daily(alone * 10), *after], k=2).events == ()
    two = [*daily(alone * 10), *daily(alone * 10, sender=9)]
    assert len(line([*two, *after], k=2).events) == 1


def test_a_state_is_dated_by_the_votes_that_say_so() -> None:
    """It opened once, and was never seen blocked before: then it was not seen so since that day."""
    (only,) = line(daily("o" + "x" * 7 + "o")).segments
    assert (only.state, only.agree, only.n) == (State.INTERFERED, 7, 9)
    assert (only.since, only.until) == ("2026-01-03T06", "2026-01-09T06")
    (mixed,) = line(daily("oxxo" * 9)).segments
    assert (mixed.state, mixed.since[:10]) == (State.MIXED, "2026-01-02")


def by_chance(verdicts: list[Seen], rng: random.Random) -> list[Seen]:
    """Whatever is blocked is so by one of two mechanisms, as it happens."""
    return [
        replace(s, mechanism=rng.choice(("timeout", "mitm"))) if s.status == "blocked" else s
        for s in verdicts
    ]


def kinds(year: Year, seed: int, more: list[Seen], *, mixed: bool = False) -> list[Kind]:
    """Of the events of a year with these verdicts beside."""
    rng = random.Random(seed)
    verdicts = seen(year, rng)
    verdicts = by_chance(verdicts, rng) if mixed else verdicts
    return [e.kind for e in line([*verdicts, *more], k=2).events]


def test_two_mechanisms_at_once_hide_no_block_and_are_no_change() -> None:
    """Two routers, each with its own: that it is blocked is one event, whatever is first seen of how."""
    year = Year(days=200, changes=((120, TIMEOUT),))
    told = [kinds(year, seed, [], mixed=True) for seed in SEEDS]
    assert told == [[Kind.BLOCKED]] * len(SEEDS)


def test_one_mechanism_and_then_another_is_a_change() -> None:
    """The twin: the same two, one after the other."""
    year = Year(days=200, changes=((80, TIMEOUT), (140, MITM)))
    told = [kinds(year, seed, []) for seed in SEEDS]
    assert told == [[Kind.BLOCKED, Kind.MECHANISM_CHANGED]] * len(SEEDS)


def test_seven_votes_are_no_change_of_mechanism_and_nine_are() -> None:
    before = [replace(s, layer="tls", mechanism="timeout") for s in daily("x" * 12)]
    after = [replace(s, layer="tls", mechanism="mitm") for s in daily("x" * 9, first=13)]
    assert line([*before, *after[:7]]).events == ()
    (event,) = line([*before, *after]).events
    assert event.kind is Kind.MECHANISM_CHANGED


def test_how_it_is_done_now_is_how_it_was_lately() -> None:
    """Too few for a change that is told; and a single other one is no other way."""
    before = [replace(s, layer="tls", mechanism="timeout") for s in daily("x" * 12)]
    after = [replace(s, layer="tls", mechanism="mitm") for s in daily("x" * 7, first=13)]
    for n, mechanism in ((0, "timeout"), (1, "timeout"), (4, "mitm"), (7, "mitm")):
        told = line([*before, *after[:n]])
        assert told.events == ()
        assert told.segments[-1].how == How("blocked", "tls", mechanism)
    many = [replace(s, sender=i) for i, s in enumerate(before, 1)]
    alone = [replace(s, sender=99) for s in after]
    assert line([*many, *alone], k=2).segments[-1].how == How("blocked", "tls", "timeout")


def beside(what: str, each_day: int) -> list[Seen]:
    """One more sender, that says always the same, or now this, now that; its key is another each month."""
    rng = random.Random(7)
    first = seen(Year(days=200, senders=1, noise=0, unsure=0, keys=False), random.Random(1))
    return [
        Seen(
            hour=f"{s.hour[:10]}T{i % 24:02d}",
            status=rng.choice(("accessible", "blocked")) if what == "flaps" else what,
            sender=90_000 + int(s.hour[5:7]),
        )
        for s in first
        for i in range(each_day)
    ]


@pytest.mark.parametrize(
    ("what", "each_day"), [("flaps", 1), ("flaps", 3), ("blocked", 100), ("accessible", 100)]
)
def test_one_sender_beside_honest_ones_makes_no_event_and_hides_none(
    what: str, each_day: int
) -> None:
    more = beside(what, each_day)
    quiet, changed = Year(days=200), Year(days=200, changes=((120, TIMEOUT),))
    for seed in range(4):
        assert kinds(quiet, seed, more) == []
        assert kinds(changed, seed, more) == [Kind.BLOCKED]


def test_what_is_down_in_between_is_a_gap_and_no_event() -> None:
    def down(verdicts: list[Seen]) -> list[Seen]:
        return [replace(s, status="down") if 100 <= day_of(s.hour) < 140 else s for s in verdicts]

    assert line(down(seen(Year(noise=0), random.Random(1))), k=2).events == ()
    year = Year(noise=0, unsure=0, changes=((120, TIMEOUT),))
    (event,) = line(down(seen(year, random.Random(1))), k=2).events
    assert (day_of(event.after), day_of(event.before)) == (99, 140)


def test_who_measures_on_sundays_only_is_enough() -> None:
    year = Year(changes=((120, TIMEOUT),))
    for seed in range(4):
        verdicts = [s for s in seen(year, random.Random(seed)) if day_of(s.hour) % 7 == 4]
        (event,) = line(verdicts, k=2).events
        assert day_of(event.after) < 120 <= day_of(event.before) < 135
