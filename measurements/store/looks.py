"""The looks of one run, and the last telling one before it of each of its targets and networks."""

from dataclasses import dataclass

from measurements.store.query import prefix_range
from measurements.store.store import Store

_COLUMNS = """m.measurement_uid, t.url, m.measurement_start_time, n.asn, v.status, v.layer, v.mechanism,
  v.confidence"""
_TABLES = """FROM measurements m JOIN runs r ON r.id = m.run_id JOIN targets t ON t.id = m.target_id
  JOIN networks n ON n.id = m.probe_network_id
  LEFT JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision"""
_RUN = (
    "SELECT id, run_id, source FROM runs WHERE run_id >= ? AND run_id < ? ORDER BY id DESC LIMIT 1"
)
_LAST = "SELECT id, run_id, source FROM runs WHERE source <> 'import' ORDER BY id DESC LIMIT 1"
_OF_RUN = f"SELECT {_COLUMNS} {_TABLES} WHERE m.run_id = ?"
# The newest is looked up target by target: a year of others' rows is not read for it.
_BEFORE = f"""
WITH mine AS (
  SELECT m.target_id, n.asn, min(m.measurement_start_time) AS began FROM measurements m
  JOIN networks n ON n.id = m.probe_network_id WHERE m.run_id = ?1 AND n.asn > 0 GROUP BY 1, 2)
SELECT {_COLUMNS} FROM mine JOIN measurements m ON m.id = (
  SELECT e.id FROM measurements e JOIN networks x ON x.id = e.probe_network_id
  JOIN runs q ON q.id = e.run_id
  JOIN verdicts w ON w.measurement_id = e.id AND w.revision = e.revision
  WHERE e.target_id = mine.target_id AND e.measurement_start_time < mine.began AND x.asn = mine.asn
    AND e.run_id <> ?1 AND q.source = ?2 AND w.confidence > 0.5
    AND w.status IN ('accessible', 'blocked', 'throttled')
  ORDER BY e.measurement_start_time DESC LIMIT 1)
JOIN targets t ON t.id = m.target_id JOIN networks n ON n.id = m.probe_network_id
JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision
"""  # noqa: S608 - columns of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRow:
    """As measurements.analysis.compare_runs.Look."""

    measurement_uid: str
    input: str
    at: str
    asn: int | None
    status: str | None
    layer: str | None
    mechanism: str | None
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """A run's, and those before it."""

    run_id: str
    now: tuple[LookRow, ...]
    before: tuple[LookRow, ...]


def looks(store: Store, run_id: str | None = None) -> Looks | None:
    """Of the run whose id begins so, or of the last one; None where there is none."""
    with store.reading() as conn:
        asked = (_LAST, ()) if run_id is None else (_RUN, prefix_range(run_id))
        found = conn.execute(*asked).fetchone()
        if found is None:
            return None
        key, name, source = found
        now = conn.execute(_OF_RUN, (key,)).fetchall()
        before = conn.execute(_BEFORE, (key, source)).fetchall()
    return Looks(run_id=name, now=tuple(map(_row, now)), before=tuple(map(_row, before)))


def _row(row: tuple[str, str, str, int, str, str, str, float]) -> LookRow:
    uid, url, at, asn, status, layer, mechanism, confidence = row
    return LookRow(
        measurement_uid=uid,
        input=url,
        at=at,
        asn=asn,
        status=status,
        layer=layer,
        mechanism=mechanism,
        confidence=confidence,
    )
