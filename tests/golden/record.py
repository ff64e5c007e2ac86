"""One lab run, whose databases are read before the lab goes: what was stored of each scenario."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from measurements.schema.measurement import Measurement
from measurements.store.store import Store
from tests.golden.cases import Case, as_json, folded, said
from tests.golden.project import projected
from tests.golden.scrub import scrubbed
from tests.netlab.lab import Lab
from tests.netlab.model import Scenario
from tests.netlab.runner import (
    Commands,
    Result,
    match,
    run_probe,
    shared_world,
    start_control,
)


def measured(scenarios: Sequence[Scenario]) -> Iterator[tuple[Result, Measurement | None]]:
    """Run them, grouped by world; with each result what the probe stored."""
    groups: dict[str, list[Scenario]] = {}
    for s in scenarios:
        groups.setdefault(s.control if s.shared else f"own {s.group or s.name}", []).append(s)
    for group in groups.values():
        first = group[0]
        with Lab(shared_world(group, None if first.shared else first.world)) as lab:
            home = lab.folder / "home"
            start_control(lab, first.control, Commands())
            run = run_probe(lab, [s.url for s in group], first.control, home=home)
            results = match(group, run)
            if not any(r.got and r.got.get("measurement_uid") for r in results):
                yield from ((r, None) for r in results)
                continue
            with Store.open(home / "anyqta.db", read_only=True) as store:
                for r in results:
                    uid = (r.got or {}).get("measurement_uid")
                    yield r, store.load(uid) if uid else None


def rebuild(scenarios: Sequence[Scenario]) -> list[str]:
    """Write their files anew; what was wrong or could not be kept, in lines."""
    odd = []
    for result, measurement in measured(scenarios):
        name = result.scenario.name
        if measurement is None:
            if not result.scenario.exit_status:
                odd.append(f"{name}: nothing was stored ({result.note})")
            continue
        case = Case(name)
        case.write("measurement", folded(scrubbed(measurement, name)))
        odd += refresh(case)
        if measurement.verdict is None or said(case.judged()) != said(as_json(measurement.verdict)):
            odd.append(f"{name}: judged again it is {said(case.judged())}, was {result.said()}")
        if not result.triple:
            odd.append(f"{name}: {result.said()}, truth {result.meant()}")
        sys.stderr.write(".")
        sys.stderr.flush()
    return odd


def refresh(case: Case) -> list[str]:
    """Observations and verdict again from the measurement; what changed in the verdict."""
    before = said(case.read("verdict")) if (case.folder / "verdict.json").exists() else ""
    verdict = case.judged()
    case.write("observations", projected(case.measurement))
    case.write("verdict", verdict)
    now = said(verdict)
    return [f"{case.name}: was {before}, is {now}"] if before not in {"", now} else []
