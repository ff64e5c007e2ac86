"""How a command ends: with the contract's status, and a sentence instead of a traceback."""

import errno
import functools
import os
import platform
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn, ParamSpec, TypeVar

import typer

from probe.cli.clean import clean
from probe.words import N_, told

FAILED, WRONG_USAGE, OFFLINE, NO_CONSENT = 1, 2, 3, 4
INTERRUPTED = 130  # as the shell has it for Ctrl-C
_MOST_FRAMES, _MOST_CAUSES = 30, 20
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}  # no bug, and no room for a report
_NO_ROOM = N_(
    "there is no space left on the disk, or where the output goes. What was measured before it is kept."
    " Make room, then try again."
)
# Whose places in the code a crash report may name, beside Python's own.
_KNOWN = {
    *("probe", "measurements", "typer", "click", "rich", "platformdirs", "certifi", "idna"),
    *("aiohttp", "aiohttp_socks", "aiosignal", "aioquic", "h11", "h2", "hpack", "yarl", "dns"),
    *("cryptography", "OpenSSL", "service_identity", "sqlite_utils", "orjson", "jsonschema_rs"),
    *("datasette", "uvicorn", "jinja2", "markupsafe"),
}

P = ParamSpec("P")
T = TypeVar("T")


class Stop(Exception):  # noqa: N818 - it is not an error of ours
    """End here with this message and this exit status."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        """`message` says what is wrong and what to do."""
        super().__init__(message)
        self.status = status


def say(text: str) -> None:
    """A line on standard error."""
    typer.echo(clean(text), err=True)


def stop(message: str, status: int = FAILED) -> NoReturn:
    """End the command."""
    raise Stop(message, status)


def plainly(command: Callable[P, T]) -> Callable[P, T]:
    """Whatever happens inside, the person reads a plain sentence."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except Stop as exc:
            _tell(str(exc))
            raise typer.Exit(exc.status) from exc
        except BrokenPipeError as exc:  # `anyqta results | head`
            _close_stdout()
            raise typer.Exit(0) from exc
        except KeyboardInterrupt as exc:
            raise typer.Exit(INTERRUPTED) from exc
        except Exception as exc:  # the one place where a bug may end
            if isinstance(exc, typer.Exit | typer.Abort) or _is_usage(exc):
                raise
            first = _first(exc)
            if isinstance(first, OSError) and first.errno in _FULL:
                _tell(_NO_ROOM)
                raise typer.Exit(FAILED) from exc
            if _is_told(first):
                _tell(str(first))
                raise typer.Exit(FAILED) from exc
            _tell(_crashed(exc, kwargs.get("home")))
            raise typer.Exit(FAILED) from exc

    return wrapped


def _tell(message: str) -> None:
    for line in told(message).splitlines():
        typer.echo(f"anyqta: {clean(line)}", err=True)


def all_plainly(job: Callable[[], object]) -> None:
    """Around the whole program: also what fails before a command begins, and Ctrl-C meanwhile."""
    try:
        job()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as exc:  # noqa: BLE001 - as in plainly, of what is outside of it
        from probe.cli.language import home_option  # noqa: PLC0415 - only when something failed

        named = home_option(sys.argv[1:])
        _tell(_crashed(exc, Path(named) if named else None))
        sys.exit(FAILED)


def _first(exc: BaseException) -> BaseException:
    """What a task group wraps: the first of what failed in it."""
    while isinstance(exc, ExceptionGroup):
        exc = exc.exceptions[0]
    return exc


def _is_usage(exc: Exception) -> bool:
    return isinstance(exc, typer.BadParameter.__mro__[1])  # Typer's own ClickException


def _is_told(exc: BaseException) -> bool:
    """Errors whose message is a sentence for a person."""
    from probe.engine.targets import TargetsError  # noqa: PLC0415 - only when something failed
    from probe.home import ExchangeError, HomeError, StoreError  # noqa: PLC0415
    from probe.settings import SettingsError  # noqa: PLC0415

    return isinstance(exc, ExchangeError | HomeError | SettingsError | StoreError | TargetsError)


def _close_stdout() -> None:
    """So that the interpreter's last flush does not complain."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def _crashed(exc: BaseException, home: object) -> str:
    """Write where it happened, and nothing of whom or what it happened to. Whatever fails at that (a
    full disk, no home, no memory), the sentence is told."""
    bug = N_("this is a bug in anyqta ({kind}).").format(kind=type(exc).__name__)
    kept = N_("What was measured before it is kept.")
    try:
        from probe import home as homes  # noqa: PLC0415 - only when something failed

        folder = homes.folder(home if isinstance(home, Path) else None)
        path = homes.write_crash(folder, crash_text(exc))
    except Exception:  # noqa: BLE001 - a crash while a crash is told: this one is the smaller
        none = N_("No report of it could be written. It was in {place}").format(place=_where(exc))
        return f"{bug}\n{kept} {none}"
    report = N_("Please report it with this file: {path}").format(path=path)
    return f"{bug}\n{kept} {report}"


def crash_text(exc: BaseException) -> str:
    """Types and places in the code, also of causes; no messages: they hold URLs and addresses. Modules
    by name, not by file: where a program lies often holds the name of its user. Of modules that are
    not anyqta's, Python's or a known library's not even the name."""
    lines = [f"anyqta on Python {platform.python_version()}, {platform.system()}"]
    seen: BaseException | None = exc
    told: list[int] = []
    while seen is not None and id(seen) not in told and len(told) < _MOST_CAUSES:
        told.append(id(seen))
        seen = _first(seen)
        lines.append(_word(type(seen).__name__))
        frames = [_place(frame, number) for frame, number in traceback.walk_tb(seen.__traceback__)]
        if len(frames) > 2 * _MOST_FRAMES:  # endless recursion
            left = len(frames) - 2 * _MOST_FRAMES
            frames = [*frames[:_MOST_FRAMES], f"  … {left} more", *frames[-_MOST_FRAMES:]]
        lines += frames
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines) + "\n"


def _place(frame: FrameType, number: int) -> str:
    name = str(frame.f_globals.get("__name__"))
    if name.partition(".")[0] not in _KNOWN | sys.stdlib_module_names:
        return "  (another's code)"
    return f"  {_word(name)}:{number} {_word(frame.f_code.co_qualname)}"


def _word(name: str) -> str:
    """A name as code has them: one that was made out of something else tells nothing of that."""
    return name if re.fullmatch(r"[A-Za-z_<][\w.<>]*", name) else "(another's name)"


def _where(exc: BaseException) -> str:
    """The last place of ours, for who cannot be given a file."""
    found = [line.strip() for line in crash_text(exc).splitlines() if line.startswith("  ")]
    ours = [line for line in found if line.startswith(("probe.", "measurements."))]
    return (ours or found or ["no known place"])[-1]
