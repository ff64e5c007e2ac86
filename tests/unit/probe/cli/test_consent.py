"""Consent: shown, given, withdrawn; asked once on a terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
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


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        (("yes", "yes", "no", "1", "", "1", ""), 0),
        (("YES", "yes", "no", "2", "LGBT", "3", ""), 0),
        (("y",), 4),
        (("",), 4),
    ],
)
def test_a_terminal_is_asked(home: Path, typed: tuple[str, ...], status: int) -> None:
    """Only the whole word counts; then the questions, of which Enter answers none."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "probe.cli", "consent", "give"],
        env=os.environ | {"ANYQTA_HOME": str(home)},
        encoding="utf-8",
        timeout=20,
    )
    for line in typed:
        while child.expect([r"\(no: stop\) $", ": $"]) == 0:  # a screen is full
            child.sendline("")
        child.sendline(line)
    child.expect(pexpect.EOF)
    child.close()
    assert status == child.exitstatus
    assert (home / "consent.json").exists() == (status == 0)


def test_who_takes_nothing_back_by_refusing(anyqta: Invoke, home: Path) -> None:
    """What was agreed to before holds, and that is said."""
    anyqta("consent", "give", "--yes")
    refused = anyqta("consent", "give")
    assert (4, True) == (refused.exit_code, "nothing was changed" in refused.stderr)


def test_choices_are_shown_and_changed(anyqta: Invoke, home: Path) -> None:
    """By options; what they do not name stays."""
    early = anyqta("consent", "choose", "--tries", "visit")
    assert (4, True) == (early.exit_code, "consent give" in early.stderr)
    anyqta("consent", "give", "--yes", "--category", "LGBT")
    shown = anyqta("consent", "show").stdout
    assert "Sensitive categories: LGBT." in shown
    assert "all tries" in shown
    assert 0 == anyqta("consent", "choose", "--tries", "again").exit_code
    assert 0 == anyqta("consent", "choose", "--sites", "plain").exit_code
    choices = json.loads((home / "consent.json").read_text())["choices"]
    assert ["plain"] == choices["tiers"]
    assert ["LGBT"] == choices["categories"]
    assert ["dns_transports", "ip_port", "revisit"] == choices["arms"]
    anyqta("consent", "give", "--yes")
    assert choices == json.loads((home / "consent.json").read_text())["choices"]
    assert 0 == anyqta("consent", "choose", "--category", "none").exit_code
    assert "Sensitive categories: none." in anyqta("consent", "show").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("give", "--tries", "all"),
        ("give", "--yes", "--sites", "sensitive"),
        ("choose",),
        ("choose", "--category", "NEWS"),
        ("choose", "--tries", "some"),
    ],
)
def test_a_choice_that_is_none(anyqta: Invoke, home: Path, arguments: tuple[str, ...]) -> None:
    """Wrong usage; nothing is changed."""
    anyqta("consent", "give", "--yes")
    before = (home / "consent.json").read_bytes()
    assert 2 == anyqta("consent", *arguments).exit_code
    assert before == (home / "consent.json").read_bytes()


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
    assert "with the pages. Since" in anyqta("consent", "show").stdout
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
    child = pexpect.spawn(
        sys.executable,
        ["-m", "probe.cli", "consent", "share", "--bodies", "--alone"],
        env=environment,
        encoding="utf-8",
        timeout=20,
    )
    child.expect("Type yes")
    seen = " ".join((child.before or "").split())
    assert "cannot be called back" in seen
    assert "the pages themselves are sent too" in seen
    assert "your provider may guess who measured" in seen
    child.sendline("yes")
    child.expect(pexpect.EOF)
    child.close()
    assert 0 == child.exitstatus
