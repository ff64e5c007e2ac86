"""The front page's lists, and a page for each measurement. SQL on the views; nothing of ours."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response
from markupsafe import Markup, escape

from datasette import hookimpl

STATUSES = ("blocked", "throttled", "server_side", "down", "inconclusive", "accessible")
NEWEST = 30
PARTS = (
    "evidence_view",
    "findings_view",
    "dns_view",
    "tcp_view",
    "tls_view",
    "quic_view",
    "http_view",
    "controls_view",
    "verdicts_view",
)
Row = dict[str, Any]


def results_database(datasette: Datasette) -> Database | None:
    """The first file that is served, by whatever name."""
    found = [name for name in datasette.databases if name not in {"_internal", "_memory"}]
    return datasette.get_database(found[0]) if found else None


async def rows(database: Database, sql: str, parameters: Row | None = None) -> list[Row]:
    """The rows of a query, as dictionaries."""
    found = await database.execute(sql, parameters or {})
    return [dict(row) for row in found.rows]


async def front(database: Database, search: str, status: str) -> Row:
    """What the front page shows."""
    where = "WHERE instr(url, :search)" + (" AND status = :status" if status in STATUSES else "")
    order = f"ORDER BY measurement_start_time DESC, measurement_id DESC LIMIT {NEWEST}"
    newest = f"SELECT * FROM measurements_view {where} {order}"  # noqa: S608 - our own text
    counts = "SELECT status, count(*) AS n FROM measurements GROUP BY status"
    return {
        "results": database.name,
        "search": search,
        "chosen": status,
        "statuses": STATUSES,
        "counts": {row["status"]: row["n"] for row in await rows(database, counts)},
        "newest": await rows(database, newest, {"search": search, "status": status}),
    }


@hookimpl
def extra_template_vars(
    datasette: Datasette, view_name: str, request: Request | None
) -> Callable[[], Awaitable[Row]] | None:
    """Only for the front page."""
    if view_name != "index" or request is None:
        return None

    async def inner() -> Row:
        database = results_database(datasette)
        if database is None or "measurements_view" not in await database.view_names():
            return {}
        return await front(database, request.args.get("q") or "", request.args.get("status") or "")

    return inner


async def measurement(datasette: Datasette, request: Request) -> Response:
    """The page of one measurement."""
    database = results_database(datasette)
    uid = request.url_vars["uid"]
    found = database and await rows(
        database, "SELECT * FROM measurements_view WHERE measurement_uid = :uid", {"uid": uid}
    )
    if not database or not found:
        return Response.text(f"There is no measurement {uid}\n", status=404)
    context: Row = {"m": found[0], "results": database.name}
    for view in PARTS:
        sql = f"SELECT * FROM {view} WHERE measurement_uid = :uid ORDER BY {order(view)}"  # noqa: S608
        context[view] = await rows(database, sql, {"uid": uid})
    current = [v for v in context["verdicts_view"] if v["is_current"]]
    context["layers"] = json.loads(current[0]["layers"]) if current else []
    context["partial"] = json.loads(current[0]["partial"] or "[]") if current else []
    page = await datasette.render_template("measurement.html", context, request=request)
    return Response.html(page)


def order(view: str) -> str:
    """By what the rows of a view are sorted."""
    if view in {"evidence_view", "findings_view", "controls_view"}:
        return "position"
    return "revision" if view == "verdicts_view" else "t, position"


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/m/UID"""
    return [(r"^/m/(?P<uid>[^/]+)$", measurement)]


@hookimpl
def render_cell(value: object, column: str, datasette: Datasette) -> object:
    """A measurement's uid leads to its page."""
    if column != "measurement_uid" or not isinstance(value, str):
        return None
    path = datasette.urls.path(f"/m/{value}")
    return Markup('<a href="{}">{}</a>').format(path, escape(value[:12]))
