"""The legal events that ship with us (data/legal_events.json), into a database."""

import json
import sqlite3
from importlib.resources import files

from measurements.exchange.hosts import names_of
from measurements.store.context import LegalEvent, link_targets, put_events


def events() -> list[LegalEvent]:
    """All of them, by date."""
    path = files("measurements.exchange").joinpath("data/legal_events.json")
    rows = json.loads(path.read_text("utf-8"))["events"]
    found = [
        LegalEvent(
            title=row["title"]["en"],
            title_ru=row["title"]["ru"],
            title_kk=row["title"]["kk"],
            hosts=tuple(row["hosts"]),
            sources=tuple(row["sources"]),
            **{
                key: row[key]
                for key in (
                    *("id", "cc", "kind", "date", "until", "precision", "also_dated"),
                    *("confirmed", "says", "category"),
                )
            },
        )
        for row in rows
    ]
    return sorted(found, key=lambda event: (event.date, event.id))


def load(conn: sqlite3.Connection) -> int:
    """Put them into an open database, and find the targets that they concern; how many events."""
    found = events()
    put_events(conn, found)
    link_targets(conn, names_of)
    return len(found)
