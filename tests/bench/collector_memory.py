"""An hour's worth of documents: does the collector's memory stay where it is?

The documents are the load's, each under a uid of its own, sealed while they are sent: 2.88 million of
them (an hour at 800 a second) would fill a disk. Nothing is timed here, so it may run for hours
behind other work: `nice -n 19 python -m tests.bench memory --total 2880000`.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Iterator
from itertools import takewhile

from tests.bench.collector_run import Collector, Tally, pour, rss
from tests.bench.collector_world import renamed
from tests.bench.figures import Figure, Part
from tests.bench.folders import folder

HOUR = 2_880_000  # at 800 a second
GROWTH = 0.1
_EVERY = 5.0


def memory(
    total: int, say: Callable[[str], None], *options: str, minutes: float = math.inf
) -> Part:
    """Resident bytes of all the collector's processes, from the first document to the last.

    After so many minutes nothing more is sent: then it is told of as many as there were.
    """
    with folder() as home, Collector(home, *options) as collector:
        tally, over, seen = Tally(), threading.Event(), list[tuple[int, int]]()

        def watch() -> None:
            told = time.monotonic()
            while not over.wait(_EVERY):
                seen.append((tally.answers["accepted"], _resident(collector)))
                if time.monotonic() - told > 60:
                    told = time.monotonic()
                    say(f"memory: {seen[-1][0]:,} documents, {seen[-1][1] / 1e6:.0f} MB")

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.monotonic()
        try:
            sent = _until(began + minutes * 60, renamed(total))
            asyncio.run(pour(collector.port, sent, clients=6, tally=tally))
            seen.append((tally.answers["accepted"], _resident(collector)))
        finally:
            over.set()
            watcher.join()
        took = (time.monotonic() - began) / 60
        size = collector.db.stat().st_size
    return _part(min(total, tally.answers.total()), seen, tally, took, size)


def _part(total: int, seen: list[tuple[int, int]], tally: Tally, minutes: float, size: int) -> Part:
    name = f"memory, {total:,} documents"
    taken = tally.answers["accepted"] + tally.answers["duplicate"]  # sent again after a time-out
    quarter = [b for n, b in seen if total // 5 <= n <= total // 3] or [seen[0][1]]
    last = [b for n, b in seen if n >= total - total // 10] or [seen[-1][1]]
    first_mb, last_mb = sum(quarter) / len(quarter) / 1e6, sum(last) / len(last) / 1e6
    return Part(
        (
            Figure(name, "taken", taken, "", total, "most"),
            Figure(name, "at a fifth to a third", round(first_mb), "MB"),
            Figure(name, "in the last tenth", round(last_mb), "MB"),
            Figure(name, "highest", round(max(b for _, b in seen) / 1e6), "MB"),
            Figure(name, "growth between the two", round(last_mb / first_mb - 1, 3), "", GROWTH),
            Figure(name, "slope from a fifth on", round(slope(seen, total // 5), 2), "MB/100,000"),
        ),
        lines=(f"{minutes:.0f} minutes, {size / 1e6:.0f} MB of file, {dict(tally.problems)}",),
        data={"rss": seen},
    )


def slope(seen: list[tuple[int, int]], after: int) -> float:
    """MB for each 100,000 documents: the straight line nearest to what was seen `after` so many."""
    points = [(n / 1e5, b / 1e6) for n, b in seen if n >= after]
    if len(points) < 2:
        return 0.0
    x0 = sum(x for x, _ in points) / len(points)
    y0 = sum(y for _, y in points) / len(points)
    spread = sum((x - x0) ** 2 for x, _ in points)
    return sum((x - x0) * (y - y0) for x, y in points) / spread if spread else 0.0


def _resident(collector: Collector) -> int:
    return sum(rss(pid) for pid in [collector.pid, *collector.workers()])


def _until(end: float, sent: Iterator[bytes]) -> Iterator[bytes]:
    return takewhile(lambda _: time.monotonic() < end, sent)
