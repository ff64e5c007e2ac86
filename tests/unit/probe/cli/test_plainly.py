"""A command ends with a status and a sentence."""

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from probe import home as homes
from probe.cli.plainly import crash_text

ROOT = Path(__file__).parents[4]


def test_a_crash_says_where_but_not_whom() -> None:
    """Also of its cause."""

    def fails() -> None:
        raise ValueError("https://secret.example/")

    def fails_because() -> None:
        try:
            fails()
        except ValueError as exc:
            raise RuntimeError("10.1.2.3") from exc

    with pytest.raises(RuntimeError) as caught:
        fails_because()
    text = crash_text(caught.value)
    assert "RuntimeError" in text
    assert "ValueError" in text
    assert "test_plainly:" in text
    assert "secret" not in text
    assert "10.1.2.3" not in text


def test_of_a_group_the_first_is_told() -> None:
    """What failed in a task group is what matters."""

    def fails() -> None:
        raise ExceptionGroup("https://secret.example/", [ValueError("10.1.2.3")])

    with pytest.raises(ExceptionGroup) as caught:
        fails()
    text = crash_text(caught.value)
    assert "ValueError" in text
    assert "secret" not in text


BUG = """
import sys
sys.path.insert(0, sys.argv.pop())
import aigerim_tools
from probe import home
home.results = aigerim_tools.fails
from probe.cli import main
sys.argv[1:] = ["results"]
main()
"""
FAILS = """
def fails(home, wanted):
    try:
        (home / "10.20.30.40").read_text()
    except OSError as exc:
        raise RuntimeError(f"https://selftanu.kz/ {home} 192.168.7.9 Aigerim") from exc
"""


def test_the_file_holds_nothing_of_anybody(tmp_path: Path) -> None:
    """No URL, address, path or name: of the home, of the user, of where the program lies; private."""
    place = tmp_path / "aigerim"
    place.mkdir()
    (place / "aigerim_tools.py").write_text(FAILS.replace("Aigerim", getpass.getuser()))
    home = tmp_path / "aigerim-home"
    with homes.open_store(home):
        pass
    done = subprocess.run(
        (sys.executable, "-c", BUG, str(place)),
        cwd=ROOT, env=os.environ | {"ANYQTA_HOME": str(home)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "this is a bug" in done.stderr, done.stderr
    (report,) = (home / homes.CRASHES).iterdir()
    text = report.read_text()
    assert "RuntimeError" in text
    assert "FileNotFoundError" in text
    assert "probe.cli.results:" in text
    text = text.replace("aigerim_tools", "")  # a module has a name; ours have no user's
    for secret in ("selftanu", "10.20", "192.168", "aigerim", "/", str(home), str(ROOT), "work"):
        assert secret not in text, text
    names = (getpass.getuser(), os.uname().nodename, Path.home().name)
    assert [] == [name for name in names if name and name in text]
    assert (0o600, 0o700) == (report.stat().st_mode & 0o777, report.parent.stat().st_mode & 0o777)
