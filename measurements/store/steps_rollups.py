"""What the site reads instead of counting. Versions 3 and 5."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

# What the site reads instead of counting (measurements/analysis/rollup.py; design/0011). `touched` is which
# (network, day) something happened in, the newest `seq` last: what is made from measurements is made anew for
# these only. It is kept by triggers, so that nobody who writes can forget it.
_TOUCH = """INSERT INTO touched (network_id, day, seq)
    VALUES ({row}.probe_network_id, substr({row}.measurement_start_time, 1, 10),
        (SELECT ifnull(max(seq), 0) + 1 FROM touched))
    ON CONFLICT (network_id, day) DO UPDATE SET seq = excluded.seq"""
_TOUCH_BY_KEY = """INSERT INTO touched (network_id, day, seq)
    SELECT probe_network_id, substr(measurement_start_time, 1, 10),
        (SELECT ifnull(max(seq), 0) + 1 FROM touched)
    FROM measurements WHERE id = new.measurement_id
    ON CONFLICT (network_id, day) DO UPDATE SET seq = excluded.seq"""
_HOW = "status TEXT, layer TEXT, mechanism TEXT"
_CELL = """target_id INTEGER NOT NULL REFERENCES targets(id),
        network_id INTEGER NOT NULL REFERENCES networks(id)"""
_STATUSES = """accessible INTEGER NOT NULL, blocked INTEGER NOT NULL, throttled INTEGER NOT NULL,
        server_side INTEGER NOT NULL, down INTEGER NOT NULL, inconclusive INTEGER NOT NULL"""
_ROLLUPS = (
    "DROP INDEX measurements_by_network",
    "CREATE INDEX measurements_by_network ON measurements (probe_network_id, target_id)",
    "CREATE INDEX daily_by_target ON daily (target_id, network_id, day)",
    "CREATE INDEX received_by_day ON received (day)",
    """CREATE TABLE touched (network_id INTEGER NOT NULL, day TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (network_id, day)) STRICT, WITHOUT ROWID""",
    "CREATE UNIQUE INDEX touched_by_seq ON touched (seq)",
    f"CREATE TRIGGER touched_by_insert AFTER INSERT ON measurements BEGIN {_TOUCH.format(row='new')}; END",
    f"CREATE TRIGGER touched_by_delete AFTER DELETE ON measurements BEGIN {_TOUCH.format(row='old')}; END",
    "CREATE TRIGGER touched_by_verdict AFTER UPDATE OF status, revision ON measurements"
    f" BEGIN {_TOUCH.format(row='new')}; END",
    f"CREATE TRIGGER touched_by_quarantine AFTER INSERT ON quarantine BEGIN {_TOUCH_BY_KEY}; END",
    "CREATE TRIGGER touched_by_release AFTER UPDATE OF released_by ON quarantine"
    f" BEGIN {_TOUCH_BY_KEY}; END",
    """INSERT INTO touched SELECT network_id, day, row_number() OVER (ORDER BY day, network_id) FROM
        (SELECT DISTINCT probe_network_id AS network_id, substr(measurement_start_time, 1, 10) AS day
        FROM measurements)""",
    # up to which `seq` (and of a collector's file: day) it was read
    "CREATE TABLE rollup_state (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID",
    # `senders` is null where it is not known, or may not be told
    f"""CREATE TABLE network_days (network_id INTEGER NOT NULL REFERENCES networks(id),
        day TEXT NOT NULL, n INTEGER NOT NULL, targets INTEGER NOT NULL, {_STATUSES},
        senders INTEGER, PRIMARY KEY (network_id, day)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX network_days_by_day ON network_days (day)",
    """CREATE TABLE mechanism_months (month TEXT NOT NULL,
        network_id INTEGER NOT NULL REFERENCES networks(id), status TEXT NOT NULL,
        layer TEXT NOT NULL, mechanism TEXT NOT NULL, n INTEGER NOT NULL, targets INTEGER NOT NULL,
        PRIMARY KEY (layer, mechanism, status, month, network_id)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX mechanism_months_by_network ON mechanism_months (network_id, month)",
    # times in one state (`state` open, mixed, interfered), by votes: analysis/changes.py says what that is
    f"""CREATE TABLE states ({_CELL}, position INTEGER NOT NULL, state TEXT NOT NULL, {_HOW},
        since TEXT NOT NULL, until TEXT NOT NULL, votes INTEGER NOT NULL, agree INTEGER NOT NULL,
        senders INTEGER, PRIMARY KEY (target_id, network_id, position)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX states_by_network ON states (network_id, since)",
    f"""CREATE TABLE changes ({_CELL}, position INTEGER NOT NULL, kind TEXT NOT NULL,
        not_before TEXT NOT NULL, not_after TEXT NOT NULL, state TEXT NOT NULL, {_HOW},
        status_before TEXT, layer_before TEXT, mechanism_before TEXT,
        votes_before INTEGER NOT NULL, agree_before INTEGER NOT NULL, votes_after INTEGER NOT NULL,
        agree_after INTEGER NOT NULL, senders INTEGER, confidence REAL NOT NULL,
        PRIMARY KEY (target_id, network_id, position)) STRICT, WITHOUT ROWID""",
    "CREATE INDEX changes_by_time ON changes (not_after)",
    "CREATE INDEX changes_by_network ON changes (network_id, not_after)",
    # `state` is null where too little was seen. The measurement is the newest that shows the state.
    f"""CREATE TABLE latest ({_CELL}, state TEXT, {_HOW}, not_before TEXT, since TEXT, seen TEXT,
        votes INTEGER NOT NULL, agree INTEGER NOT NULL, senders INTEGER, last_status TEXT,
        first_measured TEXT NOT NULL, last_measured TEXT NOT NULL, n INTEGER NOT NULL, {_STATUSES},
        measurement_id INTEGER NOT NULL, PRIMARY KEY (target_id, network_id)) STRICT,
        WITHOUT ROWID""",
    "CREATE INDEX latest_by_network ON latest (network_id, state)",
    "CREATE INDEX latest_by_mechanism ON latest (state, layer, mechanism)",
)


def rollups(db: "Database") -> None:
    """What the site reads, and what must be counted again for it."""
    for statement in _ROLLUPS:
        db.conn.execute(statement)


_BY_HOW = (
    # Counting by layer and mechanism need not read all verdicts (datasette/plugins/quick_facets.py).
    """CREATE INDEX verdicts_by_how ON verdicts (layer, mechanism, measurement_id, revision)
        WHERE layer IS NOT NULL OR mechanism IS NOT NULL""",
    "DROP INDEX measurements_by_network",
    """CREATE INDEX measurements_by_network
        ON measurements (probe_network_id, target_id, status)""",
)


def by_how(db: "Database") -> None:
    """Version 5: the few verdicts that say how; a network's statuses."""
    for statement in _BY_HOW:
        db.conn.execute(statement)
