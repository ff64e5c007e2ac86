"""The probe's copy of the sequential test agrees with the judge's."""

from hypothesis import given
from hypothesis import strategies as st

from measurements.verdict import symbols
from probe.experiments import sequential


@given(st.lists(st.booleans(), max_size=16))
def test_who_measures_stops_when_who_judges_has_decided(failed: list[bool]) -> None:
    """Neither earlier, which would leave it open, nor later, which would be impolite."""
    judged = symbols.sequential(failed) is not symbols.Decision.OPEN

    assert judged is sequential.decided(failed)


def test_four_straight_failures_decide() -> None:
    """Three do not."""
    assert [False, True] == [sequential.decided([True] * n) for n in (3, 4)]


def test_the_numbers_are_the_judges() -> None:
    """To the third place."""
    ours = [
        sequential.FAILURE_WEIGHT,
        sequential.SUCCESS_WEIGHT,
        sequential.UPPER,
        sequential.LOWER,
    ]
    theirs = [symbols.FAILURE_WEIGHT, symbols.SUCCESS_WEIGHT, symbols.UPPER, symbols.LOWER]

    assert all(abs(a - b) < 0.001 for a, b in zip(ours, theirs, strict=True))
