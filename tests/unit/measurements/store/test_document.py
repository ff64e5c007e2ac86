"""A measurement's document is the one that was saved; what is hidden has none."""

import json
import sqlite3
from pathlib import Path

from measurements.schema.codec import from_document
from measurements.store.document import document
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement

_HIDE = "INSERT INTO quarantine SELECT id, target_id, 1, 'blocked', '', '', NULL, '2026-01-01', NULL FROM measurements"


def test_it_is_the_one_that_was_saved(tmp_path: Path) -> None:
    """Read back, nothing is missing; another connection, with rows that have names, does as well."""
    with Store.open(tmp_path / "a.db") as store:
        store.save(a_measurement("one"))
        kept = store.load("one")
    conn = sqlite3.connect(tmp_path / "a.db")
    conn.row_factory = sqlite3.Row
    text = document(conn, "one")
    assert text is not None
    assert kept == from_document(json.loads(text))
    assert document(conn, "other") is None
    conn.execute(_HIDE)
    assert document(conn, "one") is None
    conn.close()
