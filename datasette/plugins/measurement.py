"""/measurement/UID: the story of one measurement, layer by layer, rule by rule, step by step; and all of it as JSON."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

PARTS = {
    "evidence_view": "position",
    "findings_view": "position",
    "dns_view": "t, position",
    "tcp_view": "t, position",
    "tls_view": "t, position",
    "quic_view": "t, position",
    "http_view": "t, position",
    "controls_view": "position",
    "verdicts_view": "revision",
}
STEPS = ("dns", "tcp", "tls", "quic", "http")
MOST_STEPS = 400
A_BAR = 0.3  # per cent
Row = dict[str, Any]
_CHAIN = """SELECT c.chain_id, c.position, x.subject, x.issuer, x.not_before, x.not_after,
  lower(hex(x.sha256)) AS sha256 FROM chain_certificates c JOIN certificates x ON x.id = c.certificate_id
  WHERE c.chain_id IN ({ids}) ORDER BY c.chain_id, c.position"""


async def parts_of(database: Database, uid: str) -> Row | None:
    """Every view's rows of one measurement."""
    lookup = pm.get_plugin("lookup.py")
    values = {"uid": uid}
    found = await lookup.rows(
        database, "SELECT * FROM measurements_view WHERE measurement_uid = :uid", values
    )
    if not found:
        return None
    out: Row = {"m": found[0]}
    for view, order in PARTS.items():
        sql = f"SELECT * FROM {view} WHERE measurement_uid = :uid ORDER BY {order}"  # noqa: S608
        out[view] = await lookup.rows(database, sql, values)
    return out


async def chains_of(database: Database, parts: Row) -> list[Row]:
    """The certificates that were presented, chain by chain, and where."""
    lookup = pm.get_plugin("lookup.py")
    where: dict[int, list[str]] = {}
    for row in (*parts["tls_view"], *parts["quic_view"]):
        if row["chain_id"] is not None:
            place = f"{row['server_name'] or '?'} @ {row['ip']}"
            known = where.setdefault(row["chain_id"], [])
            if place not in known:
                known.append(place)
    if not where:
        return []
    ids = ",".join(str(number) for number in where)
    chains: dict[int, Row] = {
        number: {"places": places, "chain": []} for number, places in where.items()
    }
    for row in await lookup.rows(database, _CHAIN.format(ids=ids)):
        chains[row["chain_id"]]["chain"].append(row)
    return list(chains.values())


def steps_of(parts: Row) -> Row:
    """Everything that was done, in the order of time, and where it stands in per cent of it."""
    steps = []
    for step in STEPS:
        steps += [{**row, "step": step} for row in parts[f"{step}_view"]]
    steps.sort(key=lambda row: (row["t0"], row["t"]))
    end = max((row["t"] for row in steps), default=0) or 1
    seen = set()
    for row in steps[:MOST_STEPS]:
        row["anchor"] = (
            row["transaction_id"] not in seen
        )  # of the steps of one connection the first
        seen.add(row["transaction_id"])
    for row in steps:
        x = 100 * max(row["t0"], 0) / end
        row["x"] = round(min(x, 100 - A_BAR), 2)
        row["w"] = round(max(A_BAR, min(100 * row["t"] / end, 100) - row["x"]), 2)
    return {"all": steps[:MOST_STEPS], "left_out": max(0, len(steps) - MOST_STEPS), "seen": seen}


async def page(datasette: Datasette, request: Request) -> Response:
    """The page."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    uid = request.url_vars["uid"]
    parts = database and await parts_of(database, uid)
    if not parts:
        raise lookup.Absent(f"There is no measurement {uid}")
    verdict = next((v for v in parts["verdicts_view"] if v["is_current"]), None)
    m = parts["m"]
    context = {
        **parts,
        "layers": json.loads(verdict["layers"]) if verdict else [],
        "partial": json.loads(verdict["partial"] or "[]") if verdict else [],
        "earlier": [v for v in parts["verdicts_view"] if not v["is_current"]],
        "steps": steps_of(parts),
        "chains": await chains_of(database, parts),
        "target_key": lookup.target_key(m["url"]),
        "network": lookup.network_key(m["probe_asn"], m["probe_cc"]),
        "results": database.name,
    }
    for e in context["evidence_view"]:
        e["steps"] = sorted(json.loads(e["transactions"]))
    html = await datasette.render_template("measurement.html", context, request=request)
    return Response.html(html)


async def document(datasette: Datasette, request: Request) -> Response:
    """The whole of it: as OONI's document where the server can make that, else the rows of the views."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    uid = request.url_vars["uid"]
    parts = database and await parts_of(database, uid)
    if not parts:
        raise lookup.Absent(f"There is no measurement {uid}")
    make = getattr(datasette, "anyqta_document", None)  # given by whoever starts the site
    if make is not None:
        body = await database.execute_fn(lambda conn: make(conn, uid))
        return Response(body, content_type="application/json; charset=utf-8")
    parts["chains"] = await chains_of(database, parts)
    parts["measurement"] = parts.pop("m")
    return Response(
        json.dumps(parts, ensure_ascii=False, indent=1, default=str),
        content_type="application/json; charset=utf-8",
    )


async def moved(datasette: Datasette, request: Request) -> Response:
    """Where the page was before."""
    rest = f"?{request.query_string}" if request.query_string else ""
    return Response.redirect(
        datasette.urls.path(f"/measurement/{request.url_vars['uid']}{rest}"), status=301
    )


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/measurement/UID, /measurement/UID.json, and the old /m/UID"""
    return [
        (r"^/measurement/(?P<uid>[^/]+)\.json$", document),
        (r"^/measurement/(?P<uid>[^/]+)$", page),
        (r"^/m/(?P<uid>[^/]+)$", moved),
    ]
