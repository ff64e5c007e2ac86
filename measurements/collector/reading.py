"""From an item's bytes to a checked measurement, or to the reason why not. Pure."""

import hashlib
from dataclasses import dataclass
from typing import Any

from measurements.collector import validate
from measurements.collector.jobs import ItemAnswer
from measurements.schema.measurement import Measurement, Place
from measurements.schema.submission import canonical

_HASH_HEX = 64


@dataclass(frozen=True, slots=True)
class Item:
    """One item, parsed. `document` is canonical, `withdraw_sha256` the hash of a secret."""

    parsed: dict[str, Any]
    document: bytes
    content_sha256: bytes
    withdraw_sha256: bytes | None

    @property
    def uid(self) -> str:
        """What it calls itself; empty where that is no text."""
        uid = self.parsed.get("measurement_uid")
        return uid if isinstance(uid, str) else ""


def read_line(line: bytes, *, most: int) -> Item | ItemAnswer:
    """A line of a payload: {"document": …, "withdraw": hex or null}."""
    if len(line) > most:
        return rejected("", "too_large", f"it has more than {most} bytes")
    try:
        outer = validate.parse(line)
    except validate.Invalid as exc:
        return rejected("", "invalid", str(exc))
    if not isinstance(outer, dict) or "document" not in outer:
        return rejected("", "invalid", "it is not an item with a document")
    commitment = None
    if outer.get("withdraw") is not None:
        commitment = _sha256(outer["withdraw"])
        if commitment is None:
            return rejected("", "invalid", "withdraw: it is not 64 hex digits")
    return _item(outer["document"], commitment)


def read_document(data: bytes, *, most: int) -> Item | ItemAnswer:
    """A document alone, as OONI's protocol has it."""
    if len(data) > most:
        return rejected("", "too_large", f"it has more than {most} bytes")
    try:
        return _item(validate.parse(data), None)
    except validate.Invalid as exc:
        return rejected("", "invalid", str(exc))


def _item(document: object, commitment: bytes | None) -> Item | ItemAnswer:
    if not isinstance(document, dict):
        return rejected("", "invalid", "the document is not a JSON object")
    try:
        whole = canonical(document)
    except TypeError:
        return rejected("", "invalid", "the document cannot be written as JSON again")
    return Item(document, whole, hashlib.sha256(whole).digest(), commitment)


def check(item: Item, *, today: str) -> Measurement | ItemAnswer:
    """The measurement, every field of it checked."""
    try:
        return validate.check(item.parsed, today=today)
    except validate.Invalid as exc:
        return rejected(item.uid, "invalid", str(exc))


def rejected(uid: str, code: str, says: str) -> ItemAnswer:
    """An answer. The uid is a stranger's text: no more of it than a uid can have."""
    return ItemAnswer(measurement_uid=uid[:128], status="rejected", code=code, says=says)


def agrees(claimed: Place, seen: Place | None) -> bool | None:
    """Whether a network is the one that was claimed; None where one of the two is not known."""
    if seen is None:
        return None
    pairs = [(claimed.asn, seen.asn), (claimed.cc, seen.cc)]
    known = [a == b for a, b in pairs if a and b]
    return all(known) if known else None


def _sha256(text: object) -> bytes | None:
    if not isinstance(text, str) or len(text) != _HASH_HEX:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
