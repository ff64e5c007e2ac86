"""What counts as an answer: only what the right key signed about these very bytes."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.submission import RECEIPT, canonical, encode_key, sign
from probe.upload.answers import (
    COLLECTOR_FORMAT,
    NoAnswer,
    OtherKey,
    Reply,
    read_about,
    read_receipt,
    read_refusal,
)

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
DIGEST = "d" * 64
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def reply(body: dict[str, Any], *, what: str = RECEIPT, status: int = 200, **headers: str) -> Reply:
    """Signed."""
    raw = canonical(body)
    signed = {"anyqta-signature": sign(KEY, what, raw), "content-type": "application/json"}
    return Reply(status=status, headers=signed | headers, body=raw)


def receipt(**changed: Any) -> Reply:  # noqa: ANN401
    """For one measurement."""
    answers = [{"measurement_uid": "u", "status": "accepted", "quarantined": True}]
    return reply({"format": RECEIPT, "submission": DIGEST, "answers": answers} | changed)


def read(found: Reply) -> Any:  # noqa: ANN401
    """As a receipt for u."""
    return read_receipt(found, key=PUBLIC, digest=DIGEST, uids=["u"])


def test_a_receipt() -> None:
    """Quarantine is told in words."""
    (one,) = read(receipt())
    assert ("u", "accepted") == (one.measurement_uid, one.status)
    assert "until others found the same" in one.says


@given(st.data())
def test_every_flipped_bit_of_a_receipt_is_noticed(data: st.DataObject) -> None:
    """One anywhere, in the body or in the signature."""
    good = receipt()
    raw = bytearray(good.body)
    at = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[at // 8] ^= 1 << at % 8
    with pytest.raises(NoAnswer):
        read(Reply(status=200, headers=good.headers, body=bytes(raw)))


@given(st.binary(max_size=300), st.integers(100, 599), st.sampled_from(["text/html", "", "x"]))
def test_no_noise_is_an_answer(body: bytes, status: int, kind: str) -> None:
    """Nor does it raise anything else."""
    noise = Reply(status=status, headers={"content-type": kind, "anyqta-signature": "é"}, body=body)
    with pytest.raises(NoAnswer):
        read(noise)
    with pytest.raises(NoAnswer):
        read_about(noise, nonce="n")
    refused = read_refusal(noise, key=PUBLIC, digest=DIGEST, now=NOW)
    assert refused is None or not (refused.signed or refused.of_this)


@pytest.mark.parametrize("answers", [None, {}, [], ["u"], [{}], [{"measurement_uid": "u"}]])
def test_answers_of_another_shape(answers: Any) -> None:  # noqa: ANN401
    """Signed or not."""
    with pytest.raises(NoAnswer):
        read(receipt(answers=answers))


@pytest.mark.parametrize(
    ("says", "seen_at"),
    [
        ("178.89.2.7", "178.89.2.7"),
        ("2a02:26f7:1::7", "2a02:26f7:1::7"),
        ("192.168.1.7", None),
        ("100.64.3.4", None),
        ("127.0.0.1", None),
        ("fd00::1", None),
        ("178.89.2.7, 10.0.0.1", None),
        ("0", None),
        ("", None),
    ],
)
def test_where_it_sees_us(says: str, seen_at: str | None) -> None:
    """A public address, or nothing is made of it; it is in no text of ours."""
    found, told = about(), about(your_address=says)
    assert read_about(told, nonce="n").seen_at == seen_at
    assert read_about(found, nonce="n").seen_at is None
    boxed = replace(found, headers={**found.headers, "anyqta-your-address": says})
    assert read_about(boxed, nonce="n").seen_at is None  # a box in between can add a header
    assert repr(read_about(told, nonce="n")) == repr(read_about(found, nonce="n"))


def about(nonce: str = "n", what: str = COLLECTOR_FORMAT, **changed: Any) -> Reply:  # noqa: ANN401
    """What it says of itself."""
    body = {"format": COLLECTOR_FORMAT, "collector": encode_key(PUBLIC), "nonce": nonce}
    return reply(body | {"mode": "open", "limits": {"body": 5}} | changed, what=what)


def test_about() -> None:
    """Signed for this purpose, with our nonce."""
    found = read_about(about(), nonce="n")
    assert (PUBLIC, "open", 5, None) == (found.key, found.mode, found.body, found.documents)
    assert read_about(about(limits=["?"], mode=3), nonce="n").body is None
    for bad in (about("other"), about(what=RECEIPT), about(collector="AAAA"), about(collector=3)):
        with pytest.raises(NoAnswer):
            read_about(bad, nonce="n")


def test_a_receipt_is_not_what_a_collector_says_of_itself() -> None:
    """A signature holds for one kind of message only."""
    good = receipt()
    headers = dict(good.headers) | {"anyqta-signature": sign(KEY, COLLECTOR_FORMAT, good.body)}
    with pytest.raises(NoAnswer, match="not signed"):
        read(Reply(status=200, headers=headers, body=good.body))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("-3", 0.0),
        ("Wed, 25 Nov 2026 12:01:00 GMT", 60.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("9" * 400, None),
    ],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    """Seconds or a date; nonsense counts as none."""
    busy = reply({"error": "busy", "says": "later"}, status=503, **{"retry-after": header})
    found = read_refusal(busy, key=PUBLIC, digest=DIGEST, now=NOW)
    assert found is not None
    assert (seconds, True, False) == (found.retry_after, found.signed, found.of_this)


def test_a_refusal_of_this_very_submission() -> None:
    """Names it."""
    refusal = reply({"error": "malformed", "says": "no", "submission": DIGEST}, status=400)
    found = read_refusal(refusal, key=PUBLIC, digest=DIGEST, now=NOW)
    assert found is not None
    assert (True, "no", "malformed") == (found.of_this, found.says, found.code)
    assert read_refusal(receipt(), key=PUBLIC, digest=DIGEST, now=NOW) is None


def test_another_key_is_named() -> None:
    """And what to do."""
    assert encode_key(PUBLIC)[:12] in str(OtherKey(PUBLIC))
    assert "--trust-new-key" in str(OtherKey(PUBLIC))
    assert json.loads(receipt().body)["format"] == RECEIPT
