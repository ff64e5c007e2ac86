"""How long a run will still take."""

import heapq
import random

import pytest

from probe.cli.time_left import mean, remaining, seconds_left, survival, words


def a_run(seed: int, targets: int, slots: int) -> tuple[list[float], list[float]]:
    """When each target begins and ends: most open at once, some have to be asked many ways."""
    chance = random.Random(seed)
    free, starts, ends = [0.0] * slots, [], []
    for _ in range(targets):
        start = heapq.heappop(free)
        easy = chance.random() < 0.8
        took = chance.lognormvariate(0.4, 0.5) if easy else chance.uniform(3, 30)
        starts.append(start)
        ends.append(start + took)
        heapq.heappush(free, start + took)
    return starts, ends


@pytest.mark.parametrize(("targets", "slots"), [(550, 8), (550, 48), (2000, 48)])
def test_it_comes_near_the_truth(targets: int, slots: int) -> None:
    """From a quarter to nine tenths of the way: never twice as long, seldom half."""
    off = []
    for seed in range(8):
        starts, ends = a_run(seed, targets, slots)
        whole = max(ends)
        for share in (0.25, 0.5, 0.7, 0.9):
            now = whole * share
            pairs = list(zip(starts, ends, strict=True))
            told = seconds_left(
                [end - start for start, end in pairs if end <= now],
                [now - start for start, end in pairs if start <= now < end],
                sum(start > now for start in starts),
            )
            if told is not None:
                off.append(told / (whole - now))
    assert len(off) >= 24
    assert max(off) < 2.5
    assert sorted(off)[len(off) // 10] > 0.5
    assert 0.7 < sorted(off)[len(off) // 2] < 1.4


def test_what_runs_counts_as_well() -> None:
    """The quick ones finish first: those alone would promise too much."""
    quick = [1.0] * 10
    assert seconds_left(quick, [9.0] * 10, 100) > 3 * (seconds_left(quick, [0.1] * 10, 100) or 0)  # type: ignore[operator]


def test_nothing_is_said_where_nothing_is_known() -> None:
    """Too few, none that runs, or all that run have run longer than any that ended."""
    assert seconds_left([1.0] * 4, [1.0], 10) is None
    assert seconds_left([1.0] * 9, [], 10) is None
    assert seconds_left([1.0] * 9, [5.0], 0) is None
    assert 2.0 == seconds_left([1.0] * 9 + [3.0] * 3, [1.0], 0)


def test_no_more_begin_after_the_time_is_up() -> None:
    """--max-runtime bounds what waits, not what runs."""
    assert 11.0 == seconds_left([1.0] * 9, [0.5], 1000, at_most=10.0)


def test_the_curve() -> None:
    """By hand: two end at 1, one has run for 2, one ends at 3."""
    steps = survival([1.0, 1.0, 3.0], [2.0])
    assert [(1.0, 0.75), (1.0, 0.5), (3.0, 0.0)] == steps
    assert 1.0 + 0.5 * 2.0 == mean(steps, 2.0)
    assert 2.0 == remaining(steps, 1.0, 0.5)
    assert remaining(steps, 3.0, 0.5) is None
    assert 10.0 == mean([], 10.0)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, ""),
        (0.0, "less than a minute left"),
        (44.0, "less than a minute left"),
        (70.0, "about a minute left"),
        (170.0, "about 3 min left"),
        (5340.0, "about 89 min left"),
        (9000.0, "about 2 hours left"),
    ],
)
def test_in_words(seconds: float | None, told: str) -> None:
    """Rounded as a person would; never to the second."""
    assert told == words(seconds)
