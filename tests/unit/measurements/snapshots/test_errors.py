"""An error of a snapshot is a sentence."""

from measurements.snapshots.errors import SnapshotError


def test_it_says_what_it_was_told() -> None:
    """Nothing is added."""
    assert "it is full" == str(SnapshotError("it is full"))
