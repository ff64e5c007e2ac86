"""CSV that a spreadsheet can open without running anything, and that can be turned back exactly.

RFC 4180, UTF-8. Every text is quoted, null is an empty field. What a spreadsheet would take for a
formula gets an apostrophe before it, also after what it may take for a separator; `plain` takes it
away. NUL, and halves of surrogate pairs, which no UTF-8 file can hold, become U+FFFD.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

Cell = str | int | float | bool | None
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # = + - @ and their full-width twins
_START = r"(\A|[;\t\r\n])([ \x0b\x0c\xa0]*)('*)"
_DANGER = re.compile(f"{_START}(?=[{_FORMULA}])")
_DEFUSED = re.compile(f"{_START}'(?=[{_FORMULA}])")
_FLUSH = 1 << 20


def defused(text: str) -> str:
    """No cell, however a spreadsheet cuts it, begins a formula."""
    return _DANGER.sub(r"\1\2\3'", text)


def plain(text: str) -> str:
    """What was defused."""
    return _DEFUSED.sub(r"\1\2\3", text)


def writable(text: str) -> str:
    """What UTF-8 and CSV readers can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "\ufffd")


def cell(value: Cell) -> str:
    """One field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + defused(writable(value)).replace('"', '""') + '"'
    return repr(value)


def write_csv(
    path: Path, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Cell]]
) -> int:
    """A file with (name, type) columns; how many rows."""
    count = size = 0
    pending = [",".join(name for name, _ in columns) + "\r\n"]
    with path.open("wb") as file:
        for row in rows:
            line = ",".join(map(cell, row)) + "\r\n"
            pending.append(line)
            count += 1
            size += len(line)
            if size > _FLUSH:
                file.write("".join(pending).encode())
                pending.clear()
                size = 0
        file.write("".join(pending).encode())
    return count
