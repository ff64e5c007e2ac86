"""Other readings of a text know where each byte came from."""

import base64
import hashlib
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from probe.consent.needles import Needles
from probe.consent.views import views


@pytest.mark.parametrize(
    ("text", "read", "origin"),
    [
        (b"a %39%32.1 z", b"92.1", b"%39%32.1"),
        (b"a \\u0039\\x32.1 z", b"92.1", b"\\u0039\\x32.1"),
        (b"a &#57;&#x32;&period;1 z", b"92.1", b"&#57;&#x32;&period;1"),
        (b"a =39=32.1 z", b"92.1", b"=39=32.1"),
        (b"a=\r\n9=\r\n2.1 z", b"92.1", b"9=\r\n2.1"),
        (b"x" + "secret-1".encode("utf-16-le") + b"y", b"secret-1", "secret-1".encode("utf-16-le")),
        (
            b"<" + base64.b64encode(b"a secret thing") + b">",
            b"secret",
            base64.b64encode(b"a secret thing").rstrip(b"="),
        ),
        (
            b"<" + b"a secret thing".hex().encode() + b">",
            b"secret",
            b"a secret thing".hex().encode(),
        ),
        (
            b"<" + base64.b32encode(b"secret") + b">",
            b"secret",
            base64.b32encode(b"secret").rstrip(b"="),
        ),
    ],
)
def test_a_place_and_where_it_came_from(text: bytes, read: bytes, origin: bytes) -> None:
    """What is found in the view is blanked in the text."""
    places = [v.back((at, at + len(read))) for v in views(text) if (at := v.data.find(read)) >= 0]
    assert any(text[start:end] == origin for start, end in places)


@pytest.mark.parametrize("apart", [1, 30, 3000])
def test_many_places_know_where_they_came_from(apart: int) -> None:
    """Whether they are everywhere, and all is read, or far apart, and what is near them is."""
    text = b"".join(b"%d%%2e%d" % (n, n) + b" " * apart for n in range(100, 200))
    views_ = [v for v in views(text) if b"150.150" in v.data]
    assert views_
    for v in views_:
        at = v.data.find(b"150.150")
        start, end = v.back((at, at + 7))
        assert text[start:end] == b"150%2e150"
        start, end = v.back((at, at + 3))
        assert text[start:end] == b"150"


def test_pages_full_of_signs_are_not_read_anew_for_them() -> None:
    """A number sign and a trade mark are words; a digit in a circle is a digit."""
    assert not [v for v in views("\u2116 \u2122 12 ".encode() * 500) if v.data.strip()]
    assert [v for v in views("\u2116 \u2122 \u2460 ".encode() * 500) if b"1" in v.data]


def test_plain_words_have_no_other_reading() -> None:
    """The twin."""
    assert not [v for v in views(b"plain words, 100 % sure & so on") if v.data.strip()]


# Spellings that a blind reviewer found to pass, each with its twin.
_OWN, _OTHER = "85.117.42.193", "85.118.43.193"
_NEEDLES = Needles.of([_OWN])
_WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789."}
_ARABIC = {ord(c): 0x660 + int(c) for c in "0123456789"}


def _in_digits(ip: str, zero: int) -> str:
    return ip.translate({ord("0") + n: zero + n for n in range(10)})


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


_ODD_SPELLINGS: dict[str, Callable[[str], str]] = {
    "full width": lambda ip: ip.translate(_WIDE),
    "Arabic digits": lambda ip: ip.translate(_ARABIC),
    "zero width": "\u200b".join,
    "soft hyphens": lambda ip: ip.replace(".", ".\u00ad"),
    "padded entities": lambda ip: "".join(f"&#00{ord(c)};" for c in ip),
    "entities without an end": lambda ip: "".join(f"&#{ord(c)}" for c in ip),
    "hexadecimal entities without an end": lambda ip: "".join(f"&#x{ord(c):x}" for c in ip),
    "spaces": lambda ip: ip.replace(".", " . "),
    "masked": lambda ip: ip.rpartition(".")[0] + ".xxx",
    "masked with dashes": lambda ip: ip.rpartition(".")[0].replace(".", "-") + "-xxx",
    "Thai digits": lambda ip: ip.translate({ord(c): 0xE50 + int(c) for c in "0123456789"}),
    "starred": lambda ip: ip.rpartition(".")[0] + ".*",
    "masked with two": lambda ip: ".".join([*ip.split(".")[:2], "x", "xxx"]),
    "masked backwards": lambda ip: "xxx." + ".".join(reversed(ip.split(".")[:3])),
    "masked with zero": lambda ip: ip.rpartition(".")[0] + ".0/24",
    "masked with marks": lambda ip: ip.rpartition(".")[0] + ".###",
    "masked with bullets": lambda ip: ip.rpartition(".")[0] + ".\u2022\u2022\u2022",
    "Khmer digits": lambda ip: _in_digits(ip, 0x17E0),
    "Adlam digits": lambda ip: _in_digits(ip, 0x1E950),
    "Chakma digits": lambda ip: _in_digits(ip, 0x11136),
    "segmented digits": lambda ip: _in_digits(ip, 0x1FBF0),
    "superscripts": lambda ip: ip.translate(
        dict(zip(map(ord, "0123456789"), "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
    ),
    "circled": lambda ip: ip.translate(
        dict(zip(map(ord, "0123456789"), "⓪①②③④⑤⑥⑦⑧⑨", strict=True))
    ),
    "black circles": lambda ip: ip.translate(
        dict(zip(map(ord, "0123456789"), "⓿❶❷❸❹❺❻❼❽❾", strict=True))
    ),
    "keycaps": lambda ip: "".join(c + "\ufe0f\u20e3" if c.isdigit() else c for c in ip),
    "middle dots": lambda ip: ip.replace(".", "\u00b7"),
    "en dashes": lambda ip: ip.replace(".", "\u2013"),
    "escaped en dashes": lambda ip: ip.replace(".", "\\u2013"),
    "variation selectors": "\U000e0101".join,
    "escaped digits of another script": lambda ip: _escaped(_in_digits(ip, 0x660)),
    "escaped digits beyond the first plane": lambda ip: _escaped(_in_digits(ip, 0x1D7CE)),
    "entities of another script": lambda ip: "".join(f"&#{ord(c)};" for c in _in_digits(ip, 0x660)),
    "hexadecimal ones": lambda ip: "".join(f"&#x{ord(c):X};" for c in _in_digits(ip, 0x1D7CE)),
    "percent of another script": lambda ip: quote(_in_digits(ip, 0x966)),
    "named entities": lambda ip: ip.replace(".", "&middot;"),
    "an escaped letter before it": lambda ip: f"\\u2009{ip}",
    "braces": lambda ip: "".join(f"\\u{{{ord(c):x}}}" for c in ip),
    "bytes of another script": lambda ip: "".join(
        f"\\x{b:02x}" for b in _in_digits(ip, 0x660).encode()
    ),
    "md5": lambda ip: hashlib.md5(ip.encode(), usedforsecurity=False).hexdigest(),
    "sha1": lambda ip: hashlib.sha1(ip.encode(), usedforsecurity=False).hexdigest().upper(),
    "sha256": lambda ip: hashlib.sha256(ip.encode()).hexdigest(),
    "sha256 in base64": lambda ip: base64.b64encode(hashlib.sha256(ip.encode()).digest()).decode(),
}


@pytest.mark.parametrize("name", _ODD_SPELLINGS)
def test_odd_spellings(name: str) -> None:
    """And blanked, wherever it stands; another's address stays."""
    for around in ("{}", "you come from {} today", "<b>{}</b>", "ip={}&x=1"):
        text = around.format(_ODD_SPELLINGS[name](_OWN))
        assert _NEEDLES.found_in(text.encode()), text
        blanked = _NEEDLES.blank_text(text)
        assert not _NEEDLES.found_in(blanked.encode())
        assert "scrubbed" in blanked
        twin = around.format(_ODD_SPELLINGS[name](_OTHER))
        assert _NEEDLES.blank_text(twin) == twin


def test_a_long_shift_of_utf_7() -> None:
    """Read to its end."""
    text = f"client {_OWN}".encode().hex() * 4
    shifted = base64.b64encode(text.encode("utf-16-be")).rstrip(b"=")
    assert len(shifted) > 250
    assert [v for v in views(b"+" + shifted + b"-") if text.encode() in v.data]
