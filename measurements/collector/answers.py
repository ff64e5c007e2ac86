"""What the collector answers, signed: receipts, refusals, what it is. Pure but for aiohttp's type."""

import math
from typing import Any

from aiohttp import web

from measurements.collector.identity import Identity
from measurements.collector.jobs import ItemAnswer, Refusal, Reply
from measurements.schema.submission import (
    RECEIPT,
    SIGNATURE_HEADER,
    canonical,
    encode_key,
)

ABOUT_FORMAT = "anyqta-collector/1"


def receipt(identity: Identity, digest: str, reply: Reply) -> web.Response:
    """An answer for each item, in their order."""
    body = {
        "format": RECEIPT,
        "submission": digest,
        "collector": encode_key(identity.public),
        "answers": [_answer(outcome) for outcome in reply.outcomes],
    }
    return signed(identity, RECEIPT, body)


def _answer(outcome: ItemAnswer) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "measurement_uid": outcome.measurement_uid,
        "status": outcome.status,
    }
    if outcome.code:
        answer["code"] = outcome.code
    if outcome.says:
        answer["reason"] = outcome.says
    if outcome.quarantined:
        answer["quarantined"] = True
    return answer


def refusal(identity: Identity, refused: Refusal, digest: str | None = None) -> web.Response:
    """Why nothing of a request was taken. `digest`: of the submission, where it was read so far."""
    body: dict[str, Any] = {"error": refused.code, "says": refused.says}
    if digest is not None:
        body["submission"] = digest
    response = signed(identity, RECEIPT, body, status=refused.status)
    if refused.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(refused.retry_after)))
    return response


def signed(
    identity: Identity, what: str, body: dict[str, Any], *, status: int = 200
) -> web.Response:
    """JSON, with the signature in a header."""
    raw = canonical(body)
    return web.Response(
        body=raw,
        status=status,
        content_type="application/json",
        headers={SIGNATURE_HEADER: identity.sign(what, raw), "Cache-Control": "no-store"},
    )
