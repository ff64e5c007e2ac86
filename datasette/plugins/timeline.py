"""Where things stand on a line of time, in per cent of its length: the templates draw it as SVG."""

import json
from datetime import date
from typing import Any

from datasette import hookimpl

MOST_LINES = 16
APART = 5.5  # per cent, on a phone the width of two digits
A_BAR = 0.4  # per cent; nothing is drawn thinner
YEARS_BACK = 12
TEN_YEARS = 10
FEW_DAYS = 1200  # quarters have room for their names, on a phone too
KINDS = {"interfered": "blocked", "mixed": "mixed", "open": "accessible"}
Row = dict[str, Any]


def ordinal(text: str) -> float:
    """A day's number; of 2015 and 2024-02 the first day's."""
    year, month, day = (*(int(part) for part in text[:10].split("-")), 1, 1)[:3]
    hour = int(text[11:13]) / 24 if len(text) > TEN_YEARS + 2 else 0.0
    return date(year, month, day).toordinal() + hour


def numbered(named: list[Row], around: list[Row], entries: list[Row], last: str) -> list[Row]:
    """Events and the registry's entries in the order of time, each with the number by which it is drawn."""
    out: list[Row] = []
    seen = set()
    for row in named:
        if row["event_id"] not in seen:  # an event may name the host and its parent
            seen.add(row["event_id"])
            out.append({**row, "what": "event", "named": True})
    out += [{**row, "what": "event", "named": False} for row in around]
    for row in entries:
        day = row["decided_on"] or row["listed_from"]
        out.append(
            {**row, "what": "entry", "named": True, "date": day, "until": row["listed_until"]}
        )
    out.sort(key=lambda row: row["date"])
    for number, row in enumerate(out, 1):
        row["number"] = number
        if row["what"] == "event":
            row["links"] = [
                text
                for text in json.loads(row["sources"])
                if text.startswith(("https://", "http://"))
            ]
    return out


def timeline(states: list[Row], latest: list[Row], events: list[Row], present: Row) -> Row | None:
    """Networks, most measured first, over the time from the first thing known to the last measurement."""
    if not present["first"]:
        return None
    start, end = ordinal(present["first"]), ordinal(present["last"]) + 1
    close = [e for e in events if e["named"]]
    starts = [ordinal(e["date"]) for e in close]
    start = max(min([start, *starts]), start - 366 * YEARS_BACK)
    length = max(end - start, 30.0)

    def at(text: str) -> float:
        return round(100 * (ordinal(text) - start) / length, 2)

    order: dict[str, Row] = {}
    for row in latest:
        line = order.setdefault(row["network"], {"row": row, "bars": []})
        line["n"] = line.get("n", 0) + row["n"]
    for row in states:
        if row["network"] in order:
            x = at(row["since"])
            kind = KINDS[row["state"]] if row["sure"] else "inconclusive"
            if kind == "blocked" and row["status"] == "throttled":
                kind = "throttled"
            width = max(A_BAR, at(row["until"]) - x)
            order[row["network"]]["bars"].append({**row, "x": x, "w": width, "kind": kind})
    lines = sorted(order.values(), key=lambda line: -line["n"])
    marks = [{**e, "x": at(e["date"])} for e in events if start <= ordinal(e["date"]) <= end]
    return {
        "lines": lines[:MOST_LINES],
        "levels": levels(marks),
        "left_out": max(0, len(lines) - MOST_LINES),
        "unmeasured": at(present["first"]),
        "ticks": ticks(start, length),
        "marks": marks,
        "first": date.fromordinal(int(start)).isoformat(),
        "last": present["last"][:10],
    }


def levels(marks: list[Row]) -> int:
    """Numbers that would touch are put below one another; how many rows that makes."""
    ends: list[float] = []
    for mark in marks:
        free = next((i for i, x in enumerate(ends) if mark["x"] - x >= APART), len(ends))
        ends[free : free + 1] = [mark["x"]]
        mark["level"] = free
    return len(ends)


def ticks(start: float, length: float) -> list[Row]:
    """Where each year begins; where there are many, not all; where there are few, quarters by their month too."""
    first, last = date.fromordinal(int(start)), date.fromordinal(int(start + length))
    every = range(first.year, last.year + 1)
    step = 1 + len(every) // 8
    months = (1, 4, 7, 10) if length < FEW_DAYS else (1,)
    out = []
    for year in every:
        for month in months if (year - every[0]) % step == 0 else ():
            x = round(100 * (date(year, month, 1).toordinal() - start) / length, 2)
            if 0 <= x <= 100:  # noqa: PLR2004 - per cent
                is_year = month == 1
                text = str(year) if is_year else f"{month:02d}"
                out.append({"x": x, "text": text, "is_year": is_year})
    return out


@hookimpl
def extra_template_vars() -> Row:
    """Nothing: the pages call `timeline` and `numbered`."""
    return {}
