"""measurements/collector/reading.py: lines of a payload, good and bad."""

import pytest

from measurements.collector.jobs import ItemAnswer
from measurements.collector.reading import Item, agrees, check, read_document, read_line, respelled
from measurements.schema.measurement import Place
from measurements.schema.submission import TOO_EARLY, canonical, encode_payload
from tests.fakes.real_collector import items

GOOD = items(1)[0]
LINE = encode_payload([GOOD]).rstrip()
MOST = 10**6


def test_a_good_line() -> None:
    """Its canonical document, its commitment."""
    item = read_line(LINE, most=len(LINE))
    assert isinstance(item, Item)
    assert item.document == GOOD.document
    assert item.withdraw_sha256 is not None
    assert item.withdraw_sha256.hex() == GOOD.withdraw_sha256
    found = check(item, today="2026-11-25")
    assert not isinstance(found, ItemAnswer)
    m, claim = found
    assert m.measurement_uid == item.uid
    assert m.verdict is None
    assert claim is not None
    alone = read_document(GOOD.document, most=MOST)
    assert isinstance(alone, Item)
    assert alone.content_sha256 == item.content_sha256


def test_a_line_written_in_another_way() -> None:
    """Its hash is of its own bytes; `respelled` finds the one that it has as we write it."""
    item = read_line(LINE, most=MOST)
    loose = GOOD.document.replace(b'"test_name":"web', b'"test_name": "web')
    assert isinstance(item, Item)
    other = read_line(LINE.replace(GOOD.document, loose), most=MOST)
    assert isinstance(other, Item)
    assert other.content_sha256 != item.content_sha256
    again = respelled(other)
    assert again is not None
    assert again.content_sha256 == item.content_sha256
    assert respelled(item) is None
    assert check(other, today="2026-11-25") == check(item, today="2026-11-25")


def test_the_same_in_another_order_is_the_same() -> None:
    """Spaces and the order of keys are not content."""
    one = read_document(b'{"a": 1, "b": 2.0}', most=MOST)
    two = read_document(b'{"b":2.0,"a":1}', most=MOST)
    assert isinstance(one, Item)
    assert isinstance(two, Item)
    assert one.content_sha256 == two.content_sha256


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "invalid"),
        (b"null", "invalid"),
        (b"[]", "invalid"),
        (b"{}", "invalid"),
        (b'{"document":5}', "invalid"),
        (b'{"document":{},"withdraw":"00"}', "invalid"),
        (b'{"document":{},"withdraw":"' + b"z" * 64 + b'"}', "invalid"),
        (b'{"document":{},"withdraw":5}', "invalid"),
        (b'{"document":' + b"[" * 400 + b"]" * 400 + b"}", "invalid"),
        (b'{"document":{"a":' + b"[" * 400 + b"]" * 400 + b"}}", "invalid"),
        (b"\xff\xfe", "invalid"),
        (b"x" * (MOST + 1), "too_large"),
    ],
)
def test_a_bad_line(line: bytes, code: str) -> None:
    """An answer, without a word of what was sent."""
    answer = read_line(line, most=MOST)
    assert isinstance(answer, ItemAnswer)
    assert (answer.status, answer.code) == ("rejected", code)
    assert answer.says


def test_a_document_that_is_no_measurement() -> None:
    """Its uid comes back, not all of a long one."""
    item = read_document(canonical({"measurement_uid": "u" * 500}), most=MOST)
    assert isinstance(item, Item)
    answer = check(item, today="2026-11-25")
    assert isinstance(answer, ItemAnswer)
    assert answer.measurement_uid == "u" * 128


@pytest.mark.parametrize(
    ("claimed", "seen", "expected"),
    [
        (Place(asn=1, cc="KZ"), Place(asn=1, cc="KZ"), True),
        (Place(asn=1, cc="KZ"), Place(asn=2, cc="KZ"), False),
        (Place(asn=1, cc="KZ"), Place(asn=1, cc="RU"), False),
        (Place(asn=None, cc="KZ"), Place(asn=2, cc="KZ"), True),
        (Place(), Place(asn=2, cc="KZ"), None),
        (Place(asn=1, cc="KZ"), Place(), None),
        (Place(asn=1, cc="KZ"), None, None),
    ],
)
def test_networks(claimed: Place, seen: Place | None, expected: bool | None) -> None:
    """Only what both sides know is compared."""
    assert agrees(claimed, seen) is expected


def test_a_day_in_the_future_has_its_own_code() -> None:
    """It may be our clock: the probe sends it again. Everything else that is wrong stays wrong."""
    item = read_line(LINE, most=MOST)
    assert isinstance(item, Item)
    early = check(item, today="2015-01-01")
    assert isinstance(early, ItemAnswer)
    assert (early.status, early.code) == ("rejected", TOO_EARLY)
    old = read_line(
        LINE.replace(b'"measurement_start_time":"20', b'"measurement_start_time":"19'), most=MOST
    )
    assert isinstance(old, Item)
    wrong = check(old, today="2026-11-25")
    assert isinstance(wrong, ItemAnswer)
    assert wrong.code == "invalid"
