"""All scenarios under several losses and seeds: how often the verdict is the truth."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from tests.bench.figures import Figure, Json, Part
from tests.netlab import lab
from tests.netlab.lab import PYTHON
from tests.netlab.model import Scenario
from tests.netlab.runner import Commands, Result, run_scenarios
from tests.netlab.scenarios import ALL

Say = Callable[[str], None]
Link = dict[str, float | int]
BUCKETS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01))
STATUS_LIMIT, TRIPLE_LIMIT = 0.98, 0.95
# Issue 2 §6: OONI's Web Connectivity core on 234 held-out situations of such a kind.
OONI = "85-91 % of statuses (OONI's Web Connectivity core, 234 held-out situations of such a kind)"


def scenarios(sample: int = 0) -> list[Scenario]:
    """All, or about so many of them, evenly chosen: censored and benign in proportion."""
    everything = list(ALL.values())
    if not sample or sample >= len(everything):
        return everything
    step = len(everything) / sample
    return [everything[int(i * step)] for i in range(sample)]


def measure(chosen: Sequence[Scenario], loss: float, seed: int) -> list[Json]:
    """One pass. Worlds that lose packets on purpose keep their own loss where it is greater.

    Two labs at a time: they wait for timeouts, and leave the processor idle most of it.
    """
    ours: Link = {"loss_up": loss, "loss_down": loss, "seed": seed}
    theirs: Link = {"seed": seed}
    worse = [s for s in chosen if not s.shared and s.world.link.loss_down > loss]
    large = [s for s in chosen if s.shared and s.control == "ours"]
    rest = [s for s in chosen if s not in worse and s not in large]

    over = threading.Event()

    def several(*runs: tuple[list[Scenario], Link]) -> list[Json]:
        return [
            row(r, loss, seed)
            for some, link in runs
            if not over.is_set()
            for r in run_scenarios(some, Commands(), link)
        ]

    with ThreadPoolExecutor(2) as pool:
        parts = (
            pool.submit(several, (large, ours)),
            pool.submit(several, (rest, ours), (worse, theirs)),
        )
        try:
            return [found for part in parts for found in part.result()]
        except BaseException:  # Ctrl-C must not wait for the minutes that are left
            over.set()
            lab._stop_all()
            raise


def row(r: Result, loss: float, seed: int) -> Json:
    """What is kept of a result."""
    return {
        "scenario": r.scenario.name,
        "kind": r.scenario.kind,
        "loss": loss,
        "seed": seed,
        "truth": r.meant(),
        "said": r.said(),
        "status": r.status,
        "triple": r.triple,
        "partial": r.partial,
        "details": r.details,
        "false_blocked": r.false_blocked,
        "false_down": r.false_down,
        "confidence": r.verdict.get("confidence"),
        "seconds": round(r.seconds, 2),
    }


def run(
    chosen: Sequence[Scenario], losses: Sequence[float], seeds: int, say: Say, *, naive: bool = True
) -> Part:
    """All passes, each told when it is over."""
    rows: list[Json] = []
    for loss in losses:
        for seed in range(1, seeds + 1):
            found = measure(chosen, loss, seed)
            say(line(f"loss {loss:.0%} seed {seed}", found))
            for miss in misses(found):
                say(f"  {miss}")
            rows += found
    peer = baseline(chosen) if naive else []
    return summary(rows, peer)


def baseline(chosen: Sequence[Scenario]) -> list[Json]:
    """The naive probe (one visit, any failure is called blocked) over the same, without loss."""
    command = f"{PYTHON} -m tests.netlab.baseline"
    with patch.dict(os.environ, {"ANYQTA_LAB_PROBE": command}):
        return measure([s for s in chosen if s.shared], 0.0, 1)


def summary(rows: Sequence[Json], peer: Sequence[Json] = ()) -> Part:
    """The figures of issue 2 §6 from all passes."""
    name = "matrix"
    figures = [
        Figure(name, "exact status", share(rows, "status"), "share", STATUS_LIMIT, "most"),
        Figure(name, "exact triple", share(rows, "triple"), "share", TRIPLE_LIMIT, "most"),
        Figure(name, "benign called blocked or throttled", count(rows, "false_blocked"), "", 0),
        Figure(name, "up but called down", count(rows, "false_down"), "", 0),
    ]
    figures += [
        Figure(name, f"exact status at {loss:.0%} loss", share(part, "status"), "share")
        for loss in sorted({r["loss"] for r in rows})
        if (part := [r for r in rows if r["loss"] == loss])
    ]
    figures.append(Figure(name, "partial interference told", share(rows, "partial"), "share"))
    if peer:
        note = f"one visit, any failure is called blocked: {count(peer, 'false_blocked')} innocent"
        figures.append(
            Figure(name, "peer: naive probe's status", share(peer, "status"), "share", note=note)
        )
    lines = [
        *(
            line(f"loss {loss:.0%}", [r for r in rows if r["loss"] == loss])
            for loss in sorted({r["loss"] for r in rows})
        ),
        f"peer: {OONI}",
        *calibration(rows),
        *often_missed(rows),
    ]
    return Part(tuple(figures), tuple(lines), {"rows": list(rows), "naive": list(peer)})


def line(label: str, rows: Sequence[Json]) -> str:
    """Some rows in one line."""
    return (
        f"{label}: {len(rows)} verdicts, exact status {share(rows, 'status'):.1%}, "
        f"exact triple {share(rows, 'triple'):.1%}, partial {share(rows, 'partial'):.1%}, "
        f"benign called blocked {count(rows, 'false_blocked')}, "
        f"up called down {count(rows, 'false_down')}"
    )


def share(rows: Sequence[Json], key: str) -> float:
    """Of the rows, that have it."""
    return count(rows, key) / len(rows) if rows else 0.0


def count(rows: Iterable[Json], key: str) -> int:
    """How many have it."""
    return sum(bool(r[key]) for r in rows)


def misses(rows: Iterable[Json]) -> list[str]:
    """What was not exactly right."""
    return [
        f"{'!! ' if r['false_blocked'] or r['false_down'] else ''}{r['scenario']}: "
        f"{r['said']} ({r['confidence']}), truth {r['truth']}"
        for r in rows
        if not r["triple"]
    ]


def often_missed(rows: Sequence[Json]) -> list[str]:
    """Scenario by scenario, what was said instead, the most often missed first."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for r in rows:
        if not r["triple"]:
            wrong = found.setdefault((r["scenario"], r["truth"]), {})
            wrong[r["said"]] = wrong.get(r["said"], 0) + 1
    passes = len({(r["loss"], r["seed"]) for r in rows})
    ranked = sorted(found.items(), key=lambda item: -sum(item[1].values()))
    return [
        f"missed {sum(said.values())} of {passes}: {scenario} ({truth}) "
        + ", ".join(f"{words} x{n}" for words, n in said.items())
        for (scenario, truth), said in ranked
    ]


def calibration(rows: Sequence[Json]) -> list[str]:
    """Of the verdicts that were given so much confidence, the share that was right."""
    lines = []
    for low, high in BUCKETS:
        some = [r for r in rows if r["confidence"] is not None and low <= r["confidence"] < high]
        if some:
            mean = sum(r["confidence"] for r in some) / len(some)
            lines.append(
                f"confidence {low:.2f}-{min(high, 1):.2f}: {len(some)} verdicts, said {mean:.3f}, "
                f"right {share(some, 'triple'):.3f} (status {share(some, 'status'):.3f})"
            )
    return lines
