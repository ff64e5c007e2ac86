"""`anyqta site mirror`, put together: the site in this process, asked page by page, without a socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from measurements.snapshots import mirror as mirrors
from measurements.snapshots.database import check_published
from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.mirror import Made, Page, Plan
from measurements.snapshots.mirror_names import Address
from probe.explorer import site

if TYPE_CHECKING:
    from datasette.app import Datasette

__all__ = ["Made", "SnapshotError", "mirror"]

LANGUAGES = ("en", "ru", "kk")
START = ("/", "/changes", "/network", "/mechanism", "/data", "/about", "/feed/all")
INSTEAD = "/about/copy"
HOST = "localhost"
# What a file cannot do: answer a question. And Datasette's own pages of the tables, which a snapshot has as files.
NEEDS_A_SERVER = frozenset({"search", "compare", "measurements", "-", "robots"})
# Of the questions that a page takes, those that lead on in a list; by day and by filter there are too many pages.
LEADS_ON = frozenset({"until", "all", "before", "page"})


def mirror(source: Path, out: Path, *, say: Callable[[str], None]) -> Made:
    """Every page as a file. Raises SnapshotError, or StoreError where the file is none of ours."""
    check_published(source)
    return asyncio.run(_mirror(site(source, public=True), out, say))


async def _mirror(datasette: "Datasette", out: Path, say: Callable[[str], None]) -> Made:
    databases = {name for name in datasette.databases if not name.startswith("_")}

    def left_out(page: Address) -> bool:
        first = page.path.strip("/").split("/")[0].partition(".")[0]
        asked = {name for name, _ in parse_qsl(page.query, keep_blank_values=True)}
        if page.path == "/.json":  # Datasette's own: what tables there are
            return True
        return first in NEEDS_A_SERVER or first in databases or not asked <= LEADS_ON

    async def fetch(request: str) -> Page:
        got = await datasette.client.get(request)
        return Page(
            status=got.status_code,
            type=got.headers.get("content-type", ""),
            body=got.content,
            location=got.headers.get("location"),
        )

    start = (*START, *[path async for path in _named(datasette)])
    plan = Plan(host=HOST, languages=LANGUAGES, start=start, instead=INSTEAD, left_out=left_out)
    return await mirrors.mirror(out, plan, fetch, say=say)


async def _named(datasette: "Datasette") -> AsyncIterator[str]:
    """The page of every target and network that was measured, by the site's own names for them: lists are cut,
    and what only the search finds is to be here too."""
    from datasette.plugins import pm  # noqa: PLC0415 - slow

    await datasette.invoke_startup()
    lookup: Any = pm.get_plugin("lookup.py")
    database = lookup.database_of(datasette)
    for row in await lookup.rows(database, "SELECT DISTINCT url FROM latest_view ORDER BY url"):
        yield f"/target/{lookup.target_key(row['url'])}"
    sql = "SELECT DISTINCT asn, cc FROM latest_view ORDER BY asn, cc"
    for row in await lookup.rows(database, sql):
        yield f"/network/{lookup.network_key(row['asn'], row['cc'])}"
