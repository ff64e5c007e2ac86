"""`anyqta doctor` as a process, in a network of its own in which nobody else is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.netlab]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each doctor of doctor_lab.py said."""
    if os.geteuid() != 0:
        pytest.skip("unshare -n needs root")
    folder = tmp_path_factory.mktemp("doctor")
    done = subprocess.run(
        ("unshare", "-n", sys.executable, "-m", "tests.e2e.doctor_lab", str(folder)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert not done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


NETWORK = ("Internet", "Captive portal", "Clock", "IPv6")
CONTROL, COLLECTOR = "Control http://127.0.0.1:8080/", "Collector http://127.0.0.1:8090"


@pytest.mark.parametrize("story", ["no consent", "offline wanted"])
def test_nothing_is_sent_without_leave(told: dict[str, Any], story: str) -> None:
    """Not one question; what was left out is named, the rest is done."""
    states = told[story]["states"]
    left_out = {name for name, state in states.items() if state == "not checked"}
    assert {*NETWORK, "Resolvers", "Controls", "Collectors"} == left_out
    assert "ok" == states["Database"]
    assert 0 == told[story]["status"]
    assert 0 == told["asked before consent"]


def test_all_is_there(told: dict[str, Any]) -> None:
    """Each door by itself."""
    assert 0 == told["well"]["status"]
    states = told["well"]["states"]
    assert {"ok"} == {states[name] for name in (*NETWORK, CONTROL, COLLECTOR)}
    assert "warning" == states["Resolver https://127.0.0.1:9/dns-query"]
    assert "ok" in {s for n, s in states.items() if n.startswith("Resolver 127.0.0.1:")}
    assert told["asked"] > 0
    assert "Traceback" not in told["well"]["stderr"]


def test_a_collector_is_asked_only_where_sharing_was_agreed_to(told: dict[str, Any]) -> None:
    """Measuring was."""
    states = told["not shared"]["states"]
    assert "not checked" == states["Collectors"]
    assert COLLECTOR not in states
    assert "ok" == states[CONTROL]


@pytest.mark.parametrize(
    ("story", "name", "status"),
    [
        ("other key", COLLECTOR, 1),
        ("no control", "Control http://127.0.0.1:9/", 1),
        ("portal", "Captive portal", 3),
        ("offline", "Internet", 3),
    ],
)
def test_what_is_broken(told: dict[str, Any], story: str, name: str, status: int) -> None:
    """It is named, and the status tells a script."""
    assert (status, "broken") == (told[story]["status"], told[story]["states"][name])
