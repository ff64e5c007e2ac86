"""What strangers sent, and who else says the same. Inside the caller's transaction."""

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from measurements.schema.measurement import Measurement
from measurements.schema.words import Status

# How many senders of one claim are looked at, for each that is needed: old ones that count no more
# cannot make a newcomer expensive.
_LOOKED_AT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`quarantine`: strangers' measurements are hidden until `k` of them, within so many days, agree."""

    quarantine: bool
    k: int = 3
    window_days: int = 31


class Claim(NamedTuple):
    """This target, on this network, is so: by the collector's own judgement."""

    target_id: int
    asn: int
    status: str
    layer: str
    mechanism: str

    @classmethod
    def of(cls, m: Measurement, target_id: int) -> "Claim":
        """What a measurement says. An unknown network is 0; unjudged is an empty status."""
        asn, v = m.probe.asn or 0, m.verdict
        if v is None:
            return cls(target_id, asn, "", "", "")
        layer, mechanism = v.layer and v.layer.value, v.mechanism and v.mechanism.value
        return cls(target_id, asn, v.status.value, layer or "", mechanism or "")

    @property
    def can_be_supported(self) -> bool:
        """Others can say the same only of something that is said, about a network that is known."""
        return self.asn != 0 and self.status not in {"", Status.INCONCLUSIVE.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """One that is hidden, for its operator to look at. `senders`: how many, ever, said the same."""

    id: int
    measurement_uid: str
    url: str
    asn: int
    status: str
    layer: str
    mechanism: str
    day: str
    protocol: str | None
    network_agrees: bool | None
    senders: int


_SAME = "target_id = ? AND asn = ? AND status = ? AND layer = ? AND mechanism = ?"
_NEWEST = (
    f"SELECT sender_id, day FROM quarantine WHERE {_SAME} AND sender_id < ?"  # noqa: S608 - ours
    " ORDER BY sender_id DESC, day DESC LIMIT 1"
)
INSERT = "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_RELEASE = f"UPDATE quarantine SET released_by = 'senders' WHERE {_SAME} AND released_by IS NULL"  # noqa: S608


def add(
    conn: sqlite3.Connection,
    key: int,
    claim: Claim,
    *,
    sender: int | None,
    day: str,
    terms: Terms,
) -> bool:
    """Note what a stranger sent. Where enough of them say so, it is shown, with all that say it.

    Whether it is hidden.
    """
    supported = claim.can_be_supported and _is_supported(conn, claim, sender, day, terms)
    if supported:
        conn.execute(_RELEASE, claim)
    values = (key, *claim, sender, day, "senders" if supported else None)
    conn.execute(INSERT, values)
    return not supported


def _is_supported(
    conn: sqlite3.Connection, claim: Claim, sender: int | None, day: str, terms: Terms
) -> bool:
    """Whether k senders, this one among them, made the claim within the days that end with this.

    The newest sender first, and of each the newest day: what was released counts on.
    """
    count = 0 if sender is None else 1
    if count >= terms.k:
        return True
    first = (date.fromisoformat(day) - timedelta(days=terms.window_days)).isoformat()
    before = 2**63 - 1
    for _ in range(_LOOKED_AT * terms.k):
        row = conn.execute(_NEWEST, (*claim, before)).fetchone()
        if row is None:
            return False
        before = row[0]
        if before != sender and first < row[1] <= day:
            count += 1
            if count >= terms.k:
                return True
    return False


def is_hidden(conn: sqlite3.Connection, key: int) -> bool:
    """Whether views leave it out."""
    sql = "SELECT 1 FROM quarantine WHERE measurement_id = ? AND released_by IS NULL"
    return conn.execute(sql, (key,)).fetchone() is not None


def release(conn: sqlite3.Connection, uid: str) -> int:
    """By the operator: this one, not those that say the same."""
    sql = (
        "UPDATE quarantine SET released_by = 'operator' WHERE released_by IS NULL AND"
        " measurement_id = (SELECT id FROM measurements WHERE measurement_uid = ?)"
    )
    return conn.execute(sql, (uid,)).rowcount


def hidden(conn: sqlite3.Connection, *, limit: int, after: int) -> list[QuarantineRow]:
    """Oldest first."""
    sql = (
        "SELECT q.measurement_id, m.measurement_uid, t.url, q.asn, q.status, q.layer, q.mechanism,"
        " q.day, r.protocol, r.network_agrees, (SELECT count(DISTINCT s.sender_id) FROM quarantine s"
        " WHERE s.target_id = q.target_id AND s.asn = q.asn AND s.status = q.status"
        " AND s.layer = q.layer AND s.mechanism = q.mechanism)"
        " FROM quarantine q JOIN measurements m ON m.id = q.measurement_id"
        " JOIN targets t ON t.id = q.target_id"
        " LEFT JOIN received r ON r.measurement_id = q.measurement_id"
        " WHERE q.released_by IS NULL AND q.measurement_id > ? ORDER BY q.measurement_id LIMIT ?"
    )
    return [
        QuarantineRow(
            id=key,
            measurement_uid=uid,
            url=url,
            asn=asn,
            status=status,
            layer=layer,
            mechanism=mechanism,
            day=day,
            protocol=protocol,
            network_agrees=None if agrees is None else bool(agrees),
            senders=senders,
        )
        for key, uid, url, asn, status, layer, mechanism, day, protocol, agrees, senders in (
            conn.execute(sql, (after, limit)).fetchall()
        )
    ]
