"""What a run keeps, and what it may do by what was kept before."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from measurements.schema.records import Records, TLSHandshake
from measurements.store.store import RunRow
from probe import home as homes
from probe.engine.budget import MOST_A_DAY
from probe.engine.plan import EXPERIMENTS
from probe.engine.request import RunRequest
from probe.engine.runner import NotKeptError
from probe.engine.targets import Target
from probe.wiring.keeping import allowed, saving, spare
from tests.unit.measurements.store.examples import a_measurement

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
URL = "https://a.example/"


def request(home: Path, **more: object) -> RunRequest:
    """Of two sites."""
    targets = (Target(url=URL, source="x"), Target(url="https://b.example/", source="x"))
    return replace(RunRequest(home=home, targets=targets), **more)  # type: ignore[arg-type]


def fill(home: Path, hellos: int, *, at: str = "2026-11-24T05:00:00Z") -> None:
    """A measurement that named a.example so often."""
    hello = TLSHandshake(
        transaction_id=1, ip="192.0.2.1", port=443, server_name="a.example", t0=0.0, t=0.1
    )
    with homes.open_store(home) as store:
        store.begin_run(RunRow(run_id="r1", started_at="t", software_version="0", source="run"))
        store.save(
            a_measurement(
                measurement_start_time=at, records=Records(tls_handshakes=(hello,) * hellos)
            )
        )


def test_a_measurement_twice_is_told(tmp_path: Path) -> None:
    """It concerns that one only."""
    with homes.open_store(tmp_path) as store:
        save = saving(store, ())
        save(a_measurement())
        with pytest.raises(NotKeptError, match="already stored"):
            save(a_measurement())


def test_all_tries_unless_it_was_said(tmp_path: Path) -> None:
    """The past does not count where no day is bounded."""
    fill(tmp_path, 500)
    with homes.open_store(tmp_path, read_only=True) as store:
        few = request(tmp_path, arms=frozenset({"revisit"}))
        assert {"revisit"} == allowed(store, few, NOW).arms_for("a.example")
        free = allowed(store, request(tmp_path), NOW)
        assert EXPERIMENTS == free.arms_for("a.example")


@pytest.mark.parametrize(
    ("hellos", "at", "tries", "left"),
    [
        (31, "2026-11-24T05:00:00Z", False, 2),
        (MOST_A_DAY, "2026-11-24T05:00:00Z", False, 1),
        (MOST_A_DAY, "2026-11-23T05:59:59Z", True, 2),
        (30, "2026-11-24T05:00:00Z", True, 2),
    ],
)
def test_a_bounded_day(tmp_path: Path, hellos: int, at: str, tries: bool, left: int) -> None:
    """First no tries, then no visit; after 24 hours all is as before."""
    fill(tmp_path, hellos, at=at)
    bound = request(tmp_path, most_a_day=MOST_A_DAY)
    with homes.open_store(tmp_path, read_only=True) as store:
        assert tries == bool(allowed(store, bound, NOW).arms_for("a.example"))
    found, spared = spare(bound, NOW.timestamp())
    assert (left, 2 - left) == (len(found.targets), spared)


def test_nothing_is_spared_without_a_past(tmp_path: Path) -> None:
    """Nor where no day is bounded."""
    bound = request(tmp_path, most_a_day=MOST_A_DAY)
    assert (bound, 0) == spare(bound, NOW.timestamp())
    fill(tmp_path, 500)
    free = request(tmp_path)
    assert (free, 0) == spare(free, NOW.timestamp())
