"""What can be asked of the store: filters in, plain rows out."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

_SELECT = """
SELECT m.measurement_uid, r.run_id, t.url AS input, m.measurement_start_time, m.test_runtime,
  v.status, v.layer, v.mechanism, v.trigger, v.confidence, s.value AS summary,
  n.asn AS probe_asn, cc.value AS probe_cc, m.category_code,
  (SELECT o.state FROM outbox o WHERE o.measurement_id = m.id ORDER BY
   instr('waiting sent rejected accepted duplicate withdrawn', o.state) LIMIT 1) AS upload,
  (SELECT o.last_answer FROM outbox o WHERE o.measurement_id = m.id AND o.state = 'rejected'
   ORDER BY o.collector_id LIMIT 1) AS upload_says
FROM measurements m
JOIN runs r ON r.id = m.run_id
JOIN targets t ON t.id = m.target_id
JOIN networks n ON n.id = m.probe_network_id
LEFT JOIN strings cc ON cc.id = n.cc_id
LEFT JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision
LEFT JOIN strings s ON s.id = v.summary_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which measurements; what is None does not restrict.

    `url`: a part of the URL. `since`, `until`: ISO 8601 UTC, or the beginning of one (2026-11).
    `run_id`: the whole of it or its beginning.
    """

    status: tuple[str, ...] = ()
    url: str | None = None
    exact_url: str | None = None
    run_id: str | None = None
    since: str | None = None
    until: str | None = None
    category: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One line of `results`. `upload` is one word for all collectors together: what is still to be
    done comes before what went wrong, and that before what is done. None: nobody is to get it.
    `upload_says`: why one of them rejected it."""

    measurement_uid: str
    run_id: str
    input: str
    measurement_start_time: str
    test_runtime: float
    status: str | None
    layer: str | None
    mechanism: str | None
    trigger: str | None
    confidence: float | None
    summary: str | None
    probe_asn: int | None
    probe_cc: str | None
    category_code: str | None
    upload: str | None = None
    upload_says: str | None = None


COLUMNS = tuple(field.name for field in fields(ResultRow))


def result_row(row: Sequence[Any]) -> ResultRow:
    """A row of `select_results`. Hostile documents may have put bytes where there should be text."""
    values = dict(zip(COLUMNS, row, strict=True))
    if isinstance(values["summary"], bytes):
        values["summary"] = values["summary"].decode(errors="replace")
    if isinstance(values["upload_says"], bytes):
        values["upload_says"] = values["upload_says"].decode(errors="replace")
    if isinstance(values["probe_cc"], bytes):
        values["probe_cc"] = None
    return ResultRow(**values)


def select_results(wanted: Filter) -> tuple[str, list[object]]:
    """The query for ResultRows, newest first, and its parameters."""
    where, values = conditions(wanted)
    limit = "" if wanted.limit is None else " LIMIT ?"
    values += [] if wanted.limit is None else [wanted.limit]
    return f"{_SELECT}{where} ORDER BY m.measurement_start_time DESC, m.id DESC{limit}", values


def select_uids(wanted: Filter) -> tuple[str, list[object]]:
    """The query for uids, oldest first, and its parameters."""
    where, values = conditions(wanted)
    limit = "" if wanted.limit is None else " LIMIT ?"
    values += [] if wanted.limit is None else [wanted.limit]
    tables = "SELECT m.measurement_uid, m.id FROM measurements m"
    return f"{tables}{where} ORDER BY m.measurement_start_time, m.id{limit}", values


def conditions(wanted: Filter) -> tuple[str, list[object]]:
    """WHERE, with its parameters, over `measurements m`; empty where nothing restricts."""
    parts: list[str] = []
    values: list[object] = []
    if wanted.status:
        parts.append(f"m.status IN ({', '.join('?' * len(wanted.status))})")
        values += wanted.status
    if wanted.category:
        parts.append(f"m.category_code IN ({', '.join('?' * len(wanted.category))})")
        values += wanted.category
    if wanted.url is not None:
        parts.append("m.target_id IN (SELECT id FROM targets WHERE instr(url, ?))")
        values.append(wanted.url)
    if wanted.exact_url is not None:
        parts.append("m.target_id = (SELECT id FROM targets WHERE url = ?)")
        values.append(wanted.exact_url)
    if wanted.run_id is not None:
        parts.append("m.run_id IN (SELECT id FROM runs WHERE run_id >= ? AND run_id < ?)")
        values += prefix_range(wanted.run_id)
    if wanted.since is not None:
        parts.append("m.measurement_start_time >= ?")
        values.append(wanted.since)
    if wanted.until is not None:
        parts.append("m.measurement_start_time < ?")
        values.append(wanted.until)
    return (" WHERE " + " AND ".join(parts) if parts else ""), values


def prefix_range(prefix: str) -> tuple[str, str]:
    """From, and before what, all texts lie that begin so."""
    return prefix, f"{prefix}\U0010ffff"
