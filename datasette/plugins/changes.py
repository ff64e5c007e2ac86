"""/changes: what began or ceased to be interfered with, newest first; the feeds ask here too."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

A_PAGE = 100
KINDS = ("blocked", "unblocked", "mechanism_changed")
KEY = ("not_after", "target_id", "network_id", "position")
Row = dict[str, Any]


def conditions(which: Row) -> tuple[list[str], Row]:
    """Of a target, a network, a kind, a mechanism."""
    parts = []
    if which.get("target"):
        parts.append("c.target_id = :target")
    if which.get("networks"):
        parts.append(f"c.network_id IN ({which['networks']})")  # integers of our own
    if which.get("kind"):
        parts.append("c.kind = :kind")
    if which.get("means"):
        parts.append("c.layer = :layer AND c.mechanism = :mechanism")
    layer, mechanism = which.get("means") or ("", "")
    values = {"target": which.get("target"), "kind": which.get("kind")}
    return parts, {**values, "layer": layer, "mechanism": mechanism}


def where(parts: list[str]) -> str:
    """All of them."""
    return f"WHERE {' AND '.join(parts)}" if parts else ""


async def counted(database: Database, **which: str | int | None) -> Row:
    """How many there are of these, from when to when: what is cited."""
    parts, values = conditions(which)
    sql = f"""SELECT count(*) AS n, min(c.not_before) AS first, max(c.not_after) AS last
      FROM changes c {where(parts)}"""  # noqa: S608 - our own text
    found: list[Row] = await pm.get_plugin("lookup.py").rows(database, sql, values)
    return found[0]


async def recent(database: Database, **which: str | int | None) -> list[Row]:
    """Of a target, a network, a kind, a mechanism; before a key; `limit` of them."""
    lookup = pm.get_plugin("lookup.py")
    parts, values = conditions(which)
    key = (which.get("before") or "").split(".")
    if len(key) == len(KEY) and all(lookup.is_number(part) for part in key[1:]):
        parts.append(f"({', '.join('c.' + name for name in KEY)}) < (:k0, :k1, :k2, :k3)")
    order = ", ".join(f"{name} DESC" for name in KEY)
    sql = f"""SELECT * FROM changes_view c {where(parts)} ORDER BY {order} LIMIT :limit"""  # noqa: S608
    values |= {
        "limit": which.get("limit", A_PAGE),
        **{
            f"k{i}": int(part) if i and lookup.is_number(part) else part
            for i, part in enumerate(key)
        },
    }
    found: list[Row] = await lookup.rows(database, sql, values)
    for row in found:
        row["key"] = lookup.target_key(row["url"])
        row["network"] = lookup.network_key(row["asn"], row["cc"])
    return found


async def page(datasette: Datasette, request: Request) -> Response:
    """A hundred of them."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    asked = {
        name: (request.args.get(name) or "")[:2000]
        for name in ("kind", "target", "network", "before")
    }
    asked["kind"] = asked["kind"] if asked["kind"] in KINDS else ""
    targets = await lookup.targets_of(database, asked["target"]) if asked["target"] else []
    network = await lookup.network_of(database, asked["network"]) if asked["network"] else None
    if (asked["target"] and not targets) or (asked["network"] and not network):
        raise lookup.Absent("nothing by that name was measured")
    which = {
        "target": targets[0]["id"] if targets else None,
        "networks": network["ids"] if network else None,
        "kind": asked["kind"],
    }
    found = await recent(database, **which, before=asked["before"], limit=A_PAGE + 1)
    same = urlencode({k: v for k, v in asked.items() if v and k != "before"})
    more = ""
    if len(found) > A_PAGE:
        found = found[:A_PAGE]
        last = ".".join(str(found[-1][name]) for name in KEY)
        rest = {**asked, "before": last}
        more = "/changes?" + urlencode({k: v for k, v in rest.items() if v})
    (newest,) = await lookup.rows(
        database, "SELECT substr(max(day), 1, 7) AS month FROM network_days"
    )
    count = "SELECT kind, count(*) AS n FROM changes GROUP BY kind"
    context = {
        "changes": found,
        "more": more,
        "asked": asked,
        "cited": {
            **await counted(database, **which),
            "path": f"/changes?{same}" if same else "/changes",
        },
        "kinds": KINDS,
        "counts": {row["kind"]: row["n"] for row in await lookup.rows(database, count)},
        "target": targets[0] if targets else None,
        "network": network,
        "results": database.name,
        "month": newest["month"],
    }
    html = await datasette.render_template("changes.html", context, request=request)
    return Response.html(html)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/changes?kind=&target=&network="""
    return [(r"^/changes$", page)]
