"""One healthy site; the command's start; what the store and the steps cost."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import bench_store
from tests.bench.figures import Figure, Part, median
from tests.netlab.lab import ROOT, Lab
from tests.netlab.runner import Commands, run_probe, shared_world, start_control
from tests.netlab.scenarios import ALL

HEALTHY = "dual-fine"
SETTLED, STARTED, WITHIN, RATE = 2.0, 0.4, 0.3, 0.5
DAYS, TARGETS = 365, 500
_STEP = re.compile(r"^(.+?)\s{2,}([0-9.]+) (ms CPU|MB.*)$", re.MULTILINE)


def healthy(times: int) -> Part:
    """A site with nothing wrong, 40 ms away: the whole command, and the measurement itself."""
    scenario = ALL[HEALTHY]
    world = shared_world([scenario])
    walls, runtimes = [], []
    with Lab(world) as lab:
        start_control(lab, "ours", Commands())
        for i in range(times):
            run = run_probe(lab, [scenario.url], home=lab.folder / f"home-{i}")
            assert run.lines, run.stderr
            assert run.lines[0]["verdict"]["status"] == "accessible", run.lines
            walls.append(run.seconds)
            runtimes.append(float(run.lines[0]["test_runtime"]))
    rtt = f"{world.link.rtt * 1000:.0f} ms round trip, median of {times}"
    return Part(
        (
            Figure("healthy", "whole command", round(median(walls), 3), "s", SETTLED, note=rtt),
            Figure("healthy", "test_runtime", round(median(runtimes), 3), "s", SETTLED, note=rtt),
        ),
        data={"walls": walls, "runtimes": runtimes},
    )


def startup(times: int = 5) -> Part:
    """`anyqta --help`."""
    command = ROOT / ".venv/bin/anyqta"
    arguments = [str(command)] if command.exists() else [sys.executable, "-m", "probe.cli"]
    spent = []
    for _ in range(times + 1):
        began = time.perf_counter()
        subprocess.run([*arguments, "--help"], check=True, capture_output=True, cwd=ROOT)
        spent.append(time.perf_counter() - began)
    found = round(median(spent[1:]), 3)  # the first may compile
    note = f"median of {times}"
    return Part((Figure("startup", "anyqta --help", found, "s", STARTED, note=note),), data=spent)


def store(total: int) -> Part:
    """Writing, reading, size: bench_store.py's, with synchronous=FULL as the product has it."""
    folder = Path(tempfile.mkdtemp(prefix="anyqta-bench-"))
    part = f"store of {total:,}"
    try:
        path, seconds = bench_store.bench(folder, total, "FULL")
        rate = seconds["bare, one transaction each"] / seconds["save"]
        size = path.stat().st_size / total
        home = folder / "home"
        home.mkdir()
        shutil.move(path, home / "anyqta.db")
        figures = [
            Figure(part, "rate against executemany", round(rate, 3), "", RATE, "most"),
            Figure(part, "measurements a second", round(total / seconds["save"])),
            Figure(part, "bytes a measurement", round(size), "B"),
            Figure(part, f"a year of {TARGETS} a day", round(size * TARGETS * DAYS / 1e6), "MB"),
        ]
        for arguments in (("results",), ("results", "--url", "number-77."), ("show", "last")):
            spent = round(bench_store.command(*arguments, home=home), 3)
            figures.append(Figure(part, " ".join(arguments), spent, "s", WITHIN))
    finally:
        shutil.rmtree(folder)
    return Part(tuple(figures), data=seconds)


def steps(visits: int) -> Part:
    """bench_steps.py's lines: no limit is set on them."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_steps", str(visits)],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    figures = [
        Figure("steps", name, float(value), unit.split(" over")[0])
        for name, value, unit in _STEP.findall(done.stdout)
    ]
    return Part(tuple(figures))
