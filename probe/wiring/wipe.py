"""`anyqta wipe`: what anyqta made in a home folder goes, and nothing else.

It goes by name (wipe_names.py), the worst first; a mark stands there until the end, so that a wipe
that was killed is finished by the next one.
"""

import contextlib
import os
import shutil
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from measurements.store.alone import is_alone
from measurements.store.outbox import Outbox
from probe import home as homes
from probe.wiring import lock, schedule
from probe.wiring.wipe_names import (
    DEMO,
    KINDS,
    MARK,
    SCHEDULE,
    UNPACKED,
    Item,
    Left,
    is_ours,
    look,
)

__all__ = ["Item", "Left"]

_OVERWRITTEN_MOST = 2**20
_BUSY = (
    "{path} is in use: a run, a watch, an upload or `explore` is going on. Stop it first (Ctrl-C"
    " where it runs; anyqta schedule remove), then: anyqta wipe. Nothing was deleted."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would go. `away`: how many measurements a collector has, or may have. `home` is `asked`
    without links: a schedule knows it as it was asked for."""

    asked: Path
    home: Path
    items: tuple[Item, ...]
    left: tuple[Left, ...]
    measurements: int | None
    away: int
    scheduled: bool = False

    def kinds(self) -> list[tuple[str, int, int]]:
        """(what, files, bytes), in the order in which they go."""
        files = [item for item in self.items if not item.folder and item.what != "locks"]
        count = Counter(item.what for item in files)
        return [
            (kind, count[kind], sum(item.size for item in files if item.what == kind))
            for kind in KINDS
            if count[kind]
        ]


@dataclass(slots=True, kw_only=True)
class Wiped:
    """How it went. `failed`: what is still there, and why. `folder_gone`: the home itself too."""

    gone: int = 0
    failed: list[tuple[Path, str]] = field(default_factory=list)
    left: tuple[Left, ...] = ()
    folder_gone: bool = False


def plan(home: Path) -> Plan | None:
    """What is there; None for nothing at all. Raises HomeError where it is no home of anyqta's."""
    asked, home = home, home.resolve()
    if not home.exists() or (home.is_dir() and not any(home.iterdir())):
        return None
    if not home.is_dir() or not is_ours(home):
        raise homes.HomeError(
            f"{home} does not look like a folder of anyqta's: it has no database and no consent of"
            " its making. Nothing was deleted. Name the right folder with --home; what is left in"
            " this one you can delete yourself."
        )
    items, left = look(home)
    measurements, away = _counted(home)
    return Plan(
        asked=asked,
        home=home,
        items=tuple(items),
        left=tuple(left),
        measurements=measurements,
        away=away,
        scheduled=(home / SCHEDULE).exists(),
    )


def wipe(planned: Plan, told: Callable[[Item], None] = lambda _: None) -> Wiped:
    """Have it go. Raises HomeError, before anything went, where something is going on there."""
    home, out = planned.home, Wiped()
    with _nobody_else(home):
        items, _ = look(home)  # again: what was made since it was asked; nobody was told of a mark
        _mark(home)
        _unschedule(planned.asked, out)
        for item in (i for i in items if i.path.name != MARK):
            _go(item, out, told)
        if not out.failed:
            _go(Item(path=home / MARK, what="locks"), out, told)
    with contextlib.suppress(OSError):
        _sync(home)
    with contextlib.suppress(OSError):
        home.rmdir()
        out.folder_gone = True
    out.left = tuple(look(home)[1]) if not out.folder_gone else ()
    return out


# --- who else is at work ---------------------------------------------------------------------


@contextlib.contextmanager
def _nobody_else(home: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name in (lock.RUN, lock.WATCH):
            if not (home / name).is_symlink():  # what a link points to is not ours to open
                says = _BUSY.format(path=home)
                stack.enter_context(lock.alone(home, name, says))
        for folder in (home, home / DEMO):
            database = homes.database(folder)
            if not folder.is_symlink() and _is_file(database) and not is_alone(database):
                raise homes.HomeError(_BUSY.format(path=database))
        yield


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _counted(home: Path) -> tuple[int | None, int]:
    """How many measurements, and how many that a collector has; a damaged file tells nothing."""
    if not _is_file(homes.database(home)):
        return None, 0
    with (
        contextlib.suppress(homes.StoreError, OSError),
        homes.open_store(home, read_only=True) as store,
    ):
        outbox, away = Outbox(store), set[str]()
        for row in outbox.collectors():
            parcels = outbox.withdrawable(row.id)
            away |= {p.measurement_uid for p in parcels if p.state != "waiting"}
        return store.counts().measurements, len(away)
    return None, 0


def _unschedule(asked: Path, out: Wiped) -> None:
    try:
        schedule.remove_all(asked)
    except (homes.HomeError, OSError) as exc:
        out.failed.append((asked, f"the schedule could not be removed: {exc}"))


# --- deleting ----------------------------------------------------------------------------------


def _mark(home: Path) -> None:
    """Where the folder cannot be written, nothing can be deleted either: that is told of each."""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    with contextlib.suppress(OSError):
        os.close(os.open(home / MARK, flags, 0o600))


def _go(item: Item, out: Wiped, told: Callable[[Item], None]) -> None:
    try:
        if item.folder:
            item.path.rmdir()
        elif item.tree:
            _go_tree(item.path)
            out.gone += 1
            told(item)
        else:
            if item.secret:
                _overwrite(item.path)
            item.path.unlink()
            out.gone += 1
            told(item)
    except FileNotFoundError:
        return
    except OSError as exc:
        if item.folder and any(item.path.iterdir()):
            return  # what lies in it is told of by itself
        out.failed.append((item.path, exc.strerror or type(exc).__name__))


def _go_tree(folder: Path) -> None:
    """What tells that it is ours goes last: half of it is still known by that."""
    for path in sorted(folder.iterdir(), key=lambda p: p.name in UNPACKED):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    folder.rmdir()


def _overwrite(path: Path) -> None:
    """As much as a program can do; a disk that moves what is written over (SSD) may keep it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
        try:
            size = min(os.fstat(descriptor).st_size, _OVERWRITTEN_MOST)
            os.write(descriptor, b"\0" * size)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
