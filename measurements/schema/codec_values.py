"""Values in OONI's JSON: numbers, text, binary data, tags, endpoints.

A value of the wrong type raises BadDocument. A document has hundreds of values: each is asked first
whether it is what it mostly is, by its very type, and only then what else it may be.
"""

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from measurements.schema.records import Arm

Json = dict[str, Any]
_MAX_NUMBER = 1e15  # beyond it a float no longer counts by ones, and SQLite has no such integer
_MAX_DIGITS = 10  # an AS number has 32 bits
_MAX_PORT_DIGITS = 5
_OBJECTS, _TEXTS = frozenset({dict}), frozenset({str})
_REMEMBERED, _MAX_REMEMBERED = 2048, 300  # lists of tags; characters of one


class BadDocument(ValueError):  # noqa: N818 - part of the contract with importers
    """The document is not a measurement that we can read; the message says where and why."""


def text(value: object, where: str, default: str = "") -> str:
    """`value` as text; None gives the default."""
    if isinstance(value, str):
        return value
    if value is None:
        return default
    raise BadDocument(f"{where}: expected text, found {type(value).__name__}")


def number(value: object, where: str, default: float = 0.0) -> float:
    """`value` as a finite float; None gives the default."""
    if type(value) is float and -_MAX_NUMBER < value < _MAX_NUMBER:
        return value
    if value is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MAX_NUMBER:
        return float(value)
    raise BadDocument(f"{where}: expected a number, found {value!r:.40}")


def objects(value: object, where: str) -> list[Json]:
    """`value` as a list of JSON objects; None gives an empty list."""
    if value is None:
        return []
    if isinstance(value, list) and (
        _OBJECTS.issuperset(map(type, value)) or all(isinstance(item, dict) for item in value)
    ):
        return value
    raise BadDocument(f"{where}: expected a list of objects")


def mapping(value: object, where: str) -> Json:
    """`value` as a JSON object; None gives an empty one."""
    if isinstance(value, dict):
        return value
    if value is None:
        return {}
    raise BadDocument(f"{where}: expected an object")


def binary(value: object, where: str) -> bytes | None:
    """df-001's MaybeBinaryData: text, or base64 in an object."""
    if value is None:
        return None
    if isinstance(value, dict):
        if value.get("format") != "base64":
            raise BadDocument(f"{where}: unknown format of binary data")
        value = value.get("data")
        if not isinstance(value, str):
            raise BadDocument(f"{where}: binary data without data")
        try:
            return binascii.a2b_base64(value)
        except ValueError as exc:  # binascii.Error is one; text that is not ASCII raises plain
            raise BadDocument(f"{where}: bad base64") from exc
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    raise BadDocument(f"{where}: expected text or binary data")


def maybe_binary(value: bytes | None) -> str | Json | None:
    """Text where it is UTF-8, df-001's binary object otherwise."""
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return b64(value)


def b64(value: bytes) -> Json:
    """df-001's binary object."""
    return {"format": "base64", "data": base64.b64encode(value).decode("ascii")}


def tags(depth: int, arm: Arm | None, *more: str) -> list[str]:
    """OONI's depth tag, and our experiment's."""
    out = [f"depth={depth}", *more]
    if arm is not None:
        out += [f"experiment={arm.experiment}", f"arm={arm.name}", f"repetition={arm.repetition}"]
    return out


Tags = tuple[Mapping[str, str], int, Arm | None]


def read_tags(raw: object) -> Tags:
    """The key=value tags, the depth, the arm."""
    if not isinstance(raw, list):
        return _known_tags(())
    return tags_of(tuple(raw) if _TEXTS.issuperset(map(type, raw)) else _texts(raw))


def tags_of(items: tuple[str, ...]) -> Tags:
    """The same, of what is known to be texts."""
    # the same few lists come again and again; what is remembered of strangers' has a bound
    return _known_tags(items) if sum(map(len, items)) <= _MAX_REMEMBERED else _tags(items)


def _texts(raw: list[object]) -> tuple[str, ...]:
    return tuple([t for t in raw if isinstance(t, str)])


def _tags(items: tuple[str, ...]) -> Tags:
    pairs = dict(item.split("=", 1) for item in items if "=" in item)
    arm = None
    if "experiment" in pairs and "arm" in pairs:
        arm = Arm(
            experiment=pairs["experiment"],
            name=pairs["arm"],
            repetition=small_int(pairs.get("repetition", "0")),
        )
    return pairs, small_int(pairs.get("depth", "0")), arm


_known_tags = lru_cache(_REMEMBERED)(_tags)


def small_int(value: str) -> int:
    """The number in a tag or an AS name; 0 for anything else, and for what no tag holds."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS else 0


def join_endpoint(ip: str, port: int) -> str:
    """ip:port, with brackets around IPv6."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def split_endpoint(value: str) -> tuple[str, int]:
    """The opposite; ("", 0) for what is no endpoint."""
    host, _, port = value.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and len(port) <= _MAX_PORT_DIGITS):
        return "", 0
    return host.strip("[]"), int(port)


def times(obj: Json, where: str) -> tuple[float, float]:
    """t0 and t; an old document without t0 began where it ended."""
    t0, t = obj.get("t0"), obj.get("t")
    if (
        type(t0) is type(t) is float
        and -_MAX_NUMBER < t0 < _MAX_NUMBER
        and -_MAX_NUMBER < t < _MAX_NUMBER
    ):
        return t0, t
    end = number(t, f"{where}.t")
    return number(t0, f"{where}.t0", end), end


def tid(obj: Json) -> int:
    """The transaction id, 0 for none."""
    value = obj.get("transaction_id")
    return value if type(value) is int else 0


def failure_of(obj: Json, where: str) -> str | None:
    """df-007's failure; the empty string of old documents is a success."""
    value = obj.get("failure")
    return None if value is None else text(value, f"{where}.failure") or None
