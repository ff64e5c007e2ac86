"""What a home owes a collector, in memory: for tests of what brings it there."""

import asyncio
import dataclasses
import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.schema.submission import Item, canonical, withdraw_sha256
from probe.upload import outbox
from probe.upload.answers import Answered
from probe.upload.line import Line
from probe.upload.outbox import State
from probe.upload.uploader import (
    Circumstances,
    Delivery,
    News,
    Packed,
    Packet,
    Terms,
    Uploader,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@dataclass
class Row:
    """A parcel."""

    measurement_uid: str
    state: State = State.WAITING
    attempts: int = 0
    last_answer: str | None = None
    last_attempt_at: str | None = None
    next_attempt_at: str | None = None


@dataclass
class MemoryLedger:
    """As the store's outbox, in a dictionary; states move as outbox.after says."""

    rows: dict[str, Row]
    key: bytes | None = None
    held: dict[str, str] = field(default_factory=dict)
    padding: dict[str, int] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def pinned(self) -> bytes | None:
        return self.key

    def pin(self, key: bytes) -> None:
        self.key = key

    def seen_at(self, address: str) -> None:
        self.seen.append(address)

    def owed(self) -> Sequence[Row]:
        return [dataclasses.replace(r) for r in self.rows.values() if r.state in outbox.OWED]

    def pack(self, uids: Sequence[str]) -> Packed:
        return Packed(
            items=tuple(
                Packet(uid, f"x-{uid}", self.item(uid)) for uid in uids if uid not in self.held
            ),
            kept=tuple((uid, self.held[uid]) for uid in uids if uid in self.held),
        )

    def item(self, uid: str) -> Item:
        noise = b"".join(
            hashlib.sha256(b"%d %s" % (i, uid.encode())).digest()
            for i in range(self.padding.get(uid, 0) // 32)
        )
        document = canonical({"measurement_uid": f"x-{uid}", "noise": noise.hex()})
        return Item(document=document, withdraw_sha256=withdraw_sha256(uid.encode()))

    def sending(self, uids: Sequence[str]) -> Sequence[str]:
        may = [uid for uid in uids if self.rows[uid].state in outbox.OWED]
        for uid in may:
            self.rows[uid].state = State.SENT
            self.rows[uid].attempts += 1
        return may

    def answered(self, answers: Sequence[Answered]) -> None:
        for a in answers:
            row = self.rows[a.measurement_uid]
            row.state = outbox.after(row.state, State(a.status))
            row.last_answer = a.says

    def postponed(self, uids: Sequence[str], says: str, until: datetime) -> None:
        for uid in uids:
            row = self.rows[uid]
            assert row.state in outbox.OWED
            row.last_answer, row.next_attempt_at = says, outbox.written(until)

    def states(self) -> dict[str, int]:
        found = [str(r.state) for r in self.rows.values()]
        return {state: found.count(state) for state in sorted(set(found))}


def ledger_of(count: int) -> MemoryLedger:
    """So many that wait."""
    return MemoryLedger({f"m{i}": Row(f"m{i}") for i in range(count)})


@dataclass
class Went:
    """What came of it."""

    delivery: Delivery
    news: list[News]
    slept: list[float]


async def deliver(ledger: MemoryLedger, url: str, **terms: Any) -> Went:  # noqa: ANN401
    """Once."""
    went = Went(Delivery(url=url), [], [])

    async def sleep(seconds: float) -> None:
        went.slept.append(seconds)
        await asyncio.sleep(0)

    around = Circumstances(now=lambda: NOW, chance=lambda: 0.5, sleep=sleep, tell=went.news.append)
    line = Line(url, proxy=None, tls=ssl.create_default_context(), sleep=sleep)
    usual = Terms(key=Ed25519PrivateKey.generate(), nonce="n", hurry=True)
    full = dataclasses.replace(usual, **terms)
    async with line:
        await Uploader(line, ledger, full, around, went.delivery).deliver()
    return went
