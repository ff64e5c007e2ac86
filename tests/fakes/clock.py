"""network.Clock that moves only when told."""


class FakeClock:
    """Starts at `monotonic` and `utc` seconds."""

    def __init__(self, monotonic: float = 100.0, utc: float = 1_800_000_000.0) -> None:
        self._monotonic, self._utc = monotonic, utc

    def monotonic(self) -> float:
        """See network.Clock."""
        return self._monotonic

    def utc(self) -> float:
        """See network.Clock."""
        return self._utc

    def advance(self, seconds: float) -> None:
        """Let time pass, on both clocks alike."""
        self._monotonic += seconds
        self._utc += seconds
