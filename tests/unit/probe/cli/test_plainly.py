"""A command ends with a status and a sentence."""

import getpass
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from probe import home as homes
from probe.cli.plainly import INTERRUPTED, _crashed, all_plainly, crash_text

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
    assert "(another's code)" in text  # this test is no module of anyqta
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


def _of_another(name: str) -> Exception:
    """Raised in a module of this name."""
    space: dict[str, object] = {"__name__": name}
    exec("def fails():\n    raise ValueError('x')", space)  # noqa: S102 - a module that is not there
    with pytest.raises(ValueError, match="x") as caught:
        space["fails"]()  # type: ignore[operator]
    return caught.value


def test_names_of_other_modules(tmp_path: Path) -> None:
    """A script of the volunteer's own may bear any name; ours and Python's are told."""
    text = crash_text(_of_another("aigerim.selftanu"))
    assert "aigerim" not in text
    assert "(another's code)" in text
    assert "probe.cli.run:" in crash_text(_of_another("probe.cli.run"))
    assert "json.decoder:" in crash_text(_of_another("json.decoder"))


def test_names_that_are_made(tmp_path: Path) -> None:
    """A class that a library named after what it found."""
    made = type("https://selftanu.kz/ 10.1.2.3", (ValueError,), {})
    assert "selftanu" not in crash_text(made("x"))
    assert "ValueError" in crash_text(ValueError("x"))


def test_causes_in_a_ring_and_endless_recursion() -> None:
    """It comes to an end, and is short."""
    one, other = ValueError("1"), KeyError("2")
    one.__cause__, other.__cause__ = other, one
    assert 3 == len(crash_text(one).splitlines())

    def again(n: int) -> None:
        again(n + 1)

    with pytest.raises(RecursionError) as caught:
        again(0)
    text = crash_text(caught.value)
    assert " more" in text
    assert len(text) < 10_000


@pytest.mark.parametrize("broken", ["home", "now", "disk"])
def test_a_crash_while_a_crash_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The sentence is told all the same, with where it was, and nothing of whom."""

    def fails(*_: object) -> None:
        raise RuntimeError("/home/aigerim 10.1.2.3")

    if broken == "home":
        monkeypatch.setattr(homes, "folder", fails)
    elif broken == "now":
        monkeypatch.setattr(homes, "now", fails)
    else:
        (tmp_path / "crashes").write_text("a file where the folder should be")
    says = _crashed(_of_another("probe.cli.run"), tmp_path)
    assert "this is a bug in anyqta (ValueError)" in says
    assert "probe.cli.run:2 fails" in says
    assert "aigerim" not in says


def test_many_crashes_leave_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest stay."""
    real = homes.now()
    written = []
    for n in range(homes.MOST_CRASHES + 5):
        monkeypatch.setattr(homes, "now", lambda n=n: real + timedelta(seconds=n))
        written.append(homes.write_crash(tmp_path, str(n)))
    assert homes.MOST_CRASHES == len(list((tmp_path / homes.CRASHES).iterdir()))
    assert [False] * 5 + [True] * homes.MOST_CRASHES == [path.exists() for path in written]


def test_around_the_whole_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also what fails before a command begins is a sentence; Ctrl-C has its status."""
    monkeypatch.setenv("ANYQTA_HOME", str(tmp_path))

    def fails() -> None:
        raise _of_another("probe.cli.app")

    with pytest.raises(SystemExit) as ended:
        all_plainly(fails)
    assert 1 == ended.value.code
    assert "Please report it with this file" in capsys.readouterr().err

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        all_plainly(interrupted)
    assert INTERRUPTED == ended.value.code


def test_what_fails_before_a_command_stays_in_the_home_that_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--home` on a memory stick: the report is there too, not on this computer."""
    monkeypatch.setenv("ANYQTA_HOME", str(tmp_path / "usual"))
    monkeypatch.setattr(sys, "argv", ["anyqta", "results", "--home", str(tmp_path / "stick")])

    def fails() -> None:
        raise _of_another("probe.cli.app")

    with pytest.raises(SystemExit):
        all_plainly(fails)
    assert 1 == len(list((tmp_path / "stick" / "crashes").iterdir()))
    assert not (tmp_path / "usual").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_no_room_is_no_bug(tmp_path: Path) -> None:
    """It is said what is wrong, and no report is written to the disk that is full."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "probe.cli", "lists", "kz", "--json"],
            env=os.environ | {"ANYQTA_HOME": str(tmp_path / "home"), "ANYQTA_LANG": "en"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.startswith("anyqta: there is no space left")
    assert "bug" not in done.stderr
    assert not (tmp_path / "home").exists()
