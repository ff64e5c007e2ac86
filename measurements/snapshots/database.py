"""The database of a snapshot: the same rows give the same bytes, in whatever order they came.

A fresh file is filled in the order of uids, so that every number in it follows from the rows alone;
VACUUM INTO then writes it without a trace of how it was filled. Equal bytes need the same versions
of SQLite and zlib, which the manifest names; `logical_sha256` needs only the same rows.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.tables import BOOLEAN, STRING, Table
from measurements.store.connect import connect, explained
from measurements.store.store import Store

Cell = str | int | float | bool | None
Context = Callable[[sqlite3.Connection], object]  # adds legal events, finds targets' names

# Every table is in exactly one of these; a test looks. Saving a measurement fills FILLED.
FILLED = frozenset(
    {
        *("strings", "networks", "targets", "arms", "certificates", "chains", "bodies", "runs"),
        *("chain_certificates", "answer_sets", "dns_answers", "measurements", "packed"),
        *("findings", "verdicts", "evidence", "dns_queries", "tcp_connects", "tls_handshakes"),
        *("quic_handshakes", "http_transactions", "controls"),
    }
)
COPIED = (
    *("registry_copies", "registry_entries", "daily", "network_days", "mechanism_months"),
    *("states", "changes", "latest"),
)
MADE = frozenset({"legal_events", "legal_event_hosts", "target_names"})
# Somebody's own: a file with rows in one of these was not made to be published.
PRIVATE = {
    "outbox": "what it owes to collectors",
    "collectors": "the collectors that it knows",
    "senders": "who sent measurements",
    "received": "when measurements came, and from whom",
    "claims": "senders' own verdicts",
    "quarantine": "measurements in quarantine",
    "withdrawn": "what was withdrawn",
    "invites": "invites",
    "run_targets": "an unfinished run",
    "path_hops": "paths, which begin at home",
}
# The store's own counters, and what is to be rolled up again: nothing, in a file that is finished, but for the names
# of events that late data moved (analysis/told.py): feeds of a mirror have the ids of the site's.
INNER = frozenset({"deletions", "touched", "rollup_state"})
_BATCH = 200
_MINUTE = 15  # 2026-11-25T06:00:00Z: minutes begin here
_WHOLE_HOUR = ("00:00", "00:00Z")


def check_published(path: Path) -> None:
    """Raises SnapshotError where the file is not one that was made to be published."""
    with explained(path), closing(connect(path, read_only=True)) as conn:
        tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_schema")}
        for table, holds in PRIVATE.items():
            if (
                table in tables
                and conn.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]  # noqa: S608
            ):
                raise _refused(path, f"it holds {holds}")
        exact = conn.execute(
            "SELECT EXISTS (SELECT 1 FROM measurements"
            " WHERE substr(measurement_start_time, ?) NOT IN (?, ?))",
            (_MINUTE, *_WHOLE_HOUR),
        ).fetchone()[0]
        if exact:
            raise _refused(path, "its times are more exact than the hour")


def _refused(path: Path, why: str) -> SnapshotError:
    return SnapshotError(
        f"{path} is not a published file: {why}. A snapshot is made only from a file that was made"
        " to be published (docs/snapshots.md says how)."
    )


def fill(source: Path, draft: Path, target: Path, context: Context) -> None:
    """Write `target` with the rows of `source`; `draft` is used on the way and removed."""
    with Store.open(source, read_only=True) as old, Store.open(draft) as new:
        uids = _uids(source)
        while batch := list(islice(uids, _BATCH)):
            new.save_many([old.load(uid) for uid in batch])
    with explained(draft), closing(connect(draft, read_only=False)) as conn:
        conn.execute("ATTACH ? AS old", (f"{source.absolute().as_uri()}?mode=ro",))
        for table in COPIED:
            _copy(conn, table)
        conn.execute(
            "INSERT INTO rollup_state SELECT * FROM old.rollup_state WHERE name GLOB 'told *'"
        )
        conn.execute("DETACH old")
        context(conn)
        conn.execute("DELETE FROM touched")
        # when a step was made is nothing of the rows'
        conn.execute("UPDATE _sqlite_migrations SET applied_at = ''")
        conn.execute("PRAGMA journal_mode = DELETE")
        conn.execute("VACUUM INTO ?", (str(target),))
    draft.unlink()


def _uids(path: Path) -> Iterator[str]:
    """In their order, as they are asked for."""
    with explained(path), closing(connect(path, read_only=True)) as conn:
        for (uid,) in conn.execute("SELECT measurement_uid FROM measurements ORDER BY 1"):
            yield uid


# How a row of a dictionary in `old` is found again in `main`.
_SAME = {
    "targets": "SELECT m.id FROM targets m JOIN old.targets o ON o.url = m.url WHERE o.id = {}",
    "measurements": (
        "SELECT m.id FROM measurements m JOIN old.measurements o"
        " ON o.measurement_uid = m.measurement_uid WHERE o.id = {}"
    ),
    "strings": "SELECT m.id FROM strings m JOIN old.strings o ON o.value = m.value WHERE o.id = {}",
    "networks": (
        "SELECT m.id FROM networks m JOIN old.networks o ON o.asn IS m.asn"
        " LEFT JOIN strings mc ON mc.id = m.cc_id LEFT JOIN old.strings oc ON oc.id = o.cc_id"
        " LEFT JOIN strings mn ON mn.id = m.as_org_name_id"
        " LEFT JOIN old.strings oo ON oo.id = o.as_org_name_id"
        " WHERE o.id = {} AND mc.value IS oc.value AND mn.value IS oo.value"
    ),
}


def _copy(conn: sqlite3.Connection, table: str) -> None:
    """Rows that no measurement brings, with the numbers that things have in the new file."""
    if not conn.execute("SELECT 1 FROM old.sqlite_schema WHERE name = ?", (table,)).fetchone():
        return
    parents = {row[3]: row[2] for row in conn.execute(f"PRAGMA foreign_key_list({table})")}
    parents["measurement_id"] = "measurements"  # where a rollup names its witness
    names = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
    values = [
        f"({_SAME[parents[name]].format(f't.{name}')})" if name in parents else f"t.{name}"
        for name in names
    ]
    try:
        conn.execute(
            f"INSERT INTO main.{table} SELECT {', '.join(values)} FROM old.{table} t"  # noqa: S608
        )
    except sqlite3.IntegrityError as exc:
        raise SnapshotError(
            f"{table} speaks of something that no published measurement has: {exc}."
            " Make the published file anew."
        ) from exc


def logical_sha256(path: Path) -> str:
    """A hash of the schema and of every row, whatever version of SQLite wrote the file.

    Of each table, by name: its SQL, then Python's repr of each row, in the order of its key.
    """
    digest = hashlib.sha256()
    with explained(path), closing(_open(path)) as conn:
        for name, sql in conn.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name"
        ).fetchall():
            if name.startswith(("sqlite_", "_sqlite_")):
                continue
            digest.update(f"{sql}\n".encode())
            info = conn.execute("SELECT name, pk FROM pragma_table_info(?)", (name,)).fetchall()
            key = [_quoted(column) for column, pk in sorted(info, key=lambda row: row[1]) if pk]
            order = f"ORDER BY {', '.join(key)}" if key else ""
            for row in conn.execute(f"SELECT * FROM {_quoted(name)} {order}"):  # noqa: S608
                digest.update(repr(row).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _quoted(name: str) -> str:
    """A name of somebody else's file."""
    return '"' + name.replace('"', '""') + '"'


def rows(path: Path, table: Table) -> Iterator[tuple[Cell, ...]]:
    """A table's rows, in the types that its columns name."""
    kinds = [column.type for column in table.columns]
    with explained(path), closing(_open(path)) as conn:
        for row in conn.execute(table.sql):
            yield tuple(map(_typed, row, kinds))


def pairs(path: Path, sql: str) -> Iterator[tuple[object, object]]:
    """Rows of two columns."""
    with explained(path), closing(_open(path)) as conn:
        yield from conn.execute(sql)


def count(path: Path, sql: str) -> int:
    """One number."""
    with explained(path), closing(_open(path)) as conn:
        return int(conn.execute(sql).fetchone()[0])


def _open(path: Path) -> sqlite3.Connection:
    """Immutable: nothing is written beside it, and it may lie on a read-only disk."""
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    conn = sqlite3.connect(uri, uri=True, isolation_level=None)
    conn.execute("PRAGMA trusted_schema = OFF")  # it may be a stranger's
    conn.text_factory = _text  # joined texts may hold halves of surrogate pairs
    return conn


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")


def _typed(value: object, kind: str) -> Cell:
    if value is None:
        return None
    if kind == STRING:
        return _text(value) if isinstance(value, bytes) else str(value)
    if kind == BOOLEAN:
        return bool(value)
    assert isinstance(value, int | float)
    return value
