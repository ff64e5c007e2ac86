"""What a collector takes in: each measurement once, with who sent it, hidden where nobody vouches.

`take` is one transaction: what it calls accepted is on the disk when it returns. What one document
does wrong happens to that document only.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import orjson

from measurements.schema.codec_verdict import encode_verdict
from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Verdict
from measurements.store import quarantine
from measurements.store.errors import unstorable_because
from measurements.store.packed import pack
from measurements.store.quarantine import Claim, QuarantineRow, Terms
from measurements.store.resolving import key_of
from measurements.store.store import Store
from measurements.store.writing import delete, insert_as

__all__ = ["Arrival", "Intake", "Outcome", "QuarantineRow", "Terms"]


Turn = Callable[[], AbstractContextManager[object]]


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
    "SELECT r.content_sha256, EXISTS (SELECT 1 FROM quarantine q WHERE q.measurement_id = m.id"
    " AND q.released_by IS NULL) FROM measurements m LEFT JOIN received r"
    " ON r.measurement_id = m.id WHERE m.measurement_uid = ?"
)
_HARMLESS = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
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

    # Taking --------------------------------------------------------------------------------------

    def take(
        self, arrivals: Sequence[Arrival], *, terms: Terms, turn: Turn = nullcontext
    ) -> list[Outcome]:
        """Store what is new; an outcome for each, in their order. Raises StoreError for all of them.

        `turn` is waited for before writing, where several processes take turns.
        """
        packed = [_packed(a) for a in arrivals]  # the slow part: before anybody else must wait
        with turn(), self._store.writing() as conn:
            self._senders.clear()
            self._top = conn.execute("SELECT coalesce(max(id), 0) FROM measurements").fetchone()[0]
            return [
                self._take(conn, a, blob, terms) for a, blob in zip(arrivals, packed, strict=True)
            ]

    def _take(
        self, conn: sqlite3.Connection, a: Arrival, packed: bytes | Exception | None, terms: Terms
    ) -> Outcome:
        uid = a.measurement.measurement_uid
        if isinstance(packed, Exception):
            return _rejected(uid, "unstorable", unstorable_because(packed))
        self._store.ids.mark()
        conn.execute("SAVEPOINT one")
        try:
            outcome = self._decide(conn, a, packed, terms)
        except (*_HARMLESS, *_UNFIT) as exc:
            conn.execute("ROLLBACK TO one")
            self._store.ids.undo()
            self._senders.clear()
            outcome = _rejected(uid, "unstorable", unstorable_because(exc))
        conn.execute("RELEASE one")
        return outcome

    def _decide(
        self, conn: sqlite3.Connection, a: Arrival, packed: bytes | None, terms: Terms
    ) -> Outcome:
        uid = a.measurement.measurement_uid
        if a.withdraw_sha256 is not None and _is_withdrawn(conn, a.withdraw_sha256):
            return _rejected(uid, "withdrawn", WITHDRAWN)
        known = _known(conn, uid, a.content_sha256)
        if known is not None:
            return known
        hidden = self._store_one(conn, a, packed, terms)
        return Outcome(measurement_uid=uid, status="accepted", quarantined=hidden)

    def _store_one(
        self, conn: sqlite3.Connection, a: Arrival, packed: bytes | None, terms: Terms
    ) -> bool:
        """Whether it is hidden."""
        ids, m, key = self._store.ids, a.measurement, self._top + 1
        insert_as(conn, ids, key, m, packed)
        self._top = key
        sender, invited = (None, a.invited) if a.sender is None else self._sender(conn, a)
        conn.execute(
            "INSERT INTO received VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                a.content_sha256,
                sender,
                a.day,
                a.protocol,
                a.withdraw_sha256,
                a.network_agrees,
                a.alone,
            ),
        )
        if a.claim is not None:
            same = a.claim == m.verdict
            text = None if same else orjson.dumps(encode_verdict(a.claim)).decode()
            conn.execute("INSERT INTO claims VALUES (?, ?)", (key, text))
        if not terms.quarantine or invited:
            return False
        claim = Claim.of(m, ids.target(m.input, m.category_code))
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
        with self._store.reading() as conn:
            return [_known(conn, uid, content) for uid, content in pairs]

    # Withdrawing ---------------------------------------------------------------------------------

    def withdraw(self, uid: str, withdraw_sha256: bytes, day: str) -> bool:
        """Delete it, if this is what it was sent with, and never take it again.

        An unknown uid is withdrawn too: its document may still be on its way.
        """
        with self._store.writing() as conn:
            row = conn.execute(
                "SELECT m.id, r.withdraw_sha256 FROM measurements m LEFT JOIN received r"
                " ON r.measurement_id = m.id WHERE m.measurement_uid = ?",
                (uid,),
            ).fetchone()
            if row is not None and row[1] != withdraw_sha256:
                return False
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


def _packed(a: Arrival) -> bytes | Exception | None:
    try:
        return pack(a.measurement)
    except _HARMLESS as exc:
        return exc


def _rejected(uid: str, code: str, says: str) -> Outcome:
    return Outcome(measurement_uid=uid, status="rejected", code=code, says=says)


def _known(conn: sqlite3.Connection, uid: str, content: bytes) -> Outcome | None:
    row = conn.execute(_KNOWN, (uid,)).fetchone()
    if row is None:
        return None
    if row[0] != content:
        return _rejected(uid, "different", DIFFERENT)
    return Outcome(measurement_uid=uid, status="duplicate", quarantined=bool(row[1]))


def _is_withdrawn(conn: sqlite3.Connection, commitment: bytes) -> bool:
    sql = "SELECT 1 FROM withdrawn WHERE withdraw_sha256 = ?"
    return conn.execute(sql, (commitment,)).fetchone() is not None


_SENDER = "SELECT id, invited FROM senders WHERE key_sha256 = ?"


def _note_sender(conn: sqlite3.Connection, sender: bytes, day: str, *, invited: bool) -> int:
    sql = (
        "INSERT INTO senders (key_sha256, first_day, invited) VALUES (?, ?, ?) ON CONFLICT"
        " (key_sha256) DO UPDATE SET invited = max(invited, excluded.invited) RETURNING id"
    )
    return int(conn.execute(sql, (sender, day, invited)).fetchone()[0])
