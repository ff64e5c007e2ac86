"""Putting a measurement in, and taking one out with all that only it had; inside the caller's transaction."""

import sqlite3

from measurements.schema.measurement import Measurement
from measurements.store.errors import Duplicate
from measurements.store.ids import SqlIds
from measurements.store.rows import INSERTS, to_rows

_ROWS = (
    *("evidence", "verdicts", "findings", "packed", "dns_queries", "tcp_connects"),
    *("tls_handshakes", "quic_handshakes", "http_transactions", "controls", "path_hops"),
    *("outbox", "received", "claims", "quarantine"),
)
_CHAINS = (
    "SELECT chain_id FROM tls_handshakes WHERE measurement_id = :key AND chain_id IS NOT NULL"
    " UNION SELECT chain_id FROM quic_handshakes"
    " WHERE measurement_id = :key AND chain_id IS NOT NULL"
)
_BODIES = (
    "SELECT DISTINCT body_id FROM http_transactions"
    " WHERE measurement_id = :key AND body_id IS NOT NULL"
)
_ANSWERS = (
    "SELECT DISTINCT answer_set_id FROM dns_queries"
    " WHERE measurement_id = :key AND answer_set_id IS NOT NULL"
)
_RUN = (
    "DELETE FROM runs WHERE id = ? AND source = 'import' AND started_at = ''"
    " AND NOT EXISTS (SELECT 1 FROM measurements WHERE run_id = runs.id)"
    " AND NOT EXISTS (SELECT 1 FROM run_targets WHERE run_id = runs.id)"
)


def insert(conn: sqlite3.Connection, ids: SqlIds, m: Measurement, packed: bytes | None) -> int:
    """Write all its rows; its key. Raises Duplicate."""
    top, known = conn.execute(
        "SELECT (SELECT max(id) FROM measurements),"
        " EXISTS (SELECT 1 FROM measurements WHERE measurement_uid = ?)",
        (m.measurement_uid,),
    ).fetchone()
    if known:
        raise Duplicate(f"measurement {m.measurement_uid} is already stored")
    key = int(top or 0) + 1
    insert_as(conn, ids, key, m, packed)
    return key


def insert_as(
    conn: sqlite3.Connection, ids: SqlIds, key: int, m: Measurement, packed: bytes | None
) -> None:
    """The same where it is known to be new, and what its key is."""
    for table, part in to_rows(m, key=key, ids=ids, packed=packed).items():
        if part:
            conn.executemany(INSERTS[table], part)


def delete(conn: sqlite3.Connection, key: int) -> bool:
    """Take it out, with the bodies, certificates, answers that only it had.

    Whether numbers became free: then they must be forgotten (see `deletions`). Texts, targets and
    networks that nothing uses any more are left for tidy.py.
    """
    chains, bodies, answers = (
        [number for (number,) in conn.execute(sql, {"key": key})]
        for sql in (_CHAINS, _BODIES, _ANSWERS)
    )
    run = conn.execute("SELECT run_id FROM measurements WHERE id = ?", (key,)).fetchone()[0]
    for table in _ROWS:
        conn.execute(f"DELETE FROM {table} WHERE measurement_id = ?", (key,))  # noqa: S608 - ours
    conn.execute("DELETE FROM measurements WHERE id = ?", (key,))
    gone = conn.execute(_RUN, (run,)).rowcount > 0
    for number in bodies:
        if not _exists(conn, "http_transactions WHERE body_id = ?", number):
            conn.execute("DELETE FROM bodies WHERE id = ?", (number,))
            gone = True
    for number in answers:
        if not _exists(conn, "dns_queries WHERE answer_set_id = ?", number):
            conn.execute("DELETE FROM dns_answers WHERE answer_set_id = ?", (number,))
            conn.execute("DELETE FROM answer_sets WHERE id = ?", (number,))
            gone = True
    for number in chains:
        gone = _delete_chain(conn, number) or gone
    if gone:
        count_deletion(conn)
    return gone


def count_deletion(conn: sqlite3.Connection, *, texts: bool = False) -> None:
    """Tell all who remember numbers, here and in other processes, that some became free."""
    conn.execute(
        "INSERT INTO deletions VALUES (1, 1, ?1) ON CONFLICT (id)"
        " DO UPDATE SET parts = parts + 1, texts = texts + ?1",
        (texts,),
    )


def _delete_chain(conn: sqlite3.Connection, chain: int) -> bool:
    if _exists(conn, "tls_handshakes WHERE chain_id = ?", chain) or _exists(
        conn, "quic_handshakes WHERE chain_id = ?", chain
    ):
        return False
    links = "SELECT DISTINCT certificate_id FROM chain_certificates WHERE chain_id = ?"
    certificates = conn.execute(links, (chain,)).fetchall()
    conn.execute("DELETE FROM chain_certificates WHERE chain_id = ?", (chain,))
    conn.execute("DELETE FROM chains WHERE id = ?", (chain,))
    for (number,) in certificates:
        if not _exists(conn, "chain_certificates WHERE certificate_id = ?", number):
            conn.execute("DELETE FROM certificates WHERE id = ?", (number,))
    return True


def _exists(conn: sqlite3.Connection, what: str, number: int) -> bool:
    sql = f"SELECT EXISTS (SELECT 1 FROM {what})"  # noqa: S608 - our own text
    return bool(conn.execute(sql, (number,)).fetchone()[0])
