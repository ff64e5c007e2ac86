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
