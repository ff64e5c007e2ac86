"""Which of the words and marks of fingerprints.txt a page shows, each by its name.

fingerprints.py judges by these names, so a page can be judged again where the page itself is not:
a sign is `kind` or `kind:detail`, and the detail is our phrase or mark, never the page's text.

    markup: title: text:        a mark, where it was seen
    challenge act article leads error   a word of that list; an act of blocking or refusing; a frame
                                        or refresh to where block pages live; an error's phrase
    authority: geoblock: error-title:   the first phrase of that list
    heading: inside:            a block phrase in a heading, in the text; the act
    heading-weak heading-this inside-weak inside-this   only a refusal; about the page asked for
"""

import re
from collections.abc import Iterator

from measurements.schema.codec_features import MOST_SIGNS
from measurements.verdict import fingerprint_data as data
from measurements.verdict.page_text import PageText, fold

FOR_MARKS = 8_000  # a vendor's name on a longer page is about the vendor
LONG_TEXT = 20_000  # characters that a person would see: no block page is that long
WORDLESS = 120
_READ = 4_000  # of the text: a block page comes to the point
_OPENING = 1_500
_NEAR = 80
_BARE = 40
_EMBEDDED = re.compile(
    r"(?:<i?frame[^<>]{0,200}?\ssrc\s?=\s?|;\s?url\s?=\s?|location(?:\.href)?\s?=\s?"
    r"|location\.replace\()[\"']{0,2}([^\"'<>\s]{4,300})"
)
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_BLOCK_STEMS = tuple(w for w in data.BLOCK_LOCATIONS if w[0] not in "=!")
_ALL_MARKS = tuple(
    dict.fromkeys(
        (mark.where, mark.needle)
        for marks in (data.CAPTCHA_MARKS, data.BLOCK_MARKS, data.PORTAL_MARKS, data.PARKED_MARKS)
        for mark in marks
        if mark.sign
    )
)


def signs_of(page: PageText) -> tuple[str, ...]:
    """All that the page shows, the phrases before the marks; at most MOST_SIGNS."""
    found = [*_words(page), *_phrases(page), *_marks(page)]
    return tuple(found[:MOST_SIGNS])


def _words(page: PageText) -> Iterator[str]:
    opening = f"{page.headings} {page.text[:_OPENING]}"
    if any(word in opening for word in data.CHALLENGE_WORDS):
        yield "challenge"
    if _acts(opening):
        yield "act"
    if len(page.text) < WORDLESS:
        led = next((match[1] for match in _EMBEDDED.finditer(page.markup[:FOR_MARKS])), "")
        if led and is_block_location(led):
            yield "leads"
    error = next((e for e in data.ERROR_PHRASES if e in page.title), None)
    if error is not None:
        yield f"error-title:{error}"


def _acts(opening: str) -> bool:
    """An act of blocking or refusing, in any language."""
    return any(
        act in opening
        for phrases in data.BLOCK_PHRASES
        for act in (*phrases.acts, *phrases.weak_acts)
    )


def _phrases(page: PageText) -> Iterator[str]:
    if len(page.text) > LONG_TEXT:
        return
    opening = page.text[:_READ]
    everything = f"{page.headings} {opening}"
    if any(mark in page.markup for mark in data.ARTICLE_MARKS):
        yield "article"
    if any(error in opening for error in data.ERROR_PHRASES):
        yield "error"
    authority = next((name for name in data.AUTHORITIES if name in everything), None)
    if authority is not None:
        yield f"authority:{authority}"
    country = next((p for p in data.GEOBLOCK_PHRASES if _has(everything, p)), None)
    if country is not None:
        yield f"geoblock:{country}"
    yield from _block_phrase(page.headings, "heading") or _bare_title(page.title)
    yield from _block_phrase(opening, "inside")


def _block_phrase(text: str, place: str) -> list[str]:
    """A subject within 80 characters of an act, in one language; strong acts first."""
    for weak in (False, True):
        for phrases in data.BLOCK_PHRASES:
            for act in phrases.weak_acts if weak else phrases.acts:
                found = _near_subject(text, act, phrases)
                if found:
                    this = any(word in found for word in phrases.this)
                    return [
                        f"{place}:{act}",
                        *([f"{place}-weak"] if weak else []),
                        *([f"{place}-this"] if this else []),
                    ]
    return []


def _near_subject(text: str, act: str, phrases: data.Phrases) -> str:
    """The words around the act, if a subject is among them; looks at the first five places."""
    at = text.find(act)
    for _ in range(5):
        if at < 0:
            return ""
        around = text[max(0, at - _NEAR) : at + len(act) + _NEAR // 2]
        if any(subject in around for subject in phrases.subjects):
            return around
        at = text.find(act, at + 1)
    return ""


def _bare_title(title: str) -> list[str]:
    """ "Blocked", without saying what: enough as a short title."""
    if len(title) > _BARE:
        return []
    acts = (act for phrases in data.BLOCK_PHRASES for act in phrases.acts)
    act = next((act for act in acts if len(act) > 1 and act in title), None)
    return [f"heading:{act}"] if act else []


def _marks(page: PageText) -> Iterator[str]:
    if len(page.text) > FOR_MARKS:
        return
    places = {"markup": page.markup, "title": page.title, "text": page.text[:_READ]}
    for where, needle in _ALL_MARKS:
        if _has(places[where], needle):
            yield f"{where}:{needle}"


def _has(text: str, needle: str) -> bool:
    """Whether `needle` is in the text; a `*` in it stands for up to 300 characters."""
    first, star, second = needle.partition("*")
    at = text.find(first)
    return at >= 0 and (not star or second in text[at : at + len(needle) + 300])


def is_block_location(url: str) -> bool:
    """Whether the host or path of a URL has a word of block pages; the query does not count."""
    words = [w for w in _NOT_A_WORD.split(fold(url).split("?", 1)[0][:300]) if w]
    return any(_is_block_word(word) for word in words)


def _is_block_word(word: str) -> bool:
    if f"!{word}" in data.BLOCK_LOCATIONS:
        return False
    return f"={word}" in data.BLOCK_LOCATIONS or word.startswith(_BLOCK_STEMS)
