"""What strangers sent is shown when enough of them agree, or the operator says so."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from measurements.schema.measurement import Place
from measurements.schema.words import Mechanism, Status
from measurements.store.intake import Intake, Terms
from measurements.store.store import Store
from tests.unit.measurements.store.arrivals import INVITED, OPEN, arrival, blocked
from tests.unit.measurements.store.examples import a_measurement, a_verdict


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    with Store.open(tmp_path / "a.db") as opened:
        yield opened


@pytest.fixture
def intake(store: Store) -> Intake:
    """Into that."""
    return Intake(store)


def hidden(intake: Intake) -> list[str]:
    """The uids of what is."""
    assert intake.quarantined_count() == len(intake.quarantined())
    return [row.measurement_uid for row in intake.quarantined()]


def test_k_senders_release_all_that_say_the_same(store: Store, intake: Intake) -> None:
    """And what comes later; one sender counts once."""
    got = intake.take(
        [arrival("u1"), arrival("u2"), arrival("u3", sender=2), arrival("u4", sender=3)],
        terms=OPEN,
    )
    assert [True, True, True, False] == [o.quarantined for o in got]
    assert [] == hidden(intake)
    later = [arrival("u5", sender=1), arrival("u6", sender=None), arrival("u7", sender=9)]
    assert [False] * 3 == [o.quarantined for o in intake.take(later, terms=OPEN)]
    with store.reading() as conn:
        found = conn.execute("SELECT DISTINCT released_by FROM quarantine").fetchall()
    assert [("senders",)] == found


def test_one_sender_is_not_many(intake: Intake) -> None:
    """However much they send; nor are those of whom nobody knows who they are."""
    intake.take([arrival(f"a{i}") for i in range(10)], terms=OPEN)
    intake.take([arrival(f"b{i}", sender=None) for i in range(10)], terms=OPEN)
    assert 20 == len(hidden(intake))


@pytest.mark.parametrize(
    "other",
    [
        a_measurement("o", probe=Place(asn=9198), verdict=blocked(Mechanism.TIMEOUT)),
        a_measurement("o", probe=Place(asn=9198), verdict=a_verdict()),
        a_measurement("o", probe=Place(asn=1), verdict=blocked()),
        a_measurement("o", probe=Place(asn=9198), verdict=blocked(), input="https://b.example/"),
    ],
    ids=["mechanism", "status", "network", "target"],
)
def test_another_claim_supports_nothing(intake: Intake, other: object) -> None:
    """Three senders, two claims."""
    batch = [arrival("u1"), arrival("u2", sender=2), arrival("o", sender=3, m=other)]
    assert [True] * 3 == [o.quarantined for o in intake.take(batch, terms=OPEN)]
    assert not intake.take([arrival("u3", sender=4)], terms=OPEN)[0].quarantined
    assert ["o"] == hidden(intake)


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": a_verdict(Status.INCONCLUSIVE), "probe": Place(asn=9198)},
        {"verdict": None, "probe": Place(asn=9198)},
        {"verdict": blocked(), "probe": Place(asn=None)},
    ],
    ids=["inconclusive", "unjudged", "no network"],
)
def test_what_claims_nothing_is_never_released_by_others(
    intake: Intake, fields: dict[str, object]
) -> None:
    """Only the operator does."""
    batch = [arrival(f"u{i}", sender=i, m=a_measurement(f"u{i}", **fields)) for i in range(5)]
    assert [True] * 5 == [o.quarantined for o in intake.take(batch, terms=OPEN)]
    assert 1 == intake.release(["u1", "u1", "unknown"])
    assert 4 == len(hidden(intake))


def test_accessible_is_a_claim_too(intake: Intake) -> None:
    """Without layer and mechanism."""
    batch = [
        arrival(
            f"u{i}", sender=i, m=a_measurement(f"u{i}", probe=Place(asn=9198), verdict=a_verdict())
        )
        for i in range(3)
    ]
    assert [True, True, False] == [o.quarantined for o in intake.take(batch, terms=OPEN)]


def test_support_must_come_within_the_window(intake: Intake) -> None:
    """A key lasts a month, so one person would count again after it."""
    intake.take([arrival("u1", day="2026-10-01"), arrival("u2", sender=2)], terms=OPEN)
    assert intake.take([arrival("u3", sender=3)], terms=OPEN)[0].quarantined
    assert not intake.take([arrival("u4", sender=4)], terms=OPEN)[0].quarantined
    assert [] == hidden(intake)
    # months later it needs as many again
    assert intake.take([arrival("u5", sender=5, day="2027-06-01")], terms=OPEN)[0].quarantined


def test_the_edge_of_the_window(intake: Intake) -> None:
    """31 days: the 31st before is too old, the 30th is not."""
    terms = Terms(quarantine=True, k=2, window_days=31)
    old = arrival("u1", day="2026-10-25")
    assert intake.take([old, arrival("u2", sender=2)], terms=terms)[1].quarantined
    in_time = arrival("v1", day="2026-10-26", m=_elsewhere("v1"))
    got = intake.take([in_time, arrival("v2", sender=2, m=_elsewhere("v2"))], terms=terms)
    assert not got[1].quarantined


def _elsewhere(uid: str) -> object:
    return a_measurement(uid, input="https://b.example/", probe=Place(asn=9198), verdict=blocked())


def test_an_invited_sender_is_believed(intake: Intake) -> None:
    """And a collector by invitation hides nothing."""
    assert not intake.take([arrival("u1", invited=True)], terms=OPEN)[0].quarantined
    assert not intake.take([arrival("u2", sender=2)], terms=INVITED)[0].quarantined
    assert [] == hidden(intake)


def test_the_operator_sees_what_is_hidden(intake: Intake) -> None:
    """By pages, with how many said the same; drops it or shows it."""
    intake.take(
        [arrival("u1"), arrival("u2", sender=2), arrival("u3", network_agrees=False)], terms=OPEN
    )
    first = intake.quarantined(limit=2)
    assert [("u1", 2, True), ("u2", 2, True)] == [
        (r.measurement_uid, r.senders, r.network_agrees) for r in first
    ]
    (last,) = intake.quarantined(after=first[-1].id)
    assert ("u3", "https://a.example/", 9198, "blocked", "tls", "reset", False) == (
        last.measurement_uid,
        last.url,
        last.asn,
        last.status,
        last.layer,
        last.mechanism,
        last.network_agrees,
    )
    assert 1 == intake.release(["u1"])
    assert 1 == intake.drop(["u1", "u2", "unknown"])
    assert ["u3"] == hidden(intake)


def test_a_large_quarantine_costs_no_more(store: Store, intake: Intake) -> None:
    """200,000 rows of the same claim, by a sender each, long ago: the newest are looked at, not all."""
    intake.take([arrival("u1"), arrival("u2", sender=2)], terms=OPEN)
    conn = store._conn
    conn.execute("PRAGMA foreign_keys = OFF")
    conn.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 201000)"
        " INSERT INTO quarantine SELECT i, q.target_id, q.asn, q.status, q.layer, q.mechanism, i,"
        " '2020-01-01', NULL FROM n, (SELECT * FROM quarantine LIMIT 1) q"
    )
    conn.execute("PRAGMA foreign_keys = ON")
    began = time.perf_counter()
    got = intake.take([arrival(f"v{i}", sender=None) for i in range(10)], terms=OPEN)
    assert time.perf_counter() - began < 1
    assert [True] * 10 == [o.quarantined for o in got]
