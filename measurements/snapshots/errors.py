"""What can go wrong with a snapshot."""


class SnapshotError(Exception):
    """It cannot be made or read; the message is for a person."""
