"""Values of JSON: what is read, what is refused and with which words."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema import codec_values as values
from measurements.schema.codec_values import BadDocument


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e15, True, "1", [], 10**400])
def test_what_is_no_number(value: object) -> None:
    """Nor what SQLite could not keep."""
    with pytest.raises(BadDocument, match=r"x\.y: expected a number"):
        values.number(value, "x.y")


def test_none_gives_the_default() -> None:
    """Everywhere."""
    assert values.number(None, "x", 2.5) == 2.5
    assert values.text(None, "x", "d") == "d"
    assert values.objects(None, "x") == []
    assert values.mapping(None, "x") == {}
    assert values.binary(None, "x") is None
    assert values.maybe_binary(None) is None
    assert values.failure_of({}, "x") is None
    assert values.failure_of({"failure": ""}, "x") is None
    assert values.tid({}) == values.tid({"transaction_id": True}) == 0
    assert values.times({"t": 2}, "x") == (2.0, 2.0)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (values.text, 1),
        (values.objects, {}),
        (values.objects, [1]),
        (values.mapping, []),
        (values.binary, 1),
        (values.binary, {"format": "hex", "data": ""}),
        (values.binary, {"format": "base64"}),
        (values.binary, {"format": "base64", "data": "a"}),
        (values.binary, {"format": "base64", "data": "ä==="}),
    ],
)
def test_wrong_types(read: Callable[[object, str], object], value: object) -> None:
    """BadDocument, with the place."""
    with pytest.raises(BadDocument, match="here"):
        read(value, "here")


@given(st.binary())
def test_bytes_there_and_back(data: bytes) -> None:
    """Text where it is UTF-8, base64 where not."""
    assert values.binary(values.maybe_binary(data), "x") == data
    assert values.binary(values.b64(data), "x") == data


@given(st.ip_addresses(), st.integers(0, 65535))
def test_endpoints_there_and_back(ip: object, port: int) -> None:
    """With brackets around IPv6."""
    assert values.split_endpoint(values.join_endpoint(str(ip), port)) == (str(ip), port)


@pytest.mark.parametrize(
    "text", ["", "a", ":80", "192.0.2.1:x", "192.0.2.1:", "h:999999", "h:\u0665"]
)
def test_no_endpoint(text: str) -> None:
    """Nothing, rather than something wrong."""
    assert values.split_endpoint(text) == ("", 0)


@pytest.mark.parametrize(
    ("raw", "pairs", "depth", "arm"),
    [
        (None, {}, 0, False),
        (["depth=2", "x", 3, "a=b=c"], {"depth": "2", "a": "b=c"}, 2, False),
        (["depth=-1"], {"depth": "-1"}, 0, False),
        (["depth=" + "9" * 99], {"depth": "9" * 99}, 0, False),
        (["experiment=e"], {"experiment": "e"}, 0, False),
        (["experiment=e", "arm=a"], {"experiment": "e", "arm": "a"}, 0, True),
    ],
)
def test_tags(raw: object, pairs: dict[str, str], depth: int, *, arm: bool) -> None:
    """Unknown ones are kept as pairs, broken ones passed over."""
    found, at, which = values.read_tags(raw)
    assert (found, at, which is not None) == (pairs, depth, arm)
