"""What many volunteers would send: sealed submissions in a file, and how to read them back."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.schema.submission import Item, canonical, seal, withdraw_sha256
from measurements.verdict.features import features_of
from probe.consent.needles import Needles
from probe.consent.scrub import scrub
from tests.bench.store_world import World

PER_DAY = 500
BASES = 1000
NONE = Needles.of([])


@dataclass(frozen=True)
class Load:
    """So many documents, in submissions of `batch`, by so many senders in turn."""

    total: int
    batch: int = 100
    senders: int = 50
    seed: int = 1


def items(load: Load) -> Iterator[Item]:
    """Documents of their own, with the uids that the product would give.

    Scrubbing takes longer than all that the collector does; so the first are measured and scrubbed,
    and later ones are the same sites again on other days, with other pages.
    """
    world, chance = World(load.seed), random.Random(load.seed)
    bases = []
    for n in range(load.total):
        if n < BASES:
            m = replace(world.measurement(n, 0), annotations=(("own_address", "known"),))
            scrubbed = scrub(m, needles=NONE, bodies=False, features=features_of)
            bases.append(orjson.loads(scrubbed.document))
        document = bases[n % BASES]
        day = f"2026-{1 + n // PER_DAY // 28 % 12:02d}-{1 + n // PER_DAY % 28:02d}"
        document["measurement_start_time"] = f"{day} 06:{n % 60:02d}:00"
        stamp = f"{day.replace('-', '')}06{n % 60:02d}00"
        document["measurement_uid"] = f"{stamp}_KZ_webconnectivity_{chance.getrandbits(64):016x}"
        document["test_runtime"] = round(chance.uniform(1, 20), 6)
        for request in document["test_keys"]["requests"]:
            request["response"]["x_body_sha256"] = f"{chance.getrandbits(256):064x}"
        yield Item(
            document=canonical(document), withdraw_sha256=withdraw_sha256(chance.randbytes(32))
        )


_UID = re.compile(rb'"measurement_uid":"([^"]{1,120})"')
_CHEAP = 1  # zstd's level: the load is not what is measured


def renamed(total: int, batch: int = 100, senders: int = 50) -> Iterator[bytes]:
    """Submissions of the first documents again and again, each under a uid of its own: cheaper."""
    bases = [(item, _UID.search(item.document)) for item in items(Load(BASES))]
    numbers = iter(range(total))
    for sent in range(-(-total // batch)):
        waiting = []
        for n in islice(numbers, batch):
            item, uid = bases[n % BASES]
            assert uid is not None
            name = b"%s%016x" % (uid[1][:-16], n)
            document = item.document[: uid.start(1)] + name + item.document[uid.end(1) :]
            waiting.append(Item(document=document, withdraw_sha256=f"{n:064x}"))
        yield seal(waiting, key=key(sent % senders), level=_CHEAP)


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


def keep(sent: Iterator[bytes], path: Path) -> None:
    """In a file, as `write` does."""
    with path.open("wb") as file:
        for data in sent:
            file.write(len(data).to_bytes(4, "big") + data)


def read(path: Path) -> Iterator[bytes]:
    """The submissions of `write`, one at a time."""
    with path.open("rb") as file:
        while size := file.read(4):
            yield file.read(int.from_bytes(size, "big"))
