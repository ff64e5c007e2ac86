"""/target/HOST: one site on every network, over time, and what happened around it."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

MOST_NETWORKS, MOST_MONTHS, MOSTSTATES, MOST_CHANGES, MOST_ENTRIES, NEWEST = (
    40,
    24,
    200,
    50,
    50,
    20,
)
SURE = 0.55  # a smaller share of its votes than this, and a state is not said to be one
Row = dict[str, Any]
LATEST = "SELECT * FROM latest_view WHERE target_id = :target ORDER BY n DESC, asn"
STATES = "SELECT * FROM states_view WHERE target_id = :target ORDER BY since, asn"
_CHANGES = "SELECT * FROM changes_view WHERE target_id = :target ORDER BY not_after DESC, asn"
_NAMED = "SELECT * FROM legal_view WHERE target_id = :target ORDER BY date, event_id"
_ENTRIES = (
    "SELECT * FROM registry_view WHERE target_id = :target ORDER BY listed_from, source, entry"
)
_AROUND = """SELECT DISTINCT event_id, cc, kind, date, until, precision, also_dated, confirmed, title,
  title_ru, title_kk, says, category_code, sources FROM legal_view
  WHERE host IS NULL AND (category_code IS NULL OR category_code = :category) ORDER BY date, event_id"""


_SO = f"l.target_id = :target AND l.state = 'interfered' AND l.agree >= {SURE} * l.votes AND l.seen >= :fresh"
# those of the mechanism that is told, not every vote for a block; by time: all years of a network are too many
_BY_MEANS = f"""SELECT v.status, v.layer, v.mechanism, count(*) AS n FROM visible_measurements m
  JOIN latest l ON m.target_id = :target AND m.measurement_start_time >= :fresh
  AND +m.probe_network_id = l.network_id AND +m.status = l.status
  JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision
  AND v.layer = l.layer AND v.mechanism = l.mechanism WHERE {_SO} GROUP BY 1, 2, 3"""  # noqa: S608
_LATELY = f"""SELECT ifnull(sum(d.n), 0) AS n, ifnull(sum(d.blocked + d.throttled), 0) AS agree,
  count(DISTINCT d.day) AS days FROM latest l JOIN daily d ON d.target_id = l.target_id
  AND d.network_id = l.network_id AND d.day >= :fresh WHERE {_SO}"""  # noqa: S608


async def cells(database: Database, target: int, columns: list[str]) -> list[Row]:
    """Counts of each network in each of these months, or days."""
    lookup = pm.get_plugin("lookup.py")
    sql = f"""SELECT network_id, substr(day, 1, :length) AS period, {lookup.SUMS} FROM daily
      WHERE target_id = :target AND +day >= :first AND +day < :last || '~'
      GROUP BY network_id, period"""  # noqa: S608 - our own text
    values = {
        "target": target,
        "length": len(columns[0]),
        "first": columns[0],
        "last": columns[-1],
    }
    found: list[Row] = await lookup.rows(database, sql, values)
    return found


def matrix(found: list[Row], columns: list[str], named: dict[int, Row], most: int) -> Row:
    """Networks by months, the most measured first; how many were left out."""
    lookup = pm.get_plugin("lookup.py")
    by: dict[str, Row] = {}
    for row in found:
        network = named.get(row["network_id"])
        if network is not None:
            line = by.setdefault(network["key"], {"network": network, "parts": {}})
            line["parts"].setdefault(row["period"], []).append(row)
    lines = []
    for line in by.values():
        made = {period: lookup.cell(lookup.add(parts)) for period, parts in line["parts"].items()}
        whole = lookup.add(part for parts in line["parts"].values() for part in parts)
        empty = lookup.cell(lookup.add([]))
        shown = [{"period": period, **made.get(period, empty)} for period in columns]
        lines.append({"network": line["network"], "cells": shown, "n": whole["n"]})
    lines.sort(key=lambda line: (-line["n"], line["network"]["key"]))
    return {
        "columns": columns,
        "lines": lines[:most],
        "left_out": max(0, len(lines) - most),
        "n": sum(line["n"] for line in lines),
    }


def window(request: Request, first: str, last: str) -> Row:
    """Which columns: the days of ?month=, or the months up to ?until= (as many as fit)."""
    lookup = pm.get_plugin("lookup.py")
    month, until = request.args.get("month") or "", request.args.get("until") or ""
    if lookup.is_month(month):
        around = lookup.months(first, last)
        here = around.index(month) if month in around else -1
        return {
            "by": "day",
            "month": month,
            "columns": lookup.days(month),
            "years": [],
            "earlier": around[here - 1] if here > 0 else "",
            "later": around[here + 1] if 0 <= here < len(around) - 1 else "",
        }
    every = lookup.months(first, last)
    end = every.index(until) + 1 if until in every else len(every)
    columns = every[max(0, end - MOST_MONTHS) : end]
    return {
        "by": "month",
        "columns": columns,
        "years": [{"year": y, "n": n} for y, n in Counter(m[:4] for m in columns).items()],
        "earlier": every[end - MOST_MONTHS - 1] if end > MOST_MONTHS else "",
        "later": every[min(len(every), end + MOST_MONTHS) - 1] if end < len(every) else "",
    }


def sure(row: Row) -> bool:
    """Whether enough of its votes say what it says."""
    return bool(row["state"]) and row["agree"] >= SURE * row["votes"]


def otherwise_of_late(row: Row) -> bool:
    """Whether what was found last contradicts the state, as it does where a change is too young to be told."""
    hit = row["last_status"] in {"blocked", "throttled"}
    return (row["state"] == "open" and hit) or (
        row["state"] == "interfered" and row["last_status"] == "accessible"
    )


def date_back(latest: list[Row], states: list[Row]) -> None:
    """Since when it is interfered with at all: a change of mechanism within is no beginning."""
    by: dict[tuple[int, int], list[Row]] = {}
    for row in sorted(states, key=lambda row: row["position"]):
        by.setdefault((row["target_id"], row["network_id"]), []).append(row)
    for row in latest:
        line = by.get((row["target_id"], row["network_id"]), [])
        first = len(line) - 1
        while first > 0 and row["state"] == "interfered" == line[first - 1]["state"]:
            first -= 1
        row["began"] = line[first]["since"] if line else None
        row["otherwise"] = line[first - 1]["until"] if first > 0 else None


def now(latest: list[Row], fresh: str) -> Row:
    """On how many networks it is how, since when, and by which means; what nobody confirmed since `fresh` is old."""
    kind = pm.get_plugin("age.py").kind
    by = Counter(kind(row, fresh) for row in latest)
    hit = [row for row in latest if kind(row, fresh) == "interfered"]
    once = [row for row in latest if row["state"] == "interfered" and kind(row, fresh) == "old"]
    means: dict[tuple[str, str, str], Row] = {}
    for row in hit:
        key = (row["status"], row["layer"], row["mechanism"])
        start = {"status": key[0], "layer": key[1], "mechanism": key[2], "networks": 0, "n": 0}
        means.setdefault(key, start)["networks"] += 1
    dated = [row for row in hit if row["otherwise"]]
    return {
        "networks": len(latest),
        "by": by,
        "n": sum(row["n"] for row in latest),
        "first": min((row["first_measured"] for row in latest), default=""),
        "last": max((row["last_measured"] for row in latest), default=""),
        "began": min(dated or hit, key=lambda row: row["began"], default=None),
        "from_the_first": len(hit) - len(dated),
        "means": sorted(means.values(), key=lambda one: (-one["networks"], *one.values())),
        "confirmed": max((row["seen"] for row in hit), default=""),
        "once": max(once, key=lambda row: row["seen"], default=None),
        "onces": len(once),
    }


async def evidence(database: Database, target: int, fresh: str, present: Row) -> Row:
    """What the networks rest on where it is interfered with: measurements since `fresh`, all and by each means."""
    lookup, values = pm.get_plugin("lookup.py"), {"target": target, "fresh": fresh}
    found = await lookup.rows(database, _BY_MEANS, values)
    counts = {(row["status"], row["layer"], row["mechanism"]): row["n"] for row in found}
    for one in present["means"]:
        one["n"] = counts.get((one["status"], one["layer"], one["mechanism"]), 0)
    (lately,) = await lookup.rows(database, _LATELY, values)
    (counted,) = await lookup.rows(database, pm.get_plugin("home.py").COUNTED)
    return {"lately": lately, "counted": counted["yes"]}


async def page(datasette: Datasette, request: Request) -> Response:
    """The page of one target."""
    lookup, listing = pm.get_plugin("lookup.py"), pm.get_plugin("measurement_list.py")
    database = lookup.database_of(datasette)
    found = await lookup.targets_of(database, request.url_vars["key"])
    if not found:
        raise lookup.Absent("nothing by that name was measured")
    target = found[0]
    values = {"target": target["id"], "category": target["category_code"]}
    latest, states, changes, named, around, entries = [
        await lookup.rows(database, sql, values)
        for sql in (LATEST, STATES, _CHANGES, _NAMED, _AROUND, _ENTRIES)
    ]
    for row in (*latest, *states, *changes):
        row["network"] = lookup.network_key(row["asn"], row["cc"])
        row["sure"] = "state" in row and "agree" in row and sure(row)
    fresh = pm.get_plugin("age.py").first(datasette)
    for row in latest:
        row["late"] = row["sure"] and otherwise_of_late(row)
        row["old"] = pm.get_plugin("age.py").kind(row, fresh) == "old"
    date_back(latest, states)
    present = now(latest, fresh)
    first = min(present["first"], "9999")[:7] or "2024-01"
    shown = window(request, first, present["last"][:7] or first)
    counts = await cells(database, target["id"], shown["columns"])
    most = 400 if request.args.get("all") else MOST_NETWORKS
    drawing = pm.get_plugin("timeline.py")
    events = drawing.numbered(named, around, entries, present["last"])
    words = pm.get_plugin("language.py").of(request)
    base = f"?lang={words.lang}&" if words.chosen else "?"
    context = {
        "target": target,
        "in_dns": lookup.in_dns(target["url"]),
        "others": found[1:],
        "key": lookup.target_key(target["url"]),
        "now": present,
        **await evidence(database, target["id"], fresh, present),
        "latest": latest,
        "matrix": matrix(counts, shown["columns"], await lookup.networks(database), most),
        "window": shown | {"base": base},
        "timeline": drawing.timeline(states, latest, events, present),
        "states": states[:MOSTSTATES],
        "states_left_out": max(0, len(states) - MOSTSTATES),
        "changes": changes[:MOST_CHANGES],
        "changes_left_out": max(0, len(changes) - MOST_CHANGES),
        "events": events,
        "entries": entries[:MOST_ENTRIES],
        "entries_left_out": max(0, len(entries) - MOST_ENTRIES),
        "newest": await listing.listed(database, target=target["id"], limit=NEWEST),
        "results": database.name,
    }
    html = await datasette.render_template("target.html", context, request=request)
    return Response.html(html)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/target/selftanu.kz, /target/https%3A%2F%2Fexample.kz%2Fpage"""
    return [(r"^/target/(?P<key>.+)$", page)]
