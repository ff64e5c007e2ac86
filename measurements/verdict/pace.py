"""Was a download slow, and slower than its control? (methods.md §1.12.)

Paces are bytes a second over the whole of a transfer, request to last byte, so that a freeze counts
as slowness. Throttled: median ratio at most 1/3, five pairs at least, and a one-sided rank test
below 0.01 (Mann-Whitney, exact).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from measurements.schema.records import HTTPTransaction, NetworkEvent

RATIO = 1 / 3
CLEAN_RATIO = 0.6
MAX_P = 0.01
MIN_PAIRS = 5
# Below this many bytes a transfer is a matter of round trips, not of a rate.
MIN_BYTES = 24 * 1024
# Half a megabit: an ordinary page that comes more slowly is worth a second look, not more.
SUSPICIOUS_PACE = 64 * 1024
# Or one that takes so many seconds, where the control got it in a third of them.
LONG_TIME = 2.5


Samples = Mapping[int, int]


def samples(events: Iterable[NetworkEvent]) -> Samples:
    """The most bytes that a sample shows, by transaction."""
    most: dict[int, int] = {}
    for e in events:
        if e.operation == "bytes_received_cumulative" and e.num_bytes is not None:
            most[e.transaction_id] = max(e.num_bytes, most.get(e.transaction_id, e.num_bytes))
    return most


_NONE: Samples = {}


def received(transaction: HTTPTransaction, seen: Samples) -> int:
    """Bytes that arrived, headers included, by the samples; by the body where there are none."""
    length = transaction.body_length
    return max(seen.get(transaction.transaction_id, length), length)


def pace(transaction: HTTPTransaction, seen: Samples = _NONE) -> float:
    """Bytes a second."""
    took = max(transaction.t - transaction.t0, 0.001)
    return received(transaction, seen) / took


def rank_test(low: Sequence[float], high: Sequence[float]) -> float:
    """Exact one-sided p that `low` is not below `high`: the share of splits with as small a rank sum."""
    pooled = sorted([*low, *high])
    ranks = {
        value: (pooled.index(value) + 1 + pooled.index(value) + pooled.count(value)) / 2
        for value in pooled
    }
    seen = sum(ranks[value] for value in low)
    every = [ranks[value] for value in pooled]
    sums = [sum(chosen) for chosen in combinations(every, len(low))]
    return sum(s <= seen for s in sums) / len(sums)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """Target's paces and a control arm's, in bytes a second."""

    target: tuple[float, ...]
    control: tuple[float, ...]

    @property
    def ratio(self) -> float | None:
        """Median over median; None where one is missing."""
        if not self.target or not self.control:
            return None
        return median(self.target) / max(median(self.control), 0.001)

    @property
    def throttled(self) -> bool:
        """The target is slower beyond chance."""
        ratio = self.ratio
        if ratio is None or min(len(self.target), len(self.control)) < MIN_PAIRS:
            return False
        return ratio <= RATIO and rank_test(self.target[:8], self.control[:8]) < MAX_P

    @property
    def clean(self) -> bool:
        """Two pairs at least, and no difference worth a word."""
        ratio = self.ratio
        few = min(len(self.target), len(self.control)) < 2  # noqa: PLR2004
        return ratio is not None and not few and ratio >= CLEAN_RATIO

    @property
    def decided(self) -> bool:
        """No further pair is needed."""
        return self.throttled or self.clean
