"""One collector is brought what it is owed, in batches, and believed only what it signed.

Whatever happens in between, a measurement stays owed until a receipt says what became of it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.schema import submission
from measurements.schema.submission import CONTENT_TYPE, PATH, Item
from probe.upload import outbox
from probe.upload.answers import (
    About,
    Answered,
    NoAnswer,
    Refused,
    read_receipt,
    read_refusal,
)
from probe.upload.line import Line, NotReached, Sleep
from probe.upload.meeting import meet
from probe.upload.outbox import State

MOST_DOCUMENTS = 100
MOST_BYTES = 2 * 2**20
_TOO_LARGE = 413
_TOO_OFTEN, _BUSY = 429, 503
_PART_OF_IT = frozenset({400, _TOO_LARGE, 415, 422})  # it may be one document's fault
_PATIENCE = 60.0  # seconds that are waited for a collector that asks for them
_PATIENT = 20  # so often in one go
_UNCLEAR = 3  # single documents refused by nobody knows whom; then it is not their fault


class Parcel(Protocol):
    """A measurement that a collector is owed: a row of the store's outbox."""

    @property
    def measurement_uid(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def last_answer(self) -> str | None: ...
    @property
    def last_attempt_at(self) -> str | None: ...
    @property
    def next_attempt_at(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Packet:
    """A scrubbed measurement. `uid` is its name at home, `goes_as` the one it travels under."""

    uid: str
    goes_as: str
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What may go, what has to stay at home, and what only waits, with the reason in words."""

    items: tuple[Packet, ...]
    kept: tuple[tuple[str, str], ...] = ()
    waits: tuple[tuple[str, str], ...] = ()


class Ledger(Protocol):
    """What this home has written down about one collector. Each call is safe when it returns."""

    def pinned(self) -> bytes | None:
        """The collector's key, if it was ever met."""

    def pin(self, key: bytes) -> None:
        """Note it."""

    def seen_at(self, address: str) -> None:
        """Where the collector sees us: while this lasts, what holds it stays at home."""

    def owed(self) -> Sequence[Parcel]:
        """All that waits, or was sent and not answered."""

    def pack(self, uids: Sequence[str]) -> Packed:
        """Scrub these; in a thread."""

    def sending(self, uids: Sequence[str]) -> Sequence[str]:
        """Before the first byte goes. Those that may: not what was withdrawn meanwhile."""

    def answered(self, answers: Sequence[Answered]) -> None:
        """What became of them."""

    def postponed(self, uids: Sequence[str], says: str, until: datetime) -> None:
        """They stay owed; not before `until`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something became known about a measurement; with no uid, of all that still waits."""

    url: str
    measurement_uid: str
    state: str
    says: str = ""


@dataclass(slots=True, kw_only=True)
class Delivery:
    """How it went with one collector. `trouble`: why something still waits."""

    url: str
    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)
    waiting: int = 0
    trouble: str = ""
    next_attempt_at: datetime | None = None
    reached: bool = False
    tried: bool = False

    def count(self, state: str, says: str) -> None:
        """One more."""
        self.counts[state] = self.counts.get(state, 0) + 1
        if says and state == State.REJECTED:
            self.reasons[state, says] = self.reasons.get((state, says), 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How to go about it. `expected`: the key that the collector's URL names.

    `hurry`: a person asks for it now. `only`: these measurements, None for all. `alone`: the sender
    agrees that they are published although nobody else measured there.
    """

    key: Ed25519PrivateKey
    nonce: str
    expected: bytes | None = None
    trust_new_key: bool = False
    invite: str | None = None
    alone: bool = False
    hurry: bool = False
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The clock, chance (from 0 to 1), patience, and whom to tell."""

    now: Callable[[], datetime]
    chance: Callable[[], float]
    sleep: Sleep
    tell: Callable[[News], None]


class _Stopped(Exception):  # noqa: N818 - it is not an error
    """Enough of this collector for now."""

    def __init__(self, says: str, after: timedelta | None = None, *, asked: bool = False) -> None:
        super().__init__(says)
        self.after = after
        self.asked = asked


class Uploader:
    """For one collector, once."""

    def __init__(
        self, line: Line, ledger: Ledger, terms: Terms, around: Circumstances, delivery: Delivery
    ) -> None:
        """`delivery` is filled while it goes, so that an interruption leaves what is known."""
        self._line, self._ledger, self._terms = line, ledger, terms
        self._around, self._out = around, delivery
        self._about: About | None = None
        self._waits = 0
        self._unclear = 0
        self._left: dict[str, Parcel] = {}

    async def deliver(self) -> None:
        """All that is due. What is left over is in the ledger, with the reason and the next time."""
        owed = [p for p in self._ledger.owed() if self._is_meant(p)]
        due = [p for p in owed if self._is_due(p)]
        self._left = {p.measurement_uid: p for p in due}
        self._out.waiting = len(owed)
        if not due:
            self._note_the_next(owed)
            return
        self._out.tried = True
        try:
            self._about = await self._meet()
            uids = list(self._left)
            for start in range(0, len(uids), MOST_DOCUMENTS):
                await self._batch(uids[start : start + MOST_DOCUMENTS])
        except (NotReached, NoAnswer, _Stopped) as exc:
            self._out.reached |= not isinstance(exc, NotReached) or exc.connected
            self._put_off(list(self._left), exc)

    def _is_meant(self, parcel: Parcel) -> bool:
        only = self._terms.only
        return only is None or parcel.measurement_uid in only

    def _is_due(self, parcel: Parcel) -> bool:
        if self._terms.hurry and not outbox.asked_to_wait(parcel.last_answer):
            return True
        now = self._around.now()
        return outbox.is_due(parcel.next_attempt_at, parcel.last_attempt_at, now)

    def _note_the_next(self, owed: Sequence[Parcel]) -> None:
        times = [at for p in owed if (at := outbox.moment(p.next_attempt_at)) is not None]
        if times:
            self._out.next_attempt_at = min(times)
            self._out.trouble = next((p.last_answer for p in owed if p.last_answer), "") or ""

    async def _meet(self) -> About:
        pinned = self._ledger.pinned()
        expected = self._terms.expected or pinned
        if self._terms.trust_new_key and self._terms.expected is None:
            expected = None
        about = await meet(self._line, nonce=self._terms.nonce, expected=expected)
        self._out.reached = True
        if about.seen_at is not None:
            self._ledger.seen_at(about.seen_at)
        if about.mode == "invited" and self._terms.invite is None:
            raise _Stopped(
                "it takes results by invitation only. Ask its operator for one, then:"
                " anyqta upload --invite FILE"
            )
        if about.key != pinned:
            self._ledger.pin(about.key)
        return about

    # --- batches ---------------------------------------------------------------------------------

    async def _batch(self, uids: list[str]) -> None:
        packed = await asyncio.to_thread(self._ledger.pack, uids)
        self._settle(
            [
                Answered(
                    measurement_uid=uid, status=State.REJECTED, says=outbox.KEPT_AT_HOME + reason
                )
                for uid, reason in packed.kept
            ]
        )
        for uid, reason in packed.waits:
            self._put_off([uid], _Stopped(reason))
            self._left.pop(uid, None)
        if packed.items:
            await self._send(list(packed.items))

    async def _send(self, items: list[Packet]) -> None:
        assert self._about is not None
        uids, most = [packet.uid for packet in items], self._about.documents or MOST_DOCUMENTS
        sealed = await asyncio.to_thread(
            submission.seal,
            [packet.item for packet in items],
            key=self._terms.key,
            collector=self._about.key,
            invite=self._terms.invite,
            alone=self._terms.alone,
        )
        if len(items) > 1 and (len(sealed) > MOST_BYTES or len(items) > most):
            await self._halves(items)
            return
        if self._about.body is not None and len(sealed) > self._about.body:
            says = f"larger than this collector takes ({self._about.body} bytes)"
            self._settle([Answered(measurement_uid=uids[0], status=State.REJECTED, says=says)])
            return
        may_go = set(self._ledger.sending(uids))
        if len(may_go) < len(uids):
            self._forget(set(uids) - may_go)
            if may_go:
                await self._send([packet for packet in items if packet.uid in may_go])
            return
        digest = submission.unseal(sealed).digest
        reply = await self._line.post(PATH, sealed, CONTENT_TYPE)
        refused = read_refusal(reply, key=self._about.key, digest=digest, now=self._around.now())
        if refused is not None:
            await self._refused(items, refused)
            return
        names = [packet.goes_as for packet in items]
        answers = read_receipt(reply, key=self._about.key, digest=digest, uids=names)
        ours = [replace(one, measurement_uid=uid) for one, uid in zip(answers, uids, strict=True)]
        self._settle([one for one in ours if not one.for_now])
        for one in (
            one for one in ours if one.for_now
        ):  # a clock is wrong, and is set right some day
            self._put_off([one.measurement_uid], _Stopped(one.says, outbox.LONGEST_PAUSE))
            self._left.pop(one.measurement_uid, None)

    def _forget(self, gone: set[str]) -> None:
        """Withdrawn, or answered to another process, while this one was at it."""
        for uid in gone:
            if self._left.pop(uid, None) is not None:
                self._out.waiting -= 1

    async def _halves(self, items: list[Packet]) -> None:
        middle = len(items) // 2
        await self._send(items[:middle])
        await self._send(items[middle:])

    async def _refused(self, items: list[Packet], refused: Refused) -> None:
        """As a whole: one document's fault, this sender's, or the time's?"""
        if refused.status in {_TOO_OFTEN, _BUSY}:
            await self._wait(refused)
            await self._send(items)
            return
        may_be_cut = refused.signed or refused.status == _TOO_LARGE  # a proxy may have a limit too
        if refused.status not in _PART_OF_IT or not may_be_cut:
            raise _Stopped(f"it refuses: {refused.says}" if refused.signed else refused.says)
        if len(items) > 1:
            await self._halves(items)
            return
        uid = items[0].uid
        if refused.of_this:
            self._settle([Answered(measurement_uid=uid, status=State.REJECTED, says=refused.says)])
            return
        # That may have been said of other bytes, or by somebody in between: it waits, others go on.
        self._unclear += 1
        if self._unclear >= _UNCLEAR:
            raise _Stopped(refused.says)
        self._put_off([uid], _Stopped(refused.says))
        self._left.pop(uid, None)

    async def _wait(self, refused: Refused) -> None:
        """A moment here, or later: as the collector asks."""
        if refused.retry_after is None:
            raise _Stopped(refused.says)
        pause = outbox.asked_pause(refused.retry_after, signed=refused.signed)
        self._waits += 1
        if pause.total_seconds() > _PATIENCE or self._waits > _PATIENT:
            raise _Stopped(refused.says, pause, asked=True)
        seconds = max(pause.total_seconds(), 1.0)
        says = f"{refused.says.rstrip('.')}. It is tried again in {seconds:.0f} s"
        self._around.tell(
            News(url=self._out.url, measurement_uid="", state=State.WAITING, says=says)
        )
        await self._around.sleep(seconds)

    # --- what is written down --------------------------------------------------------------------

    def _settle(self, answers: Sequence[Answered]) -> None:
        if not answers:
            return
        self._ledger.answered(answers)
        for one in answers:
            self._left.pop(one.measurement_uid, None)
            self._out.waiting -= 1
            self._out.count(one.status, one.says)
            self._around.tell(
                News(
                    url=self._out.url,
                    measurement_uid=one.measurement_uid,
                    state=one.status,
                    says=one.says,
                )
            )

    def _put_off(self, uids: list[str], exc: Exception) -> None:
        attempts = max((self._left[uid].attempts for uid in uids if uid in self._left), default=0)
        after = exc.after if isinstance(exc, _Stopped) else None
        asked = isinstance(exc, _Stopped) and exc.asked
        after = after or outbox.pause(attempts + 1, self._around.chance())
        until, says = self._around.now() + after, str(exc)
        if asked:
            says = f"{outbox.ASKED_TO_WAIT}: {says}"
        self._out.trouble, self._out.next_attempt_at = says, until
        if uids:
            self._ledger.postponed(uids, says, until)
