"""`anyqta doctor`: lines for a person in 80 columns, JSON for a script, the status for both."""

import json
from pathlib import Path

import pytest

from probe.cli import doctor as module
from probe.engine import doctor_network
from probe.engine.doctor import Check, State, broken, ok, warning
from tests.fakes.homes import consent, fill
from tests.unit.probe.cli.conftest import Invoke


def test_without_consent(anyqta: Invoke, home: Path) -> None:
    """What was left out stands on one line, with how to have it; the rest is there."""
    fill(home, 1)
    done = anyqta("doctor")
    text = " ".join(done.output.split())
    assert 0 == done.exit_code
    assert "Internet, Captive portal, Clock, IPv6, Resolvers, Controls, Collectors: you" in text
    assert "anyqta consent give" in text
    assert "Database: sound; measurements: 1" in text
    assert max(map(len, done.output.splitlines())) <= 80


def test_offline_is_obeyed(anyqta: Invoke) -> None:
    """Also with --yes."""
    done = anyqta("doctor", "--offline", "--yes", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(set(line) == {"check", "state", "says", "todo"} for line in lines)
    assert 7 == [line["state"] for line in lines].count("not checked")
    assert 0 == done.exit_code


def test_what_is_broken(anyqta: Invoke, home: Path) -> None:
    """Status 1, and the sentence says what to do."""
    fill(home, 1)
    (home / "anyqta.db").write_bytes(b"\xff" * 9000)
    done = anyqta("doctor", "--offline")
    assert 1 == done.exit_code
    assert "BROKEN" in done.output
    assert "In all: 1 broken" in done.output


@pytest.mark.parametrize(
    "text",
    [
        'collector = "https://u@c/"',
        'collector = "https://c/#key=x"',
        "x = 1",
        "= 1",
        'resolver = "x"',
    ],
)
def test_settings_that_cannot_be_used(anyqta: Invoke, home: Path, text: str) -> None:
    """Named, with the file; nothing is sent by settings that are half known; the rest is looked at."""
    consent(home)
    (home / "config.toml").write_text(text)
    done = anyqta("doctor", "--json")
    lines = {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert 1 == done.exit_code
    assert "broken" == lines["Settings"]["state"]
    assert str(home / "config.toml") in lines["Settings"]["todo"]
    assert "not checked" == lines["Internet"]["state"]
    assert "ok" == lines["Database"]["state"]


def test_rows() -> None:
    """The state first, in words; what to do below; what strangers wrote obeys nobody."""
    checks = [
        ok("A", "fine."),
        warning("B", "so \x1b[31mso.", "this"),
        broken("C", "bad.", "that " * 40),
        *doctor_network.unchecked("why", "how"),
        Check(name="D", state=State.UNCHECKED, says="other"),
    ]
    rows = module.rows(checks, 80)
    assert "ok           A: fine." == rows[0]
    assert rows[1].startswith("WARNING      B: so \\x1b")
    assert "             To do: this" == rows[2]
    assert max(map(len, rows)) <= 80
    assert 1 == sum("Internet, Captive portal" in row for row in rows)
    assert "In all: 1 broken, 1 to look at, 8 not checked." == module.total(checks)
    assert "All is well." == module.total(checks[:1])
