"""Every figure that was promised, beside its limit.

python -m tests.bench [PART…] [--quick] [--json FILE]

Parts: startup, steps, store, ingest, probes, reading, kills, memory, fuzz, site (any user); healthy, bulk,
matrix (the lab: root). All of them without a name. The whole matrix takes hours of wall time:
--loss, --seeds, --sample shorten it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import (
    bulk,
    collector,
    collector_memory,
    fuzz,
    matrix,
    single,
    site,
    site_rollups,
    years,
)
from tests.bench.figures import Figure, Json, Part, table
from tests.netlab.lab import ROOT

LAB = ("healthy", "bulk", "matrix")


def parts(options: argparse.Namespace) -> dict[str, Callable[[], Part]]:
    """Each part by name, the quick ones first."""
    quick = options.quick
    losses = options.loss or ([0.0, 0.02] if quick else [0.0, 0.02, 0.05])
    seeds = options.seeds or (1 if quick else 5)
    chosen = matrix.scenarios(options.sample or (60 if quick else 0))
    return {
        "startup": single.startup,
        "steps": lambda: single.steps(50 if quick else 300),
        "healthy": lambda: single.healthy(1 if quick else 5),
        "store": lambda: single.store(5_000 if quick else 100_000),
        "ingest": lambda: collector.ingest(5_000 if quick else 100_000),
        "probes": lambda: collector.probes(100 if quick else 500, 3),
        "reading": lambda: collector.reading(3_000 if quick else 20_000),
        "kills": lambda: collector.kills(
            2_000 if quick else 50_000, 10 if quick else 200, minutes=options.minutes
        ),
        "memory": lambda: collector_memory.memory(
            options.total or (20_000 if quick else collector_memory.HOUR),
            say,
            *collector.OPEN,
            minutes=options.minutes,
        ),
        "fuzz": lambda: fuzz.run(2_000 if quick else 100_000),
        "site": lambda: site.run(options.total or (100_000 if quick else 1_000_000), say),
        "rollups": lambda: site_rollups.run(
            options.total or (100_000 if quick else 1_000_000), say
        ),
        "years": lambda: years.run(30 if quick else 200),
        "bulk": lambda: bulk.run(110 if quick else 550, 9 if quick else 60),
        "matrix": lambda: matrix.run(chosen, losses, seeds, say, naive=not options.no_naive),
    }


def say(line: str) -> None:
    """Progress and details, for a person: standard error, so that the table stands alone."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def about(options: argparse.Namespace) -> Json:
    """When, where and of what."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "made": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "quick": options.quick,
    }


def main() -> int:
    """Run the parts, print the table; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--quick", action="store_true", help="a part of each, to see it work")
    parser.add_argument("--loss", type=float, nargs="*", help="of packets (0 0.02 0.05)")
    parser.add_argument("--seeds", type=int, default=0, help="passes for each loss (5)")
    parser.add_argument("--sample", type=int, default=0, help="so many scenarios only")
    parser.add_argument(
        "--total",
        type=int,
        default=0,
        help="measurements of the site (1000000), of memory (2880000)",
    )
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="end of memory and kills (none)"
    )
    parser.add_argument("--no-naive", action="store_true", help="leave the naive probe out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the results there")
    options = parser.parse_args()
    known = parts(options)
    wanted = options.parts or list(known)
    if unknown := [name for name in wanted if name not in known]:
        parser.error(f"no such part: {' '.join(unknown)}; there are {' '.join(known)}")
    kept: Json = about(options) | {"figures": [], "parts": {}}
    figures: list[Figure] = []
    for name in (n for n in known if n in wanted):
        if name in LAB and os.geteuid() != 0:
            say(f"{name}: left out, the network lab needs root (namespaces, TUN)")
            continue
        began = time.monotonic()
        part = known[name]()
        figures += part.figures
        kept["parts"][name] = {"seconds": round(time.monotonic() - began, 1), "data": part.data}
        kept["figures"] = [f.as_json() for f in figures]
        say("\n".join([f"\n== {name} ({time.monotonic() - began:.0f} s)", *part.lines]))
        if options.json:  # after each part: an interrupted bench keeps what it has
            options.json.write_text(json.dumps(kept, indent=1))
    print(table(figures))
    return int(any(not f.ok for f in figures))


if __name__ == "__main__":
    sys.exit(main())
