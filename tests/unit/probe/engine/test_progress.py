"""Events are plain values: whoever listens needs no more than them."""

import dataclasses
import typing

import pytest

from probe.engine import progress


def test_events_are_frozen() -> None:
    """A listener cannot change what another is told."""
    for kind in typing.get_args(progress.Event):
        assert dataclasses.is_dataclass(kind)
    with pytest.raises(dataclasses.FrozenInstanceError):
        progress.TargetStarted(input="a").input = "b"  # type: ignore[misc]


def test_a_target_is_told_with_its_count() -> None:
    """What could not be measured counts as done."""
    event = progress.TargetCouldNotRun(input="https://a.example/", says="why", done=2, total=3)
    assert (2, 3) == (event.done, event.total)
