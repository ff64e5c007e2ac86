"""Invitations: a text that the collector signed, good for so many senders, until a day. Pure."""

import re
from dataclasses import dataclass
from typing import Protocol

import orjson

from measurements.schema.submission import canonical, decode_key, encode_key, holds

FORMAT = "anyqta-invite/1"
ID_BYTES = 9
_MAX_TOKEN = 1024
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_MOST = 1_000_000


class BadInvite(ValueError):  # noqa: N818 - it says what it is
    """This is no invitation of ours, or no longer one; the message says why, for the volunteer."""


class Signer(Protocol):
    """An Identity, as far as is needed."""

    @property
    def public(self) -> bytes:
        """The collector's key."""
        ...

    def sign(self, what: str, message: bytes) -> str:
        """A signature, as text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """`most` senders, until the end of the day `until`."""

    id: bytes
    most: int
    until: str


def mint(identity: Signer, invite: Invite) -> str:
    """The text to give away."""
    if not (1 <= invite.most <= _MOST and _DAY.match(invite.until) and invite.id):
        raise ValueError("an invitation needs an id, a number of senders and a day")
    line = canonical(
        {
            "collector": encode_key(identity.public),
            "id": encode_key(invite.id),
            "most": invite.most,
            "until": invite.until,
        }
    )
    return f"{encode_key(line)}.{identity.sign(FORMAT, line)}"


def check(token: str, *, collector: bytes, day: str) -> Invite:
    """What a token is good for. Raises BadInvite."""
    body, dot, signature = token.partition(".")
    if not dot or len(token) > _MAX_TOKEN:
        raise BadInvite("this is not an invitation, or not the whole of one")
    try:
        line = decode_key(body)
    except ValueError as exc:
        raise BadInvite("this is not an invitation, or not the whole of one") from exc
    if not holds(collector, FORMAT, line, signature):
        raise BadInvite("this invitation is not of this collector, or not the whole of one")
    fields = orjson.loads(line)  # we wrote it
    if fields["until"] < day:
        raise BadInvite(f"this invitation was good until {fields['until']}: ask for a new one")
    return Invite(id=decode_key(fields["id"]), most=fields["most"], until=fields["until"])
