"""Records to OONI's objects and back, and OONI's own spellings."""

import hashlib
import json
import time

import pytest
from hypothesis import given

from measurements.schema import codec_records as codec
from measurements.schema.codec_records import BadDocument, title_of
from measurements.schema.records import (
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    TCPConnect,
    TLSHandshake,
)
from tests.fakes import records as any_


def through_json(obj: codec.Json) -> codec.Json:
    """As it would be stored."""
    again: codec.Json = json.loads(json.dumps(obj, allow_nan=False))
    return again


def sha(data: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(data).hexdigest()


@given(any_.queries)
def test_queries(record: DNSQuery) -> None:
    """df-002."""
    assert codec.decode_query(through_json(codec.encode_query(record))) == record


@given(any_.connects)
def test_connects(record: TCPConnect) -> None:
    """df-005."""
    assert codec.decode_connect(through_json(codec.encode_connect(record))) == record


@given(any_.handshakes)
def test_tls(record: TLSHandshake) -> None:
    """df-006."""
    assert codec.decode_tls(through_json(codec.encode_handshake(record))) == record


@given(any_.quics)
def test_quic(record: QUICHandshake) -> None:
    """df-006 over UDP."""
    encoded = through_json(codec.encode_handshake(record))
    assert encoded["network"] == "udp"
    assert codec.decode_quic(encoded) == record


@given(any_.answered | any_.unanswered)
def test_transactions(record: HTTPTransaction) -> None:
    """df-001, with bodies that are text and bodies that are not."""
    assert codec.decode_transaction(through_json(codec.encode_transaction(record)), sha) == record


@given(any_.events)
def test_events(record: NetworkEvent) -> None:
    """df-008."""
    assert codec.decode_event(through_json(codec.encode_event(record))) == record


def test_old_spellings() -> None:
    """What OONI wrote years ago: engines, headers as a mapping, no t0, certificates as text."""
    assert codec.decode_query({"engine": "system", "t": 1}).engine == "getaddrinfo"
    assert codec.decode_query({"engine": "system", "t": 1}).t0 == 1.0
    old = {"request": {"url": "u"}, "response": {"code": 200, "headers": {"A": "b"}, "body": "x"}}
    page = codec.decode_transaction(old, sha)
    assert (page.headers, page.body_length, page.body_sha256) == ((("A", "b"),), 1, sha(b"x"))
    assert codec.decode_tls({"peer_certificates": ["text", None]}).peer_certificates == ()


def test_what_is_not_understood_is_left_out() -> None:
    """Broken base64, answers without a value, numbers that are none."""
    for raw in ("a", "ä===", 7):
        assert codec.decode_query({"raw_response": raw}).raw_response is None
    query = codec.decode_query({"answers": [{"answer_type": "A"}], "rcode": "x"})
    assert (query.answers, query.rcode) == ((), None)
    page = codec.decode_transaction({"response": {"headers_list": [["a"], 3, ["b", 5]]}}, sha)
    assert page.headers == (("b", ""),)


def test_unknown_wrong_types_are_refused() -> None:
    """With the field's name."""
    with pytest.raises(BadDocument, match="answers"):
        codec.decode_query({"answers": "x"})
    with pytest.raises(BadDocument, match="tcp_connect"):
        codec.decode_connect({"status": []})


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<title>A\n  b</title>", "A b"),
        (b'<TITLE lang="kk">x</TITLE>', "x"),
        (b"<title>\xff</title>", "\ufffd"),
        (b"<titles>x", None),
        (b"", None),
        (b"<title>" + b"y" * 600, "y" * 512),
    ],
)
def test_title(body: bytes, title: str | None) -> None:
    """White space folded, bounded, in any encoding."""
    assert title_of(body) == title


def test_title_of_a_hostile_page_is_cheap() -> None:
    """It took minutes when the pattern was unbounded."""
    start = time.process_time()
    for page in (b"<title" * 87_000, b"<title " * 75_000, b"<title a" * 65_000):
        title_of(page)
    assert time.process_time() - start < 2
