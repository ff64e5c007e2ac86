"""/mechanism/tls/timeout: one way to interfere, by network and month, and what it is used on now."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

MOST_TARGETS, MOST_MONTHS, MOST_NETWORKS, MOST_CHANGES = 200, 24, 60, 30
Row = dict[str, Any]
_ALL = """SELECT status, layer, mechanism, sum(n) AS n, count(DISTINCT network_id) AS networks,
  min(month) AS first, max(month) AS last FROM mechanism_months GROUP BY 1, 2, 3 ORDER BY n DESC"""
_MONTHS = """SELECT network_id, month, sum(n) AS n, max(targets) AS targets FROM mechanism_months
  WHERE layer = :layer AND mechanism = :mechanism GROUP BY 1, 2"""
_NOW = """SELECT t.url, l.status, count(*) AS networks, sum(l.votes) AS votes, sum(l.agree) AS agree,
  min(l.since) AS since, max(l.seen) AS last, l.seen < :fresh AS old,
  min(CASE WHEN EXISTS (SELECT 1 FROM states s WHERE s.target_id = l.target_id
    AND s.network_id = l.network_id AND s.position > 0) THEN l.since END) AS dated
  FROM latest l JOIN visible_targets t ON t.id = l.target_id
  WHERE l.state = 'interfered' AND l.layer = :layer AND l.mechanism = :mechanism
  AND l.agree >= 0.55 * l.votes
  GROUP BY t.id, l.status, old ORDER BY old, networks DESC, votes DESC, t.url LIMIT :most"""


async def page(datasette: Datasette, request: Request) -> Response:
    """The page of one."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    layer, name = request.url_vars["layer"], request.url_vars["mechanism"]
    values = {"layer": layer, "mechanism": name}
    found = await lookup.rows(database, _MONTHS, values)
    kinds = [
        row
        for row in await lookup.rows(database, _ALL)
        if (row["layer"], row["mechanism"]) == (layer, name)
    ]
    if not found:
        raise lookup.Absent("nothing was found to be interfered with in this way")
    months = lookup.months(min(r["month"] for r in found), max(r["month"] for r in found))
    columns = months[-MOST_MONTHS:]
    named = await lookup.networks(database)
    by: dict[str, Row] = {}
    for row in found:
        network = named.get(row["network_id"])
        if network:
            line = by.setdefault(network["key"], {"network": network, "n": 0, "cells": {}})
            line["n"] += row["n"]
            line["cells"][row["month"]] = line["cells"].get(row["month"], 0) + row["n"]
    lines = sorted(by.values(), key=lambda line: (-line["n"], line["network"]["key"]))
    most = 5000 if request.args.get("all") else MOST_TARGETS
    fresh = pm.get_plugin("age.py").first(datasette)
    targets = await lookup.rows(database, _NOW, {**values, "most": most + 1, "fresh": fresh})
    for row in targets:
        row["key"] = lookup.target_key(row["url"])
    context = {
        "layer": layer,
        "mechanism": name,
        "kinds": kinds,
        "columns": columns,
        "months_left_out": len(months) - len(columns),
        "lines": lines[:MOST_NETWORKS],
        "left_out": max(0, len(lines) - MOST_NETWORKS),
        "n": sum(line["n"] for line in lines),
        "largest": max((n for line in lines for n in line["cells"].values()), default=1),
        "targets": targets[:most],
        "more": len(targets) > most,
        "changes": await pm.get_plugin("changes.py").recent(
            database, means=(layer, name), limit=MOST_CHANGES
        ),
    }
    html = await datasette.render_template("mechanism.html", context, request=request)
    return Response.html(html)


async def every(datasette: Datasette, request: Request) -> Response:
    """All of them."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    context = {"kinds": await lookup.rows(database, _ALL)}
    html = await datasette.render_template("mechanism_list.html", context, request=request)
    return Response.html(html)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/mechanism, /mechanism/tls/timeout"""
    name = r"[a-z_]+"
    return [
        (r"^/mechanism$", every),
        (re.compile(rf"^/mechanism/(?P<layer>{name})/(?P<mechanism>{name})$").pattern, page),
    ]
