"""What was seen on the wire, as msgspec checks it: at each limit, beyond it, and never past the schema's."""

from typing import Any

import msgspec
import pytest
from jsonschema_rs import Draft202012Validator, RegexOptions

from measurements.collector import shape_records as shape
from measurements.collector.validate import schema

CONNECT = {"ip": "1.2.3.4", "port": 443, "status": {"success": True}}
HANDSHAKE = {"t": 0.5, "server_name": "a.kz"}
VISIT = {"request": {"url": "http://a.kz/"}}
EVENT = {"operation": "connect", "t": 0.5}
BODY = {"format": "base64", "data": "AAAA"}
FEATURES = {"links": 1, "shingles": [1], "signs": ["x"], "text_length": 5}


def schemas(name: str) -> Draft202012Validator:
    """A part of the schema, by its name."""
    return Draft202012Validator(
        {"$defs": schema()["$defs"], "$ref": f"#/$defs/{name}"},
        pattern_options=RegexOptions(), validate_formats=True,
    )  # fmt: skip


def fits(kind: Any, value: object) -> bool:  # noqa: ANN401 - a type, or an alias of one
    """Whether the shape takes it."""
    try:
        msgspec.json.decode(msgspec.json.encode(value), type=kind)
    except msgspec.ValidationError:
        return False
    return True


VALUES: list[tuple[Any, str, list[object], list[object]]] = [
    (shape.Word, "word", ["", "x" * 64, "é" * 64, None], ["x" * 65, 5, [], True]),
    (shape.Id, "id", ["x" * 120], ["x" * 121]),
    (shape.Name, "name", ["x" * 512], ["x" * 513]),
    (shape.Text, "text", ["x" * 2048], ["x" * 2049]),
    (shape.Url | None, "url_or_nothing", ["http://" + "x" * 8185], ["http://" + "x" * 8186]),
    (shape.Failure, "failure", ["x" * 64 + ": " + "x" * 2048], ["x" * 64 + ": " + "x" * 2051]),
    (shape.Seconds, "seconds", [0, 0.5, 604_800, None], [-0.001, 604_800.001, "1"]),
    (shape.Count, "count", [0, 2**53, None], [-1, 2**53 + 1, 1.5, "1", True]),
    (shape.Length, "length", [-1, 2**53], [-2, 2**53 + 1]),
    (shape.Uint32 | None, "uint32", [0, 2**32 - 1], [-1, 2**32]),
    (shape.Tags, "tags", [["x" * 256] * 32, []], [["x"] * 33, ["x" * 257], [None], "x"]),
    (shape.Mapping, "headers", [{"a" * 512: "b"}, {}], [{"a" * 513: "b"}, {"a": None}, []]),
    (shape.Pairs, "headers_list", [[["a", "b"]] * 512], [[["a", "b"]] * 513, [["a"]], [["a", "b", "c"]]]),
    (shape.Queries, "queries", [[{}] * 1000], [[{}] * 1001, [None]]),
    (shape.Connects, "tcp_connect", [[CONNECT] * 1000], [[CONNECT] * 1001]),
    (shape.Handshakes, "handshakes", [[HANDSHAKE] * 1000], [[HANDSHAKE] * 1001]),
    (shape.Requests, "requests", [[VISIT] * 500], [[VISIT] * 501]),
    (shape.Events, "events", [[EVENT] * 20_000], [[EVENT] * 20_001]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "within", "beyond"), VALUES, ids=[v[1] for v in VALUES])
def test_limits(kind: Any, name: str, within: list[object], beyond: list[object]) -> None:  # noqa: ANN401
    """Both sides of each; what is within is within the schema's too."""
    judge = schemas(name)
    for value in within:
        assert fits(kind, value)
        assert judge.is_valid(value)
    for value in beyond:
        assert not fits(kind, value)


WHOLE: list[tuple[type[msgspec.Struct], str, dict[str, Any]]] = [
    (shape.Query, "query", {"answers": [{"ipv4": "1.2.3.4", "ttl": 60}], "rcode": 0}),
    (shape.Connect, "connect", CONNECT),
    (shape.Handshake, "handshake", HANDSHAKE | {"peer_certificates": [BODY]}),
    (shape.Transaction, "transaction", VISIT | {"response": {"body": BODY}, "x_features": FEATURES}),
    (shape.Event, "event", EVENT),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "value"), WHOLE, ids=[w[1] for w in WHOLE])
def test_whole_records(kind: type[msgspec.Struct], name: str, value: dict[str, Any]) -> None:
    """A key too many is for the slow way; one that the schema asks for may not be missing."""
    judge = schemas(name)
    assert fits(kind, value)
    assert judge.is_valid(value)
    assert not fits(kind, {**value, "x_new": None})
    for key in schema()["$defs"][name].get("required", ()):
        less = {k: v for k, v in value.items() if k != key}
        assert not judge.is_valid(less)
        assert not fits(kind, less)
    ours = {field.encode_name for field in msgspec.structs.fields(kind)}
    assert set(schema()["$defs"][name]["properties"]) <= ours


@pytest.mark.parametrize(
    ("part", "bad"),
    [
        ({"port": 65_535}, {"port": 65_536}),
        ({"port": 0}, {"port": -1}),
        ({"port": 443}, {"port": "443"}),
        ({"status": {}}, {"status": None}),
        ({"status": {"failure": "x", "success": False}}, {"status": {"success": "no"}}),
        ({"transaction_id": None}, {"transaction_id": 0.5}),
    ],
)
def test_a_connect(part: dict[str, Any], bad: dict[str, Any]) -> None:
    """Its port and how it went."""
    assert fits(shape.Connect, CONNECT | part)
    assert schemas("connect").is_valid(CONNECT | part)
    assert not fits(shape.Connect, CONNECT | bad)


def test_a_body() -> None:
    """Text, or base64 with its name; what it is replaced by is bounded too."""
    for body in ("", "x" * 589_824, BODY, None):
        assert fits(shape.Got, {"body": body})
    for wrong in (
        "x" * 589_825,
        {"data": "AAAA"},
        BODY | {"x": 1},
        BODY | {"data": "A" * 786_433},
        5,
    ):
        assert not fits(shape.Got, {"body": wrong})
    assert fits(shape.Features, FEATURES | {"links": 2**21, "shingles": [2**32 - 1] * 96})
    for more in (
        {"links": 2**21 + 1},
        {"shingles": [1] * 97},
        {"shingles": [2**32]},
        {"text_length": None},
    ):
        assert not fits(shape.Features, FEATURES | more)
    assert not fits(shape.Features, {k: v for k, v in FEATURES.items() if k != "signs"})


def test_what_was_sent_has_no_body() -> None:
    """We send none: a request with one is somebody else's."""
    assert fits(shape.Asked, {"url": "http://a/", "body": ""})
    assert not fits(shape.Asked, {"url": "http://a/", "body": "x"})
    assert not fits(shape.Asked, {"method": "GET"})
