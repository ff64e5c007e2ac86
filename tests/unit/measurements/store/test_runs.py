"""Runs by themselves; test_store.py has them with measurements."""

from pathlib import Path

from measurements.store import runs
from measurements.store.runs import RunRow
from measurements.store.store import Store


def test_a_run_is_begun_and_ended(tmp_path: Path) -> None:
    """One that was interrupted keeps its plan; the newest of its source is the last."""
    with Store.open(tmp_path / "a.db") as store, store.writing() as conn:
        row = RunRow(run_id="r1", started_at="t0", software_version="1")
        runs.begin(conn, store.ids, row, [("https://a.example/", "NEWS")])
        runs.begin(conn, store.ids, RunRow(run_id="r2", started_at="t", software_version="1"), [])
        assert "r2" == getattr(runs.last(conn, "run"), "run_id", None)
        assert runs.last(conn, "demo") is None
        plan = "SELECT count(*) FROM run_targets"
        end = {"finished_at": "t1", "measured": 1, "failed": 0}
        runs.finish(conn, "r1", **end, interrupted=True)  # type: ignore[arg-type]
        assert (1,) == conn.execute(plan).fetchone()
        runs.finish(conn, "r1", **end, interrupted=False)  # type: ignore[arg-type]
        assert (0,) == conn.execute(plan).fetchone()
