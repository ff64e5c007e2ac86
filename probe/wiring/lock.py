"""Who is at work in a home: locks that end with their process, however that ends.

Runs share theirs, as SQLite lets several write; a watch, and what takes the home away, want it alone.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from probe import home as homes

RUN, WATCH = "run.lock", "watch.lock"
_HELD = {errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}


class Held(homes.HomeError):
    """Somebody else has it."""


@contextlib.contextmanager
def alone(home: Path, name: str, says: str) -> Iterator[None]:
    """Hold the lock of this name. Raises Held with `says`.

    Where the disk cannot lock at all, it is gone without: what is stored is safe in any case.
    """
    with _holding(home, name, says, shared=False):
        yield


@contextlib.contextmanager
def together(home: Path, name: str, says: str) -> Iterator[None]:
    """Hold it with others who do so, while nobody has it alone. Raises Held with `says`."""
    with _holding(home, name, says, shared=True):
        yield


@contextlib.contextmanager
def _holding(home: Path, name: str, says: str, *, shared: bool) -> Iterator[None]:
    descriptor = _opened(home, name)
    try:
        try:
            _take(descriptor, shared=shared)
        except OSError as exc:
            if exc.errno in _HELD:
                raise Held(says) from exc
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _opened(home: Path, name: str) -> int | None:
    with contextlib.suppress(OSError, homes.HomeError):
        homes.make(home)
        return os.open(home / name, os.O_RDWR | os.O_CREAT, 0o600)
    return None


def is_held(home: Path, name: str) -> bool:
    """Whether a process has it now. Makes nothing."""
    if not (home / name).exists():
        return False
    try:
        with alone(home, name, ""):
            return False
    except Held:
        return True


def _take(descriptor: int | None, *, shared: bool) -> None:
    if descriptor is None:
        return
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only; it knows no shared locks

        if shared:
            return
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - elsewhere

        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
