"""A body as a hundred numbers: two bottom-k sketches (Broder 1997), of its words and its markup.

The control sends this instead of the body. Even numbers come from word 3-grams of the visible text,
odd ones from the class names, ids and file names of the markup, which stay the same where the text
is in another language. 0 stands for a body without words.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from measurements.verdict.page_text import BODY_CAP, decode, looks_binary, plain, without_hidden

K_TEXT = 64
K_MARKUP = 32
WORDLESS = 0
_MAX_WORD = 24  # a longer run of letters is a token, not a word

# Scripts without spaces, each character a word: CJK, kana, Hangul, Thai, Lao, Khmer, Myanmar
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]++")
_ATTRIBUTE = re.compile(
    r"\s(class|id|src|href)\s{0,3}=\s{0,3}[\"']?([^\"'<>]{1,200})", re.IGNORECASE
)
_NAME = re.compile(r"[a-z]{3,24}(?:[-_][a-z]{2,24}){0,5}")
_PATH_PART = re.compile(r"[/?#=&]")
_CHUNK = 4096


class Sketch(NamedTuple):
    """A sketch taken apart."""

    text: frozenset[int]
    markup: frozenset[int]
    text_limit: int  # every hash up to here is in the sketch
    markup_limit: int


def shingles(body: bytes) -> tuple[int, ...]:
    """The sketch of a body's first 512 KiB: at most 64 even and 32 odd numbers, in order."""
    body = body[:BODY_CAP]
    if looks_binary(body):
        chunks = (body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK))
        return tuple(_bottom((_hash(chunk) for chunk in chunks), K_TEXT))
    markup = decode(body)
    shown = without_hidden(markup)
    words = [
        w for w in _WORD.findall(plain(shown).casefold()) if w.isalpha() and len(w) <= _MAX_WORD
    ]
    grams = (
        {" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))} if words else set()
    )
    text = _bottom((_hash(gram.encode()) for gram in grams), K_TEXT) if grams else [WORDLESS]
    names = _bottom((_hash(name.encode()) | 1 for name in _names(markup)), K_MARKUP)
    return tuple(sorted([*text, *names]))


def _hash(data: bytes) -> int:
    """An even 32-bit number above 0, the same in every process and on every machine."""
    return max(int.from_bytes(blake2b(data, digest_size=4).digest(), "big") & ~1, 2)


def _bottom(hashes: Iterable[int], k: int) -> list[int]:
    return sorted(set(hashes))[:k]


def _names(markup: str) -> set[str]:
    """Names in the markup that a page keeps from visit to visit: no digits, hosts, queries."""
    found: set[str] = set()
    for kind, value in _ATTRIBUTE.findall(markup):
        lowered = value.lower()
        if kind.lower() in {"src", "href"}:
            lowered = _PATH_PART.split(lowered.split("//", 1)[-1].split("?", 1)[0])[-1]
            lowered = lowered.split(".", 1)[0]
        for part in lowered.split():
            if _NAME.fullmatch(part):
                found.add(f"{kind.lower()}.{part}")
    return found


def read_sketch(numbers: tuple[int, ...]) -> Sketch:
    """Take a sketch apart; what a foreign control made up is harmless, only useless."""
    text = sorted({n for n in numbers if n % 2 == 0})[:K_TEXT]
    markup = sorted({n for n in numbers if n % 2})[:K_MARKUP]
    everything = 1 << 32
    return Sketch(
        text=frozenset(text),
        markup=frozenset(markup),
        text_limit=text[-1] if len(text) == K_TEXT else everything,
        markup_limit=markup[-1] if len(markup) == K_MARKUP else everything,
    )


class Overlap(NamedTuple):
    """How alike two sets are by their sketches, from how many hashes it was estimated."""

    share: float
    hashes: int


def overlap(a: frozenset[int], b: frozenset[int], limit: int) -> Overlap:
    """The Jaccard index: of the hashes up to `limit` in either, the share that is in both."""
    union = sum([n <= limit for n in a | b])
    both = sum([n <= limit for n in a & b])
    return Overlap(both / union if union else 0.0, union)


def contained(part: frozenset[int], whole: frozenset[int], limit: int) -> Overlap:
    """Of the hashes of `part` up to `limit`, the share that is in `whole`: for a body cut short."""
    known = [n for n in part if n <= limit]
    return Overlap(sum(n in whole for n in known) / len(known) if known else 0.0, len(known))


def text_overlap(a: Sketch, b: Sketch) -> Overlap:
    """Of the words."""
    return overlap(a.text, b.text, min(a.text_limit, b.text_limit))


def markup_overlap(a: Sketch, b: Sketch) -> Overlap:
    """Of the markup."""
    return overlap(a.markup, b.markup, min(a.markup_limit, b.markup_limit))


_ENOUGH_NAMES = 8


def similarity(a: tuple[int, ...], b: tuple[int, ...]) -> float | None:
    """0 (nothing in common) to 1 (the same words, or the same markup); None if one is no sketch.

    The markup alone counts a little less, and only where both pages have enough of it.
    """
    if not a or not b:
        return None
    left, right = read_sketch(a), read_sketch(b)
    text = text_overlap(left, right).share if left.text and right.text else 0.0
    if min(len(left.markup), len(right.markup)) < _ENOUGH_NAMES:
        return text
    return max(text, 0.9 * markup_overlap(left, right).share)
