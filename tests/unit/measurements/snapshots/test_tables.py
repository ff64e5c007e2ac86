"""Every column that is promised exists, in every table, in an order that rows alone decide."""

import sqlite3
from pathlib import Path

import pytest

from measurements.snapshots.tables import TABLES, Table
from measurements.store.store import Store


@pytest.mark.parametrize("table", TABLES, ids=[t.name for t in TABLES])
def test_its_sql_runs_and_has_its_columns(tmp_path: Path, table: Table) -> None:
    """A renamed column of a view is found here."""
    with Store.open(tmp_path / "a.db"):
        pass
    conn = sqlite3.connect(tmp_path / "a.db")
    found = [column[0] for column in conn.execute(table.sql).description]
    conn.close()
    assert [column.name for column in table.columns] == found
    assert all(column.says for column in table.columns)
    assert set(table.key) <= set(found)


def test_what_refers_refers_to_something() -> None:
    """A foreign key names a table that is there, and its key."""
    keys = {table.name: table.key for table in TABLES}
    for table in TABLES:
        for column, other in table.refers:
            assert keys[other] == (column,)


def test_no_table_names_a_run() -> None:
    """It would join what one person measured in one evening."""
    names = {column.name for table in TABLES for column in table.columns}
    assert names & {"run_id", "report_id", "sender_id", "measurement_id", "resolver_ip"} == set()
