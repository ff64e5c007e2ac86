"""A body and its features tell the same; features are small and hold no word of the page."""

import json
from dataclasses import replace

import orjson
import pytest

from measurements.schema.codec_features import decode_features, encode_features
from measurements.schema.records import BodyFeatures, HTTPTransaction
from measurements.verdict.compare import page_of_transaction
from measurements.verdict.features import features_of, looks_of, sketch_of
from measurements.verdict.fingerprints import classify
from measurements.verdict.page_text import BODY_CAP

WORDS = " ".join(f"Sonderwort{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(600))
BODIES = {
    "empty": b"",
    "binary": bytes(range(256)) * 600,
    "blockpage": b"<title>Blocked</title><h1>Access to this site is blocked</h1><p>by order",
    "page": f"<title>T</title><div class='haupt-teil'><a href=/x>{WORDS}</a></div>".encode(),
    "long": (f"<p class=ab-cd>{WORDS}" * 100).encode()[:BODY_CAP],
    "cyrillic": "<h1>Доступ к сайту ограничен</h1>".encode("cp1251"),
}


def an_answer(body: bytes | None, **more: object) -> HTTPTransaction:
    """With this body."""
    plain = HTTPTransaction(
        transaction_id=1,
        url="http://a.example/",
        ip="192.0.2.1",
        port=80,
        t0=0.0,
        t=1.0,
        status_code=200,
        title="T",
        headers=(("Content-Type", "text/html"),),
        body=body,
        body_length=len(body or b""),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_same_without_the_body(body: bytes) -> None:
    """Compared and classified alike, also after a journey."""
    here = an_answer(body)
    sent = orjson.dumps(encode_features(features_of(here)))
    there = replace(here, body=None, features=decode_features(orjson.loads(sent)))
    assert features_of(there) == features_of(here)
    assert sketch_of(there) == sketch_of(here)
    assert page_of_transaction(there) == page_of_transaction(here)
    assert classify(there) == classify(here)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_small_and_wordless(body: bytes) -> None:
    """1.5 kB of JSON; nothing of the page can be read in it."""
    sent = json.dumps(encode_features(features_of(an_answer(body))))
    assert len(sent) <= 1500
    assert "onderwort" not in sent.lower()
    assert "haupt" not in sent


def test_the_body_counts_where_it_is() -> None:
    """Whatever is said of it."""
    told = an_answer(BODIES["page"], features=BodyFeatures(signs=("heading:blocked",)))
    assert features_of(told) == features_of(an_answer(BODIES["page"]))


def test_nothing_known_is_not_an_empty_page() -> None:
    """No body and no features: nothing to compare. An empty body is one."""
    unknown, empty = an_answer(None), an_answer(b"")
    assert sketch_of(unknown) == ()
    assert features_of(unknown).shingles == ()
    assert page_of_transaction(unknown).body_length == -1
    assert page_of_transaction(empty).body_length == 0
    again = replace(unknown, features=features_of(unknown))
    assert page_of_transaction(again) == page_of_transaction(unknown)


def test_the_title_speaks_where_there_is_no_body() -> None:
    """As it did."""
    assert "heading:blocked" in looks_of(an_answer(None, title="Blocked")).signs
