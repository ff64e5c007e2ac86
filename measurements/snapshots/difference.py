"""What changed since the last snapshot.

Measurements that are gone are counted and not named: whoever withdrew one did not ask for a list.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from measurements.snapshots.tables import INTEGER, STRING, Column, Table
from measurements.store.connect import explained

SINCE = Table(
    name="since_previous",
    title="What is new since the previous snapshot, and verdicts that changed",
    columns=(
        Column("change", STRING, "new, or verdict (judged otherwise than before)", required=True),
        Column("measurement_uid", STRING, "Of which measurement", required=True),
        Column("url", STRING, "What was measured", required=True),
        Column("probe_asn", INTEGER, "From which network"),
        Column("measurement_start_time", STRING, "When, to the hour, UTC", required=True),
        Column("before", STRING, "Status, layer and mechanism in the previous snapshot"),
        Column("after", STRING, "Status, layer and mechanism now"),
    ),
    source="",
    order="",
    key=("measurement_uid",),
)


def _state(v: str) -> str:
    return f"({v}.status || coalesce(' ' || {v}.layer, '') || coalesce(' ' || {v}.mechanism, ''))"


_CHANGED = f"""
SELECT CASE WHEN o.id IS NULL THEN 'new' ELSE 'verdict' END, m.measurement_uid, t.url, n.asn,
  m.measurement_start_time, {_state("w")}, {_state("v")}
FROM main.measurements m
JOIN main.targets t ON t.id = m.target_id
JOIN main.networks n ON n.id = m.probe_network_id
LEFT JOIN main.verdicts v ON v.measurement_id = m.id AND v.revision = m.revision
LEFT JOIN old.measurements o ON o.measurement_uid = m.measurement_uid
LEFT JOIN old.verdicts w ON w.measurement_id = o.id AND w.revision = o.revision
WHERE o.id IS NULL OR {_state("v")} IS NOT {_state("w")}
ORDER BY m.measurement_uid"""  # noqa: S608 - our own text
_GONE = (
    "SELECT count(*) FROM old.measurements WHERE measurement_uid NOT IN"
    " (SELECT measurement_uid FROM main.measurements)"
)


def changed(path: Path, previous: Path) -> Iterator[tuple[str | int | None, ...]]:
    """The rows of SINCE."""
    with explained(path), closing(_both(path, previous)) as conn:
        yield from conn.execute(_CHANGED)


_EVENT = "SELECT url, asn, cc, kind, not_before, not_after, status, layer, mechanism"
_EVENTS = (
    f"SELECT count(*) FROM ({_EVENT} FROM main.changes_view"  # noqa: S608 - our own text
    f" EXCEPT {_EVENT} FROM old.changes_view)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How many."""

    new: int
    judged_otherwise: int
    gone: int
    events: int


def counts(path: Path, previous: Path) -> Changes:
    """How much changed; what is gone is in the previous snapshot and not in this one."""
    found = {"new": 0, "verdict": 0}
    for row in changed(path, previous):
        found[str(row[0])] += 1
    with explained(path), closing(_both(path, previous)) as conn:
        gone = int(conn.execute(_GONE).fetchone()[0])
        known = conn.execute("SELECT 1 FROM old.sqlite_schema WHERE name = 'changes_view'")
        events = int(conn.execute(_EVENTS).fetchone()[0]) if known.fetchone() else 0
    return Changes(new=found["new"], judged_otherwise=found["verdict"], gone=gone, events=events)


def _both(path: Path, previous: Path) -> sqlite3.Connection:
    uri = "{}?mode=ro&immutable=1"
    conn = sqlite3.connect(uri.format(path.absolute().as_uri()), uri=True, isolation_level=None)
    conn.execute("ATTACH ? AS old", (uri.format(previous.absolute().as_uri()),))
    return conn
