"""From an item's bytes to a checked measurement, or to the reason why not. Pure."""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any

from measurements.collector import swift, validate
from measurements.collector.jobs import ItemAnswer
from measurements.schema.measurement import Measurement, Place
from measurements.schema.submission import TOO_EARLY, canonical
from measurements.schema.verdict import Verdict

_HASH_HEX = 64
# A line as our probes write it.
_BEGIN = b'{"document":'
_END = re.compile(rb',"withdraw":(?:null|"([0-9a-f]{64})")\}\Z')
_LONGEST_END = 79


@dataclass(frozen=True, slots=True)
class Item:
    """One item, parsed. `withdraw_sha256` is the hash of a secret.

    `document` is canonical. Where it looks as our probes write it (`parsed` is a swift.Document then)
    that is taken on trust: to write it again, for comparison, takes longer than to read it. See
    `respelled`.
    """

    parsed: dict[str, Any] | swift.Document
    document: bytes
    content_sha256: bytes
    withdraw_sha256: bytes | None

    @property
    def uid(self) -> str:
        """What it calls itself; empty where that is no text."""
        if isinstance(self.parsed, swift.Document):
            return self.parsed.measurement_uid
        uid = self.parsed.get("measurement_uid")
        return uid if isinstance(uid, str) else ""


def read_line(line: bytes, *, most: int) -> Item | ItemAnswer:
    """A line of a payload: {"document": …, "withdraw": hex or null}."""
    if len(line) > most:
        return rejected("", "too_large", f"it has more than {most} bytes")
    quick = _quick(line)
    if quick is not None:
        return quick
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


def _quick(line: bytes) -> Item | None:
    """The same for a line as our probes write it: without taking it apart and putting it together."""
    end = _END.search(line, len(line) - _LONGEST_END) if line.startswith(_BEGIN) else None
    if end is None:
        return None
    document = line[len(_BEGIN) : end.start()]
    parsed = swift.parse(document)
    if parsed is None:
        return None
    commitment = bytes.fromhex(end[1].decode()) if end[1] is not None else None
    return Item(parsed, document, hashlib.sha256(document).digest(), commitment)


def respelled(item: Item) -> Item | None:
    """The item under its canonical document's hash, where it was written otherwise."""
    if not isinstance(item.parsed, swift.Document):
        return None
    try:
        whole = canonical(validate.parse(item.document))
    except (validate.Invalid, TypeError):
        return None
    if whole == item.document:
        return None
    return replace(item, document=whole, content_sha256=hashlib.sha256(whole).digest())


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


def check(item: Item, *, today: str) -> tuple[Measurement, Verdict | None] | ItemAnswer:
    """The measurement without its verdict, and the verdict; every field of both checked."""
    parsed: object = item.parsed
    if isinstance(parsed, swift.Document):
        checked = swift.check(parsed, today=today)
        if checked is not None:
            return checked
        parsed = validate.parse(item.document)
    try:
        m = validate.check(parsed, today=today)
    except validate.TooEarly as exc:
        return rejected(item.uid, TOO_EARLY, str(exc))
    except validate.Invalid as exc:
        return rejected(item.uid, "invalid", str(exc))
    return replace(m, verdict=None), m.verdict


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
