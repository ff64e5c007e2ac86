"""OONI's fingerprints_http.csv (github.com/ooni/blocking-fingerprints), where a user has a copy.

We ship none of its rows (the repository has no licence). Rows of scope `fp` (known false positives)
are tried first and end the search, as Censored Planet does; OONI itself does not.
"""

import csv
import io
import re
from dataclasses import dataclass

from measurements.schema.records import Headers
from measurements.verdict.fingerprints import NONE, PageClass, PageKind
from measurements.verdict.page_text import decode

# https://github.com/ooni/blocking-fingerprints#scope; vbw: very broad words
_CONFIDENCE = {"nat": 0.95, "isp": 0.95, "prod": 0.85, "inst": 0.85, "vbw": 0.5}
_MAX_ROWS, _MAX_PATTERN, _MAX_BODY = 20_000, 2_000, 1 << 17
_MAX_REPEATS, _BOUND = 3, 200
_FORBIDDEN = re.compile(r"\)\s?[*+{?]|\\[1-9]|\(\?|\{\d*,\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """One row. `location` is body or a header's name; `regexp` is None but for that type."""

    name: str
    scope: str
    location: str
    pattern_type: str
    pattern: str
    countries: tuple[str, ...] = ()
    regexp: re.Pattern[str] | None = None

    def matches(self, text: str) -> bool:
        """Whether the text shows it."""
        if self.regexp is not None:
            return self.regexp.search(text[: 1 << 14]) is not None
        if self.pattern_type == "full":
            return text == self.pattern
        if self.pattern_type == "prefix":
            return text.startswith(self.pattern)
        return self.pattern in text


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """All rows, false positives apart; `rejected` names those that could not be used, and why."""

    false_positives: tuple[Fingerprint, ...] = ()
    blockpages: tuple[Fingerprint, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()

    def match(self, headers: Headers, body: bytes | None) -> PageClass:
        """The block page that the answer is, by name; NONE too where a known false positive is."""
        named: dict[str, str] = {}
        for name, value in reversed(headers):
            named[name.lower()] = value
        named["body"] = decode((body or b"")[:_MAX_BODY], named.get("content-type", ""))
        if any(f.matches(named.get(f.location, "")) for f in self.false_positives):
            return NONE
        hits = [f for f in self.blockpages if f.matches(named.get(f.location, ""))]
        if not hits:
            return NONE
        best = max(hits, key=lambda f: _CONFIDENCE.get(f.scope, 0.5))
        countries = f", expected in {', '.join(best.countries)}" if best.countries else ""
        return PageClass(
            kind=PageKind.BLOCKPAGE,
            label=best.name,
            confidence=_CONFIDENCE.get(best.scope, 0.5),
            why=f"OONI's fingerprint {best.name} of its {best.location}{countries}",
        )


def load_ooni_csv(text: str) -> Fingerprints:
    """Read the file's text; a row that cannot be used is named in `rejected`, never raised."""
    good: list[Fingerprint] = []
    rejected: list[tuple[str, str]] = []
    try:
        for number, row in enumerate(csv.DictReader(io.StringIO(text))):
            if number >= _MAX_ROWS:
                rejected.append(("", f"more than {_MAX_ROWS} rows"))
                break
            found = _read_row(row)
            if isinstance(found, str):
                rejected.append((row.get("name") or "", found))
            else:
                good.append(found)
    except csv.Error as exc:
        rejected.append(("", f"not CSV: {exc}"))
    return Fingerprints(
        false_positives=tuple(f for f in good if f.scope == "fp"),
        blockpages=tuple(f for f in good if f.scope != "fp"),
        rejected=tuple(rejected),
    )


def _read_row(row: dict[str, str | None]) -> Fingerprint | str:
    """The row's fingerprint, or why it has none."""
    pattern, kind = row.get("pattern") or "", row.get("pattern_type") or ""
    location = (row.get("location_found") or "").lower().removeprefix("header.")
    if not pattern or len(pattern) > _MAX_PATTERN:
        return "no pattern, or one too long"
    if kind not in {"contains", "prefix", "full", "regexp"}:
        return f"pattern type {kind!r}"
    if not location or location == "dns":
        return f"location {location!r}"
    regexp = None
    if kind == "regexp":
        regexp = bounded_regexp(pattern)
        if regexp is None:
            return "a pattern that could run for too long"
    return Fingerprint(
        name=row.get("name") or "",
        scope=row.get("scope") or "",
        location=location,
        pattern_type=kind,
        pattern=pattern,
        countries=tuple(c.strip() for c in (row.get("expected_countries") or "").split(",") if c),
        regexp=regexp,
    )


def bounded_regexp(pattern: str) -> re.Pattern[str] | None:
    """Compile a pattern written for RE2 so that it ends: every repeat has a bound; None if unsafe.

    No repeated groups, look-arounds or back-references, and at most three repeats of at most 200.
    """
    if _FORBIDDEN.search(pattern):
        return None
    out, repeats, in_class, escaped = [], 0, False, False
    for char in pattern:
        if escaped or (in_class and char != "]"):
            escaped = not escaped and char == "\\"
            out.append(char)
            continue
        escaped, in_class = char == "\\", char == "["
        if char in "*+":
            repeats += 1
            char = f"{{{int(char == '+')},{_BOUND}}}"  # noqa: PLW2901 - the bounded form of it
        out.append(char)
    if repeats > _MAX_REPEATS:
        return None
    try:
        return re.compile("".join(out), re.DOTALL)
    except (re.error, OverflowError, RecursionError):
        return None
