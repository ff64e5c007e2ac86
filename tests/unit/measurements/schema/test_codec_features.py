"""Features come from strangers: what is written is read, anything else is refused, by its place."""

import orjson
import pytest

from measurements.schema.codec_features import (
    LONGEST_SIGN,
    MOST_SHINGLES,
    MOST_SIGNS,
    decode_features,
    encode_features,
)
from measurements.schema.codec_records import BadDocument, decode_transaction, encode_transaction
from measurements.schema.records import BodyFeatures, HTTPTransaction

FULL = BodyFeatures(
    shingles=tuple(range(2**32 - MOST_SHINGLES, 2**32)),
    text_length=1 << 21,
    links=7,
    signs=tuple(f"markup:{n}".ljust(LONGEST_SIGN, "x") for n in range(MOST_SIGNS)),
)


def a_transaction(features: BodyFeatures | None) -> HTTPTransaction:
    """An answer whose body stayed at home."""
    return HTTPTransaction(
        transaction_id=1,
        url="http://a.example/",
        ip="192.0.2.1",
        port=80,
        t0=0.0,
        t=1.0,
        status_code=200,
        features=features,
    )


@pytest.mark.parametrize("features", [BodyFeatures(), BodyFeatures(shingles=(0,)), FULL])
def test_they_come_back(features: BodyFeatures) -> None:
    """To the largest that is allowed, and in a request of a document."""
    assert decode_features(orjson.loads(orjson.dumps(encode_features(features)))) == features
    document = encode_transaction(a_transaction(features))
    back = decode_transaction(orjson.loads(orjson.dumps(document)), lambda _: "")
    assert (back.features, back.body) == (features, None)


def test_no_key_without_them() -> None:
    """A document with its bodies is as it was."""
    document = encode_transaction(a_transaction(None))
    assert "x_features" not in document
    assert decode_transaction(document, lambda _: "").features is None
    assert decode_transaction(document | {"x_features": None}, lambda _: "").features is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"shingles": [0] * (MOST_SHINGLES + 1)}, "shingles"),
        ({"shingles": [-1]}, "shingles"),
        ({"shingles": [1 << 32]}, "shingles"),
        ({"shingles": [10**30]}, "shingles"),
        ({"shingles": [1.0]}, "shingles"),
        ({"shingles": ["1"]}, "shingles"),
        ({"shingles": "12"}, "shingles"),
        ({"shingles": None}, "shingles"),
        ({"text_length": (1 << 21) + 1}, "text_length"),
        ({"text_length": -1}, "text_length"),
        ({"text_length": True}, "text_length"),
        ({"text_length": 1.5}, "text_length"),
        ({"links": None}, "links"),
        ({"links": "1"}, "links"),
        ({"signs": ["x"] * (MOST_SIGNS + 1)}, "signs"),
        ({"signs": ["x" * (LONGEST_SIGN + 1)]}, "signs"),
        ({"signs": [1]}, "signs"),
        ({"signs": {"a": 1}}, "signs"),
    ],
)
def test_what_is_refused(change: dict[str, object], place: str) -> None:
    """The message says where."""
    with pytest.raises(BadDocument, match=rf"requests\.x_features\.{place}: expected"):
        decode_features(encode_features(FULL) | change)


@pytest.mark.parametrize("value", [[], "x", 1, True, ["shingles"]])
def test_something_else_is_no_features(value: object) -> None:
    """Not an object."""
    if value:
        document = encode_transaction(a_transaction(None)) | {"x_features": value}
        with pytest.raises(BadDocument, match="x_features: expected an object"):
            decode_transaction(document, lambda _: "")
    with pytest.raises(BadDocument, match="x_features: expected an object"):
        decode_features(value)
