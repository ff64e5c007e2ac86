"""What happens to measurements is noted by the file itself, however it happens."""

import sqlite3
from contextlib import closing
from pathlib import Path

from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement


def test_writing_and_deleting_touch_a_cell(tmp_path: Path) -> None:
    """Each time anew, the newest last; reading does not."""
    path = tmp_path / "a.db"

    def touched() -> list[int]:
        with closing(sqlite3.connect(path)) as conn:
            return [seq for (seq,) in conn.execute("SELECT seq FROM touched")]

    with Store.open(path) as store:
        assert touched() == []
        store.save(a_measurement("u1"))
        first = touched()
        assert len(first) == 1
        store.load("u1")
        assert touched() == first
        store.delete("u1")
        assert touched() > first
