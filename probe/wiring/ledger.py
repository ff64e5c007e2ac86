"""What one home owes one collector: the store's outbox, and scrubbing on the way out of it."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from measurements.schema.measurement import Measurement
from measurements.schema.submission import Item, withdraw_sha256
from measurements.store.errors import NotFound
from measurements.store.outbox import Answer, Outbox, Parcel
from measurements.store.query import Filter
from measurements.store.store import Store
from probe.consent.needles import Needles
from probe.consent.policy import may_share
from probe.consent.record import Sharing
from probe.consent.scrub import Held, Scrubbed
from probe.upload.answers import Answered
from probe.upload.outbox import written
from probe.upload.uploader import Packed, Packet

SECRET_BYTES = 32
SEEN = "it holds the address from which this collector says that you come, so it waits"
ALL = 2**62
NOBODY = -1  # the id of a collector that has no row yet
Scrub = Callable[[Measurement, Needles], Scrubbed]  # with what to look for at the end


def new_secret() -> bytes:
    """What lets its owner, and nobody else, have a measurement deleted."""
    return secrets.token_bytes(SECRET_BYTES)


@dataclass(slots=True)
class StoreLedger:
    """Ledger of probe/upload/uploader.py, for one collector."""

    store: Store
    collector_id: int
    sharing: Sharing
    needles: Needles
    scrub: Scrub
    now: Callable[[], datetime]
    _parcels: dict[str, Parcel] = field(default_factory=dict)
    _last: Needles | None = None  # with the address that the collector sees

    @property
    def outbox(self) -> Outbox:
        """The store's."""
        return Outbox(self.store)

    def pinned(self) -> bytes | None:
        """The collector's key, if it was ever met."""
        return next(
            (c.public_key for c in self.outbox.collectors() if c.id == self.collector_id), None
        )

    def pin(self, key: bytes) -> None:
        """Note it."""
        self.outbox.pin(self.collector_id, key, f"{self.now():%Y-%m-%d}")

    def seen_at(self, address: str) -> None:
        """In memory only, and for what is packed from now on."""
        addresses = (*map(str, self.needles.addresses), address)
        self._last = Needles.of(addresses, names=self.needles.names)

    def owe(self, uids: Sequence[str]) -> int:
        """From now on these are owed; how many are new."""
        return self.outbox.enqueue(uids, self.collector_id, secret=new_secret)

    def owed(self) -> list[Parcel]:
        """All that waits, or was sent and not answered."""
        found = self.outbox.owed(self.collector_id, now=None, limit=ALL)
        self._parcels = {parcel.measurement_uid: parcel for parcel in found}
        return found

    def pack(self, uids: Sequence[str]) -> Packed:
        """Scrub these."""
        items: list[Packet] = []
        kept: list[tuple[str, str]] = []
        waits: list[tuple[str, str]] = []
        for uid in uids:
            try:
                scrubbed = self._scrubbed(uid, self._last or self.needles)
            except NotFound:
                continue  # it was deleted meanwhile, and the debt with it
            except Held as exc:
                # What only the collector says to be our address may be its own proxy's: no last word.
                if self._last is not None and self._may_go(uid):
                    waits.append((uid, SEEN))
                else:
                    kept.append((uid, str(exc)))
                continue
            parcel = self._parcels.get(uid)
            secret = new_secret() if parcel is None else parcel.withdraw_secret
            item = Item(document=scrubbed.document, withdraw_sha256=withdraw_sha256(secret))
            items.append(Packet(uid, scrubbed.measurement_uid, item))
        return Packed(items=tuple(items), kept=tuple(kept), waits=tuple(waits))

    def _may_go(self, uid: str) -> bool:
        try:
            self._scrubbed(uid, self.needles)
        except Held:
            return False
        return True

    def _scrubbed(self, uid: str, last: Needles) -> Scrubbed:
        m = self.store.load(uid)
        reason = may_share(m, source="run", sharing=self.sharing)  # the outbox has no others
        if reason is not None:
            raise Held(reason)
        return self.scrub(m, last)

    def sending(self, uids: Sequence[str]) -> list[str]:
        """Before the first byte goes."""
        return self.outbox.mark_sent(self.collector_id, uids, written(self.now()))

    def answered(self, answers: Sequence[Answered]) -> None:
        """What became of them."""
        rows = [
            Answer(measurement_uid=a.measurement_uid, state=a.status, says=a.says or None)
            for a in answers
        ]
        self.outbox.record(self.collector_id, rows, written(self.now()))

    def postponed(self, uids: Sequence[str], says: str, until: datetime) -> None:
        """They stay owed; not before `until`."""
        self.outbox.postpone(
            self.collector_id,
            uids,
            says=says,
            at=written(self.now()),
            next_attempt_at=written(until),
        )

    def unoffered(self, wanted: Filter) -> list[str]:
        """What was measured here and is not owed to this collector yet."""
        return self.outbox.unoffered(self.collector_id, wanted)
