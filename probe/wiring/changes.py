"""What a home's run found otherwise than the last one did."""

from dataclasses import dataclass
from pathlib import Path

from measurements.analysis.compare_runs import Change, Kind, Look, compare, tells
from measurements.store.looks import LookRow, looks
from probe import home as homes

__all__ = ["Change", "Kind", "Look", "SinceLast", "since_last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceLast:
    """`compared`: so many targets have an earlier look; `alone`: so many have none, or no telling one."""

    run_id: str
    changes: tuple[Change, ...]
    compared: int
    alone: int


def since_last(home: Path, run_id: str | None = None) -> SinceLast | None:
    """Of this run, or of the last one; None where there is none."""
    with homes.open_store(home, read_only=True) as store:
        found = looks(store, run_id)
    if found is None:
        return None
    now, before = [_look(row) for row in found.now], [_look(row) for row in found.before]
    told = {(look.input, look.asn) for look in now if tells(look)}
    known = {(look.input, look.asn) for look in before if tells(look)}
    return SinceLast(
        run_id=found.run_id,
        changes=tuple(compare(now, before)),
        compared=len(told & known),
        alone=len({look.input for look in now} - {url for url, _ in told & known}),
    )


def _look(row: LookRow) -> Look:
    return Look(
        measurement_uid=row.measurement_uid,
        input=row.input,
        at=row.at,
        asn=row.asn,
        status=row.status,
        layer=row.layer,
        mechanism=row.mechanism,
        confidence=row.confidence,
    )
