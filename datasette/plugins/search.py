"""/search?q=: sites by a part of their address, networks by number or name, events by their words, entries by host."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

MOST, LONGEST = 100, 200
Row = dict[str, Any]
_TARGETS = """SELECT t.id, t.url, t.category_code FROM visible_targets t
  WHERE instr(lower(t.url), :q) OR lower(t.category_code) = :q
  ORDER BY lower(t.url) IN (:q, 'https://' || :q || '/', 'https://www.' || :q || '/') DESC,
  length(t.url), t.url LIMIT :most"""
_HOW = """SELECT target_id, count(*) AS networks, sum(n) AS n, max(last_measured) AS last,
  sum(state IS 'interfered' AND agree >= 0.55 * votes AND seen >= :fresh) AS hit,
  sum(state IS 'open' AND agree >= 0.55 * votes AND seen >= :fresh) AS open
  FROM latest WHERE target_id IN ({ids}) GROUP BY target_id"""
_NETWORKS = """SELECT n.*, (SELECT sum(n) FROM network_days d WHERE d.network_id = n.network_id) AS n
  FROM networks_view n"""
_EVENTS = """SELECT event_id, date, title, title_ru, title_kk, says, sources,
  group_concat(DISTINCT host) AS hosts FROM legal_view GROUP BY event_id ORDER BY date"""


_ENTRIES = """SELECT source, entry, host, name, document, court, category, decided_on, listed_from,
  last_seen FROM registry_entries WHERE host IN (:q, 'www.' || :q)
  ORDER BY decided_on, source, entry LIMIT :most"""


async def sites(database: Database, words: str, fresh: str) -> list[Row]:
    """Their addresses, and on how many networks they are how."""
    lookup = pm.get_plugin("lookup.py")
    found = await lookup.rows(database, _TARGETS, {"q": words.lower(), "most": MOST + 1})
    if not found:
        return []
    ids = ",".join(str(row["id"]) for row in found)
    counted = await lookup.rows(database, _HOW.format(ids=ids), {"fresh": fresh})
    how = {row["target_id"]: row for row in counted}
    nothing = {"networks": 0, "n": 0, "last": "", "hit": 0, "open": 0}
    return [
        {**row, **how.get(row["id"], nothing), "key": lookup.target_key(row["url"])}
        for row in found
    ]


async def networks(database: Database, words: str) -> list[Row]:
    """By number, AS or not, or by a part of the name, in any alphabet's case."""
    lookup = pm.get_plugin("lookup.py")
    number = re.fullmatch(r"(?:as)?\s*([0-9]+)", words.casefold())
    out: dict[str, Row] = {}
    for row in await lookup.rows(database, _NETWORKS):
        by_number = number and row["asn"] == int(number[1])
        if row["n"] and (by_number or words.casefold() in (row["as_org_name"] or "").casefold()):
            key = lookup.network_key(row["asn"], row["cc"])
            n = row["n"] + out.get(key, {"n": 0})["n"]
            out[key] = {**row, "key": key, "n": n}
    return sorted(out.values(), key=lambda row: -row["n"])[:MOST]


async def events(database: Database, words: str) -> list[Row]:
    """By their words in any of the languages, or by the host that they name."""
    lookup = pm.get_plugin("lookup.py")
    fields = ("title", "title_ru", "title_kk", "says", "hosts")
    catalogs = [pm.get_plugin("language.py").catalog(lang) for lang in ("ru", "kk")]

    def texts(row: Row) -> list[str]:
        said = [catalog.get(row["says"], ("",))[0] for catalog in catalogs]
        return [*(row[field] or "" for field in fields), *said]

    found = [
        row
        for row in await lookup.rows(database, _EVENTS)
        if any(words.casefold() in text.casefold() for text in texts(row))
    ]
    for row in found:
        row["links"] = [
            s for s in json.loads(row["sources"]) if s.startswith(("https://", "http://"))
        ]
    return found


async def entries(database: Database, words: str) -> list[Row]:
    """Of registries, by the host that they name: also of what nobody has measured."""
    lookup = pm.get_plugin("lookup.py")
    host = words.lower().partition("/")[0]
    found: list[Row] = await lookup.rows(database, _ENTRIES, {"q": host, "most": MOST})
    return [{**row, "what": "entry"} for row in found]


async def page(datasette: Datasette, request: Request) -> Response:
    """What was found."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    words = (request.args.get("q") or "").strip()[:LONGEST]
    bare = re.sub(r"^https?://(?:www\.)?|/+$", "", words)
    context: Row = {
        "q": words,
        "targets": [],
        "networks": [],
        "events": [],
        "entries": [],
        "uid": "",
        "more": False,
    }
    if words:
        found = await sites(database, bare or words, pm.get_plugin("age.py").first(datasette))
        uids = "SELECT measurement_uid FROM visible_measurements WHERE measurement_uid = :uid"
        known = await lookup.rows(database, uids, {"uid": words})
        context |= {
            "targets": found[:MOST],
            "more": len(found) > MOST,
            "networks": await networks(database, words),
            "events": await events(database, bare or words),
            "entries": await entries(database, bare or words),
            "uid": known[0]["measurement_uid"] if known else "",
        }
    html = await datasette.render_template("search.html", context, request=request)
    return Response.html(html)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/search?q="""
    return [(r"^/search$", page)]
