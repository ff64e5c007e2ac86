"""Tidying takes what nothing uses, and nothing else."""

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from measurements.schema.measurement import Measurement
from measurements.store.intake import Intake
from measurements.store.store import Store
from measurements.store.tidy import references, tidy
from tests.unit.measurements.store.arrivals import INVITED, OPEN, arrival
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.measurements.store.strategies import measurements
from tests.unit.measurements.store.test_store import without_dropped_bodies
from tests.unit.measurements.store.test_views import name_in_context, planted


def dump(store: Store) -> list[str]:
    """The whole file as SQL, in no order of its own, but for the counter of deletions."""
    with store.reading() as conn:
        return sorted(line for line in conn.iterdump() if '"deletions"' not in line)


@given(
    several=st.lists(measurements, min_size=2, max_size=4, unique_by=lambda m: m.measurement_uid)
)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_used_stays(
    several: list[Measurement], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any measurements: one is deleted, the others come back equal, and no row points to nothing."""
    with Store.open(tmp_path_factory.mktemp("s") / "a.db") as store:
        for m in several:
            store.save(m)
        store.delete(several[0].measurement_uid)
        tidy(store, vacuum=False)
        for m in several[1:]:
            assert without_dropped_bodies(m) == store.load(m.measurement_uid)
        with store.reading() as conn:
            assert [] == conn.execute("PRAGMA foreign_key_check").fetchall()
        store.save(several[0])
        assert without_dropped_bodies(several[0]) == store.load(several[0].measurement_uid)


def test_a_tidy_file_is_left_as_it_is(tmp_path: Path) -> None:
    """Nothing goes where everything is used."""
    with Store.open(tmp_path / "a.db") as store:
        Intake(store).take([arrival(m=planted("p")), arrival("u2", invited=True)], terms=OPEN)
        before = dump(store)
        assert 0 == sum(tidy(store).gone.values())
        assert before == dump(store)


def test_an_emptied_file_is_as_good_as_new(tmp_path: Path) -> None:
    """Nothing that was in it stays: names in the registry's join, senders, networks."""
    with Store.open(tmp_path / "a.db") as store:
        Intake(store).take([arrival(m=planted("p"))], terms=OPEN)
        name_in_context(store, "planted.example")
        store.delete("p")
        gone = tidy(store).gone
        assert 1 == gone["targets"] == gone["senders"]
        assert gone["strings"] > 20
        with store.reading() as conn:
            for table in ("strings", "targets", "target_names", "networks", "arms", "runs"):
                found = conn.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - ours
                assert [] == found, table


def test_it_gives_its_place_back(tmp_path: Path) -> None:
    """To the disk."""
    with Store.open(tmp_path / "a.db") as store:
        for i in range(300):
            store.save(planted(f"u{i}", f"text-{i}"))
        for i in range(299):
            store.delete(f"u{i}")
        done = tidy(store)
        assert done.bytes_after < done.bytes_before / 2
        assert planted("u299", "text-299") == store.load("u299")


def test_others_may_write_meanwhile(tmp_path: Path) -> None:
    """They wait; and what they remembered of numbers, they forget."""
    with Store.open(tmp_path / "a.db") as one, Store.open(tmp_path / "a.db") as two:
        intake = Intake(two)
        failed: list[BaseException] = []

        def write() -> None:
            try:
                for i in range(100):
                    m = planted(f"w{i}", f"text-{i % 10}")
                    intake.take([arrival(f"w{i}", m=m)], terms=INVITED)
                    if i % 10 != 9:
                        two.delete(f"w{i}")
            except BaseException as exc:  # noqa: BLE001 - told below
                failed.append(exc)

        thread = threading.Thread(target=write)
        thread.start()
        while thread.is_alive():
            tidy(one)
        thread.join()
        assert [] == failed
        for i in range(9, 100, 10):
            assert planted(f"w{i}", f"text-{i % 10}") == one.load(f"w{i}") == two.load(f"w{i}")
        with one.reading() as conn:
            assert [] == conn.execute("PRAGMA foreign_key_check").fetchall()


def test_every_reference_is_found(tmp_path: Path) -> None:
    """From the schema, so that a new column cannot be overlooked."""
    with Store.open(tmp_path / "a.db") as store, store.reading() as conn:
        found = references(conn, "strings")
        assert ("tls_handshakes", "hello_id") in found
        assert ("dns_answers", "value_id") in found
        store_columns = [
            (table, row[1])
            for _, table, kind, *_ in conn.execute("PRAGMA table_list").fetchall()
            for row in conn.execute(f"PRAGMA table_info({table})").fetchall()
            if kind == "table" and row[1].endswith("_id") and row[2] == "INTEGER"
        ]
        known = {
            r
            for table in ("strings", "targets", "networks", "arms", "bodies", "chains", "runs")
            for r in references(conn, table)
        } | {
            r
            for table in ("certificates", "answer_sets", "measurements", "collectors", "senders")
            for r in references(conn, table)
        }
        # numbers of a document's own; and quarantine's copies of what its measurement has
        own = {"transaction_id"}
        copies = {("quarantine", "target_id"), ("quarantine", "sender_id")}
        rest = {c for c in store_columns if c[1] not in own} - known - copies
        # evidence refers to verdicts; the last two are the rollup's, which is told of deletions
        expected = {("evidence", "measurement_id"), ("latest", "measurement_id")}
        assert expected | {("touched", "network_id")} == rest


def test_a_small_file(tmp_path: Path) -> None:
    """An empty one too."""
    with Store.open(tmp_path / "a.db") as store:
        assert 0 == sum(tidy(store).gone.values())
        store.save(a_measurement())
        assert a_measurement() == store.load("u1")
