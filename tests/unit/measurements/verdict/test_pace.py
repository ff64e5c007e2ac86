"""How slow is slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.verdict.observe import visits
from measurements.verdict.pace import Paces, pace, rank_test, received, samples
from tests.fakes.measurements import IP, a_measurement

numbers = st.lists(st.integers(1, 99).map(float), min_size=1, max_size=6)


def test_a_pace_counts_from_the_request_to_the_last_byte() -> None:
    """Samples count more than the body that was kept."""
    story = a_measurement("http://t.example/").system(IP).tcp().get(length=1000, seconds=2)
    fetch = visits(story.told())[0].last.fetch
    sampled = story.received(4000)
    seen = samples(visits(sampled.told())[0].last.events)

    assert fetch is not None
    assert 500 == pace(fetch)
    assert [4000, 2000] == [received(fetch, seen), pace(fetch, seen)]


@pytest.mark.parametrize(
    ("low", "high", "p"),
    [
        ([1.0], [2.0], 0.5),
        ([1, 2], [3, 4], 1 / 6),
        ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], 1 / 252),
        ([5], [5], 1),
    ],
)
def test_the_rank_test_is_exact(low: list[float], high: list[float], p: float) -> None:
    """The share of splits with as small a rank sum."""
    assert p == pytest.approx(rank_test(low, high))


@given(numbers, numbers)
def test_p_is_a_probability(low: list[float], high: list[float]) -> None:
    """And never nothing: the split that was seen is one of them."""
    assert 0 < rank_test(low, high) <= 1


def paces(target: list[float], control: list[float]) -> Paces:
    """As the view makes them."""
    return Paces(target=tuple(target), control=tuple(control))


@pytest.mark.parametrize(
    ("target", "control", "throttled", "clean"),
    [
        ([10] * 6, [100] * 6, True, False),
        ([10] * 5, [100] * 5, True, False),
        ([10] * 4, [100] * 6, False, False),
        ([40] * 6, [100] * 6, False, False),
        ([90] * 2, [100] * 2, False, True),
        ([90], [100, 100], False, False),
        ([10, 200, 10, 200, 10, 10], [100] * 6, False, False),
        ([], [100] * 6, False, False),
    ],
)
def test_when_a_pace_is_throttled(
    target: list[float], control: list[float], throttled: bool, clean: bool
) -> None:
    """A third at most, five pairs at least, and no chance."""
    found = paces(target, control)

    assert (throttled, clean) == (found.throttled, found.clean)
    assert (throttled or clean) is found.decided


@given(numbers, numbers)
def test_throttled_and_clean_exclude_each_other(target: list[float], control: list[float]) -> None:
    """Whatever the numbers."""
    found = paces(target, control)

    assert not (found.throttled and found.clean)
