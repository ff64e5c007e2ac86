"""What deflate made small, and what only looks so."""

import gzip
import random
import zlib

import pytest

from probe.consent.inflate import inflated, streams
from tests.unit.probe.consent.planted import deflated

_TEXT = b'{"client":{"ip":"92.46.10.77"}}'


@pytest.mark.parametrize(
    "made",
    [gzip.compress(_TEXT), zlib.compress(_TEXT), deflated(_TEXT)],
    ids=["gzip", "zlib", "deflate"],  # a gzip header holds the time: a name has to stay
)
def test_its_content(made: bytes) -> None:
    """With either header or none, with something after it, and no more than is wanted."""
    assert inflated(made, 1000) == _TEXT
    assert inflated(made + b"...", 1000) == _TEXT
    assert inflated(made, 0) == b""


def test_cut_short() -> None:
    """As far as it goes; without a header it counts only where it ends."""
    assert _TEXT.startswith(inflated(gzip.compress(_TEXT)[:-12], 1000))
    assert inflated(gzip.compress(_TEXT)[:-12], 1000)
    assert inflated(deflated(_TEXT)[:-2], 1000) == b""


def test_it_does_not_swell_without_end() -> None:
    """Ten megabytes of nothing in ten kilobytes."""
    bomb = zlib.compress(bytes(10_000_000), 9)
    assert len(bomb) < 20_000
    assert len(inflated(bomb, 1 << 18)) == 1 << 18
    assert sum(len(text) for text, _ in streams(bomb * 4, 1 << 18)) <= 1 << 18
    assert sum(1 for _ in streams(gzip.compress(b"x") * 5_000, 1 << 20)) < 100


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"plain words of a page", b"x^2 + y^2 = z^2", b"\x1f\x8b\x08 not", b"H4sIAAAA"],
)
def test_what_is_not_compressed(data: bytes) -> None:
    """The twin."""
    assert inflated(data, 1000) == b""
    assert not list(streams(data, 1000))


def test_chance() -> None:
    """Random bytes are almost never a stream that ends, of plain text."""
    some = random.Random(1)
    assert sum(bool(inflated(some.randbytes(60), 1000)) for _ in range(5_000)) < 25


def test_where_they_are() -> None:
    """Each with its place."""
    one, two = gzip.compress(b"one"), zlib.compress(b"two")
    data = b"a" + one + b"--" + two + b"z"
    places = [(text, data[start:end]) for text, (start, end) in streams(data, 1000)]
    assert places == [(b"one", one), (b"two", two)]
