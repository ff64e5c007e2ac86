"""Numbers back into the things that are stored once; the reverse of ids.py."""

import sqlite3
import zlib
from collections.abc import Callable
from itertools import repeat
from typing import Any, TypeVar

from measurements.schema.measurement import Place
from measurements.schema.records import Arm, DNSAnswer

_REMEMBERED = 100_000
T = TypeVar("T")


class Lookup:
    """Remembers what it read, up to a bound."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        """Read from `conn`."""
        self._conn = conn
        self._known: dict[tuple[str, int], Any] = {}

    def text(self, number: int) -> str:
        """The text with this number."""

        def read() -> str:
            value = self._rows("SELECT value FROM strings WHERE id = ?", number)[0][0]
            return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")

        return self._remember("text", number, read)

    def opt(self, number: int | None) -> str | None:
        """The text, or None for null."""
        return None if number is None else self.text(number)

    def network(self, number: int) -> Place:
        """The network with this number."""

        def read() -> Place:
            sql = "SELECT asn, cc_id, as_org_name_id FROM networks WHERE id = ?"
            asn, cc, org = self._rows(sql, number)[0]
            return Place(asn=asn, cc=self.opt(cc), as_org_name=self.opt(org))

        return self._remember("network", number, read)

    def arm(self, number: int | None) -> Arm | None:
        """The arm with this number; None for null."""
        if number is None:
            return None

        def read() -> Arm:
            sql = "SELECT experiment_id, name_id, repetition FROM arms WHERE id = ?"
            experiment, name, repetition = self._rows(sql, number)[0]
            return Arm(
                experiment=self.text(experiment), name=self.text(name), repetition=repetition
            )

        return self._remember("arm", number, read)

    def answers(self, number: int | None, ttls: list[int | None] | None) -> tuple[DNSAnswer, ...]:
        """The DNS records of a set, with the TTLs that they came with."""
        if number is None:
            return ()

        def read() -> list[tuple[str, str, Place]]:
            sql = (
                "SELECT answer_type_id, value_id, network_id FROM dns_answers"
                " WHERE answer_set_id = ? ORDER BY position"
            )
            return [
                (self.text(kind), self.text(value), Place() if net is None else self.network(net))
                for kind, value, net in self._rows(sql, number)
            ]

        records = self._remember("answers", number, read)
        return tuple(
            DNSAnswer(
                answer_type=kind, value=value, ttl=ttl, asn=place.asn, as_org_name=place.as_org_name
            )
            for (kind, value, place), ttl in zip(records, ttls or repeat(None), strict=False)
        )

    def chain(self, number: int | None) -> tuple[bytes, ...]:
        """The certificates of a chain, leaf first."""
        if number is None:
            return ()
        sql = (
            "SELECT c.der FROM chain_certificates l JOIN certificates c ON c.id = l.certificate_id"
            " WHERE l.chain_id = ? ORDER BY l.position"
        )
        return tuple(der for (der,) in self._rows(sql, number))

    def body(self, number: int) -> bytes:
        """A body."""
        return zlib.decompress(self._rows("SELECT deflated FROM bodies WHERE id = ?", number)[0][0])

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self._conn.execute(sql, values).fetchall()

    def _remember(self, kind: str, number: int, read: Callable[[], T]) -> T:
        try:
            known: T = self._known[kind, number]
        except KeyError:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[kind, number] = read()
        return known
