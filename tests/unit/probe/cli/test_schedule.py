"""`schedule install | status | remove`, with a crontab that is a real program."""

import json
from pathlib import Path

import pytest

from probe.cli.watch_options import SCHEDULE
from tests.fakes.homes import consent
from tests.unit.probe.cli.conftest import Invoke
from tests.unit.probe.wiring.test_schedule import with_cron

_SITE = "https://site.example/"


@pytest.fixture
def tab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `crontab` keeps."""
    (tmp_path / "bin").mkdir()
    with_cron(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("TAB", str(tmp_path / "tab"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path / "tab"


def test_without_consent(anyqta: Invoke, home: Path, tab: Path) -> None:
    """Status 4; nothing is written."""
    assert 4 == anyqta("schedule", "install", _SITE).exit_code
    assert not tab.exists()
    assert not home.exists()


def test_dry(anyqta: Invoke, home: Path, tab: Path) -> None:
    """It shows the line, and writes nothing."""
    consent(home)
    done = anyqta("schedule", "install", _SITE, "--dry-run")
    assert 0 == done.exit_code, done.output
    assert "watch --scheduled --home" in done.stdout
    assert "Nothing was written." in done.stderr
    assert not tab.exists()
    assert not (home / SCHEDULE).exists()


def test_in_and_out(anyqta: Invoke, home: Path, tab: Path) -> None:
    """What is measured stays at home; removed, nothing is left."""
    consent(home)
    for _ in range(2):
        done = anyqta("schedule", "install", _SITE, "--every", "6h", "--max-data", "20")
        assert 0 == done.exit_code, done.output
    assert 1 == tab.read_text().count("\n")
    assert "site.example" not in tab.read_text()
    kept = json.loads((home / SCHEDULE).read_text())
    assert ([_SITE], 20) == (kept["wanted"]["url"], kept["wanted"]["max_data"])
    assert 0o600 == (home / SCHEDULE).stat().st_mode & 0o777
    said = anyqta("schedule", "status").stdout
    assert "every 6h, by cron" in said
    assert "its line is in your crontab" in said
    assert "Removed from cron" in anyqta("schedule", "remove").stdout
    assert not tab.exists()
    assert not (home / SCHEDULE).exists()
    assert "Nothing was scheduled" in anyqta("schedule", "remove").stdout
    assert "Nothing is scheduled" in anyqta("schedule", "status").stdout


def test_forgotten_by_its_scheduler(anyqta: Invoke, home: Path, tab: Path) -> None:
    """Status says so."""
    consent(home)
    anyqta("schedule", "install", _SITE)
    tab.unlink()
    assert "does not know it any more" in anyqta("schedule", "status").stdout


@pytest.mark.usefixtures("tab")
def test_what_it_refuses(anyqta: Invoke, home: Path) -> None:
    """An interval that a calendar cannot tell; an unknown scheduler; a list that cannot be read again."""
    consent(home)
    for wrong in (("--every", "5h"), ("--with", "at"), ("-f", "-"), ("--every", "0h")):
        assert 2 == anyqta("schedule", "install", _SITE, *wrong).exit_code, wrong
