"""`anyqta wipe`: says what goes, asks, says what went and what it cannot reach."""

import os
from pathlib import Path

import pytest

from measurements.store.outbox import Outbox
from probe import home as homes
from probe.cli import wipe as module
from tests.fakes.homes import consent, fill
from tests.unit.probe.cli.conftest import Invoke


def test_nothing_there(anyqta: Invoke, home: Path) -> None:
    """Also told what is elsewhere; no folder is made."""
    done = anyqta("wipe", "--yes")
    assert 0 == done.exit_code
    assert "nothing to delete" in done.output
    assert "shell's history" in done.output
    assert not home.exists()


def test_nobody_was_asked(anyqta: Invoke, home: Path) -> None:
    """Without a terminal --yes is needed; a dry run deletes nothing."""
    fill(home, 2)
    consent(home)
    done = anyqta("wipe")
    assert 2 == done.exit_code
    assert "--yes" in done.output
    done = anyqta("wipe", "--dry-run")
    assert 0 == done.exit_code
    assert "the results (2 measurements)" in done.output
    assert "Nothing was deleted." in done.output
    assert (home / "anyqta.db").exists()
    assert (home / "consent.json").exists()
    done = anyqta("wipe", "--yes")
    assert 0 == done.exit_code
    assert not home.exists()


def test_what_is_left_is_told(anyqta: Invoke, home: Path) -> None:
    """In no more than 80 columns, whatever it is called."""
    fill(home, 1)
    (home / "my \x1b[31mexport.jsonl").write_text("x")
    done = anyqta("wipe", "--yes")
    assert "it is none of the files that anyqta keeps here" in " ".join(done.output.split())
    assert "\x1b" not in done.output
    assert (home / "my \x1b[31mexport.jsonl").exists()


def test_what_collectors_have(anyqta: Invoke, home: Path) -> None:
    """It is said how many, and what comes first."""
    uids = fill(home, 2)
    with homes.open_store(home) as store:
        outbox = Outbox(store)
        number = outbox.collector("https://c.example").id
        outbox.enqueue(uids, number, secret=lambda: os.urandom(32))
        outbox.mark_sent(number, uids, "2026-11-25T00:00:00Z")
    text = " ".join(anyqta("wipe", "--dry-run").output.split())
    assert "at collectors: 2 measurements. Only anyqta withdraw can" in text


def test_a_foreign_folder(anyqta: Invoke, home: Path) -> None:
    """Refused, and untouched."""
    home.mkdir()
    (home / "letters.txt").write_text("mine")
    done = anyqta("wipe", "--yes")
    assert 1 == done.exit_code
    assert "does not look like" in done.output
    assert ["letters.txt"] == [path.name for path in home.iterdir()]


def test_in_use(anyqta: Invoke, home: Path) -> None:
    """While another command has the database open."""
    fill(home, 1)
    with homes.open_store(home):
        done = anyqta("wipe", "--yes")
    assert 1 == done.exit_code
    assert "in use" in done.output
    assert (home / "anyqta.db").exists()


@pytest.mark.parametrize(
    ("shell", "file"),
    [("/bin/bash", "bash"), ("/usr/bin/zsh", "zsh"), ("/usr/bin/fish", "fish"), ("", "bash")],
)
def test_the_history_of_each_shell(monkeypatch: pytest.MonkeyPatch, shell: str, file: str) -> None:
    """The file that it keeps it in."""
    monkeypatch.setenv("SHELL", shell)
    assert f"{file}_history" in module.history()


@pytest.mark.parametrize(
    ("prefix", "name", "says"),
    [
        ("/home/x/.local/share/pipx/venvs/anyqta", "anyqta", "pipx uninstall"),
        ("/home/x/.local/share/uv/tools/anyqta", "anyqta", "uv tool uninstall"),
        ("/usr", "anyqta", "pip uninstall"),
        ("/usr", "/media/stick/anyqta.pyz", "delete the file"),
    ],
)
def test_how_it_came_here(
    monkeypatch: pytest.MonkeyPatch, prefix: str, name: str, says: str
) -> None:
    """So it goes."""
    monkeypatch.setattr("sys.prefix", prefix)
    monkeypatch.setattr("sys.argv", [name])
    assert module.uninstall().startswith(says)


def test_a_home_that_holds_a_broken_database_only(anyqta: Invoke, home: Path) -> None:
    """It goes, and the folder; beside a stranger's file it stays, and status 1 says so."""
    home.mkdir()
    (home / "anyqta.db").write_bytes(b"\xff" * 5000)
    (home / "thesis.txt").write_text("mine")
    done = anyqta("wipe", "--yes")
    assert 1 == done.exit_code
    assert "does not look like a folder of anyqta's" in " ".join(done.output.split())
    (home / "thesis.txt").unlink()
    assert 0 == anyqta("wipe", "--yes").exit_code
    assert not home.exists()
