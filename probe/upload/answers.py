"""What came back: a receipt that the collector signed, a refusal, or no answer at all. Pure.

Only a signed receipt is an answer. A page with status 200, a login page of the network, a redirect, a
receipt for something else: none of these may make a probe believe that its results arrived.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from measurements.schema import submission
from measurements.schema.submission import (
    RECEIPT,
    SIGNATURE_HEADER,
    TOO_EARLY,
    YOUR_ADDRESS,
    decode_key,
    encode_key,
    holds,
)
from probe.upload.outbox import ANSWERS

COLLECTOR_FORMAT = "anyqta-collector/1"
MOST_ANSWER = 2 * 2**20  # bytes; a receipt for a hundred measurements has some 15,000
_OK = 200
_REDIRECTS = range(300, 400)
_MOST_SAYS = 300
WITHDRAWALS = frozenset({"withdrawn", "refused"})
_LOGIN = "If this network has a login page (hotel, café, school), open any page in a browser first."


class NoAnswer(Exception):  # noqa: N818 - it says what it is
    """What came is no answer of the collector; the message says what it was."""


class OtherKey(NoAnswer):
    """A collector answers at this address, and it is not the one that this probe knows."""

    def __init__(self, key: bytes) -> None:
        """`key`: what it shows."""
        super().__init__(
            f"it shows another key than before ({encode_key(key)[:12]}…). Either its operator made a new"
            " one, or somebody else answers in its place. Nothing was sent to it. Ask its operator; if"
            " the key is right: anyqta upload --trust-new-key"
        )
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP response. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a collector says of itself. `body` is the most bytes that it takes at once.

    `seen_at`: the public address that we come from, as it sees us; never written down.
    """

    key: bytes
    mode: str
    body: int | None = None
    documents: int | None = None
    seen_at: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The word on one measurement: `status` is accepted, duplicate or rejected (or withdrawn, refused).

    `for_now`: it is rejected by the collector's clock, which may be the one that is wrong.
    """

    measurement_uid: str
    status: str
    says: str = ""
    for_now: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A submission refused as a whole. `of_this`: signed, and said of these very bytes."""

    status: int
    code: str
    says: str
    signed: bool
    of_this: bool
    retry_after: float | None = None


def read_about(reply: Reply, *, nonce: str) -> About:
    """Who answers at this address. Raises NoAnswer."""
    if reply.status != _OK:
        raise NoAnswer(instead(reply))
    fields = _object(reply)
    try:
        key = decode_key(fields["collector"])
        good = fields["format"] == COLLECTOR_FORMAT and fields["nonce"] == nonce
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NoAnswer(instead(reply)) from None
    if not good or not _signed(reply, key, COLLECTOR_FORMAT):
        raise NoAnswer("what answers there cannot prove that it is a collector")
    limits = fields.get("limits")
    limits = limits if isinstance(limits, dict) else {}
    return About(
        key=key,
        mode=_text(fields.get("mode")),
        body=_count(limits.get("body")),
        documents=_count(limits.get("documents")),
        seen_at=_public(_text(fields.get(YOUR_ADDRESS))),
    )


def _public(text: str) -> str | None:
    """An address that tells something of a person. A proxy's inside (10.…) is half a country's block page."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return str(address) if address.is_global and not address.is_multicast else None


def read_receipt(
    reply: Reply,
    *,
    key: bytes,
    digest: str,
    uids: Sequence[str],
    known: frozenset[str] = ANSWERS,
) -> tuple[Answered, ...]:
    """The answers for these measurements, in their order. Raises NoAnswer."""
    if reply.status != _OK:
        raise NoAnswer(instead(reply))
    fields = _object(reply)
    if fields.get("format") != RECEIPT:
        raise NoAnswer(instead(reply))
    if not _signed(reply, key, RECEIPT):
        raise NoAnswer("the receipt is not signed with the collector's key")
    if fields.get("submission") != digest:
        raise NoAnswer("the receipt is for something else than what was sent")
    return _answers(fields.get("answers"), uids, known)


def _answers(found: object, uids: Sequence[str], known: frozenset[str]) -> tuple[Answered, ...]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise NoAnswer("the receipt has no list of answers")
    if [one.get("measurement_uid") for one in found] != list(uids):
        raise NoAnswer("the receipt does not answer for exactly what was sent")
    if not all(one.get("status") in known for one in found):
        raise NoAnswer("the receipt has an answer that this version does not know")
    return tuple(
        Answered(
            measurement_uid=one["measurement_uid"],
            status=one["status"],
            says=_says(one),
            for_now=one["status"] == "rejected" and one.get("code") == TOO_EARLY,
        )
        for one in found
    )


def read_refusal(reply: Reply, *, key: bytes, digest: str, now: datetime) -> Refused | None:
    """Why it was refused as a whole; None where this is no refusal."""
    if reply.status == _OK or reply.status in _REDIRECTS:
        return None
    try:
        fields = _object(reply)
    except NoAnswer:
        fields = {}
    signed = "error" in fields and _signed(reply, key, RECEIPT)
    return Refused(
        status=reply.status,
        code=_text(fields.get("error")) if signed else "",
        says=_text(fields.get("says")) if signed else instead(reply),
        signed=signed,
        of_this=signed and fields.get("submission") == digest,
        retry_after=_retry_after(reply.headers.get("retry-after"), now),
    )


def instead(reply: Reply) -> str:
    """What it was, in words."""
    if reply.status in _REDIRECTS:
        return (
            f"instead of an answer we were sent on to another address, and did not follow. {_LOGIN}"
        )
    if "html" in reply.headers.get("content-type", ""):
        return f"a web page came instead of an answer (status {reply.status}). {_LOGIN}"
    if reply.status == _OK:
        return "what came back is not an answer of a collector"
    return f"status {reply.status} came back, and not from the collector itself"


def _object(reply: Reply) -> dict[str, Any]:
    try:
        fields = orjson.loads(reply.body)
    except ValueError:
        raise NoAnswer(instead(reply)) from None
    if not isinstance(fields, dict):
        raise NoAnswer(instead(reply))
    return fields


def _signed(reply: Reply, key: bytes, what: str) -> bool:
    signature = reply.headers.get(SIGNATURE_HEADER.lower(), "")
    return len(key) == submission.KEY_BYTES and holds(key, what, reply.body, signature)


def _says(one: dict[str, Any]) -> str:
    reason = _text(one.get("reason")) or _text(one.get("code"))
    if one["status"] == "accepted" and one.get("quarantined") is True:
        return "accepted, and not shown until others found the same"
    return reason


def _text(value: object) -> str:
    return value[:_MOST_SAYS] if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None


def _retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds; also where it is a date (RFC 9110 §10.2.3)."""
    if value is None:
        return None
    try:
        return max(0.0, float(int(value)))
    except (ValueError, OverflowError):
        pass
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
