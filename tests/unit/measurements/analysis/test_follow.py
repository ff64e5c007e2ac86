"""Only the lines that were touched are made anew, and it is as if all had been; in doubt all are."""

import random
import sqlite3
from pathlib import Path

import pytest

from measurements.analysis import follow
from measurements.analysis.rollup import Refreshed, refresh, refresh_in
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Mechanism, Status
from measurements.store.store import Store
from tests.unit.measurements.analysis.collected import Sent, World
from tests.unit.measurements.analysis.happenings import happens
from tests.unit.measurements.analysis.test_rollup import VIEWS, dump, measurement

URLS = [f"https://{name}.kz/" for name in "abcdef"]
STATUSES = (Status.BLOCKED, Status.ACCESSIBLE, Status.DOWN)


def other_verdict(status: Status, version: int) -> Verdict:
    """Judged by other rules; blocked by a reset now."""
    blocked = status is Status.BLOCKED
    return Verdict(
        status=status,
        confidence=0.9,
        summary="It says otherwise.",
        rules_version=version,
        layer=Layer.TLS if blocked else None,
        mechanism=Mechanism.RESET if blocked else None,
    )


def rolled(store: Store) -> Refreshed:
    """As publishing does: what is touched is gone afterwards."""
    with store.writing() as conn:
        return refresh_in(conn, k=1)


def anew(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Everything, by nobody's notes."""
    with store.writing() as conn:
        conn.execute("UPDATE rollup_state SET value = '' WHERE name = 'made'")
    rolled(store)
    return dump(store)


def undone(store: Store) -> None:
    """A transaction that fails."""
    with store.writing() as conn:
        conn.execute("UPDATE measurements SET status = 'down'")
        assert follow.touched(conn)
        raise ZeroDivisionError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Forty days of six sites on two networks."""
    with Store.open(tmp_path / "a.db") as store:
        store.save_many(
            [
                measurement(1000 * i + day, day, STATUSES[day > 20], asn=asn, url=url)
                for i, url in enumerate(URLS)
                for asn in (9198, 29355)
                for day in range(40)
            ]
        )
        refresh(store)
    return tmp_path / "a.db"


def begun(store: Store) -> None:
    """From here on."""
    with store.reading() as conn:
        follow.begin(conn)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_as_everything(path: Path, seed: int) -> None:
    """Whatever happens: new ones, withdrawn ones, judged otherwise, in new and old cells; no more lines than that."""
    chance = random.Random(seed)
    with Store.open(path) as store:
        begun(store)
        live = [
            f"uid-{a}-{1000 * i + d}" for i in range(6) for a in (9198, 29355) for d in range(40)
        ]
        for turn in range(5):
            touched = set[tuple[str, int]]()
            for n in range(chance.randrange(1, 6)):
                kind = chance.choice(["new", "new", "gone", "judged"])
                url, asn, day = (
                    chance.choice(URLS),
                    chance.choice([9198, 29355]),
                    chance.randrange(45),
                )
                if kind == "new":
                    m = measurement(
                        90_000 + 100 * turn + n, day, chance.choice(STATUSES), asn=asn, url=url
                    )
                    store.save(m)
                    live.append(m.measurement_uid)
                    touched.add((url, asn))
                    continue
                uid = live.pop(chance.randrange(len(live)))
                old = store.load(uid)
                touched.add((old.input, old.probe.asn or 0))
                if kind == "gone":
                    store.delete(uid)
                else:
                    store.save_verdict(uid, other_verdict(chance.choice(STATUSES), 2))
            done = rolled(store)
            assert done.lines <= len(touched)
            assert done.lines
            found = dump(store)
            assert found == anew(store)


def test_many_cells_and_few_lines(path: Path) -> None:
    """Where most cells were touched the counts are made anew at once; the lines are still only those."""
    with Store.open(path) as store:
        begun(store)
        store.save_many([measurement(50_000 + d, d, Status.DOWN) for d in range(40)])
        done = rolled(store)
        assert (done.cells, done.lines) == (40, 1)
        assert dump(store) == anew(store)


def test_in_doubt_all_lines_of_the_cells(path: Path) -> None:
    """Another connection wrote in between; something was left over from before; nobody follows."""
    with Store.open(path) as store, Store.open(path) as other:
        begun(store)
        other.save(measurement(60_000, 3, Status.DOWN, url=URLS[1]))
        store.save(measurement(60_001, 3, Status.DOWN, url=URLS[2]))
        assert rolled(store).lines == len(URLS)
        assert dump(store) == anew(store)
        store.save(measurement(60_002, 3, Status.DOWN, url=URLS[2]))
        assert rolled(store).lines == 1  # all is known again
        store.save(measurement(60_003, 3, Status.DOWN, url=URLS[2]))
    with Store.open(path) as store:
        begun(store)
        store.save(measurement(60_004, 3, Status.DOWN, url=URLS[1]))
        assert rolled(store).lines == len(URLS)
    with Store.open(path) as store:
        store.save(measurement(60_005, 3, Status.DOWN, url=URLS[1]))
        assert rolled(store).lines == len(URLS)


def test_what_was_undone_is_not_noted(path: Path) -> None:
    """And what the same transaction wrote is."""
    with Store.open(path) as store:
        begun(store)
        with pytest.raises(ZeroDivisionError):
            undone(store)
        with store.reading() as conn:
            assert follow.touched(conn) == []
        store.save(measurement(70_000, 3, Status.DOWN, url=URLS[4]))
        assert rolled(store).lines == 1
        assert dump(store) == anew(store)


def test_nobody_else_sees_it(path: Path) -> None:
    """Nothing of it is in the file."""
    with Store.open(path) as store:
        begun(store)
        begun(store)
        store.save(measurement(80_000, 3, Status.DOWN))
        with sqlite3.connect(path) as conn:
            assert not conn.execute(
                "SELECT 1 FROM sqlite_schema WHERE name LIKE 'followed%'"
            ).fetchall()
        conn.close()


@pytest.mark.parametrize("seed", range(2))
def test_a_pass_makes_few_lines_and_the_right_ones(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collector's history, published twice at the same times: once with all lines of each cell made anew."""
    rng, world, known = random.Random(300 + seed), World(tmp_path), list[Sent]()
    other, taken, touched = World(tmp_path), list[int](), follow.touched
    other.target = tmp_path / "other.db"

    def counted(conn: sqlite3.Connection) -> list[follow.Touched] | None:
        found = touched(conn)
        taken.append(-1 if found is None else len(found))
        return found

    for at in range(1, 13):
        happens(world, rng, known, at)
        monkeypatch.setattr(follow, "touched", counted)
        world.publish(f"2026-11-{at + 1:02d}")
        monkeypatch.setattr(follow, "touched", lambda _: None)
        other.publish(f"2026-11-{at + 1:02d}")
        for view, columns in VIEWS.items():
            sql = f"SELECT {columns} FROM {view}"  # noqa: S608
            assert sorted(world.rows(sql), key=repr) == sorted(other.rows(sql), key=repr), view
    assert taken
    assert -1 not in taken
