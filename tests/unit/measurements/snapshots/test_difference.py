"""What is new, judged otherwise, or gone."""

from pathlib import Path

from measurements.schema.words import Status
from measurements.snapshots.difference import SINCE, Changes, changed, counts
from tests.unit.measurements.snapshots.published import a_file, a_published


def test_each_change_is_told_once(tmp_path: Path) -> None:
    """Gone ones are counted, not named."""
    old = a_file(tmp_path / "old.db", [a_published(i) for i in range(6)])
    now = [a_published(i) for i in range(1, 8) if i != 3]
    now[0] = a_published(1, status=Status.DOWN)
    new = a_file(tmp_path / "new.db", now, seed=1)
    found = list(changed(new, old))
    assert all(len(row) == len(SINCE.columns) for row in found)
    assert [("verdict", 1, "blocked", "down"), ("new", 6, None, "accessible")] == [
        (row[0], int(str(row[1])[-5:]), row[5], row[6]) for row in found[:2]
    ]
    assert Changes(new=2, judged_otherwise=1, gone=2, events=0) == counts(new, old)
    gone = {a_published(0).measurement_uid, a_published(3).measurement_uid}
    assert gone & {str(row[1]) for row in found} == set()


def test_the_same_has_no_changes(tmp_path: Path) -> None:
    """The twin."""
    many = [a_published(i) for i in range(6)]
    old, new = a_file(tmp_path / "a.db", many), a_file(tmp_path / "b.db", many, seed=3)
    assert [] == list(changed(new, old))
    assert Changes(new=0, judged_otherwise=0, gone=0, events=0) == counts(new, old)
