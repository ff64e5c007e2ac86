"""The product inside the lab: its control started, its probe run, its JSON lines compared with the truth."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.netlab import places
from tests.netlab.lab import PYTHON, Lab
from tests.netlab.model import Scenario, World
from tests.netlab.scenarios import COMMON

CONTROL_URL = f"https://{places.CONTROL_NAME}/"
OURS = f"{PYTHON} -m probe.cli serve control"
OONIS = f"{PYTHON} -m tests.netlab.oohelper"
PROBE = f"{PYTHON} -m probe.cli"


@dataclass(frozen=True)
class Result:
    """One scenario, judged."""

    scenario: Scenario
    got: dict[str, Any] | None
    seconds: float = 0.0
    note: str = ""

    @property
    def verdict(self) -> dict[str, Any]:
        """CONTRACT §1, or nothing."""
        found = (self.got or {}).get("verdict")
        return found if isinstance(found, dict) else {}

    @property
    def status(self) -> bool:
        """Whether the status is exact."""
        e = self.scenario.expect
        return self.verdict.get("status") in (e.status, *e.also_status)

    @property
    def triple(self) -> bool:
        """Whether status, layer and mechanism are exact. Where nobody interferes, the layer is mere description."""
        e = self.scenario.expect
        if e.layer is None and self.verdict.get("status") not in (
            "accessible",
            "blocked",
            "throttled",
        ):
            return self.status
        said = (self.verdict.get("layer"), self.verdict.get("mechanism"))
        return self.status and said in ((e.layer, e.mechanism), *e.also)

    @property
    def partial(self) -> bool:
        """Whether the partial interference that must be told is told."""
        told = {(p.get("layer"), p.get("mechanism")) for p in self.verdict.get("partial") or () if isinstance(p, dict)}
        return set(self.scenario.expect.partial) <= told

    @property
    def details(self) -> bool:
        """Whether trigger and locus, where the truth names them, are not contradicted (null or unknown is no contradiction)."""
        e, v = self.scenario.expect, self.verdict
        return (not e.trigger or v.get("trigger") in (None, e.trigger)) and (
            not e.locus or v.get("locus") in (None, "unknown", e.locus)
        )

    @property
    def false_blocked(self) -> bool:
        """The mistake that must never happen."""
        return self.scenario.kind == "benign" and self.verdict.get("status") in (
            "blocked",
            "throttled",
        )

    @property
    def false_down(self) -> bool:
        """A site that is up, called down."""
        return self.verdict.get("status") == "down" and self.scenario.expect.status in (
            "accessible",
            "server_side",
        )

    def said(self) -> str:
        """The verdict in short."""
        v = self.verdict
        return "/".join(str(v.get(k) or "-") for k in ("status", "layer", "mechanism")) if v else self.note or "no verdict"

    def meant(self) -> str:
        """The truth in short."""
        e = self.scenario.expect
        return f"{e.status}/{e.layer or '-'}/{e.mechanism or '-'}"


@dataclass
class Commands:
    """What is run. The environment can replace each: ANYQTA_LAB_CONTROL, ANYQTA_LAB_PROBE."""

    control: str = field(default_factory=lambda: os.environ.get("ANYQTA_LAB_CONTROL", OURS))
    probe: str = field(default_factory=lambda: os.environ.get("ANYQTA_LAB_PROBE", PROBE))
    extra: tuple[str, ...] = ()


def start_control(lab: Lab, which: str, commands: Commands) -> None:
    """Start the control that a scenario wants, in the namespace `ctl`; nothing for "none" and "down"."""
    if which in ("none", "down"):
        return
    assert lab.pki is not None
    cert, key = lab.pki.write("control", [places.CONTROL_NAME, places.CONTROL4, places.CONTROL6])
    command = shlex.split(OONIS if which in ("ooni", "clock") else commands.control)
    command += [
        "--host",
        places.CONTROL4,
        "--port",
        "443",
        "--tls-cert",
        str(cert),
        "--tls-key",
        str(key),
        "--doh",
        "https://9.9.9.9/dns-query",
    ]
    if which == "clock":
        command += ["--clock-offset", "7200"]
    lab.background("ctl", command, "control", {"ANYQTA_HOME": str(lab.folder / "control-home")})
    try:
        lab.wait_for("ctl", places.CONTROL4, 443, 20)
    except RuntimeError as error:
        raise RuntimeError(f"the control did not start: {lab.log('control')[-2000:]}") from error


def probe_command(commands: Commands, control: str, home: Path, urls: Path) -> list[str]:
    """The whole command line of a run."""
    return [
        *shlex.split(commands.probe),
        "run",
        "-f",
        str(urls),
        *(("--no-control",) if control == "none" else ("--control", CONTROL_URL)),
        "--resolver",
        "8.8.8.8",
        "--resolver",
        "1.1.1.1",
        "--doh",
        "https://9.9.9.9/dns-query",
        "--json",
        "--yes",
        "--home",
        str(home),
        *commands.extra,
    ]


@dataclass(frozen=True)
class Run:
    """What a probe run left."""

    lines: list[dict[str, Any]]
    seconds: float
    status: int
    stderr: str
    peak_kib: int = 0
    cpu: float = 0.0


def run_probe(
    lab: Lab,
    urls: Iterable[str],
    control: str = "ours",
    commands: Commands | None = None,
    home: Path | None = None,
    timeout: float = 3600,
) -> Run:
    """`anyqta run` in the namespace `probe` over these URLs."""
    home = home or lab.folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    file = lab.folder / "urls.txt"
    file.write_text("".join(f"{u}\n" for u in urls))
    command = probe_command(commands or Commands(), control, home, file)
    out, err = lab.folder / "probe.out", lab.folder / "probe.err"
    begun = time.monotonic()
    with out.open("w") as o, err.open("w") as e:
        process = subprocess.Popen(
            ["ip", "netns", "exec", lab.ns("probe"), *command],
            stdout=o,
            stderr=e,
            env=lab.environment({"ANYQTA_HOME": str(home)}),
            start_new_session=True,
            text=True,
        )
        lab.processes.append(process)  # ended with the lab, should we be interrupted
        status, usage = _wait(process, timeout)
    return Run(
        parse_lines(out.read_text()),
        time.monotonic() - begun,
        status,
        err.read_text(),
        usage[0],
        usage[1],
    )


def _wait(process: subprocess.Popen[str], timeout: float) -> tuple[int, tuple[int, float]]:
    until = time.monotonic() + timeout
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, (usage.ru_maxrss, usage.ru_utime + usage.ru_stime)
        if time.monotonic() > until:
            process.kill()
            until += 3600
        time.sleep(0.05)


def parse_lines(text: str) -> list[dict[str, Any]]:
    """The JSON lines of a run; what is no JSON object is left out."""
    found = []
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def shared_world(scenarios: Sequence[Scenario], base: World | None = None) -> World:
    """One world with everything that these scenarios bring."""
    world = base or COMMON
    for s in scenarios:
        world = replace(
            world,
            sites=(*world.sites, *s.sites),
            names=(*world.names, *s.names),
            rules=(*world.rules, *s.rules),
            silent=(*world.silent, *s.silent),
            silent_to_control=(*world.silent_to_control, *s.silent_to_control),
        )
    return world


def run_scenarios(
    scenarios: Sequence[Scenario],
    commands: Commands | None = None,
    link: dict[str, float | int] | None = None,
) -> list[Result]:
    """All of them: the shared ones of each control in one run, the others each in a world of its own."""
    commands = commands or Commands()
    results: list[Result] = []
    groups: dict[str, list[Scenario]] = {}
    for s in scenarios:
        groups.setdefault(s.control if s.shared else f"own {s.group or s.name}", []).append(s)
    for group in groups.values():
        first = group[0]
        world = shared_world(group, None if first.shared else first.world).with_link(**(link or {}))
        with Lab(world) as lab:
            start_control(lab, first.control, commands)
            run = run_probe(lab, [s.url for s in group], first.control, commands)
        results += match(group, run)
    order = {s.name: i for i, s in enumerate(scenarios)}
    return sorted(results, key=lambda r: order[r.scenario.name])


def match(scenarios: Sequence[Scenario], run: Run) -> list[Result]:
    """Each scenario with its line. An exit status that was foreseen is a right answer without a line."""
    lines = {str(line.get("input")).rstrip("/"): line for line in run.lines}
    results = []
    for s in scenarios:
        got = lines.get(s.url.rstrip("/"))
        if s.exit_status and run.status == s.exit_status and got is None:
            got = {
                "verdict": {
                    "status": s.expect.status,
                    "layer": s.expect.layer,
                    "mechanism": s.expect.mechanism,
                }
            }
        last = run.stderr.strip().splitlines()[-1:] if run.stderr.strip() else []
        note = "" if got else f"no line; exit {run.status}: {' '.join(last)[:160]}"
        seconds = float((got or {}).get("test_runtime") or run.seconds if len(scenarios) > 1 else run.seconds)
        results.append(Result(s, got, seconds, note))
    return results
