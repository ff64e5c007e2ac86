"""What an operator sees of a collector's database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from measurements.schema.measurement import Place
from measurements.store.intake import Arrival, Intake, Terms
from measurements.store.overview import Picked, claims, overview, uids
from measurements.store.store import Store
from tests.fakes.real_collector import measurements

(ONE,) = measurements(1)
SITE = "https://blocked.example.org/"


def arrival(n: int, sender: int | None, day: str = "2026-11-20", url: str = SITE) -> Arrival:
    m = replace(ONE, measurement_uid=f"m{n}", input=url, probe=Place(asn=9198, cc="KZ"))
    return Arrival(
        measurement=m,
        claim=None,
        content_sha256=b"%032d" % n,
        withdraw_sha256=None,
        sender=None if sender is None else b"%032d" % sender,
        invited=False,
        protocol="ooni" if sender is None else "batch",
        day=day,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Five of one claim by two senders and a nobody; one of another site."""
    with Store.open(tmp_path / "c.db") as opened:
        arrivals = [
            arrival(1, 1), arrival(2, 1), arrival(3, 2, "2026-11-22"), arrival(4, None), arrival(5, None),
            arrival(6, 3, url="https://other.example.org/"),
        ]  # fmt: skip
        Intake(opened).take(arrivals, terms=Terms(quarantine=True, k=9, window_days=31))
        yield opened


def test_claims_are_grouped_with_their_senders(store: Store) -> None:
    first, second = claims(store, Picked(), limit=10)
    assert (first.url, first.asn, first.measurements, first.senders) == (SITE, 9198, 5, 2)
    assert (first.first_day, first.last_day) == ("2026-11-20", "2026-11-22")
    assert first.status
    assert (second.measurements, second.senders) == (1, 1)
    assert len(claims(store, Picked(), limit=1)) == 1


def test_they_are_picked_by_what_they_say(store: Store) -> None:
    def found(picked: Picked) -> list[str]:
        return [uid for some in uids(store, picked, at_a_time=2) for uid in some]

    assert found(Picked()) == ["m1", "m2", "m3", "m4", "m5", "m6"]
    assert found(Picked(url=SITE, before="2026-11-22")) == ["m1", "m2", "m4", "m5"]
    assert found(Picked(uids=("m6", "m2", "nothing"))) == ["m2", "m6"]
    assert found(Picked(asn=1)) == []
    assert found(Picked(status="no such word")) == []
    assert [row.url for row in claims(store, Picked(url=SITE), limit=9)] == [SITE]


def test_what_was_released_is_picked_no_more(store: Store) -> None:
    assert Intake(store).release(["m1"]) == 1
    assert "m1" not in [uid for some in uids(store, Picked()) for uid in some]
    found = overview(store)
    assert (found.quarantined, found.released, found.measurements) == (5, 1, 6)


def test_an_overview_counts(store: Store) -> None:
    found = overview(store)
    assert found.received == {"batch": 4, "ooni": 2}
    assert (found.senders, found.invited_senders, found.withdrawn) == (3, 0, 0)
    assert (found.first_day, found.last_day) == ("2026-11-20", "2026-11-22")
    assert found.bytes > 0


def test_an_empty_database_has_an_overview_too(tmp_path: Path) -> None:
    with Store.open(tmp_path / "empty.db") as opened:
        found = overview(opened)
        assert (found.measurements, found.received, found.first_day) == (0, {}, None)
        assert claims(opened, Picked(), limit=5) == []
