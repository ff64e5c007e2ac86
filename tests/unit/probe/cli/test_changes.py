"""`results --changes`, and what `run` says at its end."""

import json
from pathlib import Path

import pytest

from measurements.schema.words import Status
from probe.cli import changes
from tests.unit.probe.cli.conftest import Invoke
from tests.unit.probe.wiring.test_changes import day


def test_for_a_person(anyqta: Invoke, home: Path) -> None:
    """Every line fits 80 columns; nothing of a hostile URL reaches the terminal."""
    long = "x" * 40 + ".example\x1b[31m"
    day(home, 1, {"a.kz": Status.ACCESSIBLE, long: Status.ACCESSIBLE})
    assert "nothing to compare with yet" in anyqta("results", "--changes").stdout
    day(home, 2, {"a.kz": Status.BLOCKED, long: Status.THROTTLED})
    said = anyqta("results", "--changes").stdout
    assert "2 changes (2 compared)" in said
    assert "newly blocked: https://a.kz/\n" in said
    assert "accessible (2026-11-01) -> blocked, AS9198" in said
    assert "\x1b" not in said
    assert all(len(line) <= 80 for line in said.splitlines())
    assert "nothing to compare" in anyqta("results", "--changes", "--run", "run1").stdout


def test_for_a_script(anyqta: Invoke, home: Path) -> None:
    """A line for each change, nothing where nothing changed."""
    day(home, 1, {"a.kz": Status.BLOCKED, "b.kz": Status.ACCESSIBLE})
    day(home, 2, {"a.kz": Status.ACCESSIBLE, "b.kz": Status.ACCESSIBLE})
    (line,) = map(json.loads, anyqta("results", "--changes", "--json").stdout.splitlines())
    assert ("unblocked", "https://a.kz/", "AS9198") == (
        line["kind"],
        line["input"],
        line["probe_asn"],
    )
    assert ("blocked", "accessible") == (line["before"]["status"], line["after"]["status"])
    day(home, 3, {"a.kz": Status.DOWN})
    assert "" == anyqta("results", "--changes", "--json").stdout


def test_filters_do_not_go_with_it(anyqta: Invoke, home: Path) -> None:
    """It is about a run; a run that is not there is told."""
    day(home, 1, {"a.kz": Status.BLOCKED})
    assert 2 == anyqta("results", "--changes", "--url", "a").exit_code
    assert "no such run" in anyqta("results", "--changes", "--run", "other").stderr


def test_at_the_end_of_a_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only where something changed; at most twenty."""
    many = [f"{n:02}.kz" for n in range(23)]
    day(home, 1, dict.fromkeys(many, Status.ACCESSIBLE))
    changes.after_run(home, "run1")
    assert "" == capsys.readouterr().err
    day(home, 2, dict.fromkeys(many, Status.BLOCKED))
    changes.after_run(home, "run2")
    said = capsys.readouterr().err
    assert 20 == said.count("newly blocked")
    assert "and 3 more" in said
    assert "23 changes (23 compared)" in said


def test_beneath_the_results(anyqta: Invoke, home: Path) -> None:
    """By itself, once there is something to compare; not beneath a choice of them, nor in JSON."""
    day(home, 1, {"a.kz": Status.ACCESSIBLE})
    assert "Since last time" not in anyqta("results").stdout
    day(home, 2, {"a.kz": Status.ACCESSIBLE})
    assert anyqta("results").stdout.endswith("nothing changed (1 compared).\n")
    day(home, 3, {"a.kz": Status.BLOCKED})
    shown = anyqta("results", "--limit", "1").stdout.splitlines()
    assert [True, True] == ["https://a.kz/" in shown[1], "" == shown[2]]
    assert "1 change (1 compared)" in shown[3]
    assert "newly blocked" in shown[4]
    for choice in (("--url", "a"), ("--run", "run3"), ("--status", "blocked"), ("--json",)):
        assert "Since last time" not in anyqta("results", *choice).stdout
