"""OONI's documents in and out, a line at a time, so that a file may be larger than memory.

A bad line is reported with its file, its number and the reason, and skipped; nothing else stops.
"""

import contextlib
import dataclasses
import gzip
import io
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from measurements.schema.codec import from_document, to_document
from measurements.schema.codec_records import BadDocument
from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.store.errors import Unstorable
from measurements.store.store import Store

Judge = Callable[[Measurement], Verdict]

MAX_LINE = 64 * 2**20  # OONI's own largest documents are a few MB
_BATCH = 100
_GZIP = b"\x1f\x8b"
_PEEK = 1 << 16


class ExchangeError(Exception):
    """A file cannot be read or written at all; the message is for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that was skipped. `line` is 0 where it concerns the whole file."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How an import went."""

    new: int = 0
    known: int = 0
    bad: int = 0


def read_documents(path: Path) -> Iterator[tuple[int, Measurement | BadLine]]:
    """Each document of a JSON or JSONL file, gzipped or not, with its line number."""
    name = str(path)
    try:
        with _opened(path) as file:
            if b"\0" in file.peek(_PEEK)[:_PEEK]:
                reason = (
                    "it is no text, so no measurements are in it: JSON, or JSON lines, are read"
                )
                yield 0, BadLine(file=name, line=0, reason=reason)
                return
            for number, raw in _lines(file):
                yield number, _document(raw, name, number)
    except (gzip.BadGzipFile, zlib.error, EOFError) as exc:
        # what came before the damage is read already
        yield 0, BadLine(file=name, line=0, reason=f"the gzip data is damaged: {exc}")
    except OSError as exc:
        raise ExchangeError(f"cannot read {name}: {exc.strerror or exc}") from exc


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    """The file's content, unzipped if need be."""
    with path.open("rb") as file:
        if file.peek(2)[:2] == _GZIP:
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield io.BufferedReader(unzipped, _PEEK)
        else:
            yield file


def _lines(file: io.BufferedReader) -> Iterator[tuple[int, bytes | None]]:
    """Lines, numbered; None for one that is too long. A pretty-printed file is one line."""
    if _is_pretty(file.peek(_PEEK)):
        whole = file.read(MAX_LINE + 1)
        yield 1, whole if len(whole) <= MAX_LINE else None
        return
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            while not line.endswith(b"\n") and (line := file.readline(_PEEK)):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def _is_pretty(start: bytes) -> bool:
    """One JSON object over several lines: its first line is not a whole object."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    first, newline, _ = text.partition(b"\n")
    return bool(newline) and first.strip() in {b"{", b"["}


def _document(raw: bytes | None, file: str, line: int) -> Measurement | BadLine:
    if raw is None:
        reason = f"it is longer than {MAX_LINE >> 20} MiB"
        return BadLine(file=file, line=line, reason=reason)
    try:
        return from_document(json.loads(raw.removeprefix(b"\xef\xbb\xbf")))
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except json.JSONDecodeError as exc:
        reason = f"it is not JSON: {exc.msg} at character {exc.pos}"
    except BadDocument as exc:
        reason = str(exc)
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as exc:  # a number of more than 4300 digits
        reason = f"it is not JSON that can be read: {exc}"
    return BadLine(file=file, line=line, reason=reason)


def import_files(
    paths: Iterable[Path],
    store: Store,
    judge: Judge,
    *,
    on_new: Callable[[Measurement], None],
    on_bad: Callable[[BadLine], None],
) -> Imported:
    """Judge and store what is not there yet. A sender's own verdict does not count."""
    total = Imported()
    for path in paths:
        batch: dict[str, tuple[int, Measurement]] = {}
        bad = known = 0
        for line, found in read_documents(path):
            if isinstance(found, BadLine):
                bad += 1
                on_bad(found)
            elif found.measurement_uid in batch or _contains(store, found):
                known += 1
            else:
                batch[found.measurement_uid] = (line, found)
            if len(batch) >= _BATCH:
                total = _add(total, _flush(str(path), batch, store, judge, on_new, on_bad))
        total = _add(total, _flush(str(path), batch, store, judge, on_new, on_bad))
        total = _add(total, Imported(known=known, bad=bad))
    return total


def _contains(store: Store, m: Measurement) -> bool:
    try:
        return store.contains(m.measurement_uid)
    except UnicodeEncodeError:
        return False  # saving it will say what is wrong


def _add(a: Imported, b: Imported) -> Imported:
    return Imported(new=a.new + b.new, known=a.known + b.known, bad=a.bad + b.bad)


def _flush(
    file: str,
    batch: dict[str, tuple[int, Measurement]],
    store: Store,
    judge: Judge,
    on_new: Callable[[Measurement], None],
    on_bad: Callable[[BadLine], None],
) -> Imported:
    judged = [(line, dataclasses.replace(m, verdict=judge(m))) for line, m in batch.values()]
    batch.clear()
    new, known, bad = [], 0, 0
    try:
        stored = set(store.save_many([m for _, m in judged]))
        new = [m for _, m in judged if m.measurement_uid in stored]
        known = len(judged) - len(new)
    except Unstorable:  # one of them: find out which
        for line, m in judged:
            try:
                new += [m] * len(store.save_many([m]))
            except Unstorable as exc:
                bad += 1
                on_bad(BadLine(file=file, line=line, reason=str(exc)))
    for m in new:
        on_new(m)
    return Imported(new=len(new), known=known, bad=bad)


def write_documents(measurements: Iterable[Measurement], file: BinaryIO) -> int:
    """One document a line; how many."""
    count = 0
    for m in measurements:
        document = json.dumps(to_document(m), separators=(",", ":"), ensure_ascii=True)
        file.write(document.encode("ascii") + b"\n")
        count += 1
    return count


def export(measurements: Iterable[Measurement], path: Path) -> int:
    """Write a JSONL file, gzipped if its name ends in .gz: the whole of it, or none. What is no file
    (/dev/stdout, a pipe) is written to as it is, and never replaced by one."""
    if path.exists() and not path.is_file() and not path.is_dir():
        try:
            with path.open("wb") as there:
                return _write(measurements, there, squeeze=path.name.endswith(".gz"))
        except OSError as exc:
            raise ExchangeError(f"cannot write {path}: {exc.strerror or exc}") from exc
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as exc:
        raise ExchangeError(f"cannot write {path}: {exc.strerror or exc}") from exc
    try:
        with open(descriptor, "wb") as plain:  # noqa: PTH123 - a descriptor, not a path
            count = _write(measurements, plain, squeeze=path.name.endswith(".gz"))
            plain.flush()
            os.fsync(plain.fileno())
        Path(temporary).replace(path)
    except OSError as exc:
        raise ExchangeError(f"cannot write {path}: {exc.strerror or exc}") from exc
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
    return count


def _write(measurements: Iterable[Measurement], file: BinaryIO, *, squeeze: bool) -> int:
    if not squeeze:
        return write_documents(measurements, file)
    # no name and no time in it: the same measurements give the same bytes
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as squeezed:
        return write_documents(measurements, squeezed)  # type: ignore[arg-type]
