"""What texts may be: exactly what measurement.schema.json's patterns say, by the schema's own validator."""

import json
from collections.abc import Callable
from importlib.resources import files

import pytest
from jsonschema_rs import Draft202012Validator, RegexOptions

from measurements.collector import fits
from measurements.collector.fits import UnfitError

SCHEMA = json.loads(files("measurements.collector").joinpath("measurement.schema.json").read_text())
TEXTS = [
    *("", " ", "x", "X", "x\n", "\n", "x\x00", "\x7f", "\x80", "\u2028", "é", "a" * 64, "a" * 65),
    *("é" * 64, "é" * 65, "x.y_z-1", "x y", "a/b", "A" * 120, "A" * 121, "abc\t", "\u0667"),
    *("generic_timeout_error", "Generic", "unknown_failure: x", "unknown_failure: ", "a:b", "1a"),
    *("ssl_error: a\nb", "ssl_error: a\x0bb", "ssl_error: \x7f", "a" + ": " + "é" * 2048),
    *("a: " + "e" * 2049, "b" * 64, "b" * 65, "f" * 64, "F" * 64, "0" * 63, "0" * 65, "g" * 64),
    *("http://a", "https://a/", "HTTPS://A", "http:/a", "ftp://a", "xhttp://a", " http://a"),
    *("http://", "http://a b", "http://a/b c", "http://u@a/", "http://a/u@b", "http://a\\b"),
    *("http://a?q", "http://a#f", "http://a/\n", "http://a\n", "http://a/\x7f", "http://é/ж"),
    *("AS1", "AS1234567890", "AS12345678901", "AS", "as1", "AS-1", "AS1 ", "AS\u0661"),
    *("KZ", "kz", "K", "KAZ", "KZ\n", "\u0416\u0416"),
    *("2026-11-25 01:02:03", "2026-11-25T01:02:03Z", "2026-11-25 01:02:03.123456789"),
    *("2026-11-25 24:00:00", "2026-13-01 00:00:00", "2026-00-10 00:00:00", "1999-01-01 00:00:00"),
    *("2026-11-32 00:00:00", "2026-11-25 01:60:03", "2026-11-25 01:02:03.", "2026-11-25 1:02:03"),
    *("2026-11-25 01:02:03.1234567890", "2026-11-25 01:02:03\n", "\u0662\u0660" "26-11-25 01:02:03"),
]  # fmt: skip
ENDPOINTS = [
    *("1.2.3.4:443", "1.2.3.4:0", "1.2.3.4:65535", "1.2.3.4:65536", "1.2.3.4:0443", "1.2.3.4:"),
    *("[::1]:443", "::1:443", "[::1]", "[::ffff:1.2.3.4]:1", "[fe80::1%eth0]:1", "a.kz:443"),
    *("scrubbed:443", "[scrubbed]:443", "1.2.3.4", "1.2.3.4:443\n", "1.2.3.4:+1", "1.2.3.4:1x"),
    *("1.2.3.4: 1", "", ":443", "1.2.3.4:\u0661", "[::1]:99999"),
]


def schema(rule: object) -> Draft202012Validator:
    """Of a part of it, as validate.py uses it."""
    return Draft202012Validator(
        {"$defs": SCHEMA["$defs"], "allOf": [rule]},
        pattern_options=RegexOptions(), validate_formats=True,
    )  # fmt: skip


def takes(check: Callable[[str], object], text: str) -> bool:
    """Whether it fits."""
    try:
        check(text)
    except UnfitError:
        return False
    return True


def of(name: str) -> dict[str, str]:
    """A rule that has a name in the schema."""
    return {"$ref": f"#/$defs/{name}"}


PROPERTIES = SCHEMA["properties"]


@pytest.mark.parametrize(
    ("check", "rule"),
    [
        (fits.word, of("word")),
        (fits.failure, of("failure")),
        (fits.digest, of("sha256")),
        (fits.url, of("url_or_nothing")),
        (fits.uid, of("id")),
        (fits.asn, PROPERTIES["resolver_asn"]),
        (fits.cc, of("cc_or_nothing")),
        (fits.category, PROPERTIES["x_category_code"]),
        (fits.time, of("time")),
        (fits.target, PROPERTIES["input"]),
    ],
)
def test_as_the_schema_has_it(check: Callable[[str], str], rule: object) -> None:
    """The same texts, by two engines; what fits is given back as it was."""
    judge = schema(rule)
    took = [text for text in TEXTS if takes(check, text)]
    assert all(judge.is_valid(text) for text in took)
    left = {text for text in TEXTS if judge.is_valid(text)} - set(took)
    assert left == (
        {"http://a/\n", "http://a\n"} if check is fits.url else set()
    )  # for the slow way
    assert 0 < len(took) < len(TEXTS)
    assert took == [check(text) for text in took]


def test_endpoints() -> None:
    """As the schema has them; nothing that is a name, or a number written otherwise."""
    judge = schema(of("endpoint"))
    took = [text for text in ENDPOINTS if takes(fits.endpoint, text)]
    assert all(judge.is_valid(text) for text in took)
    left = {text for text in ENDPOINTS if judge.is_valid(text)} - set(took)
    assert left == {"scrubbed:443", "[scrubbed]:443"}  # for the slow way
    assert ("1.2.3.4", 443) == fits.endpoint("1.2.3.4:443")
    assert ("::1", 443) == fits.endpoint("[::1]:443")
    assert ("", 0) == fits.endpoint("")


def test_addresses() -> None:
    """`ip` may be nothing or hidden, `named` has to be one; neither is of one interface only."""
    for text in ("1.2.3.4", "::1", "2001:db8::1", "::ffff:1.2.3.4"):
        assert text == fits.ip(text) == fits.named(text)
    for text in ("", "scrubbed", "[scrubbed]"):
        assert text == fits.ip(text)
        assert not takes(fits.named, text)
    for text in ("1.2.3.04", "1.2.3", "fe80::1%eth0", "[::1]", "a.kz", " 1.2.3.4", "1.2.3.4\n"):
        assert not takes(fits.ip, text)
        assert not takes(fits.named, text)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("AAA=", b"\0\0"),
        ("AA==", b"\0"),
        ("+/+/", b"\xfb\xff\xbf"),
        ("A", None),
        ("AAA", None),
        ("AA=A", None),
        ("A A=", None),
        ("AAA=\n", None),
        ("-_-_", None),
        ("AAA==", None),
        ("é", None),
    ],
)
def test_base64(text: str, data: bytes | None) -> None:
    """Strictly: one spelling of one body. A chain is spoilt by any of its certificates."""
    if data is None:
        assert not takes(fits.base64, text)
        assert not takes(lambda one: fits.chain(("AAAA", one)), text)
    else:
        assert data == fits.base64(text)
        assert (b"\0\0\0", data) == fits.chain(("AAAA", text))


@pytest.mark.parametrize("check", [fits.word, fits.ip, fits.endpoint, fits.named])
def test_a_refusal_is_not_forgotten(check: Callable[[str], object]) -> None:
    """What was remembered of others changes nothing: the second time as the first."""
    assert [takes(check, "\x00:x") for _ in range(3)] == [False] * 3
