"""The store's outbox as the uploader sees it: what is packed, what stays at home."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from measurements.schema.measurement import Measurement
from measurements.schema.submission import withdraw_sha256
from measurements.store.outbox import Outbox
from measurements.store.query import Filter
from measurements.store.store import Store
from measurements.verdict.features import features_of
from probe import home as homes
from probe.consent.needles import Needles
from probe.consent.record import Sharing
from probe.consent.scrub import Scrubbed, scrub
from probe.upload.answers import Answered
from probe.wiring.ledger import NOBODY, StoreLedger, new_secret
from tests.fakes.homes import RUN, fill, goes_as, measured, uid_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


KNOWN = Needles.of(["203.0.113.7"])
TODAYS = "178.89.2.7"


def scrubbed(m: Measurement, last: Needles) -> Scrubbed:
    """With one address known."""
    return scrub(m, needles=KNOWN, bodies=False, features=features_of, last=last)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """With three of a run."""
    fill(tmp_path, 3)
    with homes.open_store(tmp_path) as found:
        yield found


@pytest.fixture
def ledger(store: Store) -> StoreLedger:
    """Of one collector."""
    return StoreLedger(
        store=store,
        collector_id=Outbox(store).collector("https://c.example").id,
        sharing=Sharing(upload=True, bodies=False, since="0001"),
        needles=KNOWN,
        scrub=scrubbed,
        now=lambda: NOW,
    )


def test_what_is_owed_is_packed(ledger: StoreLedger) -> None:
    """Under the name that it travels by, with the hash of the secret that stays."""
    uids = ledger.unoffered(Filter())
    assert [uid_of(n) for n in range(3)] == uids
    assert (3, 0) == (ledger.owe(uids), ledger.owe(uids))
    owed = {parcel.measurement_uid: parcel for parcel in ledger.owed()}
    packed = ledger.pack(uids)
    assert () == packed.kept
    for number, packet in enumerate(packed.items):
        document = orjson.loads(packet.item.document)
        assert (uid_of(number), goes_as(number)) == (packet.uid, packet.goes_as)
        assert packet.goes_as == document["measurement_uid"]
        secret = owed[packet.uid].withdraw_secret
        assert withdraw_sha256(secret) == packet.item.withdraw_sha256
        assert secret not in packet.item.document


def test_what_stays_at_home(ledger: StoreLedger, store: Store) -> None:
    """With the reason; the others go; what was deleted meanwhile is not missed."""
    store.save(replace(measured(7), run_id=f"{RUN}0", input="https://router.lan/"))
    packed = ledger.pack([uid_of(0), uid_of(7), "gone"])
    assert [uid_of(0)] == [packet.uid for packet in packed.items]
    ((uid, reason),) = packed.kept
    assert uid_of(7) == uid
    assert "private network" in reason


def test_what_holds_the_address_of_today_waits(ledger: StoreLedger, store: Store) -> None:
    """As soon as it is known; another's address is no reason; nothing of it is written down."""
    for number, address in ((7, TODAYS), (8, "178.89.2.77")):
        page = replace(
            measured(number), run_id=f"{RUN}0", input=f"https://site{number}.kz/?a={address}"
        )
        store.save(page)
    uids = [uid_of(7), uid_of(8)]
    assert uids == [packet.uid for packet in ledger.pack(uids).items]
    ledger.seen_at(TODAYS)
    packed = ledger.pack(uids)
    assert [uid_of(8)] == [packet.uid for packet in packed.items]
    ((uid, reason),) = packed.waits  # the collector may be wrong: it is no last word
    assert ((), uid_of(7)) == (packed.kept, uid)
    assert "this collector says" in reason
    assert TODAYS not in reason
    assert KNOWN.names == ledger.needles.names


def test_nothing_goes_that_was_not_agreed_to(ledger: StoreLedger) -> None:
    """Whoever built the ledger: policy is asked once more."""
    ledger.sharing = Sharing(upload=False, bodies=False, since="0001")
    packed = ledger.pack([uid_of(0)])
    assert ((), 1) == (packed.items, len(packed.kept))


def test_states_are_written(ledger: StoreLedger) -> None:
    """Each call is in the database when it returns."""
    uids = ledger.unoffered(Filter())
    ledger.owe(uids)
    assert uids == ledger.sending(uids)
    ledger.answered([Answered(measurement_uid=uids[0], status="accepted")])
    ledger.postponed(uids[1:], "busy", NOW)
    states = [ledger.outbox.states(uid)[0] for uid in uids]
    assert ["accepted", "sent", "sent"] == [state.state for state in states]
    assert [None, "busy", "busy"] == [state.says for state in states]
    assert uids[1:] == ledger.sending(uids)


def test_keys_are_pinned(ledger: StoreLedger) -> None:
    """Found again."""
    assert ledger.pinned() is None
    ledger.pin(b"k" * 32)
    assert b"k" * 32 == ledger.pinned()


def test_a_collector_without_a_row(ledger: StoreLedger) -> None:
    """Is owed nothing, and everything would be new to it."""
    ledger.collector_id = NOBODY
    assert [] == ledger.owed()
    assert 3 == len(ledger.unoffered(Filter()))
    assert ledger.pinned() is None


def test_secrets_are_random() -> None:
    """32 bytes each."""
    found = {new_secret() for _ in range(100)}
    assert (100, {32}) == (len(found), {len(secret) for secret in found})
