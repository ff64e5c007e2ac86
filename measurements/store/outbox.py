"""What each collector is owed, and what it said. Every method is one transaction.

A parcel is `waiting` (its bytes never left), `sent` (they may have arrived; nobody said so yet), or
answered: accepted, duplicate, rejected, withdrawn. An answer is never undone by one that comes late:
only a withdrawal follows it.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from measurements.store.query import Filter, conditions, prefix_range
from measurements.store.store import Store

STATES = ("waiting", "sent", "accepted", "duplicate", "rejected", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorRow:
    """A collector that this probe knows; its key once it was met."""

    id: int
    url: str
    public_key: bytes | None
    met_on: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One measurement for one collector. Times as they were given."""

    measurement_uid: str
    state: str
    attempts: int
    withdraw_secret: bytes
    last_answer: str | None
    last_attempt_at: str | None
    next_attempt_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelState:
    """How it stands with one collector, for people to read."""

    url: str
    state: str
    attempts: int
    says: str | None
    last_attempt_at: str | None
    next_attempt_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a collector said of a measurement; or the probe itself, where it stays at home."""

    measurement_uid: str
    state: str
    says: str | None = None


_PARCEL = (
    "SELECT m.measurement_uid, o.state, o.attempts, o.withdraw_secret, o.last_answer,"
    " o.last_attempt_at, o.next_attempt_at FROM outbox o JOIN measurements m"
    " ON m.id = o.measurement_id WHERE o.collector_id = :collector AND "
)
# A clock that ran ahead may have left a next attempt years away: then the last one lies ahead too.
_DUE = (
    " AND (:now IS NULL OR o.next_attempt_at IS NULL OR o.next_attempt_at <= :now"
    " OR o.last_attempt_at > :now)"
)
_THIS = (
    "collector_id = ? AND measurement_id = (SELECT id FROM measurements WHERE measurement_uid = ?)"
)
_UNANSWERED = "state IN ('waiting', 'sent')"
_SENT = f"""UPDATE outbox SET state = 'sent', attempts = attempts + 1, last_attempt_at = ?,
    next_attempt_at = NULL WHERE {_THIS} AND {_UNANSWERED}"""  # noqa: S608 - our own text
_ANSWERED = f"""UPDATE outbox SET state = ?, last_answer = ?, last_attempt_at = ?,
    next_attempt_at = NULL WHERE {_THIS} AND """  # noqa: S608
# An attempt is counted once: by mark_sent, or here where it did not come to that.
_POSTPONED = f"""UPDATE outbox SET
    attempts = attempts + (state = 'waiting' OR next_attempt_at IS NOT NULL),
    last_answer = ?, last_attempt_at = ?, next_attempt_at = ?
    WHERE {_THIS} AND {_UNANSWERED}"""  # noqa: S608


class Outbox:
    """Over an open store."""

    def __init__(self, store: Store) -> None:
        """Reads and writes in `store`."""
        self._store = store

    # Collectors ----------------------------------------------------------------------------------

    def collector(self, url: str) -> CollectorRow:
        """The collector at this URL, found or made."""
        found = [row for row in self.collectors() if row.url == url]
        if not found:
            with self._store.writing() as conn:
                conn.execute("INSERT OR IGNORE INTO collectors (url) VALUES (?)", (url,))
            found = [row for row in self.collectors() if row.url == url]
        return found[0]

    def collectors(self) -> list[CollectorRow]:
        """All, in the order in which they became known."""
        sql = "SELECT id, url, public_key, met_on FROM collectors ORDER BY id"
        with self._store.reading() as conn:
            return [
                CollectorRow(id=i, url=url, public_key=key, met_on=day)
                for i, url, key, day in conn.execute(sql).fetchall()
            ]

    def pin(self, collector_id: int, public_key: bytes, day: str) -> None:
        """Note a collector's key. Whether it may replace another is the caller's to decide."""
        with self._store.writing() as conn:
            conn.execute(
                "UPDATE collectors SET public_key = ?, met_on = ? WHERE id = ?",
                (public_key, day, collector_id),
            )

    # Parcels -------------------------------------------------------------------------------------

    def enqueue(
        self, uids: Iterable[str], collector_id: int, *, secret: Callable[[], bytes]
    ) -> int:
        """Owe these to a collector; how many are new. Those that it has, or had, stay as they are."""
        sql = (
            "INSERT OR IGNORE INTO outbox SELECT id, ?, 'waiting', 0, ?, NULL, NULL, NULL"
            " FROM measurements WHERE measurement_uid = ?"
        )
        with self._store.writing() as conn:
            return sum(conn.execute(sql, (collector_id, secret(), uid)).rowcount for uid in uids)

    def owed(self, collector_id: int, *, now: str | None, limit: int) -> list[Parcel]:
        """What was not answered yet, and is due; all of it where `now` is None.

        What was postponed comes last, so that a bad one never blocks the others.
        """
        sql = (
            f"{_PARCEL}o.{_UNANSWERED}{_DUE} ORDER BY o.next_attempt_at, o.measurement_id LIMIT :n"
        )
        values = {"collector": collector_id, "now": now, "n": limit}
        with self._store.reading() as conn:
            return list(_parcels(conn.execute(sql, values)))

    def mark_sent(self, collector_id: int, uids: Iterable[str], at: str) -> list[str]:
        """Before their bytes go. Returns those that may go: not what was withdrawn meanwhile."""
        with self._store.writing() as conn:
            return [
                uid for uid in uids if conn.execute(_SENT, (at, collector_id, uid)).rowcount > 0
            ]

    def record(self, collector_id: int, answers: Sequence[Answer], at: str) -> int:
        """Note what it answered; how many of these were news."""
        news = 0
        with self._store.writing() as conn:
            for a in answers:
                if a.state not in STATES[2:]:
                    raise ValueError(f"{a.state!r} is no answer")
                when = "state <> 'withdrawn'" if a.state == "withdrawn" else _UNANSWERED
                values = (a.state, a.says, at, collector_id, a.measurement_uid)
                news += conn.execute(_ANSWERED + when, values).rowcount
        return news

    def postpone(
        self, collector_id: int, uids: Iterable[str], *, says: str, at: str, next_attempt_at: str
    ) -> None:
        """It did not work this time: note why, and when to try again. The state stays."""
        values = [(says, at, next_attempt_at, collector_id, uid) for uid in uids]
        with self._store.writing() as conn:
            conn.executemany(_POSTPONED, values)

    # Questions -----------------------------------------------------------------------------------

    def states(self, uid: str) -> list[ParcelState]:
        """How it stands with each collector that the measurement is, or was, for."""
        sql = (
            "SELECT c.url, o.state, o.attempts, o.last_answer, o.last_attempt_at, o.next_attempt_at"
            " FROM outbox o JOIN collectors c ON c.id = o.collector_id WHERE o.measurement_id ="
            " (SELECT id FROM measurements WHERE measurement_uid = ?) ORDER BY c.id"
        )
        with self._store.reading() as conn:
            rows = conn.execute(sql, (uid,)).fetchall()
        return [
            ParcelState(
                url=url,
                state=state,
                attempts=n,
                says=says,
                last_attempt_at=last,
                next_attempt_at=at,
            )
            for url, state, n, says, last, at in rows
        ]

    def counts(self, collector_id: int) -> dict[str, int]:
        """How many are in each state; every state is there."""
        sql = "SELECT state, count(*) FROM outbox WHERE collector_id = ? GROUP BY state"
        with self._store.reading() as conn:
            return dict.fromkeys(STATES, 0) | dict(conn.execute(sql, (collector_id,)).fetchall())

    def unoffered(self, collector_id: int, wanted: Filter) -> list[str]:
        """What this probe measured (source `run`) and does not owe the collector yet, oldest first.

        What was withdrawn anywhere is offered to nobody any more.
        """
        where, values = conditions(wanted)
        sql = (
            f"SELECT m.measurement_uid FROM measurements m {where}{' AND' if where else ' WHERE'}"  # noqa: S608
            " m.run_id IN (SELECT id FROM runs WHERE source = 'run') AND NOT EXISTS (SELECT 1 FROM"
            " outbox o WHERE o.measurement_id = m.id AND (o.collector_id = ? OR o.state ="
            " 'withdrawn'))"
            " ORDER BY m.measurement_start_time, m.id LIMIT ?"
        )
        limit = -1 if wanted.limit is None else wanted.limit
        with self._store.reading() as conn:
            return [uid for (uid,) in conn.execute(sql, (*values, collector_id, limit))]

    def withdrawable(
        self,
        collector_id: int,
        *,
        uids: Iterable[str] | None = None,
        run_id: str | None = None,
    ) -> list[Parcel]:
        """What a collector has or may have, or would get: of these, of a run, or (neither) all.

        What is `waiting` never left: nobody has to be asked.
        """
        sql = f"{_PARCEL}o.state IN ('waiting', 'sent', 'accepted', 'duplicate')"
        values: dict[str, object] = {"collector": collector_id}
        with self._store.reading() as conn:
            if uids is not None:
                one = f"{sql} AND m.measurement_uid = :uid"
                found = (conn.execute(one, values | {"uid": uid}) for uid in uids)
                return [parcel for cursor in found for parcel in _parcels(cursor)]
            if run_id is not None:
                first, last = prefix_range(run_id)
                sql += (
                    " AND m.run_id IN (SELECT id FROM runs WHERE run_id >= :first"
                    " AND run_id < :last)"
                )
                values = values | {"first": first, "last": last}
            return list(_parcels(conn.execute(f"{sql} ORDER BY o.measurement_id", values)))


def _parcels(cursor: sqlite3.Cursor) -> Iterator[Parcel]:
    for uid, state, attempts, secret, says, last, following in cursor.fetchall():
        yield Parcel(
            measurement_uid=uid,
            state=state,
            attempts=attempts,
            withdraw_secret=secret,
            last_answer=says,
            last_attempt_at=last,
            next_attempt_at=following,
        )
