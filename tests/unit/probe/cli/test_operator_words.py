"""What `anyqta collector …` commands share."""

from pathlib import Path

import pytest

from probe.cli.operator_words import full, number, told
from probe.cli.plainly import Stop
from probe.wiring.collector import OperatorError


def test_an_operators_error_ends_the_command_with_its_words() -> None:
    with pytest.raises(Stop, match="no such thing"), told():
        raise OperatorError("no such thing")
    with pytest.raises(ValueError, match="bug"), told():
        raise ValueError("bug")


def test_numbers_and_paths() -> None:
    assert [number(n, "sender") for n in (0, 1, 2)] == ["0 senders", "1 sender", "2 senders"]
    assert full(Path("a")).is_absolute()
