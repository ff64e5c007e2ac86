"""/network/AS9198: what is interfered with on one network now, since when, by which means; and how much was measured."""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

MOST_TARGETS, MOST_CHANGES, MOST_MONTHS = 200, 30, 36
APART = 16.0  # per cent, on a phone the width of 2024-01 and a space
Row = dict[str, Any]


_HIT = "state IN ('interfered', 'mixed') AND agree >= 0.55 * votes"  # of `latest`; :fresh: age.py
# {ids} are integers of our own, {sums} our own names
_QUESTIONS = {
    "states": """SELECT CASE WHEN state IS NULL OR agree < 0.55 * votes THEN 'unclear'
      WHEN seen < :fresh THEN 'old' ELSE state END AS state,
      count(*) AS targets, sum(n) AS n FROM latest WHERE network_id IN ({ids}) GROUP BY 1""",
    "hit": """SELECT *, seen < :fresh AS old FROM latest_view WHERE network_id IN ({ids}) AND {hit}
      ORDER BY old, state, since DESC, url LIMIT :most""",
    "lines": """SELECT * FROM states s WHERE network_id IN ({ids}) AND EXISTS (SELECT 1 FROM latest l
      WHERE l.target_id = s.target_id AND l.network_id = s.network_id AND l.{hit})""",
    "months": """SELECT substr(day, 1, 7) AS month, {sums} FROM network_days
      WHERE network_id IN ({ids}) GROUP BY 1 ORDER BY 1""",
    "means": """SELECT status, layer, mechanism, sum(n) AS n, min(month) AS first, max(month) AS last
      FROM mechanism_months WHERE network_id IN ({ids}) GROUP BY 1, 2, 3 ORDER BY n DESC""",
}


async def asked(database: Database, network: Row, most: int, fresh: str) -> dict[str, list[Row]]:
    """The answers."""
    lookup = pm.get_plugin("lookup.py")
    texts = {"ids": network["ids"], "sums": lookup.SUMS, "hit": _HIT}
    return {
        name: await lookup.rows(database, sql.format(**texts), {"most": most, "fresh": fresh})
        for name, sql in _QUESTIONS.items()
    }


def bars(months: list[Row]) -> list[Row]:
    """A month's measurements as a column: what was decided how, in per cent of the largest month."""
    lookup = pm.get_plugin("lookup.py")
    most = max((row["n"] for row in months), default=0) or 1
    known = {row["month"]: row for row in months}
    every = lookup.months(months[0]["month"], months[-1]["month"]) if months else []
    out = []
    for i, month in enumerate(every):
        row = known.get(month, {**lookup.add([]), "month": month, "targets": 0, "senders": None})
        parts, top = [], 100.0
        for status in ("blocked", "throttled", "server_side", "down", "inconclusive", "accessible"):
            height = 100 * row[status] / most
            if height:
                top -= height
                parts.append({"status": status, "y": round(top, 2), "h": round(height, 2)})
        out.append(
            {
                **row,
                "parts": parts,
                "x": round(100 * i / len(every), 3),
                "w": round(90 / len(every), 3),
            }
        )
    return named(out)


def named(columns: list[Row]) -> list[Row]:
    """The months whose names are written below: the first, and each January; none that would touch another."""
    last = None
    for column in reversed(columns):
        month, x = column["month"], column["x"]
        wanted = month.endswith("-01") or column is columns[0]
        column["named"] = wanted and (last is None or last - x >= APART)
        column["anchor"] = "end" if x > 100 - APART else "start"
        if column["named"]:
            last = x - (APART if column["anchor"] == "end" else 0)
    return columns


async def page(datasette: Datasette, request: Request) -> Response:
    """The page of one network."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    network = await lookup.network_of(database, request.url_vars["key"])
    if network is None:
        raise lookup.Absent("nothing was measured in a network of that name")
    most = 5000 if request.args.get("all") else MOST_TARGETS
    fresh = pm.get_plugin("age.py").first(datasette)
    found = await asked(database, network, most + 1, fresh)
    pm.get_plugin("target.py").date_back(found["hit"], found["lines"])
    for row in found["hit"]:
        row["key"] = lookup.target_key(row["url"])
    changes = await pm.get_plugin("changes.py").recent(
        database, networks=network["ids"], limit=MOST_CHANGES
    )
    months = found["months"]
    (counted,) = await lookup.rows(database, pm.get_plugin("home.py").COUNTED)
    context = {
        "network": network,
        "counted": counted["yes"],
        "states": {row["state"]: row for row in found["states"]},
        "targets": sum(row["targets"] for row in found["states"]),
        "n": sum(row["n"] for row in months),
        "first": months[0]["month"] if months else "",
        "last": months[-1]["month"] if months else "",
        "hit": found["hit"][:most],
        "more": len(found["hit"]) > most,
        "means": found["means"],
        "bars": bars(months)[-MOST_MONTHS:]
        if len(months) <= MOST_MONTHS
        else bars(months[-MOST_MONTHS:]),
        "largest": max((row["n"] for row in months[-MOST_MONTHS:]), default=0),
        "months_left_out": max(0, len(months) - MOST_MONTHS),
        "changes": changes,
        "results": database.name,
    }
    html = await datasette.render_template("network.html", context, request=request)
    return Response.html(html)


async def every(datasette: Datasette, request: Request) -> Response:
    """All networks, the most measured first."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    named = await lookup.networks(database)
    by: dict[str, Row] = {}
    sql = "SELECT network_id, sum(n) AS n, count(*) AS days, min(day) AS first, max(day) AS last FROM network_days GROUP BY 1"
    hit = {
        row["network_id"]: row
        for row in await lookup.rows(
            database,
            "SELECT network_id, count(*) AS sites, sum(state IS 'interfered'"
            " AND agree >= 0.55 * votes AND seen >= :fresh) AS hit FROM latest GROUP BY 1",
            {"fresh": pm.get_plugin("age.py").first(datasette)},
        )
    }
    for row in await lookup.rows(database, sql):
        network = named.get(row["network_id"])
        if network:
            line = by.setdefault(
                network["key"],
                {"network": network, "n": 0, "hit": 0, "sites": 0, "first": "9", "last": ""},
            )
            line["n"] += row["n"]
            counted = hit.get(row["network_id"], {"hit": 0, "sites": 0})
            line["hit"] += counted["hit"]
            line["sites"] += counted["sites"]
            line["first"], line["last"] = (
                min(line["first"], row["first"]),
                max(line["last"], row["last"]),
            )
    lines = sorted(by.values(), key=lambda line: (-line["n"], line["network"]["key"]))
    context = {"lines": lines[:1000], "left_out": max(0, len(lines) - 1000)}
    html = await datasette.render_template("network_list.html", context, request=request)
    return Response.html(html)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/network, /network/AS9198, /network/other-KZ"""
    return [(r"^/network$", every), (r"^/network/(?P<key>[^/]+)$", page)]
