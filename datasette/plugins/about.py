"""/about and the pages beneath it, /data (what there is and what each column means), robots.txt."""

from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from datasette import hookimpl
from datasette.plugins import pm

PAGES = ("words", "licence", "risks", "copy")
MECHANISMS = {
    "dns": (
        *("nxdomain", "no_answer", "servfail", "refused", "timeout", "bogon", "blockpage_ip"),
        *("injection", "hijack"),
    ),
    "tcp": ("timeout", "reset", "refused", "unreachable"),
    "tls": ("timeout", "reset", "eof", "alert", "mitm"),
    "quic": ("timeout", "reset"),
    "http": ("blockpage", "redirect", "timeout", "reset", "eof", "tampered", "throttling"),
}
_TOTALS = """SELECT sum(n) AS n, min(day) AS first, max(day) AS last,
  (SELECT count(*) FROM networks_view) AS networks FROM network_days"""
ROBOTS = """User-agent: *
Disallow: /*?
Disallow: /measurement/
Disallow: /measurements
Disallow: /card/
{databases}
"""
Row = dict[str, Any]


async def about(datasette: Datasette, request: Request) -> Response:
    """How it is measured; or one of the pages beneath."""
    name = request.url_vars.get("page") or "method"
    if name not in {*PAGES, "method"}:
        raise NotFound("there is no such page")
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    found = await lookup.rows(database, _TOTALS) if database else []
    context = {
        "mechanisms": MECHANISMS,
        "totals": found[0] if found else {},
        "results": database.name if database else "",
        "here": pm.get_plugin("language.py").absolute(datasette, request, "/"),
    }
    html = await datasette.render_template(f"about_{name}.html", context, request=request)
    return Response.html(html)


async def data(datasette: Datasette, request: Request) -> Response:
    """Questions, views, columns."""
    lookup, words = pm.get_plugin("lookup.py"), pm.get_plugin("dictionary.py")
    database = lookup.database_of(datasette)
    names = await database.view_names() if database else []
    views = []
    for name, view in words.dictionary()["views"].items():
        if name in names:
            columns = [column.name for column in await database.table_column_details(name)]
            views.append({**view, "name": name, "columns": words.columns(name, columns)})
    queries = await datasette.get_canned_queries(database.name, request.actor) if database else {}
    context = {
        "views": views,
        "queries": list(queries.values()),
        "results": database.name if database else "",
        "sql": bool(datasette.setting("default_allow_sql")),
    }
    html = await datasette.render_template("data.html", context, request=request)
    return Response.html(html)


def robots(datasette: Datasette) -> Response:
    """Pages may be found; what costs much and says little to a machine is not for crawlers."""
    names = [name for name in datasette.databases if not name.startswith("_")]
    return Response.text(ROBOTS.format(databases="\n".join(f"Disallow: /{n}" for n in names)))


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response] | Response]]]:
    """The module says."""
    return [
        (r"^/about(?:/(?P<page>[a-z]+))?$", about),
        (r"^/data$", data),
        (r"^/robots\.txt$", robots),
    ]
