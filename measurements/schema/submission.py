"""What travels from a probe to a collector: signed submissions, the answers to them, bundles of them.

A submission is two lines and a payload: a header (JSON), its signature, then zstd. The header names
the payload's SHA-256, so that who sent it, and that nothing was changed, is known before a byte is
decompressed. Ed25519 is RFC 8032, as `cryptography` has it. Pure. docs/data-formats.md has the
format in words, docs/design/0010 the reasons.
"""

import base64
import binascii
import hashlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Json = dict[str, Any]

FORMAT = "anyqta-submission/1"
RECEIPT = "anyqta-receipt/1"
BUNDLE = b"anyqta-bundle/1\n"
CONTENT_TYPE = "application/vnd.anyqta.submission"
SIGNATURE_HEADER = "Anyqta-Signature"
TOO_EARLY = "too_early"  # the code of a rejection that may be the collector's own clock's fault
YOUR_ADDRESS = "your_address"  # in what a collector says of itself: from where it is asked
PATH, WITHDRAWALS, ABOUT = "/api/v1/submissions", "/api/v1/withdrawals", "/api/v1/collector"
MAX_HEADER = 8192  # bytes of the two lines together
KEY_BYTES = 32
_LEVEL = 9
_PRIME = 2**255 - 19
# The y of the eight points of small order: with such a key one signature holds for many messages, and
# anybody can write it. The library takes them, and numbers of _PRIME and more for smaller ones.
_TWISTED = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset({0, 1, _PRIME - 1, _TWISTED, _PRIME - _TWISTED})
_HEX = re.compile(r"[0-9a-f]{64}\Z")


class BadSubmission(ValueError):  # noqa: N818 - it says what it is
    """These bytes are not a submission, or were changed; the message says which. Never their text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One measurement on its way. `document` is canonical JSON (see `canonical`).

    `withdraw_sha256` is 64 hex digits: whoever knows what hashes to it may have it deleted.
    """

    document: bytes
    withdraw_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is signed. `collector` is its public key, or empty where it was never met.

    `alone`: its sender agrees that it is published although nobody else measured there that day.
    """

    sender: bytes
    collector: bytes
    documents: int
    payload_sha256: str
    invite: str | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submission whose signature holds and whose payload is whole, still compressed.

    `digest` names it in the receipt: the SHA-256 of its header line, in hex.
    """

    header: Header
    payload: bytes
    digest: str


def canonical(document: object) -> bytes:
    """JSON with sorted keys and no spaces, so that equal documents have equal bytes.

    Raises TypeError (orjson.JSONEncodeError) for numbers of more than 64 bits and lone surrogates.
    """
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def content_sha256(document: bytes) -> str:
    """The name of a canonical document's content, in hex."""
    return hashlib.sha256(document).hexdigest()


def withdraw_sha256(secret: bytes) -> str:
    """What a collector keeps of a withdrawal secret, in hex."""
    return hashlib.sha256(b"anyqta-withdraw/1\n" + secret).hexdigest()


def encode_payload(items: Iterable[Item]) -> bytes:
    """The payload before compression: a line for each item."""
    out = bytearray()
    for item in items:
        commitment = (
            b"null" if item.withdraw_sha256 is None else b'"%b"' % item.withdraw_sha256.encode()
        )
        out += b'{"document":%b,"withdraw":%b}\n' % (item.document, commitment)
    return bytes(out)


def decode_payload(payload: bytes, *, most: int) -> list[bytes]:
    """Its lines, unparsed; `most` is bytes after decompression. Raises BadSubmission."""
    decompressor = zstd.ZstdDecompressor()
    try:
        text = decompressor.decompress(payload, max_length=most + 1)
    except zstd.ZstdError as exc:
        raise BadSubmission("the payload is not zstd") from exc
    if len(text) > most:
        raise BadSubmission(f"the payload has more than {most} bytes when it is decompressed")
    if not decompressor.eof or decompressor.unused_data:
        raise BadSubmission("the payload is cut short, or something follows it")
    return [line for line in text.split(b"\n") if line]


def seal(
    items: list[Item],
    *,
    key: Ed25519PrivateKey,
    collector: bytes = b"",
    invite: str | None = None,
    alone: bool = False,
    level: int = _LEVEL,
) -> bytes:
    """A whole submission, signed: the bytes that go. `level` is zstd's."""
    payload = zstd.compress(encode_payload(items), level)
    fields: Json = {
        "collector": encode_key(collector),
        "documents": len(items),
        "format": FORMAT,
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
        "sender": encode_key(key.public_key().public_bytes_raw()),
    }
    if invite is not None:
        fields["invite"] = invite
    if alone:
        fields["alone"] = True
    line = canonical(fields)
    signature = encode_key(key.sign(_signed(FORMAT, line)))
    return b"%b\n%b\n%b" % (line, signature.encode(), payload)


def unseal(data: bytes) -> Submission:
    """Check the signature and the payload's hash. Nothing is decompressed. Raises BadSubmission."""
    line, rest = _cut(data)
    signature, payload = _cut(rest)
    header = _header(line)
    if not is_sound(header.sender):
        raise BadSubmission("the sender's key is none: anybody could sign by it")
    if not holds(header.sender, FORMAT, line, signature):
        raise BadSubmission("the signature does not hold")
    if hashlib.sha256(payload).hexdigest() != header.payload_sha256:
        raise BadSubmission("the payload was changed on the way, or is cut short")
    return Submission(header=header, payload=payload, digest=hashlib.sha256(line).hexdigest())


def sign(key: Ed25519PrivateKey, what: str, message: bytes) -> str:
    """A signature that holds for this kind of message only."""
    return encode_key(key.sign(_signed(what, message)))


def holds(public_key: bytes, what: str, message: bytes, signature: bytes | str) -> bool:
    """Whether `signature` (base64url) is of this message, of this kind, by this key."""
    if not is_sound(public_key):
        return False
    try:
        raw = decode_key(signature)
        Ed25519PublicKey.from_public_bytes(public_key).verify(raw, _signed(what, message))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_sound(public_key: bytes) -> bool:
    """Whether it can be one person's: written in the one right way, and not of small order."""
    y = int.from_bytes(public_key, "little") & (1 << 255) - 1
    return len(public_key) == KEY_BYTES and y < _PRIME and y not in _SMALL_ORDER


def encode_key(raw: bytes) -> str:
    """Keys, signatures and secrets as text: base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_key(text: str | bytes) -> bytes:
    """The opposite. Raises ValueError."""
    raw = text.encode() if isinstance(text, str) else text
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except binascii.Error as exc:
        raise ValueError("not base64url") from exc


def split_bundle(data: bytes) -> tuple[list[bytes], str | None]:
    """The submissions of a bundle file, and what is wrong with its end (None: it is whole).

    Raises BadSubmission where it is no bundle at all.
    """
    if not data.startswith(BUNDLE):
        raise BadSubmission("this is not a bundle that `anyqta upload --to-file` wrote")
    out: list[bytes] = []
    at = len(BUNDLE)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        part = data[at + 4 : at + 4 + size]
        if len(data) < at + 4 or len(part) < size:
            return out, "the file is cut short: its last submission is missing or not whole"
        out.append(part)
        at += 4 + size
    return out, None


def join_bundle(submissions: Iterable[bytes]) -> bytes:
    """A bundle file: a line, then each submission after its length (4 bytes, big-endian)."""
    return BUNDLE + b"".join(bundle_part(part) for part in submissions)


def bundle_part(submission: bytes) -> bytes:
    """One submission in a bundle, for those who write it piece by piece."""
    return len(submission).to_bytes(4, "big") + submission


def _signed(what: str, message: bytes) -> bytes:
    return what.encode() + b"\n" + message


def _cut(data: bytes) -> tuple[bytes, bytes]:
    end = data.find(b"\n", 0, MAX_HEADER)
    if end < 0:
        raise BadSubmission("it does not begin with a header and a signature")
    return data[:end], data[end + 1 :]


def _header(line: bytes) -> Header:
    try:
        fields = orjson.loads(line)
        header = Header(
            sender=decode_key(fields["sender"]),
            collector=decode_key(fields["collector"]),
            documents=fields["documents"],
            payload_sha256=fields["payload_sha256"],
            invite=fields.get("invite"),
            alone=fields.get("alone", False),
        )
        known = fields["format"] == FORMAT
    except (KeyError, TypeError, AttributeError, ValueError) as exc:
        raise BadSubmission("its header cannot be read") from exc
    if not known:
        raise BadSubmission(f"its format is not {FORMAT}")
    if not _is_sound(header):
        raise BadSubmission("a field of its header has the wrong type or length")
    return header


def _is_sound(h: Header) -> bool:
    return (
        len(h.sender) == KEY_BYTES
        and len(h.collector) in {0, KEY_BYTES}
        and type(h.documents) is int
        and h.documents > 0
        and isinstance(h.payload_sha256, str)
        and bool(_HEX.match(h.payload_sha256))
        and isinstance(h.invite, str | None)
        and type(h.alone) is bool
    )
