"""Home folders of volunteers, filled without measuring anything."""

from dataclasses import replace
from pathlib import Path

from measurements.schema.measurement import Measurement
from measurements.store.store import RunRow
from probe import home as homes
from probe.consent.record import Consent, Sharing, encode, text_version
from tests.unit.measurements.store.examples import a_measurement

RUN = "20261123T060000Z_0123456789ab"
AGREED = "2026-11-01T00:00:00Z"


def uid_of(number: int) -> str:
    """As the runner makes them."""
    return f"20261123060000.{number:06d}_KZ_webconnectivity_{number:016x}"


def goes_as(number: int) -> str:
    """The name that it travels under: its time to the minute."""
    return f"202611230600{'00'}_KZ_webconnectivity_{number:016x}"


def measured(number: int) -> Measurement:
    """One of a run, of a site that anybody may know of."""
    return replace(a_measurement(uid_of(number)), run_id=RUN, input=f"https://site{number}.kz/")


def fill(home: Path, count: int, *, first: int = 0, source: str = "run") -> list[str]:
    """Store so many; their uids."""
    found = [replace(measured(n), run_id=f"{RUN}{first}") for n in range(first, first + count)]
    with homes.open_store(home) as store:
        store.begin_run(
            RunRow(run_id=f"{RUN}{first}", started_at=AGREED, software_version="0", source=source)
        )
        store.save_many(found)
    return [m.measurement_uid for m in found]


def consent(
    home: Path,
    *,
    sharing: bool = True,
    bodies: bool = False,
    since: str = AGREED,
    alone: bool = False,
) -> None:
    """As `anyqta consent give` and `share` leave it."""
    given = Consent(
        version=text_version(homes.risks()),
        given_at=since,
        sharing=Sharing(upload=True, bodies=bodies, since=since, alone=alone) if sharing else None,
    )
    homes.make(home)
    (home / homes.CONSENT).write_text(encode(given))
