"""What would go, shown or written to a file: neither contacts anybody."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.schema.submission import BUNDLE, bundle_part, seal
from probe import home as homes
from probe.engine.request import UploadRequest
from probe.upload.answers import Answered
from probe.upload.collectors import Collector, parse_collector
from probe.upload.outbox import KEPT_AT_HOME, State, written
from probe.upload.uploader import MOST_BYTES, MOST_DOCUMENTS, Packet
from probe.wiring.keyring import Keyring
from probe.wiring.ledger import StoreLedger
from probe.wiring.upload import after, ledger_for, now, wanted_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One submission as it would go. `final`: its key and secrets exist, so these are its very bytes;
    otherwise they are made when it goes, and only the digest will differ."""

    url: str
    documents: tuple[bytes, ...]
    kept: tuple[tuple[str, str], ...]
    bytes: int
    digest: str
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A bundle file."""

    path: Path
    documents: int
    kept: tuple[tuple[str, str], ...]
    bytes: int


def preview(request: UploadRequest) -> Iterator[Shown]:
    """For each collector, submission by submission. Nothing is changed."""
    keyring = Keyring(request.home)
    with homes.open_store(request.home, read_only=True) as store:
        for text in request.collectors:
            collector = parse_collector(text)
            ledger = ledger_for(store, collector, request, make=False)
            owed = {parcel.measurement_uid for parcel in ledger.owed()}
            key = keyring.key_if_made(collector.url, now())
            for uids in _batches(_meant(ledger, request, owed)):
                packed = ledger.pack(uids)
                invite = request.invite or keyring.invite(collector.url)
                for part, sealed in _sealed(
                    list(packed.items),
                    key or Ed25519PrivateKey.generate(),
                    collector,
                    ledger,
                    invite,
                ):
                    yield Shown(
                        url=collector.url,
                        documents=tuple(packet.item.document for packet in part),
                        kept=(),
                        bytes=len(sealed),
                        digest=hashlib.sha256(sealed).hexdigest(),
                        final=key is not None and owed.issuperset(p.uid for p in part),
                    )
                if packed.kept:
                    yield Shown(
                        url=collector.url,
                        documents=(),
                        kept=packed.kept,
                        bytes=0,
                        digest="",
                        final=True,
                    )


def has_pretended(home: Path) -> bool:
    """Whether there are measurements of the demonstration, which go nowhere."""
    with homes.open_store(home, read_only=True) as store:
        return store.last_run("demo") is not None


def to_file(request: UploadRequest, path: Path) -> Written:
    """All that the only collector of `request` is owed, as one private file, whole or not at all.

    It counts as sent: a later upload asks the collector whether it arrived.
    """
    collector = parse_collector(request.collectors[0])
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with homes.open_store(request.home) as store:
        keyring = Keyring(request.home)
        if request.invite is not None:
            keyring.keep_invite(collector.url, request.invite)
        ledger = ledger_for(store, collector, request)
        ledger.owe(ledger.unoffered(after(wanted_of(request), request.agreed_since)))
        owed = {parcel.measurement_uid for parcel in ledger.owed()}
        key, invite = keyring.key(collector.url, now()), keyring.invite(collector.url)
        kept: list[tuple[str, str]] = []
        went: list[str] = []
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                file.write(BUNDLE)
                for uids in _batches(_meant(ledger, request, owed, offered=True)):
                    packed = ledger.pack(uids)
                    kept += packed.kept
                    for part, sealed in _sealed(list(packed.items), key, collector, ledger, invite):
                        file.write(bundle_part(sealed))
                        went += [packet.uid for packet in part]
                file.flush()
                os.fsync(file.fileno())
            _note(ledger, kept, went, path)
            size = beside.stat().st_size
            if went:
                beside.replace(path)
        except OSError as exc:
            raise homes.HomeError(f"{path} cannot be written: {exc.strerror}") from exc
        finally:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
    return Written(path=path, documents=len(went), kept=tuple(kept), bytes=size)


def _note(ledger: StoreLedger, kept: list[tuple[str, str]], went: list[str], path: Path) -> None:
    """Before the file has its name: one that is there was noted."""
    ledger.answered(
        [
            Answered(measurement_uid=uid, status=State.REJECTED, says=KEPT_AT_HOME + reason)
            for uid, reason in kept
        ]
    )
    ledger.sending(went)
    ledger.postponed(went, f"written to {path.name} on {written(now())}", now())


def _meant(
    ledger: StoreLedger, request: UploadRequest, owed: set[str], *, offered: bool = False
) -> list[str]:
    """What is owed, and (unless it was offered by now) what would be; in the order of measuring."""
    wanted = wanted_of(request)
    new = set() if offered else set(ledger.unoffered(after(wanted, request.agreed_since)))
    return [uid for uid in ledger.store.iter_uids(wanted) if uid in owed or uid in new]


def _batches(uids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(uids), MOST_DOCUMENTS):
        yield uids[start : start + MOST_DOCUMENTS]


def _sealed(
    items: list[Packet],
    key: Ed25519PrivateKey,
    collector: Collector,
    ledger: StoreLedger,
    invite: str | None,
) -> Iterator[tuple[list[Packet], bytes]]:
    """As the uploader cuts them."""
    if not items:
        return
    known = collector.key or ledger.pinned() or b""
    sealed = seal(
        [packet.item for packet in items],
        key=key,
        collector=known,
        invite=invite,
        alone=ledger.sharing.alone,
    )
    if len(items) > 1 and len(sealed) > MOST_BYTES:
        middle = len(items) // 2
        yield from _sealed(items[:middle], key, collector, ledger, invite)
        yield from _sealed(items[middle:], key, collector, ledger, invite)
        return
    yield items, sealed
