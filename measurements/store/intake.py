"""What a collector takes in: each measurement once, with who sent it, hidden where nobody vouches.

`take` is one transaction: what it calls accepted is on the disk when it returns. What one document
does wrong happens to that document only.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeVar

import orjson

from measurements.schema.codec_verdict import encode_verdict
from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.store import quarantine
from measurements.store.errors import unstorable_because
from measurements.store.packed import pack
from measurements.store.quarantine import Claim, QuarantineRow, Terms
from measurements.store.resolving import key_of
from measurements.store.room import Room
from measurements.store.rows import INSERTS, WIDTHS, Row, to_rows
from measurements.store.store import Store
from measurements.store.writing import delete

__all__ = ["Arrival", "Intake", "Outcome", "QuarantineRow", "Ready", "Terms"]


Turn = Callable[[], AbstractContextManager[object]]
_HARMLESS = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A measurement that came in. Its verdict is the collector's own; the sender's is the `claim`.

    `sender`: SHA-256 of the sender's key; None: nobody knows (OONI's protocol). `day`: YYYY-MM-DD.
    `alone`: its sender agrees that it is published although nobody else measured there that day.
    """

    measurement: Measurement
    claim: Verdict | None
    content_sha256: bytes
    withdraw_sha256: bytes | None
    sender: bytes | None
    invited: bool
    protocol: str
    day: str
    network_agrees: bool | None = None
    alone: bool = False


class Ready(NamedTuple):
    """One whose blob is made, or why it cannot be: the slow part, before anybody else must wait."""

    arrival: Arrival
    packed: bytes | Exception | None

    @classmethod
    def of(cls, arrival: Arrival) -> "Ready":
        """Of one that came in."""
        try:
            return cls(arrival, pack(arrival.measurement))
        except _HARMLESS as exc:
            return cls(arrival, exc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one. `code`: different, withdrawn, unstorable; empty where nothing is wrong."""

    measurement_uid: str
    status: Literal["accepted", "duplicate", "rejected"]
    code: str = ""
    says: str = ""
    quarantined: bool = False


# A collector writes all day: moving the log into the file every 32 MiB instead of every 4 gave a
# quarter to three quarters more measurements a second, and readers noticed nothing.
LOG_PAGES = 8000
DIFFERENT = "another document was already sent under this uid; the first one stays"
WITHDRAWN = "it was withdrawn by its sender, so it is not taken again"
_KNOWN = (
    "SELECT m.measurement_uid, r.content_sha256, EXISTS (SELECT 1 FROM quarantine q WHERE q.measurement_id = m.id"
    " AND q.released_by IS NULL) FROM measurements m LEFT JOIN received r"
    " ON r.measurement_id = m.id WHERE m.measurement_uid IN "
)
_AT_ONCE = 500  # values in one question
# Our own tables beside a measurement's; in an order that foreign keys allow.
_OURS = {
    "received": "INSERT INTO received VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    "claims": "INSERT INTO claims VALUES (?, ?)",
    "quarantine": quarantine.INSERT,
}
_INSERTS = INSERTS | _OURS
T = TypeVar("T")
_UNFIT = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError)


class Intake:
    """Over an open store."""

    def __init__(self, store: Store) -> None:
        """Reads and writes in `store`, which from now on moves its log in larger portions."""
        self._store = store
        with store.reading() as conn:
            conn.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
        # of one transaction: the last key that was given, and who its senders are
        self._top = 0
        self._senders: dict[bytes, tuple[int, bool]] = {}
        self._room = Room()

    # Taking --------------------------------------------------------------------------------------

    def take(
        self,
        arrivals: Sequence[Arrival | Ready],
        *,
        terms: Terms,
        turn: Turn = nullcontext,
    ) -> list[Outcome]:
        """Store what is new; an outcome for each, in their order. Raises StoreError for all of them.

        `turn` is waited for before writing, where several processes take turns.
        """
        pairs = [a if isinstance(a, Ready) else Ready.of(a) for a in arrivals]
        with turn(), self._store.writing() as conn:
            self._senders.clear()
            top = conn.execute("SELECT coalesce(max(id), 0) FROM measurements").fetchone()[0]
            self._top = top
            outcomes = self._trying(conn, lambda: self._together(conn, pairs, terms))
            if isinstance(outcomes, list):
                return outcomes
            self._top = top  # one of them breaks something: each by itself, then
            return [self._alone(conn, pair, terms) for pair in pairs]

    def _alone(self, conn: sqlite3.Connection, pair: Ready, terms: Terms) -> Outcome:
        found = self._trying(conn, lambda: self._together(conn, [pair], terms)[0])
        if isinstance(found, Exception):
            uid = pair.arrival.measurement.measurement_uid
            return _rejected(uid, "unstorable", unstorable_because(found))
        return found

    def _trying(self, conn: sqlite3.Connection, work: Callable[[], T]) -> T | Exception:
        """What it gives; or why not, and then it has left nothing behind."""
        self._store.ids.mark()
        conn.execute("SAVEPOINT one")
        found: T | Exception
        try:
            found = work()
        except (*_HARMLESS, *_UNFIT) as exc:
            conn.execute("ROLLBACK TO one")
            self._store.ids.undo()
            self._senders.clear()
            found = exc
        conn.execute("RELEASE one")
        return found

    def _together(
        self, conn: sqlite3.Connection, pairs: Sequence[Ready], terms: Terms
    ) -> list[Outcome]:
        """All rows of a table at once: a statement for each measurement costs more than its rows."""
        known = _known(conn, [a.measurement.measurement_uid for a, _ in pairs])
        gone = _withdrawn(conn, [a.withdraw_sha256 for a, _ in pairs if a.withdraw_sha256])
        rows: dict[str, list[Row]] = {table: [] for table in (*WIDTHS, *_OURS)}
        outcomes, new = list[Outcome](), list[tuple[int, Arrival, Claim | None]]()
        top, ids = self._top, self._store.ids
        for a, packed in pairs:
            uid = a.measurement.measurement_uid
            if isinstance(packed, Exception):
                outcomes.append(_rejected(uid, "unstorable", unstorable_because(packed)))
            elif a.withdraw_sha256 in gone:
                outcomes.append(_rejected(uid, "withdrawn", WITHDRAWN))
            elif uid in known:
                outcomes.append(_told(uid, known[uid], a.content_sha256))
            else:
                top += 1
                for table, part in to_rows(a.measurement, key=top, ids=ids, packed=packed).items():
                    rows[table] += part
                claim = self._ours(conn, top, a, rows, terms)
                new.append((top, a, claim))
                known[uid] = (a.content_sha256, False)
                outcomes.append(Outcome(measurement_uid=uid, status="accepted"))
        for table, part in rows.items():
            if part:
                conn.executemany(_INSERTS[table], part)
        hidden = {
            a.measurement.measurement_uid
            for key, a, claim in new
            if claim is not None
            and (not claim.can_be_supported or self._hides(conn, key, a, claim, terms))
        }
        self._top = top
        return [
            replace(o, quarantined=True)
            if o.measurement_uid in hidden and o.status != "rejected"
            else o
            for o in outcomes
        ]

    def _ours(
        self,
        conn: sqlite3.Connection,
        key: int,
        a: Arrival,
        rows: dict[str, list[Row]],
        terms: Terms,
    ) -> Claim | None:
        """The rows about its coming; what it says, where others have to say it too."""
        sender, invited = (None, a.invited) if a.sender is None else self._sender(conn, a)
        agrees = a.network_agrees
        rows["received"].append(
            (key, a.content_sha256, sender, a.day, a.protocol, a.withdraw_sha256, agrees, a.alone)
        )
        if a.claim is not None:
            same = a.claim == a.measurement.verdict
            text = None if same else orjson.dumps(encode_verdict(a.claim)).decode()
            rows["claims"].append((key, text))
        if not terms.quarantine or invited:
            return None
        m = a.measurement
        claim = Claim.of(m, self._store.ids.target(m.input, m.category_code))
        if not claim.can_be_supported:
            rows["quarantine"].append((key, *claim, sender, a.day, None))
        return claim

    def _hides(
        self, conn: sqlite3.Connection, key: int, a: Arrival, claim: Claim, terms: Terms
    ) -> bool:
        sender = None if a.sender is None else self._sender(conn, a)[0]
        return quarantine.add(conn, key, claim, sender=sender, day=a.day, terms=terms)

    def _sender(self, conn: sqlite3.Connection, a: Arrival) -> tuple[int, bool]:
        """Their number, and whether they were ever invited."""
        assert a.sender is not None
        known = self._senders.get(a.sender)
        if known is None:
            known = conn.execute(_SENDER, (a.sender,)).fetchone()
        if known is None or (a.invited and not known[1]):
            known = (_note_sender(conn, a.sender, a.day, invited=a.invited), a.invited)
        self._senders[a.sender] = known
        return known

    def known(self, pairs: Iterable[tuple[str, bytes]]) -> list[Outcome | None]:
        """For each (uid, content hash) what `take` would say, or None where it has to be taken."""
        asked = list(pairs)
        with self._store.reading() as conn:
            known = _known(conn, [uid for uid, _ in asked])
        return [_told(u, known[u], content) if u in known else None for u, content in asked]

    # Withdrawing ---------------------------------------------------------------------------------

    def withdraw(
        self, uid: str, withdraw_sha256: bytes, day: str, *, spare: int | None = None
    ) -> bool:
        """Delete it, if this is what it was sent with, and never take it again.

        An unknown uid is withdrawn too: its document may still be on its way. With `spare`, only while
        there are not that many more withdrawals than measurements ever came; then NoRoom is raised.
        """
        with self._store.writing() as conn:
            row = conn.execute(
                "SELECT m.id, r.withdraw_sha256 FROM measurements m LEFT JOIN received r"
                " ON r.measurement_id = m.id WHERE m.measurement_uid = ?",
                (uid,),
            ).fetchone()
            if row is not None and row[1] != withdraw_sha256:
                return False
            if row is None and spare is not None and not _withdrawn(conn, [withdraw_sha256]):
                self._room.take(conn, spare)
            if row is not None and delete(conn, row[0]):
                self._store.forget_parts()
            conn.execute("INSERT OR IGNORE INTO withdrawn VALUES (?, ?)", (withdraw_sha256, day))
        return True

    # The operator's ------------------------------------------------------------------------------

    def quarantined(self, *, limit: int = 100, after: int = 0) -> list[QuarantineRow]:
        """What is hidden, oldest first; `after`: the last row's `id`, for the next page."""
        with self._store.reading() as conn:
            return quarantine.hidden(conn, limit=limit, after=after)

    def quarantined_count(self) -> int:
        """How many are hidden."""
        sql = "SELECT count(*) FROM quarantine WHERE released_by IS NULL"
        with self._store.reading() as conn:
            return int(conn.execute(sql).fetchone()[0])

    def release(self, uids: Iterable[str]) -> int:
        """Show these, in the operator's name; how many were hidden."""
        with self._store.writing() as conn:
            return sum(quarantine.release(conn, uid) for uid in uids)

    def drop(self, uids: Iterable[str]) -> int:
        """Delete those of these that are hidden; how many."""
        dropped = 0
        with self._store.writing() as conn:
            for uid in uids:
                key = key_of(conn, uid)
                if key is not None and quarantine.is_hidden(conn, key):
                    if delete(conn, key):
                        self._store.forget_parts()
                    dropped += 1
        return dropped

    # Senders and invites -------------------------------------------------------------------------

    def sender_is_known(self, key_sha256: bytes) -> bool:
        """Whether something of theirs was taken before."""
        sql = "SELECT EXISTS (SELECT 1 FROM senders WHERE key_sha256 = ?)"
        with self._store.reading() as conn:
            return bool(conn.execute(sql, (key_sha256,)).fetchone()[0])

    def sender_is_invited(self, key_sha256: bytes) -> bool:
        """Whether they came by an invite."""
        sql = "SELECT EXISTS (SELECT 1 FROM senders WHERE key_sha256 = ? AND invited)"
        with self._store.reading() as conn:
            return bool(conn.execute(sql, (key_sha256,)).fetchone()[0])

    def use_invite(
        self, invite_id: bytes, most: int, *, sender: bytes | None = None, day: str = ""
    ) -> bool:
        """Count one more sender in, unless it was used up or revoked.

        With `sender` they are noted as invited in the same moment; who is already, costs nothing.
        """
        use = (
            "INSERT INTO invites SELECT :id, 1, :most, 0 WHERE :most > 0 ON CONFLICT (id)"
            " DO UPDATE SET used = used + 1 WHERE NOT revoked AND used < min(most, :most)"
        )
        with self._store.writing() as conn:
            if sender is not None:
                row = conn.execute(_SENDER, (sender,)).fetchone()
                if row is not None and row[1]:
                    return True
            if conn.execute(use, {"id": invite_id, "most": most}).rowcount < 1:
                return False
            if sender is not None:
                _note_sender(conn, sender, day, invited=True)
        return True

    def revoke_invite(self, invite_id: bytes) -> None:
        """It lets nobody in any more, used or not. Who came by it stays invited."""
        with self._store.writing() as conn:
            conn.execute(
                "INSERT INTO invites VALUES (?, 0, 0, 1) ON CONFLICT (id) DO UPDATE SET revoked = 1",
                (invite_id,),
            )


def _rejected(uid: str, code: str, says: str) -> Outcome:
    return Outcome(measurement_uid=uid, status="rejected", code=code, says=says)


def _known(conn: sqlite3.Connection, uids: Sequence[str]) -> dict[str, tuple[bytes | None, bool]]:
    """Of those that are there: the hash of what came, and whether it is hidden."""
    found: dict[str, tuple[bytes | None, bool]] = {}
    for at in range(0, len(uids), _AT_ONCE):
        part = uids[at : at + _AT_ONCE]
        for uid, content, hidden in conn.execute(_KNOWN + _marks(len(part)), part):
            found[uid] = (content, bool(hidden))
    return found


def _told(uid: str, known: tuple[bytes | None, bool], content: bytes) -> Outcome:
    if known[0] != content:
        return _rejected(uid, "different", DIFFERENT)
    return Outcome(measurement_uid=uid, status="duplicate", quarantined=known[1])


def _withdrawn(conn: sqlite3.Connection, commitments: Sequence[bytes]) -> set[bytes]:
    sql, gone = "SELECT withdraw_sha256 FROM withdrawn WHERE withdraw_sha256 IN ", set[bytes]()
    for at in range(0, len(commitments), _AT_ONCE):
        part = commitments[at : at + _AT_ONCE]
        gone.update(found for (found,) in conn.execute(sql + _marks(len(part)), part))
    return gone


def _marks(count: int) -> str:
    return f"({', '.join('?' * count)})"


_SENDER = "SELECT id, invited FROM senders WHERE key_sha256 = ?"


def _note_sender(conn: sqlite3.Connection, sender: bytes, day: str, *, invited: bool) -> int:
    sql = (
        "INSERT INTO senders (key_sha256, first_day, invited) VALUES (?, ?, ?) ON CONFLICT"
        " (key_sha256) DO UPDATE SET invited = max(invited, excluded.invited) RETURNING id"
    )
    return int(conn.execute(sql, (sender, day, invited)).fetchone()[0])
