"""Throwing out measurements that are old, a few at a time, and keeping what is still owed."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from measurements.store.connect import copy_before_update
from measurements.store.errors import StoreError
from measurements.store.store import Store
from measurements.store.tidy import tidy
from measurements.store.writing import count_deletion, delete

AT_ONCE = 50  # in one transaction: a run that goes on waits no longer for its turn to write

# Where the finding is another than that of the measurement before it (same site, same network); the
# first of each site and network too.
_CHANGED = """SELECT id FROM (SELECT m.id, m.measurement_start_time AS at,
    coalesce(v.status, '') || '/' || coalesce(v.layer, '') || '/' || coalesce(v.mechanism, '') AS now,
    lag(coalesce(v.status, '') || '/' || coalesce(v.layer, '') || '/' || coalesce(v.mechanism, ''))
      OVER (PARTITION BY m.target_id, m.probe_network_id ORDER BY m.measurement_start_time, m.id)
      AS before
    FROM measurements m
    LEFT JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision)
    WHERE before IS NULL OR before <> now"""
_PASSES = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR}
)
_OWED = "SELECT measurement_id FROM outbox WHERE state IN ('waiting', 'sent')"
_AWAY = "SELECT measurement_id FROM outbox WHERE state IN ('sent', 'accepted', 'duplicate')"
_OLD = "SELECT id FROM measurements WHERE measurement_start_time < ?"
# A run that was interrupted still has its targets: it may go on.
_RUNS = """DELETE FROM runs WHERE started_at < ? AND started_at <> ''
    AND id NOT IN (SELECT run_id FROM measurements) AND id NOT IN (SELECT run_id FROM run_targets)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is measured before `before` (ISO 8601, UTC) goes, but for what is kept."""

    before: str
    keep_changed: bool = False
    even_unsent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many would go and stay. `away`: of those that go, what a collector has; without the
    secret that goes with it nobody can have it deleted there."""

    gone: int
    owed: int
    changed: int
    away: int
    left: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """`full` : the file could not be made smaller, and why."""

    gone: int
    bytes_before: int
    bytes_after: int
    full: str | None = None


def plan(store: Store, terms: Terms) -> Plan:
    """What `prune` would do; nothing is changed."""
    with store.reading() as conn:
        going, owed, changed = _going(conn, terms)
        away = {key for (key,) in conn.execute(_AWAY)}
        total = conn.execute("SELECT count(*) FROM measurements").fetchone()[0]
    return Plan(
        gone=len(going),
        owed=owed,
        changed=changed,
        away=len(away & set(going)),
        left=total - len(going),
        bytes=_size(store),
    )


def prune(store: Store, terms: Terms, *, told: Callable[[int], None] = lambda _: None) -> Pruned:
    """Delete, then give the place back to the disk. Whatever ends it half-way, what is done is done
    and the next one goes on. `told` how many are gone. Raises StoreError."""
    before, gone = _size(store), 0
    with store.reading() as conn:
        going = _going(conn, terms)[0]
    for start in range(0, len(going), AT_ONCE):
        gone += _delete(store, going[start : start + AT_ONCE], terms)
        told(gone)
    with store.writing() as conn:
        conn.execute(_RUNS, (terms.before,))
        count_deletion(conn)
    if gone:  # they are in the copy of before the last update too, which has done its work by now
        with suppress(OSError):
            copy_before_update(store.path).unlink()
    full = None
    try:
        tidy(store)
    except StoreError as exc:  # VACUUM writes the file anew: it takes its size once more
        if not _for_now(exc):
            raise
        full = str(exc)
    return Pruned(gone=gone, bytes_before=before, bytes_after=_size(store), full=full)


def _for_now(exc: StoreError) -> bool:
    """Want of room, or somebody else at work; a damaged file is neither."""
    code = getattr(exc.__cause__, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _PASSES


def _going(conn: sqlite3.Connection, terms: Terms) -> tuple[list[int], int, int]:
    """Which go; how many old ones are kept as they are owed, and as something changed."""
    old = [key for (key,) in conn.execute(f"{_OLD} ORDER BY id", (terms.before,))]
    owed = set() if terms.even_unsent else {key for (key,) in conn.execute(_OWED)}
    changed = {key for (key,) in conn.execute(_CHANGED)} if terms.keep_changed else set()
    going = [key for key in old if key not in owed and key not in changed]
    kept = set(old) & owed
    return going, len(kept), len((set(old) & changed) - kept)


def _delete(store: Store, keys: list[int], terms: Terms) -> int:
    """Those of them that are still there, and still owed to nobody."""
    unowed = "" if terms.even_unsent else f" AND id NOT IN ({_OWED} AND measurement_id = ?1)"
    sql = f"SELECT 1 FROM measurements WHERE id = ?1 AND measurement_start_time < ?2{unowed}"  # noqa: S608 - ours
    gone = 0
    with store.writing() as conn:
        freed = False
        for key in keys:
            if conn.execute(sql, (key, terms.before)).fetchone() is not None:
                freed = delete(conn, key) or freed
                gone += 1
        if freed:
            store.forget_parts()
    return gone


def _size(store: Store) -> int:
    """With the log beside it."""
    log = store.path.with_name(f"{store.path.name}-wal")
    return store.path.stat().st_size + (log.stat().st_size if log.exists() else 0)
