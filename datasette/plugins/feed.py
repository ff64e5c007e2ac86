"""/feed/all, /feed/target/HOST, /feed/network/AS9198: changes as Atom, the same entry by the same id for ever."""

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

ENTRIES = 100
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Row = dict[str, Any]


def identity(change: Row) -> str:
    """A change has the same id in every feed, on every mirror."""
    parts = (change["url"], change["network"], change["kind"], change["not_after"])
    return uuid.uuid5(uuid.NAMESPACE_URL, "anyqta change " + "\n".join(parts)).urn


def clean(change: Row) -> Row:
    """Without what XML cannot hold."""
    return {
        name: _NOT_XML.sub("\ufffd", value) if isinstance(value, str) else value
        for name, value in change.items()
    }


async def page(datasette: Datasette, request: Request) -> Response:
    """One feed."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    kind, key = request.url_vars.get("kind", "all"), request.url_vars.get("key", "")
    targets = await lookup.targets_of(database, key) if kind == "target" else []
    network = await lookup.network_of(database, key) if kind == "network" else None
    if (kind == "target" and not targets) or (kind == "network" and not network):
        raise lookup.Absent("nothing by that name was measured")
    changes = pm.get_plugin("changes.py")
    found = await changes.recent(
        database,
        target=targets[0]["id"] if targets else None,
        networks=network["ids"] if network else None,
        before=(request.args.get("before") or "")[:200],
        limit=ENTRIES + 1,
    )
    more = ""
    if len(found) > ENTRIES:  # RFC 5005: nothing is cut without a word
        found = found[:ENTRIES]
        more = f"{request.path}?before={'.'.join(str(found[-1][name]) for name in changes.KEY)}"
    page_path = "/changes"
    if targets:
        page_path = f"/target/{lookup.target_key(targets[0]['url'])}"
    elif network:
        page_path = f"/network/{network['key']}"
    about = uuid.uuid5(uuid.NAMESPACE_URL, "anyqta feed " + kind + " " + page_path).urn
    context = {
        "changes": [{**clean(row), "id": identity(row)} for row in found],
        "target": clean(targets[0]) if targets else None,
        "network": clean(network) if network else None,
        "site": datasette.absolute_url(request, datasette.urls.path("/")).rstrip("/"),
        "here": request.path,
        "more": more,
        "page": page_path,
        "id": about,
        "updated": found[0]["not_after"] if found else "1970-01-01T00",
    }
    text = await datasette.render_template("changes_feed.xml", context, request=request)
    return Response(text, content_type="application/atom+xml; charset=utf-8")


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """With or without .atom behind."""
    return [
        (r"^/feed/all(?:\.atom)?$", page),
        (r"^/feed/(?P<kind>target|network)/(?P<key>.+?)(?:\.atom)?$", page),
    ]
