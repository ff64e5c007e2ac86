"""Consent: shown, given, withdrawn; asked once on a terminal."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.probe.cli.conftest import Invoke


def test_show_give_withdraw(anyqta: Invoke, home: Path) -> None:
    """Alone it shows; the file is private."""
    assert "have not agreed" in anyqta("consent").stdout
    assert "have not agreed" in anyqta("consent", "show").stdout
    assert 4 == anyqta("consent", "give").exit_code  # nobody typed yes
    assert 0 == anyqta("consent", "give", "--yes").exit_code
    assert "You agreed to this" in anyqta("consent", "show").stdout
    assert 0o600 == (home / "consent.json").stat().st_mode & 0o777
    assert "Withdrawn" in anyqta("consent", "withdraw").stdout
    assert "no agreement" in anyqta("consent", "withdraw").stdout


def test_an_earlier_text_does_not_count(anyqta: Invoke, home: Path) -> None:
    """Nor does a torn file."""
    home.mkdir()
    (home / "consent.json").write_text(json.dumps({"version": 0, "given_at": "2020"}))
    assert "asked again" in anyqta("consent", "show").stdout
    (home / "consent.json").write_text("{")
    assert "have not agreed" in anyqta("consent", "show").stdout


@pytest.mark.parametrize(("typed", "status"), [("yes\n", 0), ("YES\n", 0), ("y\n", 4), ("\n", 4)])
def test_a_terminal_is_asked(home: Path, typed: str, status: int) -> None:
    """Only the whole word counts."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "probe.cli", "consent", "give"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"ANYQTA_HOME": str(home)},
    )
    os.close(theirs)
    seen = b""
    while b"Type yes" not in seen:
        seen += os.read(ours, 4096)
    os.write(ours, typed.encode())
    assert status == process.wait(20)
    assert (home / "consent.json").exists() == (status == 0)
    os.close(ours)


def test_sharing_is_a_yes_of_its_own(anyqta: Invoke, home: Path) -> None:
    """It comes after measuring's, is shown, and goes without it."""
    refused = anyqta("consent", "share", "--yes")
    assert (4, True) == (refused.exit_code, "consent give" in refused.stderr)
    anyqta("consent", "give", "--yes")
    assert "do not share" in anyqta("consent", "show").stdout
    assert 4 == anyqta("consent", "share").exit_code  # nobody typed yes
    assert 0 == anyqta("consent", "share", "--yes").exit_code
    assert "without the pages" in anyqta("consent", "show").stdout
    assert "with the pages" in anyqta("consent", "share", "--bodies", "--yes").stdout
    assert "with the pages, since" in anyqta("consent", "show").stdout
    given = json.loads((home / "consent.json").read_text())
    assert given["sharing"]["bodies"] is True
    assert "Taken back" in anyqta("consent", "unshare").stdout
    assert "did not share" in anyqta("consent", "unshare").stdout
    assert "You agreed to this" in anyqta("consent", "show").stdout


def test_published_alone_is_asked_for_by_name(anyqta: Invoke, home: Path) -> None:
    """Off unless it is said, shown while it holds, gone when sharing is agreed to without it."""
    anyqta("consent", "give", "--yes")
    anyqta("consent", "share", "--yes")
    assert "alone" not in anyqta("consent", "show").stdout.splitlines()[-1]
    assert json.loads((home / "consent.json").read_text())["sharing"]["alone"] is False
    said = anyqta("consent", "share", "--alone", "--yes").stdout
    assert "published also where you are alone" in said
    assert "published also where you are alone" in anyqta("consent", "show").stdout
    assert json.loads((home / "consent.json").read_text())["sharing"]["alone"] is True
    anyqta("consent", "share", "--yes")
    assert json.loads((home / "consent.json").read_text())["sharing"]["alone"] is False


def test_withdrawing_ends_sharing(anyqta: Invoke, home: Path) -> None:
    """And agreeing again does not bring it back; agreeing twice does not end it."""
    anyqta("consent", "give", "--yes")
    anyqta("consent", "share", "--yes")
    anyqta("consent", "give", "--yes")
    assert "You share what you measure" in anyqta("consent", "show").stdout
    anyqta("consent", "withdraw")
    anyqta("consent", "give", "--yes")
    assert "do not share" in anyqta("consent", "show").stdout
    assert "sharing" not in json.loads((home / "consent.json").read_text())


def test_sharing_shows_its_text_first(home: Path) -> None:
    """On a terminal: what is sent, that it cannot be called back; then the question."""
    environment = os.environ | {"ANYQTA_HOME": str(home)}
    give = [sys.executable, "-m", "probe.cli", "consent", "give", "--yes"]
    subprocess.run(give, env=environment, check=True, capture_output=True)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "probe.cli", "consent", "share", "--bodies", "--alone"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    seen = b""
    while b"Type yes" not in seen:
        seen += os.read(ours, 4096)
    assert b"cannot be called back" in seen
    assert b"the pages themselves are sent too" in seen
    assert b"your provider may guess who measured" in seen
    os.write(ours, b"yes\n")
    assert 0 == process.wait(20)
    os.close(ours)
