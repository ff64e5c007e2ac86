"""What `ps` shows of a program that hides its arguments; a real one."""

import subprocess
import sys
from pathlib import Path

import pytest

from probe.wiring.title import hide_arguments

_SHOWS = """
import sys
from pathlib import Path
from probe.wiring.title import hide_arguments
print(hide_arguments(sys.argv))
print(Path("/proc/self/cmdline").read_text().replace(chr(0), " ").strip())
print(sys.argv[1:])
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc/self/mem")


def shown(tmp_path: Path, *arguments: str) -> list[str]:
    """Whether it hid something; its command line; what it knows of it itself."""
    script = tmp_path / "anyqta"
    script.write_text(_SHOWS)
    root = str(Path(__file__).parents[4])
    return subprocess.run(
        (sys.executable, str(script), *arguments),
        env={"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


def test_what_is_measured_is_not_shown(tmp_path: Path) -> None:
    """The command is; the program itself still has all of it."""
    hid, line, own = shown(tmp_path, "run", "https://selftanu.kz/", "-f", "/home/aigerim/list")
    assert "True" == hid
    assert line.endswith("/anyqta run")
    assert "'https://selftanu.kz/'" in own


def test_without_a_command(tmp_path: Path) -> None:
    """An address in its place is hidden too."""
    _, line, _ = shown(tmp_path, "https://selftanu.kz/")
    assert line.endswith("/anyqta")


def test_servers_show_theirs(tmp_path: Path) -> None:
    """Who runs two wants to tell them apart."""
    hid, line, _ = shown(tmp_path, "serve", "control", "--port", "8080")
    assert "False" == hid
    assert line.endswith("--port 8080")


def test_where_there_is_nothing_to_hide() -> None:
    """No word after the program's."""
    assert not hide_arguments(["anyqta"])
