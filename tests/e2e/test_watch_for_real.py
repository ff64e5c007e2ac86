"""`anyqta watch` as real processes, in a network of its own that is taken away under them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.watch_lab import SITES

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.netlab]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each watch of watch_lab.py said."""
    if os.geteuid() != 0:
        pytest.skip("unshare -n needs root")
    folder = tmp_path_factory.mktemp("watch")
    done = subprocess.run(
        ("unshare", "-n", "-m", sys.executable, "-m", "tests.e2e.watch_lab", str(folder)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert not done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_two_starts_at_once(told: dict[str, Any]) -> None:
    """One watches; the other is told so, and so is a single round; SIGTERM ends it cleanly."""
    found = told["twice"]
    status, said = found["loser"]
    assert 1 == status
    assert "another watch is at work" in said
    status, said = found["winner"]
    assert 0 == status, said
    assert "Round over: 1 measured" in said
    assert "What was measured is kept." in said
    assert 0 == found["once"]["status"]
    assert "No round now" in found["once"]["says"]
    assert "Watch: waiting for the next round." in found["status"]
    assert "MB of 300.0 MB" in found["status"]


def test_killed_in_the_middle(told: dict[str, Any]) -> None:
    """What was measured is kept; the rest comes first; nothing is lost."""
    found = told["killed"]
    before, everything = found["before"], found["all"]
    left = [f"https://{site}/" for site in SITES if f"https://{site}/" not in before]
    assert before
    assert left
    assert set(left) == set(everything[len(before) :][: len(left)])
    assert 0 == found["status"], found["says"]
    assert f"{len(SITES)} measured" in found["says"]


def test_the_network_changes_in_the_middle(told: dict[str, Any]) -> None:
    """The round ends; what was measured is kept, and the rest is left for the next."""
    found = told["moved"]
    says = " ".join(found["says"].split())
    assert "The network changed, so the rest is left for the next round" in says
    assert 0 < found["stored"] < len(SITES)
    assert 0 == found["status"]


@pytest.mark.parametrize(
    ("story", "says"), [("unplugged", "there is no network"), ("full", "the disk is nearly full")]
)
def test_not_now(told: dict[str, Any], story: str, says: str) -> None:
    """No round begins, and why is said; that is no failure."""
    assert (0, True) == (told[story]["status"], f"No round now: {says}" in told[story]["says"])


def test_a_portal(told: dict[str, Any]) -> None:
    """Status 3; nothing was measured, and the next try is soon."""
    assert 3 == told["portal"]["status"]
    assert "captive portal" in told["portal"]["says"]
    assert (0, 1) == (told["kept"]["measured"], told["kept"]["tries"])
    assert 0 < told["kept"]["due"] - told["kept"]["at"] <= 3600
