"""550 targets at once: wall time, memory, CPU, and the same verdicts as one by one."""

from __future__ import annotations

from collections import Counter

from probe.wiring.measure import DEFAULT_CONCURRENCY
from tests.bench.bound import bound
from tests.bench.figures import Figure, Json, Part
from tests.netlab.bulk import SHARES, TRUTH, Bulk, bulk
from tests.netlab.lab import Lab
from tests.netlab.runner import Commands, Run, run_probe, start_control

OONI_SECONDS = 1233.0  # issue 2 §6: one site at a time
WALL, MEMORY = 90.0, 250.0
_KIND = {truth: kind for kind, truth in TRUTH.items()}
Triple = tuple[object, object, object]


def run(count: int, sample: int, seed: int = 1) -> Part:
    """The list at the default settings, then a sample with --concurrency 1 in a fresh world."""
    made = bulk(count, seed)
    together = measure(made, made.urls, Commands())
    chosen = sampled(made, sample)
    alone = measure(made, chosen, Commands(extra=("--concurrency", "1"))) if chosen else None
    return summary(made, together, chosen, alone)


def measure(made: Bulk, urls: tuple[str, ...], commands: Commands) -> Run:
    """One run in a lab of its own."""
    with Lab(made.world) as lab:
        start_control(lab, "ours", commands)
        found = run_probe(lab, urls, commands=commands)
    if found.status:
        raise RuntimeError(f"exit {found.status}: {found.stderr[-2000:]}")
    return found


def sampled(made: Bulk, size: int) -> tuple[str, ...]:
    """So many URLs, in the list's order: of each kind that fails a ninth, the rest fine."""
    room = Counter(dict.fromkeys(SHARES, max(size // 9, 1) if size else 0))
    room["fine"] = size - sum(room.values())
    found = []
    for url in made.urls:
        kind = _KIND[made.truth[url]]
        if room[kind] > 0:
            room[kind] -= 1
            found.append(url)
    return tuple(found)


def triples(run: Run) -> dict[str, Triple]:
    """URL -> what is said of it. Where a site is down, the layer is mere description."""
    found: dict[str, Triple] = {}
    for line in run.lines:
        v = line.get("verdict") or {}
        status = v.get("status")
        rest = (None, None) if status == "down" else (v.get("layer"), v.get("mechanism"))
        found[str(line.get("input"))] = (status, *rest)
    return found


def summary(made: Bulk, together: Run, chosen: tuple[str, ...], alone: Run | None) -> Part:
    """The figures."""
    n, said = len(made.urls), triples(together)
    counts = Counter(_KIND[t] for t in made.truth.values())
    least, how = bound(counts, DEFAULT_CONCURRENCY)
    lines = [*how]
    wrong = {
        url: said.get(url)
        for url, e in made.truth.items()
        if said.get(url) != (e.status, e.layer, e.mechanism)
    }
    lines += [f"wrong: {url} {words}, truth {made.truth[url]}" for url, words in wrong.items()]
    part = f"bulk of {n}"
    figures = [
        Figure(part, "wall time", round(together.seconds, 2), "s", WALL),
        Figure(part, "lower bound of the methods", least, "s"),
        Figure(part, "peer: OONI's core, one by one", OONI_SECONDS, "s"),
        Figure(part, "peak memory", round(together.peak_kib / 1024, 1), "MB", MEMORY),
        Figure(part, "CPU a target", round(together.cpu / n * 1000, 2), "ms"),
        Figure(part, "verdicts that are not the truth", len(wrong), "", 0),
    ]
    if alone is not None:
        other = triples(alone)
        differ = [url for url in chosen if other.get(url) != said.get(url)]
        lines += [f"one by one {u}: {other.get(u)}, together {said.get(u)}" for u in differ]
        note = f"{len(chosen)} measured one by one in {alone.seconds:.0f} s"
        figures.append(
            Figure(part, "verdicts that differ one by one", len(differ), "", 0, note=note)
        )
    data: Json = {"counts": dict(counts), "wrong": {u: list(w or ()) for u, w in wrong.items()}}
    return Part(tuple(figures), tuple(lines), data)
