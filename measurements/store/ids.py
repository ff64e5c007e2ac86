"""Numbers for what is stored once, found or made inside the caller's transaction."""

import hashlib
import sqlite3
import zlib
from collections.abc import Callable

from measurements.schema.records import Arm
from measurements.store.rows import AnswerKey

_REMEMBERED = 100_000  # entries of one cache; beyond it the cache starts anew, so memory is bounded
_REMEMBERED_TEXT = 300  # characters; longer texts are rare and seldom repeat


_Answer = tuple[int, int, int | None]  # type, value, network


class SqlIds:
    """rows.Ids over an open database. After a rollback `forget` must be called."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        """Numbers are looked up in `conn`."""
        self._conn = conn
        self._texts: dict[str, int] = {}
        self._others: dict[object, int] = {}
        self._last_chain: tuple[tuple[bytes, ...] | None, int] = (None, 0)
        self._new_texts: list[str] = []
        self._new_others: list[object] = []

    def forget(self) -> None:
        """Drop what was remembered: numbers given in a transaction that was undone are void."""
        self._texts.clear()
        self.forget_parts()

    def forget_parts(self) -> None:
        """Drop everything but texts."""
        self._others.clear()
        self._last_chain = (None, 0)

    def mark(self) -> None:
        """From here on, `undo` can take back."""
        self._new_texts.clear()
        self._new_others.clear()

    def undo(self) -> None:
        """Forget only what was learned since `mark`: that part of the transaction was undone."""
        for text in self._new_texts:
            self._texts.pop(text, None)
        for key in self._new_others:
            self._others.pop(key, None)
        self._last_chain = (None, 0)
        self.mark()

    def text(self, value: str) -> int:
        """A text's number."""
        known = self._texts.get(value)
        if known is not None:
            return known
        stored: str | bytes = value
        try:
            value.encode()
        except UnicodeEncodeError:
            stored = value.encode("utf-8", "surrogatepass")
        number = self._find("SELECT id FROM strings WHERE value = ?", stored)
        if number is None:
            number = self._insert("INSERT INTO strings (value) VALUES (?)", stored)
        if len(value) <= _REMEMBERED_TEXT:
            if len(self._texts) >= _REMEMBERED:
                self._texts.clear()
                self._new_texts.clear()
            self._texts[value] = number
            self._new_texts.append(value)
        return number

    def target(self, url: str, category_code: str | None) -> int:
        """A target's number; the category is the one it first came with."""

        def make() -> int:
            number = self._find("SELECT id FROM targets WHERE url = ?", url)
            insert = "INSERT INTO targets (url, category_code) VALUES (?, ?)"
            return self._insert(insert, url, category_code) if number is None else number

        return self._remember(("target", url), make)

    def run(self, run_id: str) -> int:
        """A run's number. An unknown run is one that was imported."""

        def make() -> int:
            number = self._find("SELECT id FROM runs WHERE run_id = ?", run_id)
            insert = "INSERT INTO runs VALUES (NULL, ?, 'import', '', NULL, '', 0, 0, 0)"
            return self._insert(insert, run_id) if number is None else number

        return self._remember(("run", run_id), make)

    def network(self, asn: int | None, cc: str | None, as_org_name: str | None) -> int:
        """A network's number."""
        key = (asn, cc, as_org_name)
        known = self._others.get(key)
        if known is not None:
            return known

        def make() -> int:
            code = None if cc is None else self.text(cc)
            name = None if as_org_name is None else self.text(as_org_name)
            where = "asn IS ? AND cc_id IS ? AND as_org_name_id IS ?"
            select = f"SELECT id FROM networks WHERE {where}"  # noqa: S608 - our own text
            number = self._find(select, asn, code, name)
            insert = "INSERT INTO networks (asn, cc_id, as_org_name_id) VALUES (?, ?, ?)"
            return self._insert(insert, asn, code, name) if number is None else number

        return self._remember(key, make)

    def arm(self, arm: Arm) -> int:
        """An arm's number."""

        def make() -> int:
            values = (self.text(arm.experiment), self.text(arm.name), arm.repetition)
            where = "experiment_id = ? AND name_id = ? AND repetition = ?"
            number = self._find(f"SELECT id FROM arms WHERE {where}", *values)  # noqa: S608
            insert = "INSERT INTO arms (experiment_id, name_id, repetition) VALUES (?, ?, ?)"
            return self._insert(insert, *values) if number is None else number

        return self._remember(arm, make)

    def answers(self, records: tuple[AnswerKey, ...]) -> int:
        """The number of a set of DNS records, in their order."""

        def make() -> int:
            return self._answers(tuple(map(self._answer, records)))

        return self._remember(records, make)

    def _answer(self, record: AnswerKey) -> _Answer:
        kind, value, asn, name = record
        network = None if asn is None and name is None else self.network(asn, None, name)
        return self.text(kind), self.text(value), network

    def _answers(self, records: tuple[_Answer, ...]) -> int:
        name = hashlib.blake2b(repr(records).encode(), digest_size=16).digest()
        number = self._find("SELECT id FROM answer_sets WHERE hash = ?", name)
        if number is None:
            number = self._insert("INSERT INTO answer_sets (hash) VALUES (?)", name)
            self._conn.executemany(
                "INSERT INTO dns_answers VALUES (?, ?, ?, ?, ?)",
                [(number, i, *record) for i, record in enumerate(records)],
            )
        return number

    def chain(self, ders: tuple[bytes, ...]) -> int:
        """A certificate chain's number; its certificates are stored on the way."""
        if ders == self._last_chain[0]:  # a site's addresses mostly show the same one
            return self._last_chain[1]
        hashes = [hashlib.sha256(der).digest() for der in ders]
        name = hashlib.sha256(b"".join(hashes)).digest()

        def make() -> int:
            number = self._find("SELECT id FROM chains WHERE sha256 = ?", name)
            if number is None:
                number = self._insert("INSERT INTO chains (sha256) VALUES (?)", name)
                for position, (sha256, der) in enumerate(zip(hashes, ders, strict=True)):
                    link = (number, position, self._certificate(sha256, der))
                    self._conn.execute("INSERT INTO chain_certificates VALUES (?, ?, ?)", link)
            return number

        self._last_chain = (ders, self._remember(name, make))
        return self._last_chain[1]

    def _certificate(self, sha256: bytes, der: bytes) -> int:
        number = self._find("SELECT id FROM certificates WHERE sha256 = ?", sha256)
        if number is not None:
            return number
        from measurements.store.certificates import describe  # noqa: PLC0415 - slow to import

        insert = "INSERT INTO certificates VALUES (NULL, ?, ?, ?, ?, ?, ?)"
        return self._insert(insert, sha256, der, *describe(der))

    def body(self, body: bytes) -> int:
        """A body's number."""
        sha256 = hashlib.sha256(body).digest()

        def make() -> int:
            number = self._find("SELECT id FROM bodies WHERE sha256 = ?", sha256)
            insert = "INSERT INTO bodies (sha256, deflated) VALUES (?, ?)"
            return self._insert(insert, sha256, zlib.compress(body)) if number is None else number

        return self._remember(("body", sha256), make)

    def _remember(self, key: object, make: Callable[[], int]) -> int:
        known = self._others.get(key)
        if known is None:
            if len(self._others) >= _REMEMBERED:
                self._others.clear()
                self._new_others.clear()
            known = self._others[key] = make()
            self._new_others.append(key)
        return known

    def _find(self, sql: str, *values: object) -> int | None:
        row = self._conn.execute(sql, values).fetchone()
        return None if row is None else int(row[0])

    def _insert(self, sql: str, *values: object) -> int:
        number = self._conn.execute(sql, values).lastrowid
        assert number is not None
        return number
