"""BodyFeatures to and from JSON, `x_features` of a request.

They come from strangers and are judged by: every number has a range, every list a bound.
"""

from array import array

from measurements.schema.codec_values import BadDocument, Json
from measurements.schema.records import BodyFeatures

MOST_SHINGLES = 96
MOST_SIGNS = 64
LONGEST_SIGN = 120  # characters
_MOST_TEXT = 1 << 21  # a body is cut at 2**19 bytes; folding makes up to three characters of one
_WHERE = "requests.x_features"


def encode_features(f: BodyFeatures) -> Json:
    """As JSON."""
    return {
        "shingles": list(f.shingles),
        "text_length": f.text_length,
        "links": f.links,
        "signs": list(f.signs),
    }


def decode_features(value: object) -> BodyFeatures:
    """From JSON. Raises BadDocument for whatever `encode_features` does not write."""
    if not isinstance(value, dict):
        raise BadDocument(f"{_WHERE}: expected an object")
    return BodyFeatures(
        shingles=_shingles(value.get("shingles")),
        text_length=_count(value.get("text_length"), "text_length"),
        links=_count(value.get("links"), "links"),
        signs=_signs(value.get("signs")),
    )


def _shingles(value: object) -> tuple[int, ...]:
    where = f"{_WHERE}.shingles"
    if not isinstance(value, list) or len(value) > MOST_SHINGLES:
        raise BadDocument(f"{where}: expected a list of at most {MOST_SHINGLES} numbers")
    try:
        return tuple(array("I", value))  # 32 bits and no sign: the check is the conversion
    except (TypeError, OverflowError) as exc:
        raise BadDocument(f"{where}: expected whole numbers from 0 to 2**32 - 1") from exc


def _count(value: object, name: str) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_TEXT:
        raise BadDocument(f"{_WHERE}.{name}: expected a whole number from 0 to {_MOST_TEXT}")
    return value


def _signs(value: object) -> tuple[str, ...]:
    where = f"{_WHERE}.signs"
    if not isinstance(value, list) or len(value) > MOST_SIGNS:
        raise BadDocument(f"{where}: expected a list of at most {MOST_SIGNS} texts")
    if not all(isinstance(sign, str) and len(sign) <= LONGEST_SIGN for sign in value):
        raise BadDocument(f"{where}: expected texts of at most {LONGEST_SIGN} characters")
    return tuple(value)
