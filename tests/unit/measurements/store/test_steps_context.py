"""The context's tables, in place of those that nothing wrote to."""

import sqlite3
from contextlib import closing

import pytest
from sqlite_utils import Database

from measurements.store.steps_context import context
from measurements.store.steps_first import first


def test_a_name_is_a_targets_own_or_a_parents() -> None:
    """No third relation."""
    with closing(sqlite3.connect(":memory:")) as conn:
        first(Database(conn))
        context(Database(conn))
        conn.execute("INSERT INTO target_names VALUES (1, 'a.kz', 'host')")
        conn.execute("INSERT INTO target_names VALUES (1, 'kz', 'parent')")
        with pytest.raises(sqlite3.IntegrityError):
            conn.execute("INSERT INTO target_names VALUES (1, 'b.kz', 'cousin')")
