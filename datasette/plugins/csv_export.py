"""/DATABASE/TABLE.csv: all rows of a table, view or stored query that fit the filters, in one consistent stream.

Datasette's own stops at a page or at 100 MB without a word. What a spreadsheet would compute is made text (a ' before).
If a stream cannot be finished, the connection breaks off: a reader never takes a part for the whole.
"""

import asyncio
import csv
import io
import re
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from datasette.app import Datasette
from datasette.database import Database
from datasette.filters import Filters
from datasette.utils import InvalidSql, escape_sqlite, validate_sql_select
from datasette.utils.asgi import BadRequest, Forbidden, NotFound, Request, Response

from datasette import hookimpl
from datasette.plugins import pm

WAIT = 30  # seconds after which who found no place may ask again
ROWS, AT_ONCE, LONGEST = 2000, 2, 900.0  # rows a part; streams; seconds until one is given up
SLOWEST = 60.0  # seconds for a part: who does not read keeps nobody else from reading
HIDDEN = frozenset({"packed", "bodies"})  # binary, and large: a measurement's page has them
# As measurements/exchange/csv_table.py has it: = + - @ and their full-width twins, at the beginning and after
# whatever a spreadsheet may take for the end of a cell.
_DANGER = re.compile("(\\A|[;\t\r\n])([ \x0b\x0c\xa0]*)('*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
_BEGINS, _ENDS = "=+-@\uff1d\uff0b\uff0d\uff20 \t\r\n\x0b\x0c\xa0;", ";\t\r\n"
_running = threading.BoundedSemaphore(AT_ONCE)
_KEEP = frozenset({"_sort", "_sort_desc"})
_IDLE = frozenset(  # of a table's page, and nothing to all of its rows
    [
        "_size",
        "_dl",
        "_stream",
        "_lang",
        "_labels",
        "_shape",
        "_next",
        "_facet",
        "_facet_size",
        "_nocount",
        "_nofacet",
    ]
)


class _BrokenOffError(Exception):
    """Ends the connection without an end of the answer."""


def safe(value: object) -> object:
    """A cell as no spreadsheet computes it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str) and (value[:1] in _BEGINS or any(sign in value for sign in _ENDS)):
        value = _DANGER.sub(r"\1\2\3'", value)
        return (
            "'" + value if value[:1] in "\t\r\n" and value else value
        )  # rarely: a million rows have twenty million cells
    return value


async def table_sql(database: Database, table: str, args: list[tuple[str, str]]) -> tuple[str, Any]:
    """The rows of a table or view that fit Datasette's filters."""
    columns = [column.name for column in await database.table_column_details(table)]
    chosen = {name: value for name, value in args if name in _KEEP}
    for name, value in args:
        if name.startswith("_") and name not in _KEEP | _IDLE:
            raise BadRequest(f"{name[:50]} is not known for CSV")
        column = value if name in _KEEP else name.partition("__")[0]
        if (name in _KEEP or not name.startswith("_")) and column not in columns:
            raise BadRequest(f"there is no column {column[:50]}")
    filters = Filters(sorted((k, v) for k, v in args if not k.startswith("_")))
    clauses, values = filters.build_where_clauses(table)
    where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
    order = ""
    if chosen:
        name, column = next(iter(chosen.items()))
        order = f" ORDER BY {escape_sqlite(column)}{' DESC' if name == '_sort_desc' else ''}"
    listed = ", ".join(escape_sqlite(column) for column in columns)
    return f"SELECT {listed} FROM {escape_sqlite(table)}{where}{order}", values  # noqa: S608


async def asked(datasette: Datasette, request: Request) -> tuple[Database, str, Any]:
    """What to run, and where."""
    name, table = request.url_vars["database"], request.url_vars.get("table", "")
    if name not in datasette.databases or name.startswith("_"):
        raise NotFound("there is no such database")
    database = datasette.get_database(name)
    args = parse_qsl(request.query_string, keep_blank_values=True)
    if not table:  # one's own SQL, where that is allowed: Datasette's CSV stops at a thousand rows
        if not datasette.setting("default_allow_sql"):
            raise Forbidden("SQL is not allowed here")
        sql = dict(args).get("sql", "").strip().rstrip(";")
        try:
            validate_sql_select(sql)
        except InvalidSql as exc:
            raise BadRequest(str(exc)) from exc
        return database, sql, {k: v for k, v in args if k != "sql" and not k.startswith("_")}
    query = await datasette.get_canned_query(name, table, request.actor)
    if query is not None:
        given = {k: v for k, v in args if not k.startswith("_")}
        named = {p: given.get(p, "") for p in query.get("params") or ()}
        return database, query["sql"].strip().rstrip(";"), {**named, **given}
    known = {*await database.table_names(), *await database.view_names()}
    if table not in known or table in HIDDEN:
        raise NotFound("there is no such table")
    sql, values = await table_sql(database, table, args)
    return database, sql, values


def parts(database: Database, sql: str, values: Any, *, deadline: float) -> Iterator[bytes]:  # noqa: ANN401
    """The whole, from one state of the file."""
    conn = database.connect()
    try:
        conn.execute("PRAGMA query_only = 1")
        conn.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
        cursor = conn.execute(sql, values)
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(column[0] for column in cursor.description)
        while rows := cursor.fetchmany(ROWS):
            writer.writerows([safe(value) for value in row] for row in rows)
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
        if text.tell():
            yield text.getvalue().encode("utf-8", "replace")
    finally:
        conn.close()


class Stream(Response):
    """Sends part by part; each is made in a thread of its own while the site goes on."""

    def __init__(self, made: Iterator[bytes], first: bytes, name: str) -> None:
        """The first part is made already: a wrong question was answered before the answer began."""
        super().__init__("", status=200, content_type="text/csv; charset=utf-8")
        self.made, self.first, self.name = made, first, name

    async def asgi_send(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        """All of it."""
        headers = {
            "content-type": self.content_type,
            "content-disposition": f'attachment; filename="{self.name}.csv"',
            "cache-control": "no-store",
        }
        raw = [(k.encode(), v.encode()) for k, v in headers.items()]
        part: bytes | None = self.first
        try:
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            while part is not None:
                message = {"type": "http.response.body", "body": part, "more_body": True}
                await asyncio.wait_for(send(message), SLOWEST)
                part = await asyncio.to_thread(next, self.made, None)
            await send({"type": "http.response.body", "body": b""})
        except (sqlite3.Error, TimeoutError) as exc:
            raise _BrokenOffError from exc
        finally:
            await asyncio.to_thread(self.made.close)  # type: ignore[attr-defined]
            _running.release()


async def export(datasette: Datasette, request: Request) -> Response:
    """Begin, or say why not."""
    database, sql, values = await asked(datasette, request)
    if not _running.acquire(blocking=False):
        refused: Response = await pm.get_plugin("errors.py").later(datasette, request, WAIT)
        return refused
    made = parts(database, sql, values, deadline=time.monotonic() + LONGEST)
    try:
        first = await asyncio.to_thread(next, made, b"")
    except sqlite3.Error as exc:
        _running.release()
        if type(exc).__name__ == "ReplacedError":  # errors.py says so
            raise
        raise BadRequest(f"the question cannot be answered: {exc}") from exc
    except BaseException:
        _running.release()
        raise
    return Stream(made, first, request.url_vars.get("table", "rows"))


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """Before Datasette's own."""
    return [
        (r"^/(?P<database>[A-Za-z0-9_-]+)/(?P<table>[A-Za-z0-9_]+)\.csv$", export),
        (r"^/(?P<database>[A-Za-z0-9_-]+)\.csv$", export),
    ]
