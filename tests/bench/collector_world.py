"""What many volunteers would send: sealed submissions in a file, and how to read them back."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.schema.codec import to_document
from measurements.schema.measurement import Measurement
from measurements.schema.submission import Item, canonical, seal, withdraw_sha256
from measurements.verdict.features import features_of
from tests.bench.store_world import World

PER_DAY = 500


@dataclass(frozen=True)
class Load:
    """So many documents, in submissions of `batch`, by so many senders in turn."""

    total: int
    batch: int = 100
    senders: int = 50
    seed: int = 1


def bodyless(m: Measurement) -> Measurement:
    """As it is uploaded: what the rules need of a body, without the body."""
    transactions = tuple(
        replace(h, features=features_of(h), body=None) if h.body is not None else h
        for h in m.records.http_transactions
    )
    return replace(m, records=replace(m.records, http_transactions=transactions))


def items(load: Load) -> Iterator[Item]:
    """Documents of their own, with the uids that the product would give."""
    world, chance = World(load.seed), random.Random(load.seed)
    for n in range(load.total):
        m = bodyless(world.measurement(n, n // PER_DAY))
        stamp = m.measurement_start_time.translate(str.maketrans("", "", "-:TZ"))
        uid = f"{stamp}_KZ_webconnectivity_{chance.getrandbits(64):016x}"
        secret = chance.randbytes(32)
        yield Item(
            document=canonical(to_document(replace(m, measurement_uid=uid))),
            withdraw_sha256=withdraw_sha256(secret),
        )


def key(sender: int) -> Ed25519PrivateKey:
    """The same for the same number."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"bench %d" % sender).digest())


def write(load: Load, path: Path) -> int:
    """One submission after another, each after its length; bytes of documents before zstd."""
    waiting: list[Item] = []
    plain = sent = 0
    with path.open("wb") as file:
        for item in items(load):
            waiting.append(item)
            plain += len(item.document)
            if len(waiting) == load.batch:
                _put(file, waiting, sent % load.senders)
                waiting, sent = [], sent + 1
        if waiting:
            _put(file, waiting, sent % load.senders)
    return plain


def _put(file: object, waiting: list[Item], sender: int) -> None:
    data = seal(waiting, key=key(sender))
    file.write(len(data).to_bytes(4, "big") + data)  # type: ignore[attr-defined]


def read(path: Path) -> Iterator[bytes]:
    """The submissions of `write`, one at a time."""
    with path.open("rb") as file:
        while size := file.read(4):
            yield file.read(int.from_bytes(size, "big"))
