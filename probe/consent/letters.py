"""Letters that look like others, or like nothing, and ways to write a letter by its number. Pure.

Nothing is listed that Unicode tells by itself: what is a digit in any script, what is a compatible form
of an ASCII letter, what has no width. The same few stand in a page thousands of times, so each is
looked up once, and only those that mean something are looked for.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from html.entities import html5

_MANY = 8192
# What a reader takes for a dot, a dash, a colon, a slash; Unicode has no such relation.
_LIKE = {
    **dict.fromkeys("\u00b7\u0387\u06d4\u2022\u2027\u2219\u22c5\u2e31\u2e33\u3002\u30fb\ua4f8\uff61\uff65", "."),
    **dict.fromkeys("\u02d7\u058a\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2796\u30fc", "-"),
    **dict.fromkeys("\u02d0\u02f8\u05c3\u0589\u0703\u0704\u16ec\u1803\u205a\u2236\ua789", ":"),
    **dict.fromkeys("\u2044\u2215\u2571\u29f8\u3033", "/"),
    **dict.fromkeys("\u060c\u066b\u066c\u201a\u3001", ","),
}  # fmt: skip
_INVISIBLE = frozenset({"Cf", "Me"})  # joiners, soft hyphens, marks of direction; keycaps
_COMBINING = ("\u0300", "\u036f"), ("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef")


@lru_cache(_MANY)
def plain(letter: str) -> str | None:
    """What it is read as, in ASCII; empty for what is not seen; None where it is itself, or a space."""
    if letter.isascii() or letter.isspace():
        return None
    if letter in _LIKE:
        return _LIKE[letter]
    value = unicodedata.numeric(letter, -1)
    if value in range(10):
        return str(int(value))
    if unicodedata.category(letter) in _INVISIBLE or any(a <= letter <= z for a, z in _COMBINING):
        return ""
    folded = unicodedata.normalize("NFKC", letter).replace("\u2044", "/")
    return folded if folded.isascii() else None


_BETWEEN = rb"%b(?<=[0-9a-fA-F.:]%b)(?:%b)(?=[0-9a-fA-F.:])"


def odd_letters(data: bytes) -> tuple[dict[bytes, bytes], re.Pattern[bytes]] | None:
    """Of the letters in `data` those that are read as others: what they mean, where they stand.

    Dashes and the like are in every page: they count between digits, or where digits are odd too.
    """
    found = {c: _read(c) for c in set(data.decode("utf-8", "ignore"))}
    means = {c.encode(): p.encode() for c, p in found.items() if p is not None}
    if not means:
        return None
    marks = {c for c, p in means.items() if p and not p.isalnum()}
    if any(p.isdigit() for p in means.values()):
        return means, any_of(means)
    parts = [any_of(means.keys() - marks).pattern] if means.keys() - marks else []
    return means, re.compile(b"|".join([*parts, *_between(marks)]))


def _read(letter: str) -> str | None:
    """As `plain`; every space is one, and what is read as a word (TM, No) is left: pages are full of it."""
    if letter.isascii():
        return None
    read = " " if letter.isspace() else plain(letter)
    return None if read is not None and len(read) > 1 and read.isalpha() else read


def _between(marks: set[bytes]) -> Iterable[bytes]:
    """Patterns of marks between digits. The first byte goes first: `re` is quick to look for it."""
    for first in sorted({mark[:1] for mark in marks}):
        rest = any_of({mark[1:] for mark in marks if mark[:1] == first}).pattern
        yield _BETWEEN % (first, first, rest)


_ESCAPE = re.compile(
    rb"%(?:[2-7][0-9a-fA-F]|0[9aAdD])|%[c-fC-F][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){1,3}"
    rb"|\\x(?:[2-7][0-9a-fA-F]|0[9aAdD])|\\x[c-fC-F][0-9a-fA-F](?:\\x[89abAB][0-9a-fA-F]){1,3}"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}"
    rb"|%[uU][0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|\\U[0-9a-fA-F]{8}|\\/|\\[01][0-7]{2}"
    rb"|&#0{0,5}[0-9]{1,7};?|&#[xX]0{0,5}[0-9a-fA-F]{1,6};?|&[A-Za-z][A-Za-z0-9]{1,31};"
)
_OVERLONG = b"\xc0\xc1"
_AND_DIGIT = re.compile(rb"(%b)(?=([0-9])?)" % _ESCAPE.pattern)


def escapes(data: bytes) -> tuple[dict[bytes, bytes], re.Pattern[bytes]] | None:
    """How letters are written by their number or name in `data`: which they are, where they stand.

    Letters of other alphabets, spaces, quotes are left as they are, unless a number follows: a page
    may be made of nothing else. So are dashes, unless there are odd digits too.
    """
    found = set(_AND_DIGIT.findall(data))
    seen = {token: letters for token, _ in found if (letters := meant(token))}
    if not seen:
        return None
    before = {token for token, digit in found if digit}
    reads = {
        token: _read(letters.decode("utf-8", "ignore")[:1] or "x")
        for token, letters in seen.items()
    }
    odd = any(read is not None and read.isdigit() for read in reads.values())
    means = {
        token: letters
        for token, letters in seen.items()
        if letters.isascii() or token in before or _tells(reads[token], odd=odd)
    }
    return (means, any_of(means)) if means else None


def _tells(read: str | None, *, odd: bool) -> bool:
    return read is not None and read != " " and (odd or not read or read.isalnum())


@lru_cache(_MANY)
def meant(token: bytes) -> bytes | None:
    """The letters that an escape stands for; None where it stands for itself."""
    text = token.decode("ascii")
    if text.startswith("&"):
        return _entity(text)
    if text.startswith(("%u", "%U")):
        return _numbered(text[2:], 16)
    if text.startswith(("%", "\\x")):
        return _of_bytes(bytes.fromhex(text.replace("%", "").replace("\\x", "")))
    if text.startswith(("\\U", "\\u{")):
        return _numbered(text[2:].strip("{}"), 16)
    if text.startswith("\\u"):
        units = bytes.fromhex("".join(text.split("\\u")))
        return units.decode("utf-16-be", "replace").encode()
    return b"/" if text == "\\/" else bytes([int(text[1:], 8)])


def _of_bytes(letters: bytes) -> bytes:
    """UTF-8; of two bytes where one would do, the one."""
    if len(letters) == 2 and letters[0] in _OVERLONG:  # noqa: PLR2004
        return bytes([(letters[0] & 1) << 6 | letters[1] & 0x3F])
    return letters


def _entity(text: str) -> bytes | None:
    if text[1] != "#":
        named = html5.get(text[1:])
        return None if named is None else named.encode()
    number = text[2:].rstrip(";")
    return _numbered(number[1:], 16) if number[:1] in {"x", "X"} else _numbered(number, 10)


def _numbered(digits: str, base: int) -> bytes | None:
    try:
        return chr(int(digits, base)).encode()
    except (ValueError, OverflowError, UnicodeEncodeError):
        return None


def any_of(tokens: Iterable[bytes]) -> re.Pattern[bytes]:
    """The longest first: one may begin as another does."""
    ordered = sorted(tokens, key=len, reverse=True)
    return re.compile(b"|".join(map(re.escape, ordered)))
