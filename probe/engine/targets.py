"""From lists of addresses, as people write them, to targets that can be measured.

Pure but for the two doors at the end, which read a file. A bad line never stops the list: it is
named, with its number and the reason, and skipped. What a URL must be: urls.py.
"""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from probe import data
from probe.engine.urls import RefusedError, normalise, shown

MAX_FILE = 256 * 2**20
_MAX_CONTINUED = 20  # lines that one quoted CSV field may span


class TargetsError(Exception):
    """The list cannot be used at all. The message is meant for the person who gave it."""


class CannotReadError(TargetsError):
    """No such file, no permission, a folder, too large."""


class EmptyListError(TargetsError):
    """Nothing but blank lines and comments."""


class NoTargetLeftError(TargetsError):
    """Every line was refused, or none has the category that was asked for."""


class UnknownListError(TargetsError):
    """No bundled list has this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One URL to measure, in the one spelling we use for it, and where it came from."""

    url: str
    category_code: str | None = None
    source: str
    line: int | None = None
    notes: str = ""
    given: str = field(
        default="", compare=False
    )  # as the list has it, where that names its scheme: what a measurement's input is
    bundled: bool = field(default=False, compare=False)  # of a list of ours: not named by anybody

    @property
    def input(self) -> str:
        """What the measurement will call it: the list's own spelling (OONI keeps it as well)."""
        return self.given or self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A line that was skipped. `text` is safe to show: shortened, nothing invisible in it."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedTargets:
    """What a list held. Duplicates are dropped without a word but counted."""

    targets: tuple[Target, ...]
    problems: tuple[Problem, ...] = ()
    duplicates: int = 0


# --- a list ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line that holds an address, before that is looked at."""

    line: int
    url: str
    category: str = ""
    notes: str = ""


def parse_targets(text: str | bytes, source: str, *, allow_private: bool = False) -> ParsedTargets:
    """Read a list: one URL a line with `#` comments, or a CSV whose header has a `url` column."""
    if isinstance(text, bytes):
        text = decode(text)
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    targets: dict[str, Target] = {}
    problems: list[Problem] = []
    duplicates = 0
    for entry in _entries(lines):
        if isinstance(entry, Problem):
            problems.append(entry)
            continue
        try:
            url = normalise(entry.url, allow_private=allow_private)
        except RefusedError as exc:
            problems.append(Problem(line=entry.line, text=shown(entry.url), reason=str(exc)))
            continue
        if url in targets:
            duplicates += 1
            continue
        targets[url] = Target(
            url=url,
            category_code=entry.category.strip().upper() or None,
            source=source,
            line=entry.line,
            notes=entry.notes.strip(),
            given=entry.url.strip() if "://" in entry.url else "",
        )
    return ParsedTargets(
        targets=tuple(targets.values()), problems=tuple(problems), duplicates=duplicates
    )


def decode(raw: bytes) -> str:
    """UTF-8, or UTF-16 where its mark says so (a PowerShell `>`). Bad bytes stay, as surrogates."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8", "surrogateescape")


def _entries(lines: list[str]) -> Iterator[_Entry | Problem]:
    header = next(((n, line) for n, line in enumerate(lines) if not _is_blank(line)), None)
    if header is not None:
        for delimiter in ",;\t":
            names = [name.strip().lower() for name in _fields(header[1], delimiter)]
            if "url" in names and (len(names) > 1 or names == ["url"]):
                return _csv_entries(lines, header[0] + 1, names, delimiter)
    return _plain_entries(lines)


def _plain_entries(lines: list[str]) -> Iterator[_Entry]:
    for number, line in enumerate(lines, 1):
        if not _is_blank(line):
            # `#` begins a comment only after a space: in a URL it begins a fragment.
            yield _Entry(number, re.split(r"\s#", line, maxsplit=1)[0])


def _csv_entries(
    lines: list[str], first: int, names: list[str], delimiter: str
) -> Iterator[_Entry | Problem]:
    columns = [_column(names, name) for name in ("url", "category_code", "notes")]
    at = first
    while at < len(lines):
        number, record = at + 1, lines[at]
        at += 1
        if _is_blank(record):
            continue
        if record.count('"') % 2:
            taken = _continuation(lines, at)
            if taken is None:
                reason = "a quotation mark is never closed"
                yield Problem(line=number, text=shown(record), reason=reason)
                continue
            record = "\n".join([record, *lines[at:taken]])
            at = taken
        fields = _fields(record, delimiter)
        url, category, notes = (fields[c] if 0 <= c < len(fields) else "" for c in columns)
        yield _Entry(number, url, category, notes)


def _continuation(lines: list[str], at: int) -> int | None:
    """Where the record ends whose last quotation mark is still open at line `at`."""
    for end in range(at, min(at + _MAX_CONTINUED, len(lines))):
        if lines[end].count('"') % 2:
            return end + 1
    return None


def _fields(record: str, delimiter: str) -> list[str]:
    if '"' not in record:
        return record.split(delimiter)
    try:
        return next(csv.reader([record], delimiter=delimiter), [])
    except csv.Error:  # a field beyond csv's limit: no URL is that long
        return record.split(delimiter)


def _column(names: list[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _is_blank(line: str) -> bool:
    line = line.strip()
    return not line or line[0] == "#"


# --- lists together --------------------------------------------------------------------------


def join(lists: Iterable[ParsedTargets]) -> ParsedTargets:
    """Several lists as one. The first mention of a URL counts."""
    targets: dict[str, Target] = {}
    problems: list[Problem] = []
    duplicates = 0
    for parsed in lists:
        before = len(targets)
        for target in parsed.targets:
            targets.setdefault(target.url, target)
        duplicates += parsed.duplicates + len(parsed.targets) - (len(targets) - before)
        problems.extend(parsed.problems)
    return ParsedTargets(
        targets=tuple(targets.values()), problems=tuple(problems), duplicates=duplicates
    )


def only_categories(parsed: ParsedTargets, codes: Collection[str]) -> ParsedTargets:
    """The targets of these categories, any case. If none is left, the error names what there is."""
    wanted = {code.strip().upper() for code in codes}
    kept = tuple(target for target in parsed.targets if target.category_code in wanted)
    if not kept:
        counts = Counter(target.category_code or "none" for target in parsed.targets)
        there_is = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
        raise NoTargetLeftError(
            f"no target of category {', '.join(sorted(wanted))}; there is: {there_is or 'nothing'}"
        )
    return replace(parsed, targets=kept)


def require_targets(parsed: ParsedTargets, source: str) -> ParsedTargets:
    """The list itself, unless nothing in it can be measured: then the reason is raised."""
    if parsed.targets:
        return parsed
    if not parsed.problems:
        raise EmptyListError(f"{shown(source)} is empty: it names no address")
    first = parsed.problems[0]
    raise NoTargetLeftError(
        f"{shown(source)} leaves no target: {len(parsed.problems)} line(s) refused, the first is "
        f"line {first.line} ({first.text}): {first.reason}"
    )


# --- the two doors to files ------------------------------------------------------------------


def load_file(path: Path, *, allow_private: bool = False) -> ParsedTargets:
    """A list from a file. Raises TargetsError where it cannot be read or leaves no target."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError as exc:
        raise CannotReadError(f"cannot read {shown(str(path))}: {exc.strerror or exc}") from exc
    if len(raw) > MAX_FILE:
        raise CannotReadError(f"{shown(str(path))} is larger than {MAX_FILE >> 20} MiB")
    parsed = parse_targets(raw, str(path), allow_private=allow_private)
    return require_targets(parsed, str(path))


def bundled_names() -> tuple[str, ...]:
    """The lists that ship with the probe."""
    return data.list_names()


def load_bundled(name: str) -> ParsedTargets:
    """A list that ships with the probe."""
    if name not in data.list_names():
        known = ", ".join(data.list_names())
        raise UnknownListError(f"no list is called {shown(name)}; there is: {known}")
    parsed = require_targets(parse_targets(data.read_list(name), name), name)
    return replace(parsed, targets=tuple(replace(t, bundled=True) for t in parsed.targets))
