"""What a collector holds, counted; and what waits in quarantine, a line for each claim."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from measurements.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Numbers of a collector's database. Days are of arrival."""

    measurements: int
    received: dict[str, int]  # protocol -> how many
    quarantined: int
    released: int
    senders: int
    invited_senders: int
    withdrawn: int
    first_day: str | None
    last_day: str | None
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """What strangers claim, and how many of them: `senders` has those whose keys are known."""

    url: str
    asn: int
    status: str
    layer: str
    mechanism: str
    measurements: int
    senders: int
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """Which of the quarantined: all conditions together. `before`: a day."""

    uids: tuple[str, ...] = ()
    url: str | None = None
    asn: int | None = None
    status: str | None = None
    before: str | None = None

    @property
    def where(self) -> tuple[str, list[str | int]]:
        """SQL and its values."""
        terms, values = ["q.released_by IS NULL"], list[str | int]()
        for term, value in (
            ("t.url = ?", self.url),
            ("q.asn = ?", self.asn),
            ("q.status = ?", self.status),
            ("q.day < ?", self.before),
        ):
            if value is not None:
                terms.append(term)
                values.append(value)
        if self.uids:
            terms.append(f"m.measurement_uid IN ({', '.join('?' * len(self.uids))})")
            values += self.uids
        return " AND ".join(terms), values


_FROM = (
    " FROM quarantine q JOIN targets t ON t.id = q.target_id"
    " JOIN measurements m ON m.id = q.measurement_id WHERE "
)


def overview(store: Store) -> Overview:
    """Counted now."""
    with store.reading() as conn:

        def one(sql: str) -> tuple[Any, ...]:
            row: tuple[Any, ...] = conn.execute(sql).fetchone()
            return row

        first_day, last_day = one("SELECT min(day), max(day) FROM received")
        released, hidden = one(
            "SELECT count(released_by), count(*) - count(released_by) FROM quarantine"
        )
        senders, invited = one("SELECT count(*), coalesce(sum(invited), 0) FROM senders")
        return Overview(
            measurements=one("SELECT count(*) FROM measurements")[0],
            received=dict(
                conn.execute(
                    "SELECT protocol, count(*) FROM received GROUP BY protocol ORDER BY protocol"
                ).fetchall()
            ),
            quarantined=hidden,
            released=released,
            senders=senders,
            invited_senders=invited,
            withdrawn=one("SELECT count(*) FROM withdrawn")[0],
            first_day=first_day,
            last_day=last_day,
            bytes=store.path.stat().st_size,
        )


def claims(store: Store, picked: Picked, *, limit: int) -> list[ClaimRow]:
    """Those that most measurements support, first."""
    where, values = picked.where
    sql = (
        "SELECT t.url, q.asn, q.status, q.layer, q.mechanism, count(*), count(DISTINCT q.sender_id),"
        f" min(q.day), max(q.day){_FROM}{where} GROUP BY q.target_id, q.asn, q.status, q.layer,"
        " q.mechanism ORDER BY 7 DESC, 6 DESC, 1, 2 LIMIT ?"
    )
    with store.reading() as conn:
        return [
            ClaimRow(
                url=url,
                asn=asn,
                status=status,
                layer=layer,
                mechanism=mechanism,
                measurements=count,
                senders=senders,
                first_day=first,
                last_day=last,
            )
            for url, asn, status, layer, mechanism, count, senders, first, last in conn.execute(
                sql, [*values, limit]
            ).fetchall()
        ]


def uids(store: Store, picked: Picked, *, at_a_time: int = 500) -> Iterator[list[str]]:
    """Those that are hidden now, oldest first, some at a time."""
    where, values = picked.where
    after = 0
    while True:
        with store.reading() as conn:
            rows = conn.execute(
                f"SELECT q.measurement_id, m.measurement_uid{_FROM}{where}"
                " AND q.measurement_id > ? ORDER BY q.measurement_id LIMIT ?",
                [*values, after, at_a_time],
            ).fetchall()
        if not rows:
            return
        after = rows[-1][0]
        yield [uid for _, uid in rows]
