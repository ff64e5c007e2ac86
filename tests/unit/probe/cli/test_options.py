"""Shared options are checked."""

import pytest
import typer

from probe.cli.options import moment, statuses


def test_statuses_by_comma_or_option() -> None:
    """Words of the contract only."""
    assert ("blocked", "down", "throttled") == statuses(["blocked,down", "throttled"])
    assert () == statuses(None)
    with pytest.raises(typer.BadParameter, match="accessible, blocked"):
        statuses(["bloked"])


@pytest.mark.parametrize(
    "text", ["2026", "2026-11", "2026-11-23", "2026-11-23T06", "2026-11-23T06:00:00Z"]
)
def test_the_beginning_of_a_time(text: str) -> None:
    """Is compared as text."""
    assert text == moment(text)


def test_other_times() -> None:
    """A space for the T; so long ago; nonsense."""
    assert "2026-11-23T06:00" == moment("2026-11-23 06:00")
    ago = moment("7d")
    assert ago is not None
    assert 20 == len(ago)
    assert "0001" == moment("999999d")
    assert moment(None) is None
    with pytest.raises(typer.BadParameter):
        moment("yesterday")
