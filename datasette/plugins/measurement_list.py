"""/measurements: the measurements behind a cell, a number, a day; newest first, a hundred at a time."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

A_PAGE = 100
END = "~"  # after every time
Row = dict[str, Any]
_HOW = """EXISTS (SELECT 1 FROM verdicts v WHERE v.measurement_id = visible_measurements.id
  AND v.revision = visible_measurements.revision AND v.layer = :layer AND v.mechanism = :mechanism)"""


async def listed(database: Database, **which: str | int | None) -> list[Row]:
    """By target or by time (each has its index), and then by network and status; `limit` of them."""
    lookup = pm.get_plugin("lookup.py")
    parts = ["measurement_start_time >= :since", "measurement_start_time < :until"]
    if which.get("target"):
        parts.append("target_id = :target")
    if which.get("networks"):
        parts.append(f"+probe_network_id IN ({which['networks']})")  # integers of our own
    if which.get("status"):
        parts.append(f"{'+' if which.get('target') else ''}status = :status")
    if which.get("how"):
        parts.append(_HOW)
    if which.get("before"):
        parts.append("(measurement_start_time, id) < (:start, :id)")
    sql = f"""SELECT measurement_id, measurement_uid, url, measurement_start_time, status, layer,
      mechanism, confidence, probe_asn, probe_cc, probe_network FROM measurements_view
      WHERE measurement_id IN (SELECT id FROM visible_measurements WHERE {" AND ".join(parts)}
      ORDER BY measurement_start_time DESC, id DESC LIMIT :limit)
      ORDER BY measurement_start_time DESC, measurement_id DESC"""  # noqa: S608 - our own text
    start, _, number = (which.get("before") or "").rpartition(".")
    values = {
        "since": which.get("since") or "",
        "until": which.get("until") or END,
        "target": which.get("target"),
        "status": which.get("status"),
        "layer": str(which.get("how") or "").partition(".")[0],
        "mechanism": str(which.get("how") or "").partition(".")[2],
        "start": start,
        "id": int(number) if lookup.is_number(number) else 0,
        "limit": which.get("limit", A_PAGE),
    }
    found = await lookup.rows(database, sql, values)
    for row in found:
        row["network"] = lookup.network_key(row["probe_asn"], row["probe_cc"])
    return found


async def one_month(database: Database, networks: str, asked: dict[str, str]) -> str:
    """A network has an index by target and not by time: it is shown month by month; the one before."""
    lookup = pm.get_plugin("lookup.py")
    sql = f"""SELECT max(day) AS day FROM network_days WHERE network_id IN ({networks})
      AND day < :end"""  # noqa: S608 - integers of our own
    end = asked["until"] + END if asked["until"] else END
    (newest,) = await lookup.rows(database, sql, {"end": end})
    month = (newest["day"] or asked["until"])[:7]
    (before,) = await lookup.rows(database, sql, {"end": month})
    asked["from"] = max(asked["from"], month)
    asked["until"] = asked["until"] if asked["until"].startswith(month) else month
    return (before["day"] or "")[:7]


async def page(datasette: Datasette, request: Request) -> Response:
    """All that fit what the address asks for."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    asked = {
        name: (request.args.get(name) or "")[:2000]
        for name in ("target", "network", "status", "how", "from", "until", "before")
    }
    targets = await lookup.targets_of(database, asked["target"]) if asked["target"] else []
    network = await lookup.network_of(database, asked["network"]) if asked["network"] else None
    if (asked["target"] and not targets) or (asked["network"] and not network):
        raise lookup.Absent("nothing by that name was measured")
    if asked["status"] not in lookup.STATUSES:
        asked["status"] = ""
    if not targets and not network:
        asked["how"] = ""  # of all measurements that would be a search through every one
    earlier = ""
    if network and not targets:
        earlier = await one_month(database, network["ids"], asked)
    found = await listed(
        database,
        target=targets[0]["id"] if targets else None,
        networks=network["ids"] if network else None,
        status=asked["status"],
        how=asked["how"],
        since=asked["from"],
        until=asked["until"] + END if asked["until"] else END,
        before=asked["before"],
        limit=A_PAGE + 1,
    )
    more = len(found) > A_PAGE
    found = found[:A_PAGE]
    last = f"{found[-1]['measurement_start_time']}.{found[-1]['measurement_id']}" if more else ""
    rest = {**asked, "before": last}
    context = {
        "found": found,
        "target": targets[0] if targets else None,
        "network": network,
        "asked": asked,
        "more": "/measurements?" + urlencode({k: v for k, v in rest.items() if v}) if more else "",
        "earlier": earlier,
    }
    html = await datasette.render_template("measurement_list.html", context, request=request)
    return Response.html(html)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/measurements?target=&network=&from=&until=&status=&how=tls.mitm"""
    return [(r"^/measurements$", page)]
