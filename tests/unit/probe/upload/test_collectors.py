"""Addresses of collectors."""

import pytest

from measurements.schema.submission import encode_key
from probe.upload.collectors import BadCollector, parse_collector

KEY = b"k" * 32


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://C.example:443/", "https://c.example"),
        ("https://c.example/path/", "https://c.example/path"),
        ("http://c.example:80", "http://c.example"),
        (" http://[2001:db8::1]:8090/ ", "http://[2001:db8::1]:8090"),
    ],
)
def test_one_name_for_one_collector(text: str, url: str) -> None:
    """However it is written."""
    assert (url, None) == (parse_collector(text).url, parse_collector(text).key)


def test_with_its_key() -> None:
    """In the fragment, which is sent nowhere."""
    found = parse_collector(f"https://c.example/#key={encode_key(KEY)}")
    assert ("https://c.example", KEY) == (found.url, found.key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c.example",
        "ftp://c.example",
        "https://",
        "https://a:b@c.example",
        "https://c.example/?q=1",
        "https://c.example:x",
        "https://c.example/#key=",
        "https://c.example/#key=AAAA",
        "https://c.example/#other",
        "https://c.example/#key=é",
    ],
)
def test_bad_ones(text: str) -> None:
    """Nothing of it is repeated."""
    with pytest.raises(BadCollector) as caught:
        parse_collector(text)
    assert "a:b" not in str(caught.value)


def test_in_the_clear() -> None:
    """Only plain HTTP to somewhere else."""
    assert parse_collector("http://c.example").in_the_clear
    for fine in ("https://c.example", "http://127.0.0.1:80", f"http://{'a' * 56}.onion"):
        assert not parse_collector(fine).in_the_clear
