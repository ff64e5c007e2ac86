"""What publishing reads of a collector's file, all of it as it was at one moment."""

import sqlite3
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from measurements.analysis.company import Arrival
from measurements.analysis.publishable import published_uid
from measurements.schema.measurement import Measurement
from measurements.schema.words import Locus
from measurements.store.load import Loader
from measurements.store.store import Store

_MONTHS = (
    "SELECT substr(day, 1, 7) FROM touched WHERE seq > ? UNION"
    " SELECT substr(m.measurement_start_time, 1, 7) FROM received r JOIN measurements m"
    " ON m.id = r.measurement_id WHERE r.day >= ? AND r.day < ?"
)
_MONTH = (
    "SELECT m.id, m.measurement_uid, t.url, cc.value, n.asn, m.measurement_start_time, r.day,"
    " r.sender_id, r.alone, v.locus, t.category_code, v.rules_version, v.status, v.layer,"
    " v.mechanism, v.confidence"
    " FROM visible_measurements m JOIN received r ON r.measurement_id = m.id"
    " JOIN targets t ON t.id = m.target_id JOIN networks n ON n.id = m.probe_network_id"
    " LEFT JOIN strings cc ON cc.id = n.cc_id"
    " LEFT JOIN verdicts v ON v.measurement_id = m.id AND v.revision = m.revision"
    " WHERE m.measurement_start_time >= ? AND m.measurement_start_time < ? || '~' AND r.day < ?"
)
_PLACES = (
    "SELECT n.asn, cc.value, org.value FROM networks n JOIN strings cc ON cc.id = n.cc_id"
    " JOIN strings org ON org.id = n.as_org_name_id WHERE n.asn IS NOT NULL"
    " ORDER BY (SELECT count(*) FROM visible_measurements m WHERE m.probe_network_id = n.id), n.id DESC"
)
_SENT = (
    "SELECT m.measurement_uid, m.measurement_start_time, r.sender_id FROM measurements m"
    " JOIN received r ON r.measurement_id = m.id WHERE m.probe_network_id = ?"
    " AND m.target_id = (SELECT id FROM targets WHERE url = ?)"
)
# Who signed what no browser trusts, where interception is the verdict.
_INTERCEPTORS = (
    "SELECT DISTINCT m.id, c.issuer FROM visible_measurements m JOIN verdicts v"
    " ON v.measurement_id = m.id AND v.revision = m.revision AND v.mechanism = 'mitm'"
    " JOIN tls_handshakes h ON h.measurement_id = m.id JOIN strings f ON f.id = h.failure_id"
    " JOIN chain_certificates l ON l.chain_id = h.chain_id AND l.position = 0"
    " JOIN certificates c ON c.id = l.certificate_id"
    " WHERE m.measurement_start_time >= ? AND m.measurement_start_time < ? || '~'"
    " AND f.value GLOB 'ssl_*'"
)
# What was shown where a page is the interference.
_PAGES = (
    "SELECT DISTINCT m.id, h.body_sha256, t.value FROM visible_measurements m JOIN verdicts v"
    " ON v.measurement_id = m.id AND v.revision = m.revision AND v.layer = 'http'"
    " JOIN http_transactions h ON h.measurement_id = m.id"
    " LEFT JOIN strings t ON t.id = h.title_id"
    " WHERE m.measurement_start_time >= ? AND m.measurement_start_time < ? || '~'"
)
Verdict = tuple[int | None, str | None, str | None, str | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One measurement of the collector, as far as it is needed to decide about it."""

    uid: str
    start: str
    arrival: Arrival
    category: str | None
    verdict: Verdict


class Source:
    """A collector's file, in one read transaction from `with` to its end."""

    def __init__(self, store: Store) -> None:
        """Read from `store`."""
        self._stack = ExitStack()
        self._conn: sqlite3.Connection = self._stack.enter_context(store.reading())

    def __enter__(self) -> Self:
        """From here on nothing changes."""
        self._conn.execute("BEGIN")
        self._loader = Loader(self._conn)
        rows = self._conn.execute(
            "SELECT n.id, n.asn, cc.value FROM networks n LEFT JOIN strings cc ON cc.id = n.cc_id"
        )
        self._networks: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
        for number, asn, cc in rows:
            self._networks[cc or "ZZ"].append((number, asn))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let it go on."""
        if self._conn.in_transaction:
            self._conn.execute("ROLLBACK")
        self._stack.close()

    def months(self, seq: int, day: str, *, today: str) -> tuple[set[str], int]:
        """In which months something changed since then, and how far that reaches."""
        found = self._conn.execute(_MONTHS, (seq, day, today)).fetchall()
        last = self._conn.execute("SELECT ifnull(max(seq), 0) FROM touched").fetchone()[0]
        return {month for (month,) in found}, last

    def month(self, month: str, today: str) -> list[Entry]:
        """All that could be published of a month, of what was received before today."""
        return [
            Entry(
                uid=uid,
                start=start,
                category=category,
                verdict=tuple(verdict),
                arrival=Arrival(
                    key=key,
                    url=url,
                    cc=cc if isinstance(cc, str) else None,
                    asn=asn,
                    day=start[:10],
                    received=day,
                    sender=sender,
                    alone=bool(alone),
                ),
            )
            for key, uid, url, cc, asn, start, day, sender, alone, locus, category, *verdict in self._conn.execute(
                _MONTH, (month, month, today)
            )
            if locus != Locus.LOCAL
        ]

    def interceptors(self, month: str) -> dict[int, set[str]]:
        """By measurement: the issuers of the certificates by which it was intercepted."""
        found: dict[int, set[str]] = defaultdict(set)
        for key, issuer in self._conn.execute(_INTERCEPTORS, (month, month)):
            found[key].add(issuer or "")
        return found

    def pages(self, month: str) -> dict[int, set[str]]:
        """By measurement, where a page is the finding: the titles and hashes of what was shown."""
        found: dict[int, set[str]] = defaultdict(set)
        for key, digest, title in self._conn.execute(_PAGES, (month, month)):
            found[key] |= {
                text.hex() if isinstance(text, bytes) else text for text in (digest, title) if text
            }
        return found

    def places(self) -> dict[tuple[int, str], str]:
        """One name for each network: the one that most measurements give it."""
        return {(asn, cc): org for asn, cc, org in self._conn.execute(_PLACES)}

    def load(self, key: int) -> Measurement:
        """The whole measurement."""
        return self._loader.load(key)

    def senders_of(self, url: str, asn: int | None, cc: str | None) -> dict[str, int | None]:
        """Published uid → sender, of a target in a network; asn None: of any in the country."""
        return {
            published_uid(uid, start, cc): sender
            for number, known in self._networks[cc or "ZZ"]
            if asn is None or known == asn
            for uid, start, sender in self._conn.execute(_SENT, (number, url))
        }
