"""A figure beside its limit, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """`best` says which side of the limit is good; without a limit it is told, not judged."""

    part: str
    name: str
    value: float
    unit: str = ""
    limit: float | None = None
    best: Literal["least", "most"] = "least"
    note: str = ""

    @property
    def ok(self) -> bool:
        """Within the limit."""
        if self.limit is None:
            return True
        return self.value <= self.limit if self.best == "least" else self.value >= self.limit

    @property
    def mark(self) -> str:
        """ok, MISSED, or nothing."""
        return "" if self.limit is None else "ok" if self.ok else "MISSED"

    def as_json(self) -> Json:
        """For --json."""
        return asdict(self) | {"ok": self.ok if self.limit is not None else None}


@dataclass(frozen=True)
class Part:
    """What one part of the bench found: figures, lines for a person, data worth keeping."""

    figures: tuple[Figure, ...]
    lines: tuple[str, ...] = ()
    data: Any = None


def table(figures: Sequence[Figure]) -> str:
    """All of them: figure, value, limit, ok or MISSED."""
    rows = [("figure", "value", "limit", "", "")]
    rows += [
        (f"{f.part}: {f.name}", shown(f.value, f.unit), limit(f), f.mark, f.note) for f in figures
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join(
        f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  "
        f"{row[3]:{widths[3]}}  {row[4]}".rstrip()
        for row in rows
    )


def limit(f: Figure) -> str:
    """As in the issue: at most, at least."""
    if f.limit is None:
        return ""
    return f"{'≤' if f.best == 'least' else '≥'} {shown(f.limit, f.unit)}"


def shown(value: float, unit: str) -> str:
    """Three or four digits that mean something."""
    if unit == "share":
        return f"{value:.2%}"
    digits = 0 if value == int(value) or abs(value) >= 1000 else 1 if abs(value) >= 20 else 3
    return f"{value:,.{digits}f}{' ' + unit if unit else ''}"


def median(values: Sequence[float]) -> float:
    """Of an odd number."""
    return sorted(values)[len(values) // 2]
