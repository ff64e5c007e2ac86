"""Since last time, in a real home."""

from pathlib import Path

from measurements.schema.measurement import Place
from measurements.schema.words import Status
from measurements.store.store import RunRow
from probe import home as homes
from probe.wiring.changes import Kind, since_last
from tests.unit.measurements.store.examples import a_measurement, a_verdict


def day(home: Path, number: int, statuses: dict[str, Status]) -> None:
    """A run."""
    run = f"run{number}"
    with homes.open_store(home) as store:
        store.begin_run(RunRow(run_id=run, started_at="t", software_version="0"))
        for host, status in statuses.items():
            store.save(
                a_measurement(
                    f"2026_KZ_web_{run}{host}",
                    run_id=run,
                    input=f"https://{host}/",
                    measurement_start_time=f"2026-11-0{number}T06:00:00Z",
                    probe=Place(asn=9198, cc="KZ"),
                    verdict=a_verdict(status),
                )
            )


def test_two_runs(tmp_path: Path) -> None:
    """What changed, what was compared, and what could not be."""
    day(tmp_path, 1, {"a.kz": Status.ACCESSIBLE, "b.kz": Status.BLOCKED, "c.kz": Status.BLOCKED})
    first = since_last(tmp_path)
    assert first is not None
    assert ((), 0, 3) == (first.changes, first.compared, first.alone)
    today = {"a.kz": Status.BLOCKED, "b.kz": Status.ACCESSIBLE, "c.kz": Status.DOWN}
    day(tmp_path, 2, today | {"d.kz": Status.BLOCKED})
    second = since_last(tmp_path)
    assert second is not None
    assert [Kind.NEWLY_BLOCKED, Kind.UNBLOCKED] == [change.kind for change in second.changes]
    assert ("run2", 2, 2) == (second.run_id, second.compared, second.alone)


def test_nothing_yet(tmp_path: Path) -> None:
    """An empty database."""
    with homes.open_store(tmp_path):
        pass
    assert since_last(tmp_path) is None
