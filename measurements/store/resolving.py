"""Which measurement is meant by what a person typed."""

import sqlite3

from measurements.store.errors import Ambiguous, NotFound
from measurements.store.query import prefix_range

_SHOWN_WHEN_AMBIGUOUS = 5


def key_of(conn: sqlite3.Connection, uid: str) -> int | None:
    """The key of the measurement with exactly this uid."""
    sql = "SELECT id FROM measurements WHERE measurement_uid = ?"
    row = conn.execute(sql, (uid,)).fetchone()
    return None if row is None else int(row[0])


def resolve(conn: sqlite3.Connection, uid: str) -> tuple[str, int]:
    """The whole uid, and the key. Raises NotFound or Ambiguous."""
    exact = key_of(conn, uid)
    if exact is not None:
        return uid, exact
    sql = "SELECT measurement_uid, id FROM measurements WHERE {} ORDER BY id DESC LIMIT ?"
    begins = sql.format("measurement_uid >= ? AND measurement_uid < ?")
    found = conn.execute(begins, (*prefix_range(uid), _SHOWN_WHEN_AMBIGUOUS + 1)).fetchall()
    if not found:  # uids as OONI makes them begin with a time; what tells them apart comes last
        ends = sql.format("instr(measurement_uid, ?)")
        found = conn.execute(ends, (f"_{uid}", _SHOWN_WHEN_AMBIGUOUS + 1)).fetchall()
    if not found or not uid:
        raise NotFound(
            f"there is no measurement {uid!r} here; `anyqta results` lists what there is"
        )
    if len(found) > 1:
        more = " …" if len(found) > _SHOWN_WHEN_AMBIGUOUS else ""
        names = " ".join(name for name, _ in found[:_SHOWN_WHEN_AMBIGUOUS])
        raise Ambiguous(f"{uid!r} fits more than one measurement: {names}{more}; give more of it")
    return str(found[0][0]), int(found[0][1])
