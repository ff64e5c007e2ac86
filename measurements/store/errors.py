"""What can go wrong with the database, each as a plain sentence with what to do about it."""

import sqlite3
from pathlib import Path

_LOW_BYTE = 0xFF


class StoreError(Exception):
    """The database cannot do what was asked; the message is for a person."""


class NotFound(StoreError):  # noqa: N818 - reads as what it says
    """No measurement has this uid."""


class Ambiguous(StoreError):  # noqa: N818
    """More than one measurement's uid begins like this."""


class Duplicate(StoreError):  # noqa: N818
    """This measurement is already stored."""


class Unstorable(ValueError):  # noqa: N818
    """The measurement holds a value that no database column can: it came from a bad document."""


HOME_NAME = "anyqta.db"  # of the file in a volunteer's home folder; others are named with --db
_BUSY = "{path} has been held by another program for too long. Close that program and try again."
_SAYS = {
    sqlite3.SQLITE_CORRUPT: (
        "{path} is damaged. Move it away (the next run makes a new one), or try to save what is"
        " in it with: sqlite3 {path} .recover"
    ),
    sqlite3.SQLITE_NOTADB: "{path} is not a database. Move it away, {elsewhere}.",
    sqlite3.SQLITE_READONLY: (
        "{path} is read-only, or its disk is. Make it writable, {elsewhere}."
    ),
    sqlite3.SQLITE_FULL: (
        "the disk is full, so nothing more can be stored in {path}."
        " Free some space; what was stored before is safe."
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "{path} cannot be opened. Check that its folder exists and is yours, {elsewhere}."
    ),
    sqlite3.SQLITE_PERM: "{path} belongs to somebody else: it cannot be opened; {elsewhere}.",
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_IOERR: (
        "the disk failed while {path} was in use."
        " Check the disk and its free space; what was stored before is safe."
    ),
}


def explain(exc: sqlite3.Error, path: str) -> StoreError:
    """The sentence for what SQLite reported, chosen by its code and not by its text."""
    code = getattr(exc, "sqlite_errorcode", None)
    says = _SAYS.get(code & _LOW_BYTE) if code is not None else None
    says = says or f"{{path}} cannot be used: {exc}"
    return StoreError(says.replace("{elsewhere}", elsewhere(path)).replace("{path}", path))


def elsewhere(path: str | Path) -> str:
    """What else can be done, by whoever has this file: a volunteer, or an operator."""
    if Path(path).name == HOME_NAME:
        return "or name another folder with --home"
    return "or name another file with --db"


def damaged(path: str) -> str:
    """The sentence for a file that cannot be trusted any more."""
    return _SAYS[sqlite3.SQLITE_CORRUPT].replace("{path}", path)


def unstorable_because(exc: Exception) -> str:
    """Why a value cannot be held, in words."""
    if isinstance(exc, OverflowError):
        return "it holds a number of more than 64 bits"
    if isinstance(exc, UnicodeEncodeError):
        return "it holds text that is not valid Unicode where a name is needed"
    return "it holds a value that does not fit where it stands"
