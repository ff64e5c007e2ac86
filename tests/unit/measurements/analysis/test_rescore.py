"""Rescoring changes what today's rules see otherwise, and forgets nothing."""

from pathlib import Path

from measurements.analysis.rescore import Rescored, rescore
from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.schema.words import Status
from measurements.store.store import Store
from tests.unit.measurements.store.examples import a_measurement, a_verdict


def test_moves_are_counted_and_earlier_verdicts_stay(tmp_path: Path) -> None:
    """From what to what, how often."""

    def judge(m: Measurement) -> Verdict:
        changed = m.measurement_uid in {"u1", "u2"} or m.verdict is None
        return a_verdict(Status.BLOCKED if changed else Status.ACCESSIBLE, rules_version=2)

    with Store.open(tmp_path / "a.db") as store:
        for uid in ("u1", "u2", "u3"):
            store.save(a_measurement(uid))
        store.save(a_measurement("u4", verdict=None))
        progress: list[int] = []
        done = rescore(store, judge, store.iter_uids(), on_judged=progress.append)
        moves = ((("accessible", "blocked"), 2), ((None, "blocked"), 1))
        assert Rescored(judged=4, stored=4, moves=moves) == done
        assert [1, 2, 3, 4] == progress
        assert [a_verdict(), a_verdict(Status.BLOCKED, 2)] == store.verdicts("u1")
        assert [1, 2] == [v.rules_version for v in store.verdicts("u3")]
        again = rescore(store, judge, ["u3"])
        assert Rescored(judged=1, stored=0, moves=()) == again
