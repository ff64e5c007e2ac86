"""Datasette counts all rows for a number at the top of a page: here for 150 ms at most, else it shows none.

And what a visitor asked is not written to the operator's terminal where a query fails.
"""

from typing import Any

from datasette.app import Datasette
from datasette.database import Database

from datasette import hookimpl

MILLISECONDS = 150


def make_quick(database: Database) -> None:
    """No counts of all tables; others stop early. No parameters in the log."""
    execute, names = database.execute, database.table_names

    async def quick(sql: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as Datasette's
        if sql.startswith("select count(*) from") and "custom_time_limit" not in kwargs:
            kwargs["custom_time_limit"] = MILLISECONDS
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
