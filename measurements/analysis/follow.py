"""Which lines (target, network) this connection touches, while it writes: so that only these are made anew.

`touched` in the file says (network, day): all targets of a day would have to be looked at. In a process that writes and
then rolls up, triggers of its own note the target too, in tables that nobody else sees and that are undone with
what was written. Each change makes the newest `seq` of `touched` one larger: if it has grown by as many as were
noted, nobody else wrote in between and nothing had been left over; otherwise nothing is taken from here.
"""

import sqlite3

_NOTE = (
    "INSERT INTO followed SELECT m.probe_network_id, substr(m.measurement_start_time, 1, 10), m.target_id"
    " FROM measurements m WHERE m.id = {key} ON CONFLICT DO NOTHING"
)
_NOTE_ROW = (
    "INSERT INTO followed VALUES ({row}.probe_network_id,"
    " substr({row}.measurement_start_time, 1, 10), {row}.target_id) ON CONFLICT DO NOTHING"
)
# as steps_rollups.py has them: the same events
_EVENTS = {
    "insert": ("AFTER INSERT ON main.measurements", _NOTE_ROW.format(row="new")),
    "delete": ("AFTER DELETE ON main.measurements", _NOTE_ROW.format(row="old")),
    "verdict": (
        "AFTER UPDATE OF status, revision ON main.measurements",
        _NOTE_ROW.format(row="new"),
    ),
    "quarantine": (
        "AFTER INSERT ON main.quarantine",
        _NOTE.format(key="new.measurement_id"),
    ),
    "release": (
        "AFTER UPDATE OF released_by ON main.quarantine",
        _NOTE.format(key="new.measurement_id"),
    ),
}
_NEWEST = "SELECT ifnull(max(seq), 0) FROM touched"
_LEFT = "SELECT EXISTS (SELECT 1 FROM touched WHERE seq > ?)"
_HERE = "SELECT EXISTS (SELECT 1 FROM sqlite_temp_schema WHERE name = 'followed')"
Touched = tuple[int, str, int]  # network, day, target


def begin(conn: sqlite3.Connection) -> None:
    """From now on, in this connection; outside a transaction."""
    if conn.execute(_HERE).fetchone()[0]:
        return
    conn.execute(
        "CREATE TEMP TABLE followed (network_id INTEGER, day TEXT, target_id INTEGER,"
        " PRIMARY KEY (network_id, day, target_id)) WITHOUT ROWID"
    )
    conn.execute("CREATE TEMP TABLE followed_since (seq INTEGER, events INTEGER)")
    rolled = conn.execute("SELECT value FROM rollup_state WHERE name = 'rolled'").fetchone()
    left = conn.execute(_LEFT, (rolled[0] if rolled else 0,)).fetchone()[0]
    since = -1 if left else conn.execute(_NEWEST).fetchone()[0]  # what was left over is not known
    conn.execute("INSERT INTO followed_since VALUES (?, 0)", (since,))
    for name, (event, note) in _EVENTS.items():
        conn.execute(
            f"CREATE TEMP TRIGGER followed_by_{name} {event}"  # noqa: S608 - our own text
            f" BEGIN {note}; UPDATE followed_since SET events = events + 1; END"
        )


def touched(conn: sqlite3.Connection) -> list[Touched] | None:
    """Every line that was touched since the last rollup, by day; None where that is not known for sure."""
    if not conn.execute(_HERE).fetchone()[0]:
        return None
    since, events = conn.execute("SELECT seq, events FROM followed_since").fetchone()
    if since < 0 or conn.execute(_NEWEST).fetchone()[0] != since + events:
        return None
    return conn.execute("SELECT network_id, day, target_id FROM followed").fetchall()


def rolled_up(conn: sqlite3.Connection) -> None:
    """All that was touched is rolled up: what is noted from now on is all."""
    if conn.execute(_HERE).fetchone()[0]:
        conn.execute("DELETE FROM followed")
        newest = conn.execute(_NEWEST).fetchone()[0]
        conn.execute("UPDATE followed_since SET seq = ?, events = 0", (newest,))
