"""What is deleted is gone, with all that only it had; what others share stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from measurements.schema.records import HTTPTransaction, Records, TLSHandshake
from measurements.store.errors import Duplicate, NotFound
from measurements.store.intake import Intake
from measurements.store.outbox import Outbox
from measurements.store.store import RunRow, Store
from measurements.store.tidy import tidy
from measurements.store.writing import insert
from tests.unit.measurements.store.arrivals import DAY, OPEN, arrival, blocked, commitment
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.measurements.store.test_views import planted

PARTS = ("bodies", "chains", "certificates", "chain_certificates", "answer_sets", "dns_answers")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    with Store.open(tmp_path / "a.db") as opened:
        yield opened


def counts(store: Store, *tables: str) -> dict[str, int]:
    """How many rows they have."""
    with store.reading() as conn:
        return {
            t: conn.execute(f"SELECT count(*) FROM {t}").fetchone()[0]  # noqa: S608 - our own
            for t in tables
        }


def with_page(uid: str, body: bytes, *certificates: bytes, run: str = "r") -> object:
    """A measurement of a page behind these certificates."""
    at = {"transaction_id": 1, "ip": "192.0.2.1", "port": 443, "t0": 0.0, "t": 0.1}
    records = Records(
        tls_handshakes=(
            TLSHandshake(server_name="a.example", peer_certificates=certificates, **at),  # type: ignore[arg-type]
        ),
        http_transactions=(HTTPTransaction(url="https://a.example/", body=body, **at),),  # type: ignore[arg-type]
    )
    return a_measurement(uid, run_id=run, records=records, verdict=blocked())


def sound(store: Store) -> bool:
    """No row refers to what is gone."""
    with store.reading() as conn:
        return not conn.execute("PRAGMA foreign_key_check").fetchall() and store.check() is None


def test_nothing_of_it_is_left(store: Store) -> None:
    """In no table of measurements; in the dictionaries until they are tidied; then in no byte."""
    intake = Intake(store)
    intake.take([arrival(m=planted("planted-uid")), arrival("other")], terms=OPEN)
    with store.reading() as conn:
        tables = [
            row[0]
            for row in conn.execute(
                "SELECT name FROM sqlite_schema WHERE sql IS NOT"
                " NULL AND type = 'table' AND sql LIKE '%measurement_id%'"
            )
        ]
    assert intake.withdraw("planted-uid", commitment("u1"), DAY)
    with store.reading() as conn:
        for table in tables:
            sql = f"SELECT count(*) FROM {table} WHERE measurement_id = 1"  # noqa: S608 - ours
            assert (0,) == conn.execute(sql).fetchone(), table
    assert dict.fromkeys(PARTS, 0) == counts(store, *PARTS)
    assert {"runs": 1} == counts(store, "runs")
    assert sound(store)
    tidy(store)
    files = [f for f in store.path.parent.iterdir() if f.name.startswith("a.db")]
    assert not [f for f in files if b"planted" in f.read_bytes()]
    assert sound(store)
    assert ["other"] == list(store.iter_uids())


def test_what_others_share_stays(store: Store) -> None:
    """A body, a certificate, a run."""
    one = with_page("one", b"x" * 2000, b"leaf", b"root")
    two = with_page("two", b"x" * 2000, b"other leaf", b"root")
    for m in (one, two):
        store.save(m)  # type: ignore[arg-type]
    store.delete("one")
    assert two == store.load("two")
    assert {"bodies": 1, "chains": 1, "certificates": 2} == counts(
        store, "bodies", "chains", "certificates"
    )
    assert sound(store)
    store.delete("two")
    assert dict.fromkeys((*PARTS, "runs"), 0) == counts(store, *PARTS, "runs")


def test_its_number_may_be_used_again(store: Store) -> None:
    """Without anything of the one before."""
    store.save(planted("one"))
    store.save_verdict("one", blocked())
    store.delete("one")
    store.save(a_measurement("two"))
    assert a_measurement("two") == store.load("two")
    assert 1 == len(store.verdicts("two"))


def test_what_is_not_there_cannot_be_deleted(store: Store) -> None:
    """It takes the whole uid."""
    store.save(a_measurement("abc"))
    with pytest.raises(NotFound):
        store.delete("ab")
    assert store.contains("abc")


def test_an_own_run_stays(store: Store) -> None:
    """Only those that came with a measurement go with it."""

    store.begin_run(RunRow(run_id="r1", started_at="2026", software_version="1"))
    store.save(a_measurement("a"))
    store.delete("a")
    assert store.last_run() is not None


def test_insert_gives_the_key(store: Store) -> None:
    """One more than the last; and takes nothing twice."""
    with store.writing() as conn:
        assert 1 == insert(conn, store.ids, a_measurement("a"), None)
        assert 2 == insert(conn, store.ids, a_measurement("b"), None)
    with pytest.raises(Duplicate), store.writing() as conn:
        insert(conn, store.ids, a_measurement("b"), None)


def test_the_owed_go_too(store: Store) -> None:
    """Deleting is for this computer; withdrawing asks the collectors."""
    box = Outbox(store)
    store.save(a_measurement("a"), [(box.collector("https://c/").id, b"s")])
    store.delete("a")
    assert {"outbox": 0} == counts(store, "outbox")
