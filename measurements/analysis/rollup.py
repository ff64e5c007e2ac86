"""The tables that the site reads instead of counting: made anew for what was touched, in one transaction.

`touched` (kept by triggers) says in which (network, day) something changed since last time. Of these, the
counts are made anew whole; of the (target, network) in them, the line of states: of those that were touched, where
that is known (follow.py), else of all. So running it twice
changes nothing, and its cost is that of what is new. Where most cells were touched, everything is counted
at once; also where it was made by other rules (VERSION) or for another k.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from measurements.analysis import follow
from measurements.analysis.changes import Line, line
from measurements.analysis.told import When, kept, month, names, place
from measurements.analysis.votes import How, Seen
from measurements.store.store import Store

Cell = tuple[int, str]  # network, day
Pair = tuple[int, int]  # target, network
Tokens = Callable[[sqlite3.Connection, Pair], Mapping[int, int | None]]
VERSION = 5  # of what is counted here and of changes.py: files made by another are made anew
MOST = 0.5  # the share of cells beyond which counting everything is quicker
STATUSES = ("accessible", "blocked", "throttled", "server_side", "down", "inconclusive")
_SUMS = ", ".join(f"sum(m.status IS '{status}')" for status in STATUSES)
_DAY = "substr(m.measurement_start_time, 1, 10)"
# by time: the index by network has no time, and a network all times
_WHERE = (
    "m.measurement_start_time >= :time AND m.measurement_start_time < :time || '~'"
    " AND +m.probe_network_id IN ({networks})"
)
_DAILY = (
    f"INSERT INTO daily SELECT {_DAY}, m.target_id, m.probe_network_id, count(*), {_SUMS}"  # noqa: S608
    " FROM visible_measurements m {where} GROUP BY 1, 2, 3"
)
_NETWORK_DAYS = (
    "INSERT INTO network_days SELECT network_id, day, sum(n), count(*), sum(accessible),"
    " sum(blocked), sum(throttled), sum(server_side), sum(down), sum(inconclusive), NULL"
    " FROM daily {where} GROUP BY network_id, day"
)
_MONTHS = (
    "INSERT INTO mechanism_months SELECT substr(m.measurement_start_time, 1, 7), m.probe_network_id,"
    " v.status, v.layer, v.mechanism, count(*), count(DISTINCT m.target_id)"
    " FROM visible_measurements m JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision"
    " WHERE v.layer IS NOT NULL AND v.mechanism IS NOT NULL AND v.status IN ('blocked', 'throttled')"
    " {where} GROUP BY 1, 2, 3, 4, 5"
)
_VERDICTS = (
    "SELECT m.id, substr(m.measurement_start_time, 1, 13), m.status, v.layer, v.mechanism,"
    " v.confidence FROM visible_measurements m LEFT JOIN verdicts v ON v.measurement_id = m.id"
    " AND v.revision = m.revision WHERE m.probe_network_id = :network AND m.target_id = :target"
    " ORDER BY m.measurement_start_time, m.id"
)
_EVENTS = (
    "SELECT kind, not_before, not_after FROM changes"
    " WHERE target_id = :target AND network_id = :network ORDER BY position"
)
_NATURAL = (
    "SELECT t.url, n.asn, cc.value, org.value FROM targets t, networks n"
    " LEFT JOIN strings cc ON cc.id = n.cc_id LEFT JOIN strings org ON org.id = n.as_org_name_id"
    " WHERE t.id = ? AND n.id = ?"
)
_SENDERS = (
    "SELECT r.measurement_id, r.sender_id FROM measurements m JOIN received r"
    " ON r.measurement_id = m.id WHERE m.probe_network_id = :network AND m.target_id = :target"
)
_Found = tuple[int, str, str | None, str | None, str | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """How many cells (network, day) and lines (target, network) were made anew."""

    cells: int
    lines: int


def refresh(store: Store, *, k: int = 1) -> Refreshed:
    """Bring the rollups of a file up to date. Raises StoreError.

    `k`: so many distinct senders for a change. Senders are the file's own; a volunteer's has none.
    A published file's are left as they are: only its publisher knows who sent what.
    """
    with store.writing() as conn:
        if conn.execute("SELECT 1 FROM rollup_state WHERE name = 'terms'").fetchone():
            return Refreshed(cells=0, lines=0)
        return refresh_in(conn, k=k)


def refresh_in(conn: sqlite3.Connection, *, k: int = 1, tokens: Tokens | None = None) -> Refreshed:
    """The same inside the caller's transaction. `tokens`: who sent what, where the file does not know."""
    state = dict(conn.execute("SELECT name, value FROM rollup_state").fetchall())
    found = conn.execute(
        "SELECT network_id, day, seq FROM touched WHERE seq > ? ORDER BY seq",
        (state.get("rolled", 0),),
    ).fetchall()
    made = f"{VERSION} k={k}"
    anew = "rolled" in state and state.get("made") != made
    if not found and not anew:
        return Refreshed(cells=0, lines=0)
    cells = {(network, day) for network, day, _ in found}
    known = conn.execute("SELECT count(*) FROM network_days").fetchone()[0]
    whole = anew or len(cells) > MOST * known
    pairs = _everything(conn, cells) if whole else _some(conn, cells)
    known_lines = None if anew else follow.touched(conn)
    if known_lines is not None:
        pairs &= {(target, network) for network, _, target in known_lines}
    for pair in sorted(pairs):
        _line(conn, pair, k, (tokens or _own_tokens)(conn, pair))
    last = found[-1][2] if found else state["rolled"]
    states = (("rolled", last), ("made", made))
    conn.executemany("INSERT OR REPLACE INTO rollup_state VALUES (?, ?)", states)
    follow.rolled_up(conn)
    return Refreshed(cells=len(cells), lines=len(pairs))


def _everything(conn: sqlite3.Connection, cells: set[Cell]) -> set[Pair]:
    pairs = _pairs(conn, "SELECT target_id, network_id FROM latest", {})
    told = conn.execute(
        "SELECT senders, network_id, day FROM network_days WHERE senders IS NOT NULL"
    ).fetchall()
    for table in ("daily", "network_days", "mechanism_months"):
        conn.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    conn.execute(_DAILY.format(where=""))
    conn.execute(_NETWORK_DAYS.format(where=""))
    conn.execute(_MONTHS.format(where=""))
    conn.executemany(  # who counted them did so for what has not changed, too
        "UPDATE network_days SET senders = ? WHERE network_id = ? AND day = ?",
        [row for row in told if row[1:] not in cells],
    )
    return pairs | _pairs(conn, "SELECT DISTINCT target_id, network_id FROM daily", {})


def _some(conn: sqlite3.Connection, cells: Iterable[Cell]) -> set[Pair]:
    pairs: set[Pair] = set()
    days: dict[str, set[int]] = defaultdict(set)
    months: dict[str, set[int]] = defaultdict(set)
    for network, day in cells:
        days[day].add(network)
        months[day[:7]].add(network)
    for day, networks in days.items():
        ids = ",".join(str(number) for number in sorted(networks))  # integers of our own
        values = {"time": day}
        here = f"WHERE day = :time AND network_id IN ({ids})"
        old = f"SELECT target_id, network_id FROM daily {here}"  # noqa: S608 - our own text
        pairs |= _pairs(conn, old, values)
        conn.execute(f"DELETE FROM daily {here}", values)  # noqa: S608
        conn.execute(f"DELETE FROM network_days {here}", values)  # noqa: S608
        conn.execute(_DAILY.format(where="WHERE " + _WHERE.format(networks=ids)), values)
        conn.execute(_NETWORK_DAYS.format(where=here), values)
        pairs |= _pairs(conn, old, values)
    for when, networks in months.items():
        ids = ",".join(str(number) for number in sorted(networks))
        values = {"time": when}
        conn.execute(
            f"DELETE FROM mechanism_months WHERE network_id IN ({ids}) AND month = :time",  # noqa: S608
            values,
        )
        conn.execute(_MONTHS.format(where="AND " + _WHERE.format(networks=ids)), values)
    return pairs


def _pairs(conn: sqlite3.Connection, sql: str, values: Mapping[str, str]) -> set[Pair]:
    return set(conn.execute(sql, values).fetchall())


def _own_tokens(conn: sqlite3.Connection, pair: Pair) -> Mapping[int, int | None]:
    return dict(conn.execute(_SENDERS, {"target": pair[0], "network": pair[1]}).fetchall())


def _line(conn: sqlite3.Connection, pair: Pair, k: int, tokens: Mapping[int, int | None]) -> None:
    values = {"target": pair[0], "network": pair[1]}
    before: list[When] = conn.execute(_EVENTS, values).fetchall()
    for table in ("states", "changes", "latest"):
        conn.execute(
            f"DELETE FROM {table} WHERE target_id = :target AND network_id = :network",  # noqa: S608
            values,
        )
    found: list[_Found] = conn.execute(_VERDICTS, values).fetchall()
    made = _tell(conn, pair, k, tokens, found) if found else Line()
    events = [(event.kind.value, event.after, event.before) for event in made.events]
    if before or events:
        _keep_names(conn, pair, before, events)


def _tell(
    conn: sqlite3.Connection,
    pair: Pair,
    k: int,
    tokens: Mapping[int, int | None],
    found: list[_Found],
) -> Line:
    seen = [
        Seen(
            hour=hour,
            status=status,
            layer=layer,
            mechanism=mechanism,
            confidence=confidence or 0.0,
            sender=tokens.get(key),
        )
        for key, hour, status, layer, mechanism, confidence in found
        if status is not None
    ]
    made = line(seen, k=k)
    known = k if any(token is not None for token in tokens.values()) else None
    _insert(conn, "states", _states(pair, made, known))
    _insert(conn, "changes", _changes(pair, made, known))
    _insert(conn, "latest", [_latest(pair, made, found, known)])
    return made


def _keep_names(
    conn: sqlite3.Connection, pair: Pair, before: Sequence[When], events: Sequence[When]
) -> None:
    """An event that late data moved is still called as when it was told first: see told.py."""
    url, *network = conn.execute(_NATURAL, pair).fetchone()
    places = [
        place(url, (network[0], network[1], network[2]), position)
        for position in range(max(len(before), len(events)))
    ]
    marks = ", ".join("?" * len(places))
    sql = f"SELECT name, value FROM rollup_state WHERE name IN ({marks})"  # noqa: S608
    state = dict(conn.execute(sql, places).fetchall())
    old = [
        (event, str(state.get(where, month(event))))
        for where, event in zip(places, before, strict=False)
    ]
    named = list(zip(events, names(old, events), strict=True))
    wanted = kept(named, places[: len(events)])
    if wanted != state:
        conn.executemany("DELETE FROM rollup_state WHERE name = ?", [(where,) for where in state])
        conn.executemany("INSERT INTO rollup_state VALUES (?, ?)", list(wanted.items()))


def _insert(conn: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        conn.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names


def _told(senders: int, known: int | None) -> int | None:
    """A count of senders, where there is one and it is not below k."""
    return senders if known is not None and senders >= known else None


def _words(how: How | None) -> tuple[str | None, str | None, str | None]:
    return (
        (None, None, None)
        if how is None
        else (how.status, how.layer or None, how.mechanism or None)
    )


def _states(pair: Pair, made: Line, known: int | None) -> list[tuple[object, ...]]:
    return [
        (*pair, i, s.state, *_words(s.how), s.since, s.until, s.n, s.agree, _told(s.senders, known))
        for i, s in enumerate(made.segments)
    ]


def _changes(pair: Pair, made: Line, known: int | None) -> list[tuple[object, ...]]:
    return [
        (
            *(*pair, i, e.kind, e.after, e.before, e.state, *_words(e.how_after)),
            *_words(e.how_before),
            *(e.n_before, e.agree_before, e.n_after, e.agree_after),
            *(_told(e.senders, known), e.confidence),
        )
        for i, e in enumerate(made.events)
    ]


def _latest(pair: Pair, made: Line, found: list[_Found], known: int | None) -> tuple[object, ...]:
    counts = [sum(row[2] == status for row in found) for status in STATUSES]
    rest = (found[-1][2], found[0][1], found[-1][1], len(found), *counts)
    if not made.segments:
        return (*pair, *(None,) * 7, 0, 0, None, *rest, found[-1][0])
    now = made.segments[-1]
    event = made.events[-1] if made.events and made.events[-1].state is now.state else None
    shows = [row[0] for row in found if _shows(row, now.state, now.how)]
    return (
        *(*pair, now.state, *_words(now.how), event.after if event else None, now.since, now.until),
        *(now.n, now.agree, _told(now.senders, known), *rest, shows[-1] if shows else found[-1][0]),
    )


def _shows(row: _Found, state: str, how: How | None) -> bool:
    if state == "open":
        return row[2] == "accessible"
    return how is not None and (row[2], row[3] or "", row[4] or "") == (
        how.status,
        how.layer,
        how.mechanism,
    )
