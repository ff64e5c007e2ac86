"""What the schedulers of Linux, macOS and Windows are told, as text. Pure.

The name is that of the command, `anyqta`, and nothing says what it does: a list of timers tells no
more than the command line beside it does, and a disguise would look worse to who finds it, and could
not be found by its owner. What is measured stands in the home folder only.

Times: systemd draws a new moment of the whole interval each time; of the others little chance can be
had, so the round itself waits.
"""

import hashlib
import plistlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

NAME = "anyqta"
HOUR, DAY = 3600, 86400
# Those that a calendar can tell, so that all four mean the same.
INTERVALS = (*(HOUR * n for n in (1, 2, 3, 4, 6, 8, 12)), DAY, 7 * DAY)
KINDS = ("systemd", "launchd", "windows", "cron")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=@,:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to run, and how often. `name` is the home's own. `drawn`: by chance, for the moment of a
    scheduler that knows none; once, so that what is shown is what is written."""

    name: str
    command: tuple[str, ...]
    every: int
    drawn: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def waits(self) -> float:
        """For how long at most a round waits first where its scheduler knows no chance."""
        return self.every * 0.9


def name_of(home: Path, usual: Path) -> str:
    """The command's; another home than the usual one has a number that does not tell its path."""
    if home == usual:
        return NAME
    return f"{NAME}-{hashlib.sha256(str(home).encode()).hexdigest()[:8]}"


def systemd(job: Job) -> dict[str, str]:
    """A service and its timer, by file name. Persistent: what was missed comes once, and by chance."""
    service = (
        "[Unit]\n"
        f"Description={NAME}\n\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"ExecStart={' '.join(_systemd_word(word) for word in job.command)}\n"
        "UMask=0077\n"
        "Nice=10\n"
        "TimeoutStartSec=infinity\n"
        "TimeoutStopSec=60\n"
        "StandardOutput=null\n"
        "StandardError=null\n"
    )
    timer = (
        "[Unit]\n"
        f"Description={NAME}\n\n"
        "[Timer]\n"
        f"OnCalendar={_on_calendar(job.every)}\n"
        f"RandomizedDelaySec={job.every}\n"
        "AccuracySec=1min\n"
        "Persistent=true\n\n"
        "[Install]\n"
        "WantedBy=timers.target\n"
    )
    return {f"{job.name}.service": service, f"{job.name}.timer": timer}


def _on_calendar(every: int) -> str:
    if every == 7 * DAY:
        return "Mon *-*-* 00:00:00"
    return "*-*-* 00:00:00" if every == DAY else f"*-*-* 00/{every // HOUR}:00:00"


def _systemd_word(word: str) -> str:
    """systemd.service(5): quotes, and % and $ doubled."""
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return quoted if set(word) <= _PLAIN else f'"{quoted}"'


def launchd(job: Job) -> str:
    """An agent's property list. What was missed asleep comes once."""
    value = {
        "Label": job.name,
        "ProgramArguments": list(job.command),
        "StartInterval": job.every,
        "RunAtLoad": False,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "Umask": 0o077,
        "StandardOutPath": "/dev/null",
        "StandardErrorPath": "/dev/null",
    }
    return plistlib.dumps(value, sort_keys=False).decode()


def windows(job: Job) -> str:
    """A task for schtasks /Create /XML."""
    arguments = " ".join(_windows_word(word) for word in job.command[1:])
    span = f"PT{job.every // HOUR}H"
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>{NAME}</Description></RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Repetition><Interval>{span}</Interval></Repetition>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author"><LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>8</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>{escape(job.command[0])}</Command><Arguments>{escape(arguments)}</Arguments></Exec>
  </Actions>
</Task>
"""


def _windows_word(word: str) -> str:
    """As CommandLineToArgvW reads it."""
    if word and not set(word) & set(' \t"'):
        return word
    out, slashes = "", 0
    for char in word:
        if char == "\\":
            slashes += 1
            continue
        out += "\\" * (2 * slashes + 1 if char == '"' else slashes) + char
        slashes = 0
    return f'"{out}{chr(92) * (2 * slashes)}"'


def cron_line(job: Job, chance: Callable[[], float]) -> str:
    """One line of a crontab; the comment finds it again. The minute is drawn."""
    minute, hour = int(chance() * 60), int(chance() * 24)
    if job.every == 7 * DAY:
        when = f"{minute} {hour} * * {int(chance() * 7)}"
    elif job.every == DAY:
        when = f"{minute} {hour} * * *"
    else:
        step = job.every // HOUR
        hours = ",".join(str(h) for h in range(hour % step, 24, step))
        when = f"{minute} {'*' if step == 1 else hours} * * *"
    command = " ".join(_shell_word(word) for word in job.command).replace("%", "\\%")
    return f"{when} {command} >/dev/null 2>&1 {_mark(job.name)}"


def _shell_word(word: str) -> str:
    return word if word and set(word) <= _PLAIN else "'" + word.replace("'", "'\\''") + "'"


def _mark(name: str) -> str:
    return f"# {name}"


def cron_without(crontab: str, name: str) -> str:
    """The others' lines, untouched."""
    return "".join(
        line
        for line in crontab.splitlines(keepends=True)
        if not line.rstrip().endswith(_mark(name))
    )


def cron_with(crontab: str, line: str, name: str) -> str:
    """The same, with ours last, once."""
    rest = cron_without(crontab, name)
    return f"{rest}{'' if not rest or rest.endswith(chr(10)) else chr(10)}{line}\n"


def cron_has(crontab: str, name: str) -> str | None:
    """Our line, if it is there."""
    return next((x for x in crontab.splitlines() if x.rstrip().endswith(_mark(name))), None)


def words(texts: Sequence[str]) -> str:
    """A command as a person would type it."""
    return " ".join(_shell_word(text) for text in texts)
