"""What the context around measurements is kept in: legal events, registries. Version 3."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

# What happened around the measurements. Beside them, never their cause. Events and entries name hosts,
# targets are URLs: `target_names` holds the names under which a target may be listed, its own host
# (without www.) and the parents of that up to the registrable domain.
_CONTEXT = (
    "DROP TABLE legal_events",  # nothing ever wrote to these two
    "DROP TABLE registry_entries",
    """CREATE TABLE legal_events (id TEXT NOT NULL PRIMARY KEY, cc TEXT NOT NULL, kind TEXT NOT NULL,
        date TEXT NOT NULL, until TEXT, precision TEXT NOT NULL, also_dated TEXT,
        confirmed INTEGER NOT NULL, title TEXT NOT NULL, title_ru TEXT, title_kk TEXT,
        says TEXT NOT NULL, category_code TEXT, sources TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE legal_event_hosts (event_id TEXT NOT NULL REFERENCES legal_events(id),
        host TEXT NOT NULL, PRIMARY KEY (event_id, host)) STRICT, WITHOUT ROWID""",
    # `listed_from` and `last_seen`: the first and the last copy that has it; `listed_until`: the
    # first whole copy after that, which has not.
    """CREATE TABLE registry_entries (source TEXT NOT NULL, entry TEXT NOT NULL, cc TEXT NOT NULL,
        host TEXT NOT NULL, name TEXT, url TEXT, category TEXT, court TEXT, decided_on TEXT,
        document TEXT, listed_from TEXT NOT NULL, last_seen TEXT NOT NULL, listed_until TEXT,
        PRIMARY KEY (source, entry)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX registry_entries_by_host ON registry_entries (host)",
    """CREATE TABLE registry_copies (source TEXT NOT NULL, date TEXT NOT NULL,
        is_whole INTEGER NOT NULL, PRIMARY KEY (source, date)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE target_names (target_id INTEGER NOT NULL REFERENCES targets(id),
        name TEXT NOT NULL, relation TEXT NOT NULL CHECK (relation IN ('host', 'parent')),
        PRIMARY KEY (target_id, name)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX target_names_by_name ON target_names (name)",
)


def context(db: "Database") -> None:
    """Legal events, a registry's entries, and the names by which targets are found in them."""
    for statement in _CONTEXT:
        db.conn.execute(statement)
