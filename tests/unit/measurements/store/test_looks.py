"""The last telling look before a run, out of a real database."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from measurements.schema.measurement import Place
from measurements.schema.words import Status
from measurements.store.looks import Looks, looks
from measurements.store.store import RunRow, Store
from tests.unit.measurements.store.examples import a_measurement, a_verdict

KT = Place(asn=9198, cc="KZ")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    with Store.open(tmp_path / "anyqta.db") as opened:
        yield opened


def save(
    store: Store, run: str, status: Status, day: int, *, place: Place = KT, sure: float = 0.9
) -> None:
    """One look at https://a.example/ in a run of its own day."""
    m = a_measurement(
        f"u-{run}-{place.asn}",
        run_id=run,
        measurement_start_time=f"2026-11-{day:02}T06:00:00Z",
        probe=place,
        verdict=replace(a_verdict(status), confidence=sure),
    )
    store.save(m)


def begin(store: Store, run: str, source: str = "run") -> None:
    """Note it."""
    store.begin_run(RunRow(run_id=run, started_at="t", software_version="0", source=source))


def uids(found: Looks | None) -> tuple[list[str], list[str]]:
    """Now, and before."""
    assert found is not None
    now, before = found.now, found.before
    return [look.measurement_uid for look in now], [look.measurement_uid for look in before]


def test_the_last_telling_one(store: Store) -> None:
    """Not what was down, not what was unsure, not what came later."""
    for day, status in ((1, Status.BLOCKED), (2, Status.ACCESSIBLE), (3, Status.DOWN)):
        begin(store, f"r{day}")
        save(store, f"r{day}", status, day)
    begin(store, "r4")
    save(store, "r4", Status.ACCESSIBLE, 4, sure=0.5)
    begin(store, "r5")
    save(store, "r5", Status.BLOCKED, 5)
    begin(store, "r6")
    save(store, "r6", Status.ACCESSIBLE, 6)
    assert (["u-r5-9198"], ["u-r2-9198"]) == uids(looks(store, "r5"))
    assert (["u-r6-9198"], ["u-r5-9198"]) == uids(looks(store))
    assert (["u-r1-9198"], []) == uids(looks(store, "r1"))


def test_same_network_and_same_source_only(store: Store) -> None:
    """Another name or country of the same ASN is the same network; imports are somebody else's."""
    begin(store, "r1")
    save(
        store,
        "r1",
        Status.ACCESSIBLE,
        1,
        place=Place(asn=9198, cc="KZ", as_org_name="Kazakhtelecom"),
    )
    begin(store, "r2")
    save(store, "r2", Status.BLOCKED, 2, place=Place(asn=21299, cc="KZ"))
    begin(store, "r3", "import")
    save(store, "r3", Status.BLOCKED, 3)
    begin(store, "r4")
    save(store, "r4", Status.BLOCKED, 4)
    assert (["u-r4-9198"], ["u-r1-9198"]) == uids(looks(store))


def test_an_unknown_network_has_no_past(store: Store) -> None:
    """Two unknown ones need not be the same."""
    for run, day in (("r1", 1), ("r2", 2)):
        begin(store, run)
        save(store, run, Status.ACCESSIBLE, day, place=Place())
    assert (["u-r2-None"], []) == uids(looks(store))


def test_no_run(store: Store) -> None:
    """Neither the last nor a named one."""
    assert looks(store) is None
    begin(store, "r1")
    assert looks(store, "other") is None
