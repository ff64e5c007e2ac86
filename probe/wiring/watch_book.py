"""`watch.json` in the home folder: what a watcher keeps across restarts, and what `status` reads."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from probe.engine.watch import Book
from probe.engine.watchman import Outcome

NAME, NOTICES = "watch.json", "notices.txt"
_FORMAT = 1
_MOST = 1e15  # neither infinity nor NaN is less
_MOST_NOTICES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A book, and when it was written: in own time and by the wall clock."""

    book: Book
    at: float
    wall: float
    ended: float | None = None  # when the last round ended, by the wall clock
    measured: int = 0
    failed: int = 0
    left: int = 0
    says: str = ""
    most: int | None = None  # bytes in 24 hours

    def after(self, outcome: Outcome | None, wall: float) -> "Kept":
        """With how the last round went."""
        if outcome is None:
            return self
        return replace(
            self,
            ended=wall,
            measured=outcome.measured,
            failed=outcome.failed,
            left=outcome.left,
            says=outcome.says,
        )


def read(home: Path) -> Kept | None:
    """What was kept; None where there is nothing that can be read: then it begins anew."""
    try:
        return decode((home / NAME).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def write(home: Path, kept: Kept) -> bool:
    """Whether it could be written; whole or not at all."""
    path, new = home / NAME, home / f".{NAME}.new"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(encode(kept))
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        return False
    return True


def note(home: Path, line: str) -> None:
    """One more line in notices.txt; at most a mebibyte of them is kept."""
    path = home / NOTICES
    with suppress(OSError):
        if path.exists() and path.stat().st_size > _MOST_NOTICES:
            path.replace(path.with_suffix(".old.txt"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(descriptor, "a", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor
            file.write(line + "\n")


def notices(home: Path) -> list[str]:
    """The notes that are kept, oldest first, but for those of the file before."""
    try:
        return (home / NOTICES).read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def encode(kept: Kept) -> str:
    """As it stands in the home folder."""
    book = kept.book
    value = {
        "format": _FORMAT,
        "at": kept.at,
        "wall": kept.wall,
        "due": book.due,
        "began": book.began,
        "spent": [list(entry) for entry in book.spent],
        "tries": book.tries,
        "asn": book.asn,
        "ended": kept.ended,
        "measured": kept.measured,
        "failed": kept.failed,
        "left": kept.left,
        "says": kept.says,
        "most": kept.most,
    }
    return json.dumps(value) + "\n"


def decode(text: str) -> Kept:
    """The opposite; raises ValueError."""
    value = json.loads(text)
    if not isinstance(value, dict) or value.get("format") != _FORMAT:
        raise ValueError("another format")
    spent = value.get("spent")
    if not isinstance(spent, list):
        raise ValueError("no list")  # noqa: TRY004 - one kind of error for all
    book = Book(
        due=_number(value.get("due")),
        began=_number(value.get("began")),
        spent=tuple((_sure(when), int(_sure(count))) for when, count in spent),
        tries=int(_number(value.get("tries")) or 0),
        asn=None if value.get("asn") is None else int(_sure(value["asn"])),
    )
    return Kept(
        book=book,
        at=_sure(value.get("at")),
        wall=_sure(value.get("wall")),
        ended=_number(value.get("ended")),
        measured=int(_number(value.get("measured")) or 0),
        failed=int(_number(value.get("failed")) or 0),
        left=int(_number(value.get("left")) or 0),
        says=str(value.get("says") or ""),
        most=None if value.get("most") is None else int(_sure(value["most"])),
    )


def _number(value: object) -> float | None:
    return None if value is None else _sure(value)


def _sure(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        raise ValueError("no number")
    return float(value)
