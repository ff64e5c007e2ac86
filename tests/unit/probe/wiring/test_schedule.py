"""Schedulers' programs as real executables on PATH; files in a home of their own."""

import stat
import sys
from pathlib import Path

import pytest

from probe.engine.schedulers import DAY
from probe.wiring import schedule

_CRONTAB = """#!/bin/sh
case "$1" in
  -l) [ -f "$TAB" ] && cat "$TAB" || exit 1 ;;
  -r) rm -f "$TAB" ;;
  -) cat > "$TAB" ;;
esac
"""


def program(folder: Path, name: str, text: str) -> None:
    """On PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o700)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of PATH beside the system's own; a user's folder; a crontab's file."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/nowhere")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TAB", str(tmp_path / "tab"))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def with_cron(programs: Path) -> None:
    """Its `cat` and `rm` are asked for by their paths."""
    program(programs, "crontab", _CRONTAB.replace("cat", "/bin/cat").replace("rm -f", "/bin/rm -f"))


def test_cron(programs: Path, tmp_path: Path) -> None:
    """Twice is once; others' lines stay; removed, nothing is left."""
    with_cron(programs)
    tab, job = tmp_path / "tab", schedule.job(tmp_path / "home", DAY)
    cron = schedule.choose(None)
    assert "cron" == cron.kind
    cron.install(job)
    cron.install(job)
    assert 1 == tab.read_text().count("\n")
    assert [tab.read_text()] == [written.text for written in cron.preview(job)]
    others = {schedule.job(tmp_path / "home", DAY).drawn for _ in range(5)}
    assert 5 == len(others)  # another moment each time that it is installed
    assert cron.installed(job.name)
    assert cron.remove(job.name)
    assert not tab.exists()
    assert not cron.remove(job.name)
    tab.write_text("0 0 * * * backup\n")
    cron.install(job)
    assert 2 == tab.read_text().count("\n")
    assert ["cron"] == schedule.remove_all(tmp_path / "home")
    assert "0 0 * * * backup\n" == tab.read_text()
    assert [] == schedule.remove_all(tmp_path / "home")


def test_systemd(programs: Path, tmp_path: Path) -> None:
    """Two private files; enabled; removed, nothing is left."""
    program(programs, "systemctl", '#!/bin/sh\necho "$@" >> "$LOG"\n')
    job = schedule.job(tmp_path / "home", DAY)
    systemd = schedule.choose(None)
    assert "systemd" == systemd.kind
    systemd.install(job)
    units = tmp_path / "config" / "systemd" / "user"
    names = {f"{job.name}.timer", f"{job.name}.service"}
    assert names == {path.name for path in units.iterdir()}
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in units.iterdir()}
    assert f"--user enable --now {job.name}.timer" in (tmp_path / "log").read_text()
    assert systemd.installed(job.name) == "its timer is active"
    assert systemd.remove(job.name)
    assert [] == list(units.iterdir())
    assert not systemd.remove(job.name)
    assert systemd.installed(job.name) is None


def test_systemd_that_refuses(programs: Path, tmp_path: Path) -> None:
    """Then nothing is left, and it is said."""
    program(programs, "systemctl", '#!/bin/sh\n[ "$2" != enable ]\n')
    with pytest.raises(schedule.ScheduleError, match="enable"):
        schedule.choose("systemd").install(schedule.job(tmp_path / "home", DAY))
    assert [] == list((tmp_path / "config" / "systemd" / "user").iterdir())


def test_launchd(programs: Path, tmp_path: Path) -> None:
    """An agent's file, loaded and unloaded."""
    program(programs, "launchctl", '#!/bin/sh\necho "$1" >> "$LOG"\n')
    launchd, job = schedule.choose("launchd"), schedule.job(tmp_path / "home", DAY)
    launchd.install(job)
    path = tmp_path / "user" / "Library" / "LaunchAgents" / f"{job.name}.plist"
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert launchd.installed(job.name)
    assert launchd.remove(job.name)
    assert not path.exists()
    assert ["bootout", "bootstrap", "bootout"] == (tmp_path / "log").read_text().split()


def test_windows(programs: Path, tmp_path: Path) -> None:
    """The file in between is in the home, and does not stay."""
    program(programs, "schtasks", '#!/bin/sh\necho "$1" >> "$LOG"\n[ -z "$5" ] || [ -f "$5" ]\n')
    windows, job = schedule.choose("windows"), schedule.job(tmp_path / "home", DAY)
    windows.install(job)
    assert [] == list((tmp_path / "home").iterdir())
    assert windows.installed(job.name)
    assert windows.remove(job.name)
    assert ["/Create", "/Query", "/Delete"] == (tmp_path / "log").read_text().split()


@pytest.mark.usefixtures("programs")
def test_no_scheduler() -> None:
    """It says what to do instead."""
    with pytest.raises(schedule.ScheduleError, match="anyqta watch"):
        schedule.choose(None)


def test_the_command_of_a_zipapp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The archive that it came from: what it was unpacked to cannot be started by itself."""
    monkeypatch.setenv("ANYQTA_PROGRAM", "/stick/anyqta.pyz")
    assert (sys.executable, "/stick/anyqta.pyz", "watch") == schedule.job(tmp_path, DAY).command[:3]


def test_the_command(tmp_path: Path) -> None:
    """Absolute; the home last; no word of what is measured."""
    job = schedule.job(tmp_path, DAY)
    assert Path(job.command[0]).is_absolute()
    assert ("watch", "--scheduled", "--home", str(tmp_path)) == job.command[-4:]
