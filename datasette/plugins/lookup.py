"""What the pages share: finding targets and networks, months, cells. SQL on the views; nothing of ours.

Other plugin files get at it with `datasette.plugins.pm.get_plugin("lookup.py")`.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

import idna
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import Base400

STATUSES = ("accessible", "blocked", "throttled", "server_side", "down", "inconclusive")
SUMS = "sum(n) AS n, " + ", ".join(f"sum({status}) AS {status}" for status in STATUSES)
CLEAR = 0.75  # from this share on a cell is said to be one thing; between it and the rest, mixed
MANY_ADDRESSES = 50
DECEMBER = 12
Row = dict[str, Any]


class Absent(Base400):
    """No such page. Datasette answers its own NotFound with a redirect where the address has a % in it."""

    status = 404


def database_of(datasette: Datasette) -> Database | None:
    """The first file that is served, by whatever name."""
    found = [name for name in datasette.databases if name not in {"_internal", "_memory"}]
    return datasette.get_database(found[0]) if found else None


def in_dns(url: str) -> str:
    """The host as DNS has it, where it has other letters than a to z: some look like others. Else nothing."""
    host = url.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    if host.isascii():
        return ""
    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return host.encode("unicode_escape").decode("ascii")


async def rows(database: Database, sql: str, values: Row | None = None) -> list[Row]:
    """The rows of a query, as dictionaries; all of them."""
    found = await database.execute(sql, values or {}, page_size=None, truncate=False)
    return [dict(row) for row in found.rows]


def target_key(url: str) -> str:
    """How a target is named in an address: its host where the URL is no more than that."""
    found = re.fullmatch(r"https://([A-Za-z0-9.-]+)/?", url)
    return found[1] if found else quote(url, safe="")


def network_key(asn: int | None, cc: str | None) -> str:
    """How a network is named in an address."""
    return f"AS{asn}" if asn else f"other-{cc or 'ZZ'}"


async def targets_of(database: Database, key: str) -> list[Row]:
    """The targets of a host, the most measured first; or the one of a URL."""
    text = (key if "://" in key else unquote(key))[:2048]  # of a path, or of a query: read already
    if "://" in text:
        where, values = "t.url = :key", {"key": text}
    else:
        host = text.lower().strip("/")
        starts = [f"{scheme}://{www}{host}" for scheme in ("https", "http") for www in ("", "www.")]
        parts, values = [], {}
        for i, start in enumerate(starts):
            parts.append(f"t.url = :e{i} OR (t.url >= :e{i} || '/' AND t.url < :e{i} || '0')")
            values[f"e{i}"] = start
        where = " OR ".join(parts)
    sql = f"""SELECT t.id, t.url, t.category_code,
      ifnull((SELECT sum(n) FROM latest l WHERE l.target_id = t.id), 0) AS n
      FROM visible_targets t WHERE {where} ORDER BY n DESC, length(t.url), t.url LIMIT :many"""  # noqa: S608
    found = await rows(database, sql, {**values, "many": MANY_ADDRESSES})
    return [{**row, "key": quote(row["url"], safe="")} for row in found]


async def network_of(database: Database, key: str) -> Row | None:
    """One network, by AS9198 or other-KZ: the rows of it, its names, how it is called."""
    found = re.fullmatch(r"(?:AS)?([0-9]{1,10})", unquote(key), re.IGNORECASE)
    other = re.fullmatch(r"other-([A-Z]{2})", unquote(key))
    if not found and not other:
        return None
    where = "n.asn = :asn" if found else "(n.asn IS NULL OR n.asn = 0) AND ifnull(n.cc, 'ZZ') = :cc"
    values = {"asn": int(found[1])} if found else {"cc": other[1] if other else ""}
    sql = f"SELECT * FROM networks_view n WHERE {where} ORDER BY network_id DESC"  # noqa: S608
    known = await rows(database, sql, values)
    if not known:
        return None
    names = list(dict.fromkeys(row["as_org_name"] for row in known if row["as_org_name"]))
    return {
        "key": network_key(known[0]["asn"], known[0]["cc"]),
        "asn": known[0]["asn"],
        "cc": known[0]["cc"],
        "names": names,
        "name": names[0] if names else "",
        "ids": ",".join(str(row["network_id"]) for row in known),  # integers of our own
    }


async def networks(database: Database) -> dict[int, Row]:
    """Every network by its number in this file."""
    return {
        row["network_id"]: {**row, "key": network_key(row["asn"], row["cc"])}
        for row in await rows(database, "SELECT * FROM networks_view")
    }


def months(first: str, last: str) -> list[str]:
    """2024-11, 2024-12, 2025-01 …, both ends."""
    year, month = int(first[:4]), int(first[5:7])
    out = []
    while (here := f"{year:04d}-{month:02d}") <= last[:7] and len(out) < DECEMBER * 60:
        out.append(here)
        year, month = (year, month + 1) if month < DECEMBER else (year + 1, 1)
    return out


def days(month: str) -> list[str]:
    """Every day of 2024-02."""
    year, number = int(month[:4]), int(month[5:7])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[number - 1]
    return [f"{month}-{day:02d}" for day in range(1, length + 1)]


def is_number(text: str) -> bool:
    """Whether SQLite can hold it; not what else Unicode calls a digit."""
    return re.fullmatch(r"[0-9]{1,18}", text) is not None


def is_month(text: str) -> bool:
    """Whether it is one, and not another text."""
    return re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) is not None


def is_day(text: str) -> bool:
    """The same of a day, or a day with an hour."""
    found = re.fullmatch(r"([0-9]{4}-[0-9]{2})-([0-9]{2})(T[0-2][0-9])?", text)
    return found is not None and is_month(found[1]) and text[:10] in days(found[1])


def cell(counts: Row) -> Row:
    """What a cell says: `kind`, and of how many that decided it so many.

    What is down, inconclusive or the server's own says nothing of the network, so it does not decide.
    """
    hit = counts["blocked"] + counts["throttled"]
    decided = hit + counts["accessible"]
    if not counts["n"]:
        return {**counts, "kind": "none", "agree": 0, "of": 0}
    if not decided:
        kinds = ("server_side", "down", "inconclusive")
        kind = max(kinds, key=lambda name: counts[name])
        return {**counts, "kind": kind, "agree": counts[kind], "of": counts["n"]}
    if hit >= CLEAR * decided:
        kind = "blocked" if counts["blocked"] >= counts["throttled"] else "throttled"
    elif hit > (1 - CLEAR) * decided:
        kind = "mixed"
    else:
        kind = "accessible"
    agree = counts["accessible"] if kind == "accessible" else hit
    return {**counts, "kind": kind, "agree": agree, "of": decided}


def add(parts: Iterable[Row]) -> Row:
    """Counts of several cells together."""
    out = dict.fromkeys(("n", *STATUSES), 0)
    for part in parts:
        for name in out:
            out[name] += part[name]
    return out
