"""Legal events and registry entries in the database; whoever calls opens the file."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from measurements.store.connect import transaction
from measurements.store.errors import StoreError

Names = Callable[[str], Iterable[tuple[str, str]]]  # URL -> (name, relation) of a target


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEvent:
    """A dated event; what may be null is not known. `date` is as precise as `precision` says."""

    id: str
    cc: str
    kind: str
    date: str
    until: str | None
    precision: str
    also_dated: str | None
    confirmed: bool
    title: str
    title_ru: str | None
    title_kk: str | None
    says: str
    category: str | None
    hosts: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryEntry:
    """What a registry says of one site. Days are ISO 8601."""

    entry: str
    host: str
    name: str | None = None
    url: str | None = None
    category: str | None = None
    court: str | None = None
    decided_on: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How the import of a registry's copy went."""

    new: int
    changed: int
    known: int
    vanished: int


def put_events(conn: sqlite3.Connection, events: Sequence[LegalEvent]) -> None:
    """These events and no others."""
    with transaction(conn):
        conn.execute("DELETE FROM legal_event_hosts")
        conn.execute("DELETE FROM legal_events")
        for e in sorted(events, key=lambda event: event.id):
            conn.execute(
                "INSERT INTO legal_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(e.id, e.cc, e.kind, e.date, e.until, e.precision, e.also_dated, e.confirmed),
                    *(e.title, e.title_ru, e.title_kk, e.says, e.category),
                    json.dumps(e.sources, ensure_ascii=False),
                ),
            )
            conn.executemany(
                "INSERT INTO legal_event_hosts VALUES (?, ?)", [(e.id, h) for h in e.hosts]
            )


_SEEN = (
    "listed_from = min(listed_from, :date), last_seen = max(last_seen, :date)"
    " WHERE source = :source AND entry = :entry"
)
_INSERT = (
    "INSERT INTO registry_entries VALUES (:source, :entry, :cc, :host, :name, :url, :category,"
    " :court, :decided_on, :document, :date, :date, NULL)"
)
_UPDATE = f"""UPDATE registry_entries SET host = :host, name = :name, url = :url,
    category = :category, court = :court, decided_on = :decided_on, document = :document,
    {_SEEN}"""  # noqa: S608 - our own text
_SELECT = (
    "SELECT host, name, url, category, court, decided_on, document, last_seen"
    " FROM registry_entries WHERE source = ? AND entry = ?"
)


def put_entries(
    conn: sqlite3.Connection,
    entries: Iterable[RegistryEntry],
    *,
    source: str,
    cc: str,
    date: str,
    whole: bool,
) -> Copied:
    """A copy of the registry as of `date`, in one transaction.

    Only a whole copy shows that something vanished. The order in which copies come does not matter.
    """
    with transaction(conn):
        counts = {"new": 0, "changed": 0, "known": 0}
        count = "SELECT count(*), count(listed_until) FROM registry_entries WHERE source = ?"
        total, before = conn.execute(count, (source,)).fetchone()
        for e in entries:
            counts[_put_entry(conn, e, source=source, cc=cc, date=date)] += 1
        seen = sum(counts.values())
        if whole and seen * 2 < total - before:
            raise StoreError(
                f"this copy has {seen} entries, and {total - before} are known: it does not look"
                " whole. Nothing was changed. Import it as a part, or look at the file."
            )
        conn.execute(
            "INSERT INTO registry_copies VALUES (?, ?, ?) ON CONFLICT"
            " DO UPDATE SET is_whole = max(is_whole, excluded.is_whole)",
            (source, date, whole),
        )
        conn.execute(
            "UPDATE registry_entries SET listed_until = (SELECT min(c.date) FROM registry_copies c"
            " WHERE c.source = registry_entries.source AND c.is_whole"
            " AND c.date > registry_entries.last_seen) WHERE source = ?",
            (source,),
        )
        after = conn.execute(count, (source,)).fetchone()[1]
    return Copied(**counts, vanished=max(0, after - before))


def _put_entry(
    conn: sqlite3.Connection, e: RegistryEntry, *, source: str, cc: str, date: str
) -> str:
    row = {
        "source": source,
        "cc": cc,
        "date": date,
        "entry": e.entry,
        "host": e.host,
        "name": e.name,
        "url": e.url,
        "category": e.category,
        "court": e.court,
        "decided_on": e.decided_on,
        "document": e.document,
    }
    known = conn.execute(_SELECT, (source, e.entry)).fetchone()
    if known is None:
        conn.execute(_INSERT, row)
        return "new"
    told = (e.host, e.name, e.url, e.category, e.court, e.decided_on, e.document)
    if tuple(known[:-1]) == told or date < known[-1]:  # an older copy says nothing about today
        conn.execute(f"UPDATE registry_entries SET {_SEEN}", row)  # noqa: S608 - our own text
        return "known"
    conn.execute(_UPDATE, row)
    return "changed"


def link_targets(conn: sqlite3.Connection, names: Names) -> int:
    """Note the names of targets that have none yet; how many targets."""
    missing = (
        "SELECT id, url FROM targets WHERE id NOT IN (SELECT target_id FROM target_names)"
        " ORDER BY id"
    )
    with transaction(conn):
        rows = conn.execute(missing).fetchall()
        for number, url in rows:
            conn.executemany(
                "INSERT INTO target_names VALUES (?, ?, ?)",
                [(number, name, relation) for name, relation in names(url)],
            )
    return len(rows)
