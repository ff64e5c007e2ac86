"""Datasette counts all rows for a number at the top of a page: here for 150 ms at most, else it shows none.

And what a visitor asked is not written to the operator's terminal where a query fails.
"""

from typing import Any

from datasette.app import Datasette
from datasette.database import Database

from datasette import hookimpl

MILLISECONDS = 150
COUNT = "select count(*) from"
WIDE = {"measurements_view": "visible_measurements"}  # as many rows, without what it joins


def make_quick(database: Database) -> None:
    """No counts of all tables; others stop early. No parameters in the log."""
    execute, names = database.execute, database.table_names

    async def quick(sql: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as Datasette's
        if sql.startswith(COUNT) and not kwargs:  # a table's page; somebody's own SQL has some
            kwargs["custom_time_limit"] = MILLISECONDS
            # row by row: SQLite counts a whole table in one step, which nothing can end
            which = WIDE.get(sql.removeprefix(COUNT).strip(), sql.removeprefix(COUNT))
            sql = f"{COUNT} (select 1 from {which} limit {10**12})"  # noqa: S608 - Datasette's own
        kwargs.setdefault("log_sql_errors", False)
        return await execute(sql, *args, **kwargs)

    async def table_counts(limit: int = 10) -> dict[str, int | None]:
        return dict.fromkeys(await names())

    database.execute, database.table_counts = quick, table_counts


@hookimpl
def startup(datasette: Datasette) -> None:
    """Every file that is served."""
    for name, database in datasette.databases.items():
        if not name.startswith("_"):
            make_quick(database)
