"""The state registry's answers (www.gov.kz/banned_sites): JSON, or its dump as JSON lines.

An entry says that there is an order, and nothing about what networks do.
"""

import gzip
import json
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

from measurements.exchange.hosts import host_in, names_of
from measurements.exchange.ooni import BadLine, ExchangeError
from measurements.store.context import Copied, RegistryEntry, link_targets, put_entries

SOURCE = "www.gov.kz/banned_sites"
MAX_LINE = 2**20
MAX_WHOLE = 256 * 2**20  # a JSON array is read at once; the whole registry is 38 MB
_MAX_TEXT = 4000
_GZIP = b"\x1f\x8b"
_BETWEEN = re.compile(r"[\s,;]+")
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d\d)-(\d\d)")


def import_registry(
    conn: sqlite3.Connection,
    path: Path,
    *,
    day: str,
    whole: bool,
    on_bad: Callable[[BadLine], None],
) -> Copied:
    """Store a copy of the registry as it was on `day`. A bad row is told and skipped."""

    def good() -> Iterator[RegistryEntry]:
        for row in read_registry(path):
            if isinstance(row, BadLine):
                on_bad(row)
            else:
                yield row

    done = put_entries(conn, good(), source=SOURCE, cc="KZ", date=day, whole=whole)
    link_targets(conn, names_of)
    return done


def read_registry(path: Path) -> Iterator[RegistryEntry | BadLine]:
    """Each entry, or what is wrong with it."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == _GZIP
            file.seek(0)
            if zipped:
                with gzip.GzipFile(fileobj=file) as unzipped:
                    yield from _rows(unzipped, str(path))  # type: ignore[arg-type]
            else:
                yield from _rows(file, str(path))
    except (gzip.BadGzipFile, zlib.error, EOFError) as exc:
        raise ExchangeError(f"{path} is damaged (gzip): {exc}") from exc
    except OSError as exc:
        raise ExchangeError(f"cannot read {path}: {exc.strerror or exc}") from exc


def _rows(file: BinaryIO, name: str) -> Iterator[RegistryEntry | BadLine]:
    """Of an array, of objects a line, or of arrays a line (the answers of several queries)."""
    first = file.readline(MAX_LINE + 1)
    text = first.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"[") and not text.endswith(b"]"):
        whole = first + file.read(MAX_WHOLE)
        if len(whole) > MAX_WHOLE:
            raise ExchangeError(f"{name} is one JSON array of more than {MAX_WHOLE >> 20} MiB")
        yield from _line(whole, name, 1)
        return
    number = 1
    while first:
        if len(first) > MAX_LINE and not first.endswith(b"\n"):
            while (more := file.readline(MAX_LINE)) and not more.endswith(b"\n"):
                pass
            yield _bad(name, number, f"it is longer than {MAX_LINE >> 20} MiB")
        elif first.strip():
            yield from _line(first, name, number)
        number += 1
        first = file.readline(MAX_LINE + 1)


def _line(raw: bytes, name: str, number: int) -> Iterator[RegistryEntry | BadLine]:
    try:
        found = json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as exc:
        yield _bad(name, number, f"it is not JSON: {exc}")
        return
    for row in found if isinstance(found, list) else [found]:
        try:
            yield entry_of(row)
        except ValueError as exc:
            yield _bad(name, number, str(exc))


def entry_of(row: object) -> RegistryEntry:
    """Raises ValueError, whose text says what is wrong."""
    if not isinstance(row, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - it is data, not our mistake
    number = row.get("id")
    if isinstance(number, bool) or not isinstance(number, str | int) or not str(number).strip():
        raise ValueError("it has no id")
    name, url = _text(row, "name"), _text(row, "urladdress")
    host = _first_host(url) or _first_host(name)
    if host is None:
        raise ValueError(f"entry {str(number)[:40]}: no host in its urladdress or name")
    documents = [key for key in row if isinstance(key, str) and key.startswith("documen")]
    return RegistryEntry(
        entry=str(number).strip()[:100],
        host=host,
        name=name,
        url=url,
        category=_text(row, "categoryname"),
        court=_text(row, "courtname"),
        decided_on=day_of(_text(row, "courtdate")),
        document="; ".join(t for key in sorted(documents) if (t := _text(row, key))) or None,
    )


def _first_host(text: str | None) -> str | None:
    """Of a field that may hold several; `*.example.kz` is example.kz."""
    tokens = _BETWEEN.split(text or "")
    return next((host for t in tokens if (host := host_in(t.removeprefix("*.")))), None)


def _text(row: dict[object, object], key: str) -> str | None:
    """Without what no column can hold."""
    value = row.get(key)
    if value is None or isinstance(value, list | dict | bool):
        return None
    text = str(value).encode("utf-8", "replace").decode().replace("\x00", "").strip()
    return text[:_MAX_TEXT] or None


def day_of(text: str | None) -> str | None:
    """27.11.2024 as 2024-11-27; None where it is no day."""
    found = _DAY.fullmatch(text or "")
    if found is None:
        return None
    d, m, y, iso_y, iso_m, iso_d = found.groups()
    try:
        return date(int(y or iso_y), int(m or iso_m), int(d or iso_d)).isoformat()
    except ValueError:
        return None


def _bad(name: str, line: int, reason: str) -> BadLine:
    return BadLine(file=name, line=line, reason=reason)
