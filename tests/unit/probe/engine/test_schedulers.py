"""Each scheduler's text: golden, read again by what reads such text, and with hostile paths."""

import plistlib
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from probe.engine import schedulers
from probe.engine.schedulers import DAY, HOUR, INTERVALS, Job

GOLDEN = Path(__file__).parents[3] / "golden" / "schedulers"
COMMAND = ("/opt/a b/anyqta", "watch", "--scheduled", "--home", "/home/айгүл/100% $mine\\\"'x")


def job(every: int = DAY, command: tuple[str, ...] = COMMAND) -> Job:
    """With a path that every quoting could trip over."""
    return Job(name="anyqta", command=command, every=every)


def texts() -> dict[str, str]:
    """All files."""
    cron = schedulers.cron_line(job(), lambda: 0.5) + "\n"
    return {
        **schedulers.systemd(job()),
        "anyqta.plist": schedulers.launchd(job()),
        "anyqta.xml": schedulers.windows(job()),
        "crontab": cron,
    }


@pytest.mark.parametrize("name", sorted(texts()))
def test_golden(name: str) -> None:
    """As it was looked at."""
    assert (GOLDEN / name).read_text() == texts()[name]


def test_nothing_says_what_it_does() -> None:
    """Neither a word about it nor what is measured."""
    together = "\n".join(texts().values()).lower()
    for word in ("censor", "block", "measur", "probe", "ooni"):
        assert word not in together


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
@pytest.mark.parametrize("every", INTERVALS)
def test_systemd_accepts_it(tmp_path: Path, every: int) -> None:
    """Its own verifier, and its own calendar."""
    command = (shutil.which("true") or "/bin/true", *COMMAND[1:])
    for name, text in schedulers.systemd(job(every, command)).items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ("systemd-analyze", "verify", "--user", "--man=no", str(tmp_path / "anyqta.timer")),
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert "anyqta" not in done.stderr, done.stderr
    when = re.search(r"OnCalendar=(.*)", (tmp_path / "anyqta.timer").read_text())
    assert when is not None
    told = subprocess.run(
        ("systemd-analyze", "calendar", "--iterations=2", when[1]),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Next elapse" in told or "Next elapse" in told.replace("\n", " ")


def test_launchd_reads_the_command() -> None:
    """As it was."""
    value = plistlib.loads(schedulers.launchd(job(6 * HOUR)).encode())
    assert list(COMMAND) == value["ProgramArguments"]
    assert (6 * HOUR, False, 0o077) == (value["StartInterval"], value["RunAtLoad"], value["Umask"])


def test_windows_reads_the_task() -> None:
    """Well-formed; the program apart from its arguments."""
    root = ET.fromstring(schedulers.windows(job()).replace('encoding="UTF-16"', ""))  # noqa: S314
    found = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    assert "/opt/a b/anyqta" == found["Command"]
    assert found["Arguments"] is not None
    assert found["Arguments"].startswith(
        'watch --scheduled --home "/home/айгүл/100% $mine\\\\\\"\'x"'
    )
    assert ("PT24H", "true") == (found["Interval"], found["StartWhenAvailable"])


@pytest.mark.parametrize("every", INTERVALS)
@pytest.mark.parametrize("drawn", [0.0, 0.5, 0.999])
def test_cron(every: int, drawn: float) -> None:
    """Fields in their ranges, so many times a week as asked; a shell reads the command as it was."""
    line = schedulers.cron_line(job(every), lambda: drawn)
    minute, hours, _, _, days, rest = line.split(" ", 5)
    assert 0 <= int(minute) < 60
    times = 24 if hours == "*" else len(hours.split(","))
    assert 7 * DAY // every == times * (7 if days == "*" else 1)
    assert all(0 <= int(hour) < 24 for hour in hours.split(",") if hour != "*")
    command = rest.split(" >/dev/null")[0].replace("\\%", "%")
    assert list(COMMAND) == shlex.split(command)


def test_a_crontab_keeps_others_lines() -> None:
    """Ours is there once, and leaves nothing."""
    line = schedulers.cron_line(job(), lambda: 0.5)
    for others in ("", "0 0 * * * backup\n", "MAILTO=me\n0 0 * * * backup # no newline"):
        once = schedulers.cron_with(others, line, "anyqta")
        twice = schedulers.cron_with(once, line, "anyqta")
        assert once == twice
        assert line == schedulers.cron_has(once, "anyqta")
        assert others.rstrip("\n") == schedulers.cron_without(once, "anyqta").rstrip("\n")
    assert None is schedulers.cron_has("0 0 * * * x # anyqta-12345678\n", "anyqta")


def test_names() -> None:
    """The usual home has the command's; another one a number that does not tell its path."""
    usual = Path("/home/a/.local/share/anyqta")
    assert "anyqta" == schedulers.name_of(usual, usual)
    other = schedulers.name_of(Path("/media/stick"), usual)
    assert re.fullmatch(r"anyqta-[0-9a-f]{8}", other)
    assert "a 'b c'" == schedulers.words(("a", "b c"))
