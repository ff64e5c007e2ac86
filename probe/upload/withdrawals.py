"""Asking a collector to delete what was sent to it, by secrets that only this home holds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from measurements.schema.submission import WITHDRAWALS, canonical, encode_key
from probe.upload import answers
from probe.upload.answers import NoAnswer, read_receipt, read_refusal
from probe.upload.line import Line

FORMAT = "anyqta-withdrawal/1"
MOST = 100


@dataclass(frozen=True, slots=True)
class Secret:
    """What opens one document: `goes_as` is the name that it travelled under."""

    uid: str
    goes_as: str
    secret: bytes


async def withdraw(
    line: Line, secrets: Sequence[Secret], *, key: bytes, now: datetime
) -> list[tuple[str, bool]]:
    """(uid at home, whether it is gone) for each. Raises NotReached, NoAnswer."""
    body = canonical(
        {
            "format": FORMAT,
            "withdrawals": [
                {"measurement_uid": one.goes_as, "secret": encode_key(one.secret)}
                for one in secrets
            ],
        }
    )
    reply = await line.post(WITHDRAWALS, body, "application/json")
    digest = hashlib.sha256(body).hexdigest()
    refused = read_refusal(reply, key=key, digest=digest, now=now)
    if refused is not None:
        raise NoAnswer(f"it refuses: {refused.says}" if refused.signed else refused.says)
    found = read_receipt(
        reply,
        key=key,
        digest=digest,
        uids=[one.goes_as for one in secrets],
        known=answers.WITHDRAWALS,
    )
    return [
        (one.uid, answer.status == "withdrawn") for one, answer in zip(secrets, found, strict=True)
    ]
