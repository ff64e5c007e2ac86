"""The lab as a command: list, run, matrix, bulk, shell."""

from __future__ import annotations

import argparse
import fnmatch
import os
import subprocess
import sys
from collections.abc import Sequence

from tests.netlab.bulk import bulk
from tests.netlab.lab import Lab
from tests.netlab.model import Scenario
from tests.netlab.runner import (
    Commands,
    Result,
    run_probe,
    run_scenarios,
    shared_world,
    start_control,
)
from tests.netlab.scenarios import ALL, COMMON


def chosen(patterns: Sequence[str]) -> list[Scenario]:
    """The scenarios that match any pattern (all without one)."""
    found = [s for s in ALL.values() if not patterns or any(fnmatch.fnmatch(s.name, p) for p in patterns)]
    if not found:
        sys.exit(f"no scenario matches {' '.join(patterns)}; see `list`")
    return found


def table(results: Sequence[Result], only_wrong: bool = False) -> None:
    """One line a scenario."""
    for r in results:
        if only_wrong and r.triple and r.partial:
            continue
        mark = "right" if r.triple else "status" if r.status else "WRONG"
        extra = "" if r.partial else f"  partial not told: {r.scenario.expect.partial}"
        extra += "" if r.details else f"  trigger/locus: {r.verdict.get('trigger')}/{r.verdict.get('locus')}"
        print(f"{r.scenario.name:28} {r.meant():34} {r.said():34} {mark:6} {r.seconds:6.1f} s{extra}")


def totals(results: Sequence[Result]) -> str:
    """The figures of issue 2 §6."""
    n, benign = len(results) or 1, [r for r in results if r.scenario.kind == "benign"]
    return (
        f"{len(results)} scenarios: exact status {sum(r.status for r in results) / n:.1%}, "
        f"exact triple {sum(r.triple for r in results) / n:.1%}, partial told {sum(r.partial for r in results) / n:.1%}; "
        f"benign {len(benign)}, called blocked or throttled {sum(r.false_blocked for r in results)}, "
        f"up but called down {sum(r.false_down for r in results)}, without a verdict {sum(not r.verdict for r in results)}"
    )


def _run(options: argparse.Namespace) -> int:
    link = {"loss_up": options.loss, "loss_down": options.loss, "seed": options.seed}
    results = run_scenarios(
        chosen(options.names),
        Commands(extra=tuple(options.extra.split())),
        link if options.loss else None,
    )
    table(results, options.wrong)
    print(totals(results))
    return int(any(not r.status for r in results))


def _matrix(options: argparse.Namespace) -> int:
    scenarios = chosen(options.names)[: options.limit or None]
    worst = 0
    for loss in options.loss:
        for seed in range(1, options.seeds + 1):
            results = run_scenarios(scenarios, Commands(), {"loss_up": loss, "loss_down": loss, "seed": seed})
            print(f"loss {loss:.0%} seed {seed}: {totals(results)}", flush=True)
            table(results, only_wrong=True)
            worst = max(worst, sum(r.false_blocked or r.false_down for r in results))
    return int(worst > 0)


def _bulk(options: argparse.Namespace) -> int:
    made = bulk(options.count, options.seed)
    with Lab(made.world) as lab:
        start_control(lab, "ours", Commands())
        run = run_probe(lab, made.urls)
    said = {str(x.get("input")): x.get("verdict") or {} for x in run.lines}
    right = sum(said.get(u, {}).get("status") == e.status for u, e in made.truth.items())
    triple = sum(
        (v.get("status"), v.get("layer"), v.get("mechanism")) == (e.status, e.layer, e.mechanism)
        or (v.get("status") == e.status == "down")
        for u, e in made.truth.items()
        for v in (said.get(u, {}),)
    )
    print(
        f"{len(made.urls)} targets in {run.seconds:.1f} s, {run.cpu / len(made.urls) * 1000:.1f} ms CPU a target, peak "
        f"{run.peak_kib / 1024:.0f} MiB; status right {right}, triple right {triple}; exit {run.status}"
    )
    if run.status:
        print(run.stderr[-2000:])
    return run.status


def _list(options: argparse.Namespace) -> int:
    for s in chosen(options.names):
        world = "shared" if s.shared else f"own:{s.group or s.name}"
        e = s.expect
        print(
            f"{s.name:28} {s.kind:8} {world:14} {s.control:5} {e.status}/{e.layer or '-'}/{e.mechanism or '-'}\n{'':29}{s.why}"
        )
    print(f"{len(ALL)} scenarios")
    return 0


def _shell(options: argparse.Namespace) -> int:
    scenarios = chosen(options.names)
    own = [s for s in scenarios if not s.shared]
    world = shared_world(own, own[0].world) if own else shared_world(scenarios, COMMON)
    with Lab(world) as lab:
        try:
            start_control(lab, options.control, Commands())
        except RuntimeError as error:
            print(error, file=sys.stderr)
        for s in scenarios[:20]:
            print(s.url, s.why)
        print(f"In the probe's namespace; lab files in {lab.folder}, root certificate {lab.root_file}. Exit ends the lab.")
        subprocess.run(
            ["ip", "netns", "exec", lab.ns("probe"), os.environ.get("SHELL", "sh")],
            env=lab.environment(),
            check=False,
        )
    return 0


def main() -> int:
    """Parse and call."""
    parser = argparse.ArgumentParser(prog="python -m tests.netlab", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def add(name: str, function: object, about: str, names: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(function=function)
        if names:
            made.add_argument("names", nargs="*", help="names or patterns of scenarios")
        return made

    add("list", _list, "What there is.")
    run = add("run", _run, "Run scenarios (all without a name) and compare.")
    run.add_argument("--loss", type=float, default=0.0)
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--wrong", action="store_true", help="print wrong ones only")
    run.add_argument("--extra", default="", help="further options for `anyqta run`")
    matrix = add("matrix", _matrix, "Run under several losses and seeds.", names=False)
    matrix.add_argument("--names", nargs="*", default=[])
    matrix.add_argument("--loss", type=float, nargs="*", default=[0.0, 0.02, 0.05])
    matrix.add_argument("--seeds", type=int, default=5)
    matrix.add_argument("--limit", type=int, default=0)
    many = add("bulk", _bulk, "The speed bench's list.", names=False)
    many.add_argument("--count", type=int, default=550)
    many.add_argument("--seed", type=int, default=1)
    shell = add("shell", _shell, "A shell in the probe's namespace.")
    shell.add_argument("--control", default="ooni", choices=("ours", "ooni", "clock", "down"))
    options = parser.parse_args()
    status: int = options.function(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
