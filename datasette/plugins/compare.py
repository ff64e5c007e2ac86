"""/compare?a=AS9198&b=AS21299&on=2024-03-01&then=…: two networks, or two dates, and where they differ."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Request, Response

from datasette import hookimpl
from datasette.plugins import pm

MOST = 200
ALWAYS = "9999"
ORDER = {"interfered": 0, "mixed": 1, "open": 2, "unclear": 3, "old": 4, "none": 5}
Row = dict[str, Any]


async def state_on(database: Database, network: Row, day: str, fresh: str) -> dict[int, Row]:
    """How the network treated each target on a day: the last state that began by then; `old` where it ended before
    `fresh`, so that nobody had confirmed it on that day."""
    lookup = pm.get_plugin("lookup.py")
    sql = f"""SELECT target_id, max(since) AS since, min(until, :day) AS until, state, status, layer,
      mechanism, votes, agree, senders FROM states WHERE network_id IN ({network["ids"]})
      AND since <= :day GROUP BY target_id"""  # noqa: S608 - integers of our own
    found = await lookup.rows(database, sql, {"day": day + "~"})
    out = {}
    for row in found:
        row["until"] = row["until"].rstrip("~")
        sure = row["agree"] >= 0.55 * row["votes"]
        state = "unclear" if not sure else "old" if row["until"] < fresh else row["state"]
        out[row["target_id"]] = {**row, "state": state}
    return out


async def sides(database: Database, request: Request) -> list[Row]:
    """What is compared: `a` and `b`, each a network on a day (without one: the last that is known)."""
    lookup = pm.get_plugin("lookup.py")
    out = []
    for name, other in (("a", "b"), ("b", "a")):
        key = request.args.get(name) or request.args.get(other) or ""
        day = (request.args.get(f"{name}_on") or "")[:10]
        day = day if lookup.is_day(day) or lookup.is_month(day) else ""
        network = await lookup.network_of(database, key) if key else None
        out.append({"name": name, "network": network, "asked": key[:40], "day": day})
    return out


def pairs(left: dict[int, Row], right: dict[int, Row], named: dict[int, Row]) -> list[Row]:
    """Each target that is known on one of the two sides."""
    none = {"state": "none"}
    out = []
    for number in left.keys() | right.keys():
        if number in named:
            a, b = left.get(number, none), right.get(number, none)
            alike = a["state"] == b["state"] and all(
                a.get(word) == b.get(word) for word in ("status", "layer", "mechanism")
            )
            known = "none" not in (a["state"], b["state"])
            clear = known and not {"unclear", "old"} & {a["state"], b["state"]}
            out.append({**named[number], "a": a, "b": b, "alike": alike, "clear": clear})
    out.sort(key=lambda row: (ORDER[row["a"]["state"]], ORDER[row["b"]["state"]], row["url"]))
    return out


async def page(datasette: Datasette, request: Request) -> Response:
    """The form, and what it asks for."""
    lookup = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    a, b = await sides(database, request)
    age = pm.get_plugin("age.py")
    for side in (a, b):
        side["fresh"] = age.since(
            (side["day"] + "-28")[:10] if side["day"] else age.today(datasette)
        )
    context: Row = {"a": a, "b": b, "pairs": None, "most": MOST}
    named = await lookup.networks(database)
    measured = {
        row["network_id"]: row["n"]
        for row in await lookup.rows(
            database, "SELECT network_id, sum(n) AS n FROM network_days GROUP BY 1"
        )
    }
    known = {row["key"]: row for number, row in sorted(named.items()) if measured.get(number)}
    context["networks"] = sorted(known.values(), key=lambda row: -measured[row["network_id"]])[:500]
    if (
        a["network"]
        and b["network"]
        and (a["network"]["key"], a["day"]) != (b["network"]["key"], b["day"])
    ):
        targets = await lookup.rows(database, "SELECT id, url, category_code FROM visible_targets")
        sites = {row["id"]: {**row, "key": lookup.target_key(row["url"])} for row in targets}
        left, right = [
            await state_on(database, s["network"], s["day"] or ALWAYS, s["fresh"]) for s in (a, b)
        ]
        found = pairs(left, right, sites)
        table = Counter((row["a"]["state"], row["b"]["state"]) for row in found)
        differ = [row for row in found if row["clear"] and not row["alike"]]
        most = 5000 if request.args.get("all") else MOST
        context |= {
            "pairs": differ[:most],
            "left_out": max(0, len(differ) - most),
            "differ": len(differ),
            "alike": sum(row["clear"] and row["alike"] for row in found),
            "unclear": sum(not row["clear"] for row in found),
            "table": table,
            "kinds": [kind for kind in ORDER if any(kind in pair for pair in table)],
            "n": len(found),
        }
    html = await datasette.render_template("compare.html", context, request=request)
    return Response.html(html)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """/compare?a=AS9198&a_on=2024-01-31&b=AS9198&b_on=2025-01-31"""
    return [(r"^/compare$", page)]
