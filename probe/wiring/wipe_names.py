"""What anyqta makes in a home folder, by name and by look: only this is ever deleted. Reads, changes
nothing, follows no link."""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from probe import home as homes
from probe.consent.record import ConsentError, decode
from probe.settings import SettingsError, parse
from probe.wiring.keyring import FOLDER as KEYS

KINDS = (
    *("consent", "keys", "settings", "crash reports", "notes", "demonstration", "results"),
    *("program", "locks"),
)
MARK = ".being-wiped"  # this folder is ours, and an earlier wipe did not come to its end
DEMO = "demo"
SCHEDULE = "schedule.json"  # that there is one, and where
_APPLICATION_ID = b"ANYQ"
_HEADER, _ID_AT = b"SQLite format 3\0", 68
_MOST = 2**20

# What has no name of its own kind (others call a file config.toml too) is looked into.
_DATABASE = re.compile(r"anyqta\.db(\.before-[A-Za-z0-9-]+)?(\.\d+\.part)?")
_BESIDE = re.compile(r"anyqta\.db(\.before-[A-Za-z0-9-]+)?(\.\d+\.part)?(-wal|-shm|-journal)")
_OURS = re.compile(
    r"\.being-wiped|(run|watch)\.lock|\.?watch\.json(\.new)?|notices(\.old)?\.txt|\.?schedule\.json(\.new)?"
    r"|\.consent\.json\.new|anyqta\.db\.key|etilqs_[0-9A-Za-z]+"
)
_KEY = re.compile(r"\.?[0-9a-f]{24}(-\d{4}-\d\d\.key|\.invite)(\.[0-9a-f]+)?")
_CRASH = re.compile(r"\.?\d{8}T\d{6}Z\.txt(\.new)?")
_PRETEND = re.compile(r"\.[a-z0-9_]{8}-pretend")  # of a demonstration that was killed
_PROGRAM = re.compile(r"program-[a-z0-9_-]+")  # what anyqta.pyz unpacks
UNPACKED = (".in-use", ".whole")
_SECRET = re.compile(r"(\.?consent\.json(\.new)?|config\.toml|anyqta\.db\.key)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file or folder of ours. `what` groups it for a person; `secret`: to be overwritten first;
    `tree`: a folder that goes with all that is in it."""

    path: Path
    what: str
    size: int = 0
    secret: bool = False
    folder: bool = False
    tree: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is not ours, or cannot be known to be, and why."""

    path: Path
    why: str


LINK = "it is a link; neither it nor what it points to was touched"
FOREIGN = "it is none of the files that anyqta keeps here"
ODD = "its name is one of anyqta's, what is in it is not"


def look(home: Path) -> tuple[list[Item], list[Left]]:
    """All that is in the folder, in the order in which it is to go: what is worst first."""
    items: list[Item] = []
    left: list[Left] = []
    for path in _entries(home):
        found = _top(path)
        if isinstance(found, Left):
            left.append(found)
            continue
        items += found
        if found and found[-1].folder:
            left += _others(path)
    items.sort(key=lambda item: KINDS.index(item.what))
    return items, left


def is_ours(home: Path) -> bool:
    """Whether anyqta has been at home here: one thing that only it makes is enough; or a database so
    broken that only its name tells, where nothing lies beside it that is not anyqta's by name."""
    for path in _entries(home):
        if path.is_symlink():
            continue
        if path.name == MARK or (path.name == homes.DATABASE and _is_ours_or_new(path)):
            return True
        if path.name == DEMO and _is_folder(path) and is_ours(path):
            return True
        if path.name == homes.CONSENT and _is_known_text(path):
            return True
        if path.name in {KEYS, homes.CRASHES} and _is_folder(path) and _inside(path):
            return True
        if _is_program(path) and any(path.iterdir()):
            return True
    return _is_broken(home / homes.DATABASE) and not look(home)[1]


def _is_broken(path: Path) -> bool:
    """A file of this name in which nothing says whose it is."""
    try:
        regular = stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
    return regular and _is_database(path) is None


def _top(path: Path) -> list[Item] | Left:
    if path.is_symlink():
        return Left(path=path, why=LINK)
    if not _is_folder(path):
        return _file(path)
    return _folder(path) or Left(path=path, why=FOREIGN)


def _folder(path: Path) -> list[Item]:
    """With all in it that is ours; none: it is not ours."""
    name = path.name
    if name in {KEYS, homes.CRASHES}:
        what = "keys" if name == KEYS else "crash reports"
        return [*_inside(path), Item(path=path, what=what, folder=True)]
    if name == DEMO and _is_demo(path):
        parts = [replace(item, what="demonstration") for item in look(path)[0]]
        return [*parts, Item(path=path, what="demonstration", folder=True)]
    if _PRETEND.fullmatch(name) and path.parent.name == DEMO:
        return [_tree(path, "demonstration")]
    return [_tree(path, "program")] if _is_program(path) else []


def _is_program(path: Path) -> bool:
    """By what anyqta.pyz puts into it, which a wipe deletes last; or there is nothing in it."""
    if not _PROGRAM.fullmatch(path.name) or path.is_symlink() or not path.is_dir():
        return False
    return any((path / one).is_file() for one in UNPACKED) or not any(path.iterdir())


def _is_demo(path: Path) -> bool:
    """It is a home by itself; half wiped it looks like none, but the mark stands beside it."""
    return is_ours(path) or path.with_name(MARK).exists() or not any(_entries(path))


def _file(path: Path) -> list[Item] | Left:
    name, what = path.name, None
    if not stat.S_ISREG(path.lstat().st_mode):
        return Left(path=path, why=FOREIGN)
    if _DATABASE.fullmatch(name):
        if _is_database(path) is False:
            return Left(path=path, why=ODD)
        what = "results"
    elif _BESIDE.fullmatch(name):
        what = "results"
    elif name in {homes.CONSENT, homes.CONFIG}:
        if not _is_known_text(path):
            return Left(path=path, why=ODD)
        what = "consent" if name == homes.CONSENT else "settings"
    elif _OURS.fullmatch(name):
        what = _kind(name)
    if what is None:
        return Left(path=path, why=FOREIGN)
    secret = bool(_SECRET.fullmatch(name))
    return [Item(path=path, what=what, size=path.lstat().st_size, secret=secret)]


def _kind(name: str) -> str:
    if name.endswith(".key"):
        return "keys"
    if name == MARK or name.endswith(".lock"):
        return "locks"
    return "consent" if "consent" in name else "notes"


def _inside(folder: Path) -> list[Item]:
    """Our files in `keys` or `crashes`."""
    keys = folder.name == KEYS
    found = []
    for path in _entries(folder):
        if path.is_symlink() or not path.is_file():
            continue
        ours = _KEY.fullmatch(path.name) if keys else _CRASH.fullmatch(path.name)
        if ours and (keys or _is_crash(path)):
            what = "keys" if keys else "crash reports"
            size = path.lstat().st_size
            found.append(Item(path=path, what=what, size=size, secret=keys))
    return found


def _others(folder: Path) -> list[Left]:
    """What else lies in a folder of ours."""
    if folder.name == DEMO:
        return look(folder)[1]
    ours = {item.path for item in _inside(folder)}
    return [
        Left(path=path, why=LINK if path.is_symlink() else FOREIGN)
        for path in _entries(folder)
        if path not in ours
    ]


def _tree(path: Path, what: str) -> Item:
    size = sum(one.lstat().st_size for one in path.rglob("*") if not one.is_dir())
    return Item(path=path, what=what, size=size, tree=True)


def _entries(folder: Path) -> Iterator[Path]:
    """Raises HomeError where it cannot be looked into."""
    try:
        yield from sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as exc:
        raise homes.HomeError(
            f"{folder} cannot be looked into: {exc.strerror}. Nothing in it was deleted."
        ) from exc


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _is_database(path: Path) -> bool | None:
    """False: of another program; None: it is none, or damaged, and the name has to do.

    Ours has its mark from the first page that is written beside it on; a log holds it before.
    """
    start = _start(path, 72)
    if not start.startswith(_HEADER):
        return None
    mark = start[_ID_AT : _ID_AT + 4]
    if mark != b"\0\0\0\0":
        return mark == _APPLICATION_ID
    page = int.from_bytes(start[16:18], "big") or 1  # 1: 65536
    new = path.lstat().st_size <= max(page, 4096) or path.with_name(f"{path.name}-wal").exists()
    return None if new else False


def _is_ours_or_new(path: Path) -> bool:
    """A new one has its mark in the log beside it only, until that is merged."""
    if _is_database(path) is None:
        return _start(path, 16).startswith(_HEADER) and path.with_name(f"{path.name}-wal").exists()
    return _is_database(path) is True


def _is_known_text(path: Path) -> bool:
    """A consent, or settings that anyqta reads; or what was one, overwritten and not unlinked."""
    text = _start(path, _MOST).decode("utf-8", "replace")
    if text and not text.strip("\0"):
        return True
    try:
        if path.name == homes.CONSENT:
            decode(text)
        else:
            parse(text, {}, source=path.name)
    except (ConsentError, SettingsError):
        return False
    return True


def _is_crash(path: Path) -> bool:
    return _start(path, 16) in {b"", b"anyqta on Python"}


def _start(path: Path, most: int) -> bytes:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # a pipe would never end
            return b""
        with path.open("rb") as file:
            return file.read(most)
    except OSError:
        return b""
