"""Text as its reader would read it: escapes undone, base64, hex and UTF-16 decoded.

A view knows for each of its bytes where it came from, so that what is found in it can be blanked
where it stands.
"""

import base64
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from probe.consent.forms import tokens_of_base64
from probe.consent.inflate import inflated, streams
from probe.consent.letters import escapes, odd_letters

Span = tuple[int, int]
_GAP = b"\n\n"
_AROUND = 200  # bytes beside an escape that are read with it
_NEAR = 24  # the same beside a rare one
_LONG = 10  # a shorter token holds nothing that forms.py does not look for directly

_QUOTED = re.compile(rb"=([2-7][0-9A-Fa-f]|0[9AaDd])|=\r?\n")
# What a page has between the parts of an address: marks and comments, line breaks, a script's plus.
_TORN = re.compile(
    rb"(?:<(?<=[0-9A-Fa-f.:,]<)[^<>]{1,200}>|[\t\r\n](?<=[.:,].)"
    rb"|[\"'`](?<=[0-9A-Fa-f.:].) {0,2}\+ {0,2}[\"'`])(?:<[^<>]{1,200}>|\s){0,20}(?=[0-9A-Fa-f.:])",
    re.DOTALL,
)
# Base64 as mail has it, in lines.
_FOLDED = re.compile(
    rb"(?:\n(?<=[A-Za-z0-9+/_-]{16}\n)|\r\n(?<=[A-Za-z0-9+/_-]{16}\r\n))[ \t]{0,16}"
    rb"(?=[A-Za-z0-9+/_-]{2})"
)
_HEXADECIMAL = b"0123456789ABCDEFabcdef"


class _Kind:
    """Of token: a pattern, and what it is made of, for a search that skips all else."""

    def __init__(self, source: bytes, letters: bytes, least: int) -> None:
        """`least`: no token is shorter."""
        self._pattern = re.compile(source)
        self._mask = bytes(_RUN[0] if b in letters else 0 for b in range(256))
        self._run = _RUN * least

    def finditer(self, data: bytes) -> Iterator[re.Match[bytes]]:
        """As the pattern's: which is asked only where enough of its letters stand together."""
        mask = data.translate(self._mask)
        at = mask.find(self._run)
        while at >= 0:
            end = mask.find(b"\0", at)
            end = len(data) if end < 0 else end
            yield from self._pattern.finditer(data, at, end + 1)  # one more, for it to see
            at = mask.find(self._run, end)


_RUN = b"a"
_BASE64 = _Kind(
    rb"[A-Za-z0-9+/_-]{%d,}" % _LONG,
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-",
    _LONG,
)
_PART = re.compile(rb"[A-Za-z0-9+]{%d,}" % _LONG)
_BASE32 = re.compile(rb"[A-Z2-7]{%d,}|[a-z2-7]{%d,}" % (_LONG, _LONG))
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){6,}")  # both are made of base64's letters too
# Letters by their numbers: a dump, a script's array.
_DUMP = _Kind(
    rb"(?:(?:0x)?[0-9A-Fa-f]{2}(?:, ?| |:|-)){6,}(?:0x)?[0-9A-Fa-f]{2}",
    _HEXADECIMAL + b"x, :-",
    20,
)
_CODES = _Kind(rb"(?:[0-9]{1,3}, ?){6,}[0-9]{1,3}", b"0123456789, ", 13)
_OCTETS = 256
_WIDE = (  # UTF-16 and UTF-32: the pattern, of how many bytes a letter, which of them tells
    (re.compile(rb"(?:[\x20-\x7e]\x00){4,}"), 2, 0),
    (re.compile(rb"(?:\x00[\x20-\x7e]){4,}"), 2, 1),
    (re.compile(rb"(?:[\x20-\x7e]\x00{3}){4,}"), 4, 0),
    (re.compile(rb"(?:\x00{3}[\x20-\x7e]){4,}"), 4, 3),
)
_UTF7 = re.compile(rb"[+&](A[A-H][A-Za-z0-9+/,]{1,8000})-?")
_CSS = re.compile(rb"\\0{0,4}([2-7][0-9A-Fa-f]|09|9)(?:\r\n|[ \t\r\n\f]|(?![0-9A-Fa-f]))")
_SHORT_OCTAL = re.compile(rb"\\([4-7][0-7])(?![0-7])")
# A letter at a time: spelled out, or a list of them.
_APART = _Kind(
    rb"[0-9A-Fa-f](?:[\"']?(?:, ?|[ |_;-])[\"']?[0-9A-Fa-f.:]){6,}(?![0-9A-Za-z])",
    _HEXADECIMAL + b".:\"', |_;-",
    13,
)
_NOT_OF_ADDRESS = re.compile(rb"[^0-9A-Fa-f.:]")
_MOST_INFLATED = 1 << 20  # bytes of one reading
_MOST_OF_STREAMS = 1 << 18  # the same, of those among bytes: most are pictures


class Pieces(NamedTuple):
    """Where each piece of a view begins in it, and the span that it came from.

    `moves`: a piece is a plain copy, and places in it are told exactly; else the whole span.
    """

    starts: list[int]
    spans: list[Span]
    moves: list[bool]

    def place(self, at: int) -> Span:
        """Where the byte at `at` came from."""
        piece = max(0, bisect_right(self.starts, at) - 1)
        span = self.spans[piece]
        if not self.moves[piece]:
            return span
        here = min(span[0] + at - self.starts[piece], span[1])
        return here, min(here + 1, span[1])


@dataclass(frozen=True, slots=True)
class View:
    """Decoded bytes. `pieces` is asked where something was found in them: mostly, nothing is."""

    data: bytes
    pieces: Callable[[], Pieces]
    rare: bool = (
        False  # by a way that is gone twice at most, lest a page make it go round and round
    )

    def back(self, span: Span) -> Span:
        """Where that came from."""
        pieces = self.pieces()
        return pieces.place(span[0])[0], pieces.place(max(span[0], span[1] - 1))[1]


def views(data: bytes, *, rare: bool = True) -> Iterator[View]:
    """Every other way of reading `data` that it gives occasion for; the rare ones too."""
    if b"%" in data or b"\\" in data or b"&" in data:
        yield from _reread(data, escapes(data))
    if rare:
        yield from (replace(view, rare=True) for view in _rare(data))
    if b"=" in data:
        yield from _unescaped(data, _QUOTED, _quoted)
    yield from _unescaped(data, _TORN, lambda _: b"")
    yield from _unescaped(data, _FOLDED, lambda _: b"")
    if not data.isascii():
        yield from _reread(data, odd_letters(data))
    if b"\0" in data:
        for pattern, width, which in _WIDE:
            yield from _tokens(data, pattern, lambda t, a=which, w=width: [t[a::w]])  # type: ignore[misc]
    yield from _tokens(data, _DUMP, _dumped)
    yield from _tokens(data, _CODES, _numbered)
    yield from _tokens(data, _APART, lambda token: [_NOT_OF_ADDRESS.sub(b"", token)])
    yield from _tokens(data, _BASE64, _Decoder())
    yield from _compressed(data)


def _rare(data: bytes) -> Iterator[View]:
    """Letters by their numbers as style sheets, shells and mail of old write them."""
    if b"\\" in data:
        yield from _unescaped(data, _CSS, lambda found: bytes([int(found[1], 16)]), _NEAR)
        yield from _unescaped(data, _SHORT_OCTAL, lambda found: bytes([int(found[1], 8)]), _NEAR)
    if b"+A" in data or b"&A" in data:
        yield from _unescaped(data, _UTF7, _utf7, _NEAR)


def _compressed(data: bytes) -> Iterator[View]:
    return _joined(list(streams(data, _MOST_OF_STREAMS)))


def _utf7(found: re.Match[bytes]) -> bytes:
    """RFC 2152, and as IMAP changed it."""
    letters = found[1].replace(b",", b"/")
    return tokens_of_base64(letters).decode("utf-16-be", "ignore").encode("utf-8", "ignore")


def _reread(
    data: bytes, found: tuple[dict[bytes, bytes], re.Pattern[bytes]] | None
) -> Iterator[View]:
    if found is not None:
        means, pattern = found
        yield from _unescaped(data, pattern, lambda match: means[match[0]])


def _quoted(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)]) if found[1] else b""


def _unescaped(
    data: bytes,
    pattern: re.Pattern[bytes],
    meant: Callable[[re.Match[bytes]], bytes],
    around: int = _AROUND,
) -> Iterator[View]:
    """What stands near the matches, read; where they are everywhere, all of it, which is quicker."""
    found = list(pattern.finditer(data))
    if len(found) * 2 * around > len(data):
        text = pattern.sub(meant, data)
        yield View(text, cache(lambda: _made(data, pattern.finditer(data), meant, len(data))[1]))
    elif found:
        text, pieces = _made(data, found, meant, around)
        yield View(text, lambda: pieces)


def _made(
    data: bytes,
    matches: Iterable[re.Match[bytes]],
    meant: Callable[[re.Match[bytes]], bytes],
    around: int,
) -> tuple[bytes, Pieces]:
    """The text, with so many bytes beside each match, and whence it came."""
    out, pieces = bytearray(), Pieces([], [], [])

    def add(piece: bytes, span: Span, *, moved: bool) -> None:
        if piece:
            pieces.starts.append(len(out))
            pieces.spans.append(span)
            pieces.moves.append(moved)
            out.extend(piece)

    def copy(start: int, end: int) -> None:
        end = min(end, len(data))
        add(data[start:end], (start, end), moved=True)

    last, begun = 0, False
    for found in matches:
        start = found.start()
        if start - last > 2 * around or not begun:
            if begun:
                copy(last, last + around)
                add(_GAP, (last + around, last + around), moved=False)
            last, begun = max(last, start - around), True
        copy(last, start)
        add(meant(found), found.span(), moved=False)
        last = found.end()
    copy(last, last + around)
    return bytes(out), pieces


def _tokens(
    data: bytes, kind: _Kind | re.Pattern[bytes], decode: Callable[[bytes], list[bytes]]
) -> Iterator[View]:
    """All tokens of a kind, decoded and put together, so that they are searched at one go."""
    decoded = [(part, found.span()) for found in kind.finditer(data) for part in decode(found[0])]
    return _joined(decoded)


def _joined(parts: list[tuple[bytes, Span]]) -> Iterator[View]:
    def pieces() -> Pieces:
        starts = accumulate((len(part) + len(_GAP) for part, _ in parts), initial=0)
        return Pieces(list(starts)[:-1], [span for _, span in parts], [False] * len(parts))

    if parts:
        yield View(_GAP.join(part for part, _ in parts), cache(pieces))


def _dumped(token: bytes) -> list[bytes]:
    digits = re.sub(rb"0x|[^0-9A-Fa-f]", b"", token)
    return _less_an_end(bytes.fromhex(digits.decode()))


def _numbered(token: bytes) -> list[bytes]:
    return _less_an_end(bytes([n for n in map(int, token.split(b",")) if n < _OCTETS]))


def _less_an_end(data: bytes) -> list[bytes]:
    """What stands beside it may look as a part of it, and would make another number of it."""
    return [data, data[1:], data[:-1], data[1:-1]]


class _Decoder:
    """Of tokens, as long as they do not swell without end."""

    def __init__(self) -> None:
        self._left = _MOST_INFLATED

    def __call__(self, token: bytes) -> list[bytes]:
        """By every alphabet that it may be in; a path may end in such a token."""
        parts = [token]
        if b"/" in token or b"-" in token or b"_" in token:
            parts += [part for part in _PART.findall(token) if part != token]
        out = [tokens_of_base64(part) for part in parts]
        out += [bytes.fromhex(found.decode()) for found in _HEX.findall(token)]
        for part in tuple(out):
            inside = inflated(part, self._left)
            if inside:
                self._left -= len(inside)
                out.append(inside)
        return out + [_base32(found) for found in _BASE32.findall(token)]


def _base32(token: bytes) -> bytes:
    """As far as it goes: one, three and six characters over are one too many."""
    whole = token[: len(token) - (len(token) % 8 in {1, 3, 6})]
    return base64.b32decode(whole + b"=" * (-len(whole) % 8), casefold=True)
