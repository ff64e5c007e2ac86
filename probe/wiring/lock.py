"""One at a time on a home: a lock that ends with its process, however that ends."""

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
    descriptor = _opened(home, name)
    try:
        try:
            _take(descriptor)
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


def _take(descriptor: int | None) -> None:
    if descriptor is None:
        return
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - elsewhere

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
