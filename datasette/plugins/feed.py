"""/feed/all, /feed/target/HOST, /feed/network/AS9198: changes as Atom, the same entry by the same id for ever."""

import hashlib
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

ENTRIES = 100
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Row = dict[str, Any]


def line(change: Row) -> list[str]:
    """The target and the network; one number may stand for networks of two countries, or under two names."""
    asn, cc, name = change["asn"], change["cc"], change["as_org_name"]
    return [change["url"], str(asn or ""), cc or "", name or ""]


def place(change: Row) -> str:
    """Where the file keeps the name of an event that late data moved: measurements/analysis/told.py."""
    text = "\n".join([*line(change), str(change["position"])])
    return f"told {hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


async def named(database: Database, changes: list[Row]) -> list[Row]:
    """With the name of each: the month in which it was told to be, when it was told first."""
    places = {f"p{i}": place(change) for i, change in enumerate(changes)}
    sql = (
        f"SELECT name, value FROM rollup_state WHERE name IN ({', '.join(':' + p for p in places)})"  # noqa: S608
    )
    found = await pm.get_plugin("lookup.py").rows(database, sql, places) if places else []
    kept = {row["name"]: str(row["value"]) for row in found}
    return [
        {**change, "told": kept.get(place(change), change["not_after"][:7])} for change in changes
    ]


def identity(change: Row) -> str:
    """A change has the same id in every feed, on every mirror, also when late data move its dates."""
    parts = [*line(change), change["kind"], change["told"]]
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
        "changes": [{**clean(row), "id": identity(row)} for row in await named(database, found)],
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
