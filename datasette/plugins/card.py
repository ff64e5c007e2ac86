"""/card/target/HOST.svg, /card/network/AS9198.svg: the state of things as a picture to print or put into a page.

SVG, since nothing here turns text into pixels; who shares a link gets the page's og: texts.
"""

from collections.abc import Awaitable, Callable

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

A_LINE = 44  # letters that fit
LINES = 3
_TARGET = "SELECT state, agree, votes, n, since, last_measured, first_measured FROM latest WHERE target_id = :key"
_NETWORK = "SELECT state, agree, votes, n, since, last_measured, first_measured FROM latest WHERE network_id IN ({ids})"


def folded(text: str) -> list[str]:
    """A long address in lines; what is cut ends with an ellipsis."""
    parts = [text[i : i + A_LINE] for i in range(0, len(text), A_LINE)]
    if len(parts) > LINES:
        parts = [*parts[: LINES - 1], parts[LINES - 1][:-1] + "…"]
    return parts


async def page(datasette: Datasette, request: Request) -> Response:
    """One card."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    kind, key = request.url_vars["kind"], request.url_vars["key"]
    targets = await lookup.targets_of(database, key) if kind == "target" else []
    network = await lookup.network_of(database, key) if kind == "network" else None
    if not targets and not network:
        raise lookup.Absent("nothing by that name was measured")
    if targets:
        found = await lookup.rows(database, _TARGET, {"key": targets[0]["id"]})
    else:
        found = await lookup.rows(database, _NETWORK.format(ids=network["ids"]))
    counts = dict.fromkeys(("interfered", "mixed", "open", "unclear"), 0)
    for row in found:
        sure = row["state"] and row["agree"] >= 0.55 * row["votes"]
        counts[row["state"] if sure else "unclear"] += 1
    context = {
        "target": targets[0] if targets else None,
        "network": network,
        "folded": folded,
        "counts": counts,
        "all": len(found),
        "n": sum(row["n"] for row in found),
        "first": min((row["first_measured"][:10] for row in found), default=""),
        "last": max((row["last_measured"][:10] for row in found), default=""),
    }
    text = await datasette.render_template("card.svg", context, request=request)
    return Response(text, content_type="image/svg+xml; charset=utf-8")


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """With the ending, so that it can be kept as a file."""
    return [(r"^/card/(?P<kind>target|network)/(?P<key>.+)\.svg$", page)]
