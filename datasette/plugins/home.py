"""The front page: what is blocked now and where, what changed lately, how much was measured. SQL on the views.

A sixth of a second for a million measurements is too long for each visitor: what counts is in the rollups.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

MOST_SITES, MOST_CHANGES, MOST_NETWORKS = 25, 12, 12
SURE = 0.55
_IS = f"l.state IS 'interfered' AND l.agree >= {SURE} * l.votes"
Row = dict[str, Any]
_TOTALS = """SELECT sum(n) AS n, min(day) AS first, max(day) AS last, sum(accessible) AS accessible,
  sum(blocked) AS blocked, sum(throttled) AS throttled, sum(server_side) AS server_side,
  sum(down) AS down, sum(inconclusive) AS inconclusive FROM network_days"""
_MEASURED = """SELECT count(DISTINCT target_id) AS targets, count(DISTINCT network_id) AS networks
  FROM latest"""
# what was confirmed since :fresh is so now (age.py); what was not, was so when last seen
_SITES = f"""SELECT l.target_id, count(*) AS networks, sum(l.n) AS n,
  sum({_IS} AND l.seen >= :fresh) AS hit, sum({_IS} AND l.seen < :fresh) AS was,
  sum({_IS} AND l.seen >= :fresh AND l.senders IS NOT NULL) AS by_many,
  sum(l.state IS 'open' AND l.agree >= {SURE} * l.votes AND l.seen >= :fresh) AS open,
  max(CASE WHEN {_IS} THEN l.seen END) AS last
  FROM latest l GROUP BY l.target_id HAVING {{which}}
  ORDER BY {{order}}, n DESC, l.target_id LIMIT {MOST_SITES}"""  # noqa: S608
_NOW = {"which": "hit > 0", "order": "hit DESC, open"}
_ONCE = {"which": "hit = 0 AND was > 0", "order": "last DESC"}
_OF_SITES = f"""SELECT * FROM latest l WHERE target_id IN ({{ids}}) AND {_IS}"""  # noqa: S608
_STATES = "SELECT * FROM states WHERE target_id IN ({ids})"
_LATELY = f"""SELECT d.target_id, sum(d.n) AS n, sum(d.blocked + d.throttled) AS agree,
  count(DISTINCT d.day) AS days FROM latest l JOIN daily d ON d.target_id = l.target_id
  AND d.network_id = l.network_id AND d.day >= :fresh
  WHERE l.target_id IN ({{ids}}) AND {_IS} AND l.seen >= :fresh GROUP BY d.target_id"""  # noqa: S608
_HIT = f"""SELECT sum(hit) AS hit, sum(NOT hit) AS was FROM (SELECT max(l.seen) >= :fresh AS hit
  FROM latest l WHERE {_IS} GROUP BY l.target_id)"""  # noqa: S608
# whether this file knows of senders at all; where it does, a state without a count has fewer than k
COUNTED = "SELECT EXISTS (SELECT 1 FROM latest WHERE senders IS NOT NULL) AS yes"
_NETWORKS = f"""SELECT network_id, count(*) AS targets, sum(n) AS n, max(last_measured) AS last,
  sum(state IS 'interfered' AND agree >= {SURE} * votes AND seen >= :fresh) AS hit FROM latest
  GROUP BY network_id ORDER BY n DESC"""  # noqa: S608
_RUNS = """SELECT measurement_uid, url, measurement_start_time, status, layer, mechanism, confidence,
  summary, probe_asn, probe_cc, probe_network FROM measurements_view
  ORDER BY measurement_start_time DESC, measurement_id DESC LIMIT 30"""


async def sites_of(database: Database, fresh: str, which: Row) -> list[Row]:
    """Sites that are interfered with now, or were when last seen: with their addresses, how, since when."""
    lookup = pm.get_plugin("lookup.py")
    found: list[Row] = await lookup.rows(database, _SITES.format(**which), {"fresh": fresh})
    ids = ",".join(str(row["target_id"]) for row in found)  # integers of our own
    sql = f"SELECT id, url, category_code FROM targets WHERE id IN ({ids})"  # noqa: S608
    by_id = {row["id"]: row for row in await lookup.rows(database, sql)}
    lately = {
        row["target_id"]: row
        for row in await lookup.rows(database, _LATELY.format(ids=ids), {"fresh": fresh})
    }
    for row in found:
        target = by_id[row["target_id"]]
        row |= {**target, "key": lookup.target_key(target["url"])}
        row["lately"] = lately.get(row["target_id"])
    await tell_how(database, found, fresh)
    return found


async def tell_how(database: Database, sites: list[Row], fresh: str) -> None:
    """By which means and since when each is interfered with: as its own page says it."""
    lookup, target = pm.get_plugin("lookup.py"), pm.get_plugin("target.py")
    ids = ",".join(str(row["target_id"]) for row in sites)  # integers of our own
    latest = await lookup.rows(database, _OF_SITES.format(ids=ids))
    states = await lookup.rows(database, _STATES.format(ids=ids))
    for site in sites:
        mine = [row for row in latest if row["target_id"] == site["target_id"]]
        mine = [row for row in mine if row["seen"] >= fresh] or mine
        target.date_back(mine, [row for row in states if row["target_id"] == site["target_id"]])
        present = target.now(mine, fresh if site["hit"] else "")
        site |= {"means": present["means"], "began": present["began"]}


async def front(datasette: Datasette, database: Database) -> Row:
    """All that it shows."""
    lookup = pm.get_plugin("lookup.py")
    rows = lookup.rows
    (totals,) = await rows(database, _TOTALS)
    (measured,) = await rows(database, _MEASURED)
    fresh = pm.get_plugin("age.py").first(datasette)
    (hit,) = await rows(database, _HIT, {"fresh": fresh})
    (counted,) = await rows(database, COUNTED)
    named = await lookup.networks(database)
    networks: dict[str, Row] = {}
    for row in await rows(database, _NETWORKS, {"fresh": fresh}):
        network = named.get(row["network_id"])
        if network:
            line = networks.setdefault(
                network["key"], {**network, "n": 0, "hit": 0, "targets": 0, "last": ""}
            )
            line["n"] += row["n"]
            line["hit"] += row["hit"]
            line["targets"] += row["targets"]
            line["last"] = max(line["last"], row["last"])
    listed = sorted(networks.values(), key=lambda line: -line["n"])
    return {
        "results": database.name,
        "totals": totals,
        "measured": {"targets": measured["targets"], "networks": len(networks)},
        "hit": hit["hit"] or 0,
        "was": hit["was"] or 0,
        "counted": counted["yes"],
        "sites": await sites_of(database, fresh, _NOW),
        "once": await sites_of(database, fresh, _ONCE),
        "networks": listed[:MOST_NETWORKS],
        "more_networks": max(0, len(listed) - MOST_NETWORKS),
        "changes": await pm.get_plugin("changes.py").recent(database, limit=MOST_CHANGES),
        # one's own file, or one without rollups: what was measured last says more
        "newest": await rows(database, _RUNS) if _is_own(datasette) or not totals["n"] else [],
    }


def _is_own(datasette: Datasette) -> bool:
    return bool(datasette.setting("default_allow_sql"))


@hookimpl
def extra_template_vars(
    datasette: Datasette, view_name: str, request: Request | None
) -> Callable[[], Awaitable[Row]] | None:
    """Only for the front page."""
    if view_name != "index" or request is None:
        return None

    async def inner() -> Row:
        database = pm.get_plugin("lookup.py").database_of(datasette)
        if database is None or "latest_view" not in await database.view_names():
            return {}
        return await front(datasette, database)

    return inner


async def page(datasette: Datasette, request: Request) -> Response:
    """Without Datasette's own index, which asks for each of fifty tables who may see it: most of its time."""
    known = [name for name in datasette.databases if not name.startswith("_")]
    databases = [{"name": name, "path": datasette.urls.database(name)} for name in known]
    context = {"databases": databases, "metadata": datasette.metadata()}
    html = await datasette.render_template(
        "index.html", context, request=request, view_name="index"
    )
    return Response.html(html)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """Before Datasette's own; /.json is left to that."""
    return [(r"^/$", page)]
