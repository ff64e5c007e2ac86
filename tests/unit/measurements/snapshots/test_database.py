"""The same rows are the same bytes; what is somebody's own is refused."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from measurements.exchange import legal
from measurements.schema.words import Status
from measurements.snapshots.database import (
    COPIED,
    FILLED,
    INNER,
    MADE,
    PRIVATE,
    check_published,
    count,
    fill,
    logical_sha256,
    rows,
)
from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.tables import HTTP, MEASUREMENTS
from measurements.store.connect import connect
from measurements.store.store import Store
from tests.unit.measurements.snapshots.published import HOSTILE, a_file, a_published
from tests.unit.measurements.store.examples import a_measurement

MANY = [a_published(i) for i in range(450)]
DAILY = (
    "INSERT INTO daily SELECT '2026-11-23', target_id, probe_network_id, count(*), 0, 1, 2, 3, 4, 5"
    " FROM measurements GROUP BY target_id, probe_network_id"
)


def filled(source: Path, folder: Path) -> Path:
    """The database of a snapshot."""
    target = folder / f"{source.stem}-filled.db"
    fill(source, folder / "draft.db", target, legal.load)
    assert not (folder / "draft.db").exists()
    return target


def changed(path: Path, sql: str) -> None:
    """Somebody's doing."""
    conn = connect(path, read_only=False)
    conn.execute(sql)
    conn.close()


def test_the_order_in_which_rows_came_leaves_no_trace(tmp_path: Path) -> None:
    """Bytes and logical hash; deleted rows and rollups too."""
    made = []
    for seed in (None, 1, 2):
        source = a_file(tmp_path / f"s{seed}.db", MANY, seed=seed)
        changed(source, DAILY)
        made.append(filled(source, tmp_path))
    assert 1 == len({path.read_bytes() for path in made})
    assert 1 == len({logical_sha256(path) for path in made})
    assert 20 == count(made[0], "SELECT count(*) FROM daily JOIN targets t ON t.id = target_id")
    urls = {row[1] for row in rows(made[0], MEASUREMENTS)}
    assert 5 == len(urls)


def test_one_other_row_is_another_hash(tmp_path: Path) -> None:
    """The twin."""
    a = filled(a_file(tmp_path / "a.db", MANY[:9]), tmp_path)
    b = filled(a_file(tmp_path / "b.db", [*MANY[:8], a_published(8, status=Status.DOWN)]), tmp_path)
    assert logical_sha256(a) != logical_sha256(b)
    assert a.read_bytes() != b.read_bytes()


def test_rollups_point_at_the_same_things(tmp_path: Path) -> None:
    """Numbers of targets and networks are others in the new file."""
    source = a_file(tmp_path / "a.db", MANY, seed=5)
    changed(source, DAILY)
    sql = (
        "SELECT t.url, n.asn, d.n FROM daily d JOIN targets t ON t.id = d.target_id"
        " JOIN networks n ON n.id = d.network_id ORDER BY 1, 2"
    )
    seen = []
    for path in (source, filled(source, tmp_path)):
        with sqlite3.connect(path) as conn:
            seen.append(conn.execute(sql).fetchall())
        conn.close()
    assert seen[0] == seen[1]
    assert seen[0]


def test_a_rollup_of_nothing_published_is_refused(tmp_path: Path) -> None:
    """A target that only a withheld cell has would betray it."""
    source = a_file(tmp_path / "a.db", MANY[:3])
    changed(source, "INSERT INTO targets VALUES (NULL, 'https://withheld.example/', NULL)")
    changed(source, DAILY.replace("SELECT '2026-11-23', target_id", "SELECT '2026-11-23', 4"))
    with pytest.raises(SnapshotError, match="no published measurement"):
        filled(source, tmp_path)


def test_every_table_is_thought_of(tmp_path: Path) -> None:
    """A new one must be called published or somebody's own; none is copied by chance."""
    with Store.open(tmp_path / "a.db"):
        pass
    with sqlite3.connect(tmp_path / "a.db") as conn:
        found = [r[0] for r in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    conn.close()
    kinds = [*FILLED, *COPIED, *MADE, *PRIVATE, *INNER]
    assert sorted(name for name in found if not name.startswith(("sqlite_", "_sqlite_"))) == sorted(
        kinds
    )


OWN: dict[str, Callable[[Path], object]] = {
    "senders": lambda p: changed(p, "INSERT INTO senders VALUES (1, x'00', '2026-11-25', 0)"),
    "received": lambda p: changed(
        p, "INSERT INTO received VALUES (1, x'00', NULL, '2026-11-25', 'batch', NULL, NULL, 0)"
    ),
    "withdrawn": lambda p: changed(p, "INSERT INTO withdrawn VALUES (x'00', '2026-11-25')"),
    "claims": lambda p: changed(p, "INSERT INTO claims VALUES (1, '{}')"),
    "times": lambda p: a_file(
        p, [a_measurement("late", measurement_start_time="2026-11-23T06:01:00Z")]
    ),
    "seconds": lambda p: a_file(
        p, [a_measurement("late", measurement_start_time="2026-11-23T06:00:00.5Z")]
    ),
}


@pytest.mark.parametrize("name", OWN)
def test_what_is_somebodys_own_is_refused(tmp_path: Path, name: str) -> None:
    """A collector's file, a volunteer's, exact times."""
    path = a_file(tmp_path / "a.db", MANY[:3])
    check_published(path)  # the twin
    OWN[name](path)
    with pytest.raises(SnapshotError, match="is not a published file"):
        check_published(path)


def test_hostile_text_is_in_the_rows_as_it_came(tmp_path: Path) -> None:
    """Halves of surrogate pairs too."""
    path = a_file(tmp_path / "a.db", [a_published(i, title=t) for i, t in enumerate(HOSTILE)])
    at = [column.name for column in HTTP.columns].index("title")
    titles = [row[at] for row in rows(filled(path, tmp_path), HTTP)]
    assert list(HOSTILE) == titles
