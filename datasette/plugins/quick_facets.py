"""Counting by a column of measurements_view without all that the view joins: only with what the question names.

The numbers are those of the view (a test compares each column's). All the facets of a page together get one
facet's time; which did not come in time is told. Datasette's facets by date and by array are not offered.
"""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted
from datasette.facets import ColumnFacet
from datasette.filters import FilterArguments
from datasette.utils.asgi import Request

from datasette import hookimpl
from datasette.plugins import pm

VIEW = "measurements_view"
FEW = (
    20_000  # measurements of a network: so many are sorted quickly; more are found quickly by time
)
_JOINS = {
    "t": "JOIN targets t ON t.id = m.target_id",
    "r": "JOIN runs r ON r.id = m.run_id",
    "p": "JOIN networks p ON p.id = m.probe_network_id",
    "pc": "LEFT JOIN strings pc ON pc.id = p.cc_id",
    "po": "LEFT JOIN strings po ON po.id = p.as_org_name_id",
    "q": "JOIN networks q ON q.id = m.resolver_network_id",
    "qo": "LEFT JOIN strings qo ON qo.id = q.as_org_name_id",
    "v": "LEFT JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision",
    "s": "LEFT JOIN strings s ON s.id = v.summary_id",
    "reason": "LEFT JOIN strings reason ON reason.id = v.reason_id",
    "label": "LEFT JOIN strings label ON label.id = v.label_id",
}
_NEEDS = {"pc": "p", "po": "p", "qo": "q", "s": "v", "reason": "v", "label": "v"}
_KEYS = {"t": "target_id", "r": "run_id", "p": "probe_network_id", "q": "resolver_network_id"}
COLUMNS = {
    **{c: f"m.{c}" for c in ("measurement_uid", "measurement_start_time", "status")},
    **{c: f"m.{c}" for c in ("category_code", "test_runtime")},
    **{c: f"v.{c}" for c in ("layer", "mechanism", "trigger", "locus", "confidence")},
    **{c: f"v.{c}" for c in ("accessible", "blocking", "rules_version")},
    "measurement_id": "m.id",
    "url": "t.url",
    "summary": "s.value",
    "reason": "reason.value",
    "label": "label.value",
    "run_id": "r.run_id",
    "probe_asn": "CAST(p.asn AS INTEGER)",
    "probe_cc": "pc.value",
    "probe_network": "po.value",
    "resolver_asn": "q.asn",
    "resolver_network": "qo.value",
}
_HOW = frozenset({"layer", "mechanism"})
_FACET = re.compile(
    r"\s*select (?P<column>.+?) as value, count\(\*\) as count from \(\s*"
    r"select .*? from \[?measurements_view\]? (?P<where>.*?)\s*\)\s*"
    r"where (?P=column) is not null\s*group by (?P=column) order by count desc, value limit (?P<most>\d+)\s*",
    re.DOTALL,
)
Row = dict[str, Any]


def _joins(aliases: set[str]) -> str:
    every = aliases | {_NEEDS[alias] for alias in aliases if alias in _NEEDS}
    return " ".join(text for alias, text in _JOINS.items() if alias in every)


def _alias(column: str) -> str:
    return COLUMNS[column].removeprefix("CAST(").partition(".")[0]


def narrow(sql: str, networks: str = "") -> str:
    """A facet's SQL, so that it reads less; the same where it is of something else.

    `networks`: the numbers of those that the question names.
    """
    found = _FACET.fullmatch(sql)
    column = found["column"].strip('"[]') if found else ""
    if not found or column not in COLUMNS:
        return sql
    where = found["where"]
    if networks:  # what their numbers say
        where = re.sub(r'"probe_asn" = :p\d+', "1", where)
    named = [c for c in COLUMNS if re.search(rf"\b{c}\b", where)]
    needed = {_alias(c) for c in named}
    own = _alias(column)
    root = _NEEDS.get(own, own)
    apart = root in _KEYS and not needed & {own, root}  # count by its number, then name it
    counted = f"m.{_KEYS[root]}" if apart else COLUMNS[column]
    listed = "".join(f", {COLUMNS[c]} AS {c}" for c in named)
    if column in _HOW:  # there is an index of verdicts that say how
        start = "verdicts v JOIN visible_measurements m ON m.id = v.measurement_id AND m.revision = v.revision"
        rest = (
            f"{_joins(needed - {'m', 'v'})} WHERE (v.layer IS NOT NULL OR v.mechanism IS NOT NULL)"
        )
    else:
        start = "visible_measurements m"
        rest = _joins((needed if apart else needed | {own}) - {"m"})
        rest += f" WHERE m.probe_network_id IN ({networks})" if networks else ""
    inner = f"SELECT {counted} AS counted_{listed} FROM {start} {rest}"  # noqa: S608 - our own text
    groups = f"SELECT counted_, count(*) AS n FROM ({inner}) {where} GROUP BY counted_"  # noqa: S608
    end = f"ORDER BY count DESC, value LIMIT {found['most']}"
    if not apart:
        return f"SELECT counted_ AS value, n AS count FROM ({groups}) WHERE value IS NOT NULL {end}"  # noqa: S608
    table = _joins({own}).replace(f"m.{_KEYS[root]}", "g.counted_")
    return (
        f"SELECT {COLUMNS[column]} AS value, sum(g.n) AS count FROM ({groups}) g {table}"  # noqa: S608
        f" WHERE value IS NOT NULL GROUP BY value {end}"
    )


class _InTime:
    """What a facet sees of Datasette: questions are narrowed, and all of them end in time."""

    def __init__(self, datasette: Datasette, request: Request) -> None:
        """From now on."""
        self._datasette, self._asn = datasette, asn_of(request)
        self._end = time.monotonic() + datasette.setting("facet_time_limit_ms") / 1000

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as Datasette's
        return getattr(self._datasette, name)

    async def execute(self, database: str, sql: str, params: object, **more: object) -> object:
        """In the time that is left."""
        left = int(1000 * (self._end - time.monotonic()))
        if left < 1:
            raise QueryInterrupted(None, sql, params)
        networks = ""
        if self._asn is not None and VIEW in sql:
            networks = await numbers(self._datasette.get_database(database), self._asn)
        return await self._datasette.execute(
            database, narrow(sql, networks), params, **{**more, "custom_time_limit": left}
        )


class QuickFacet(ColumnFacet):
    """Datasette's, in time."""

    async def facet_results(self) -> tuple[list[Row], list[str]]:
        """What was counted, and what was not."""
        whole, self.ds = self.ds, _InTime(self.ds, self.request)
        try:
            found: tuple[list[Row], list[str]] = await super().facet_results()
        finally:
            self.ds = whole
        return found


@hookimpl
def register_facet_classes() -> list[type[ColumnFacet]]:
    """In the place of Datasette's three."""
    return [QuickFacet]


@hookimpl
def startup() -> None:
    """Its own would count all again."""
    own = pm.get_plugin("datasette.facets")
    if own is not None:
        pm.unregister(own)


@hookimpl
def filters_from_request(
    request: Request, database: str, table: str, datasette: Datasette
) -> Callable[[], Awaitable[FilterArguments]] | None:
    """A network with few measurements: all of them, and not all times until a page is full."""
    asn = asn_of(request)
    if table != VIEW or asn is None:
        return None

    async def inner() -> FilterArguments:
        base = datasette.get_database(database)
        some = f"SELECT id FROM measurements WHERE probe_network_id IN ({await numbers(base, asn)})"  # noqa: S608
        count = f"SELECT count(*) AS n FROM ({some} LIMIT {FEW + 1})"  # noqa: S608 - our own text
        found = await pm.get_plugin("lookup.py").rows(base, count)
        return FilterArguments([f"measurement_id IN ({some})"] if found[0]["n"] <= FEW else [], {})

    return inner


def asn_of(request: Request) -> int | None:
    """The network that the question names, if it names one."""
    asn = request.args.get("probe_asn") or request.args.get("probe_asn__exact") or ""
    return int(asn) if re.fullmatch("[0-9]{1,10}", asn) else None


async def numbers(database: Database, asn: int) -> str:
    """Under which numbers it is known in this file, as SQL; never empty."""
    sql = "SELECT id FROM networks WHERE asn = :asn"
    found = await pm.get_plugin("lookup.py").rows(database, sql, {"asn": asn})
    return ",".join(str(row["id"]) for row in found) or "-1"
