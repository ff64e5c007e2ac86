"""`anyqta schedule`: hands the texts of probe/engine/schedulers.py to the scheduler that is here."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from probe import home as homes
from probe.engine import schedulers
from probe.engine.schedulers import Job

_PATIENCE = 30.0


class ScheduleError(homes.HomeError):
    """The scheduler did not do it; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file outside the home folder (`path` None: handed to a program), and what is in it."""

    path: Path | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler:
    """One of the four: what it would write, whether ours is there, and doing and undoing it."""

    kind: str
    preview: Callable[[Job], list[Written]]
    install: Callable[[Job], None]
    remove: Callable[[str], bool]
    installed: Callable[[str], str | None]  # a sentence about when, or None


def usual_home() -> Path:
    """Where a home is when nothing else is said."""
    from platformdirs import user_data_path  # noqa: PLC0415 - rarely asked

    return user_data_path("anyqta", appauthor=False)


def job(home: Path, every: int) -> Job:
    """A scheduled round of this home, by the program that runs now."""
    chance = random.SystemRandom()
    return Job(
        name=schedulers.name_of(home, usual_home()),
        command=(*_program(), "watch", "--scheduled", "--home", str(home)),
        every=every,
        drawn=(chance.random(), chance.random(), chance.random()),
    )


def _program() -> tuple[str, ...]:
    """The command if it was started as such; otherwise this Python, with the .pyz that it came from
    (packaging/zipapp_main.py says which), or with the module."""
    if archive := os.environ.get("ANYQTA_PROGRAM"):
        return (sys.executable, archive)
    started = Path(sys.argv[0])
    if started.name in {"anyqta", "anyqta.exe"} and started.is_file():
        return (str(started.absolute()),)
    python = Path(sys.executable)
    without_a_window = python.with_name("pythonw.exe")
    return (str(without_a_window if without_a_window.exists() else python), "-m", "probe.cli")


def choose(kind: str | None) -> Scheduler:
    """The named one, or the one that fits this computer. Raises ScheduleError."""
    if kind is not None:
        return _ALL[kind]
    if sys.platform == "darwin":
        return _ALL["launchd"]
    if sys.platform == "win32":
        return _ALL["windows"]
    if shutil.which("systemctl") and _run(("systemctl", "--user", "show-environment")) is not None:
        return _ALL["systemd"]
    if shutil.which("crontab"):
        return _ALL["cron"]
    raise ScheduleError(
        "neither a systemd of yours nor cron is here. Leave `anyqta watch` running instead, or have"
        " another program start `anyqta watch --once` from time to time."
    )


def _run(command: tuple[str, ...], stdin: str | None = None) -> str | None:
    """What it printed; None where it failed or is not there."""
    try:
        done = subprocess.run(  # noqa: S603 - a scheduler's own program, words of ours
            command,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def _must(command: tuple[str, ...], stdin: str | None = None) -> str:
    said = _run(command, stdin)
    if said is None:
        raise ScheduleError(
            f"`{schedulers.words(command)}` failed, so it is not scheduled as asked."
        )
    return said


def write(path: Path, text: str) -> None:
    """For its owner only, whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        new.replace(path)
    except OSError as exc:
        raise ScheduleError(f"{path} cannot be written: {exc.strerror}") from exc


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as exc:
        raise ScheduleError(f"{path} cannot be removed: {exc.strerror}") from exc
    return True


# --- systemd --------------------------------------------------------------------------------------

_CTL = ("systemctl", "--user")


def _units() -> Path:
    given = os.environ.get("XDG_CONFIG_HOME")
    return (Path(given) if given else Path.home() / ".config") / "systemd" / "user"


def _systemd_preview(job: Job) -> list[Written]:
    return [Written(_units() / name, text) for name, text in schedulers.systemd(job).items()]


def _systemd_install(job: Job) -> None:
    for written in _systemd_preview(job):
        assert written.path is not None
        write(written.path, written.text)
    try:
        _must((*_CTL, "daemon-reload"))
        _must((*_CTL, "enable", "--now", f"{job.name}.timer"))
    except ScheduleError:
        _systemd_remove(job.name)
        raise


def _systemd_remove(name: str) -> bool:
    timer = _units() / f"{name}.timer"
    if timer.exists():
        _run((*_CTL, "disable", "--now", timer.name))
    link = _units() / "timers.target.wants" / timer.name
    found = [_unlink(path) for path in (link, timer, timer.with_suffix(".service"))]
    _unlink(Path.home() / ".local/share/systemd/timers" / f"stamp-{timer.name}")
    if any(found):
        _run((*_CTL, "daemon-reload"))
    return any(found)


def _systemd_installed(name: str) -> str | None:
    if not (_units() / f"{name}.timer").exists():
        return None
    state = _run((*_CTL, "is-active", f"{name}.timer"))
    return "its timer is active" if state is not None else "its timer is there but not active"


# --- launchd --------------------------------------------------------------------------------------


def _agent(name: str) -> Path:
    return Path.home() / "Library" / "LaunchAgents" / f"{name}.plist"


def _launchd_domain() -> str:
    return f"gui/{os.getuid()}" if sys.platform != "win32" else ""


def _launchd_install(job: Job) -> None:
    _run(("launchctl", "bootout", f"{_launchd_domain()}/{job.name}"))
    write(_agent(job.name), schedulers.launchd(job))
    try:
        _must(("launchctl", "bootstrap", _launchd_domain(), str(_agent(job.name))))
    except ScheduleError:
        _unlink(_agent(job.name))
        raise


def _launchd_remove(name: str) -> bool:
    _run(("launchctl", "bootout", f"{_launchd_domain()}/{name}"))
    return _unlink(_agent(name))


def _launchd_installed(name: str) -> str | None:
    return "its agent is there" if _agent(name).exists() else None


# --- Windows --------------------------------------------------------------------------------------


def _windows_install(job: Job) -> None:
    home = Path(job.command[-1])
    path = home / "schedule.xml"
    try:
        homes.make(home)
        path.write_text(schedulers.windows(job), encoding="utf-16")
        _must(("schtasks", "/Create", "/TN", job.name, "/XML", str(path), "/F"))
    except OSError as exc:
        raise ScheduleError(f"{path} cannot be written: {exc.strerror}") from exc
    finally:
        _unlink(path)


def _windows_remove(name: str) -> bool:
    return _run(("schtasks", "/Delete", "/TN", name, "/F")) is not None


def _windows_installed(name: str) -> str | None:
    return None if _run(("schtasks", "/Query", "/TN", name)) is None else "its task is there"


# --- cron -----------------------------------------------------------------------------------------


def _crontab() -> str:
    """Empty where there is none: then `crontab -l` fails, too."""
    return _run(("crontab", "-l")) or ""


def _cron_preview(job: Job) -> list[Written]:
    return [Written(None, f"{_cron_line(job)}\n")]


def _cron_line(job: Job) -> str:
    return schedulers.cron_line(job, iter(job.drawn).__next__)


def _cron_install(job: Job) -> None:
    _must(("crontab", "-"), schedulers.cron_with(_crontab(), _cron_line(job), job.name))


def _cron_remove(name: str) -> bool:
    before = _crontab()
    if schedulers.cron_has(before, name) is None:
        return False
    rest = schedulers.cron_without(before, name)
    _must(("crontab", "-") if rest.strip() else ("crontab", "-r"), rest or None)
    return True


def _cron_installed(name: str) -> str | None:
    line = schedulers.cron_has(_crontab(), name)
    return None if line is None else "its line is in your crontab"


_ALL = {
    "systemd": Scheduler(
        kind="systemd",
        preview=_systemd_preview,
        install=_systemd_install,
        remove=_systemd_remove,
        installed=_systemd_installed,
    ),
    "launchd": Scheduler(
        kind="launchd",
        preview=lambda job: [Written(_agent(job.name), schedulers.launchd(job))],
        install=_launchd_install,
        remove=_launchd_remove,
        installed=_launchd_installed,
    ),
    "windows": Scheduler(
        kind="windows",
        preview=lambda job: [Written(None, schedulers.windows(job))],
        install=_windows_install,
        remove=_windows_remove,
        installed=_windows_installed,
    ),
    "cron": Scheduler(
        kind="cron",
        preview=_cron_preview,
        install=_cron_install,
        remove=_cron_remove,
        installed=_cron_installed,
    ),
}


def remove_all(home: Path) -> list[str]:
    """Out of every scheduler that could have it, and the home's own note of it; from where it went."""
    name = schedulers.name_of(home, usual_home())
    gone = [kind for kind, scheduler in _ALL.items() if _here(kind) and scheduler.remove(name)]
    noted = _unlink(home / "schedule.json")
    return gone or (["the home folder"] if noted else [])


def _here(kind: str) -> bool:
    programs = {"launchd": "launchctl", "windows": "schtasks", "cron": "crontab"}
    return kind not in programs or shutil.which(programs[kind]) is not None
