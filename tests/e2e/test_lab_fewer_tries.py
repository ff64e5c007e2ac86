"""A volunteer who agreed to the tries `again` only, before a censor that acts now and then, in the lab."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.netlab.lab import PYTHON, ROOT, Lab
from tests.netlab.marks import IN_THE_LAB
from tests.netlab.model import Answer, Name, Page, Reset, Rule, Site, World
from tests.netlab.runner import Commands, run_probe, start_control
from tests.netlab.scenarios.build import COMMON_NAMES, COMMON_SITES

pytestmark = IN_THE_LAB
ONCE, ALWAYS, NEVER = "once.example.org", "always.example.org", "never.example.org"
_ADDRESSES = {ONCE: "93.184.200.1", ALWAYS: "93.184.200.2", NEVER: "93.184.200.3"}
WORLD = World(
    (
        *COMMON_SITES,
        *(Site((n,), (ip,), http=Page(), https=Page()) for n, ip in _ADDRESSES.items()),
    ),
    (*COMMON_NAMES, *(Name(n, Answer((ip,))) for n, ip in _ADDRESSES.items())),
    # The lab's dice with seed 1 fall 0.13, 0.85: the first request dies, the second does not.
    (Rule(Reset(), host=(ONCE,), probability=0.5), Rule(Reset(), sni=(ALWAYS,))),
)


def test_what_fails_once_is_not_called_open(tmp_path: Path) -> None:
    """Nor blocked: it cannot be said, and why. Its twins are called what they are."""
    home = tmp_path / "home"
    agree = [PYTHON, "-m", "probe.cli", "consent", "give", "--yes", "--tries", "again"]
    done = subprocess.run(
        [*agree, "--home", str(home)], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    commands = Commands(extra=("--concurrency", "1"))
    with Lab(WORLD) as lab:
        start_control(lab, "ours", commands)
        urls = [f"http://{ONCE}/", f"https://{ALWAYS}/", f"http://{NEVER}/"]
        run = run_probe(lab, urls, commands=commands, home=home, timeout=60)
    assert run.status == 0, run.stderr
    verdicts: dict[str, dict[str, Any]] = {line["input"]: line["verdict"] for line in run.lines}
    once, always, never = (verdicts[url] for url in urls)
    assert (once["status"], once["evidence"][0]["rule_id"]) == ("inconclusive", "http.blocked_once")
    assert "Looked at again, it opened" in once["summary"]
    assert "they were not agreed to" in once["reason"]
    assert (always["status"], always["layer"], always["mechanism"]) == ("blocked", "tls", "reset")
    assert never["status"] == "accessible"
    assert never["confidence"] > 0.9
