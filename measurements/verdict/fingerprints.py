"""What a page is, by its words and marks: a block page, a challenge, a geoblock, a parked name …

Generic on purpose: no list of operators' pages, so it knows tomorrow's page too, and it is never
sure (confidence < 1). The rules use it only beside a contrast. An article about blocking must not
match: structure decides (short text, few links, the phrase in the heading) more than words.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from measurements.schema.records import Headers
from measurements.verdict import fingerprint_data as data
from measurements.verdict.page_text import PageText, fold, read_page


class PageKind(StrEnum):
    """What a page is. `captcha`: the site's own guard, a challenge or its firewall's refusal."""

    BLOCKPAGE = "blockpage"
    CAPTCHA = "captcha"
    GEOBLOCK = "geoblock"
    PARKED = "parked"
    LOGIN_PORTAL = "login_portal"
    ERROR = "error"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClass:
    """`label` names a product or party ("" if none); `why` says what was seen."""

    kind: PageKind
    label: str = ""
    confidence: float = 0.0
    why: str = ""


NONE = PageClass(kind=PageKind.NONE)
_LONG_TEXT = 20_000  # characters that a person would see: no block page is that long
_FOR_MARKS = 8_000  # a vendor's name on a longer page is about the vendor
_READ = 4_000  # of the text: a block page comes to the point
_NEAR = 80
_LEAST = 0.55
_HTTP_451 = 451
_REFUSED = frozenset({401, 403, 405, 406, 418, 429, 451, 503})

_Seen = tuple[int, dict[str, str], PageText]


def classify_page(
    status: int | None, headers: Headers, title: str | None, body: bytes | None
) -> PageClass:
    """Say what the page is. The kinds are tried from the surest sign to the vaguest."""
    named = {name.lower(): fold(value) for name, value in reversed(headers)}
    page = read_page(body or b"", title or "", named.get("content-type", ""))
    seen = (status or 0, named, page)
    for look in (_captcha, _vendor, _legal, _geoblock, _redirect, _portal, _parked, _phrase):
        found = look(seen)
        if found is not None:
            return found
    return _error(seen)


def _find(marks: tuple[data.Mark, ...], seen: _Seen, *, weak: bool) -> data.Mark | None:
    """The first mark that the page shows; weak ones only where they may count."""
    status, headers, page = seen
    places = {"markup": page.markup, "title": page.title, "text": page.text[:_READ]}
    short = len(page.text) <= _FOR_MARKS and status not in range(300, 400)
    for mark in marks:
        if mark.where in places:
            if short and (mark.strong or weak) and _has(places[mark.where], mark.needle):
                return mark
        elif mark.needle in headers.get(mark.where, ""):
            return mark
    return None


def _has(text: str, needle: str) -> bool:
    """Whether `needle` is in the text; a `*` in it stands for up to 300 characters."""
    first, star, second = needle.partition("*")
    at = text.find(first)
    return at >= 0 and (not star or second in text[at : at + len(needle) + 300])


def _captcha(seen: _Seen) -> PageClass | None:
    status, _, page = seen
    opening = f"{page.headings} {page.text[:1500]}"
    wanted = any(word in opening for word in data.CHALLENGE_WORDS)
    weak = wanted and len(page.text) < 2500 and (status in _REFUSED or len(page.text) < 400)  # noqa: PLR2004
    mark = _find(data.CAPTCHA_MARKS, seen, weak=weak)
    if mark is None or (mark.where in {"title", "text"} and len(page.text) > 2500):  # noqa: PLR2004
        return None
    if mark.label.startswith("Cloudflare") and (country := _geoblock(seen)) is not None:
        return country  # its code 1009 is the site's choice of countries
    confidence = 0.95 if mark.where not in {"markup", "text", "title"} else 0.85
    return PageClass(
        kind=PageKind.CAPTCHA,
        label=mark.label,
        confidence=confidence if mark.strong else 0.65,
        why=f"“{mark.needle}” in its {mark.where}",
    )


def _vendor(seen: _Seen) -> PageClass | None:
    status, _, page = seen
    acts = _acts(page)
    mark = _find(data.BLOCK_MARKS, seen, weak=bool(acts) and len(page.text) < 3000)  # noqa: PLR2004
    if mark is None or (mark.where == "location" and not 300 <= status < 400):  # noqa: PLR2004
        return None
    if mark.where in {"server", "via"} and status < 300 and not acts:  # noqa: PLR2004
        return None  # a proxy that let the page through
    if mark.where == "markup" and (page.links > 40 or _is_article(page)):  # noqa: PLR2004
        return None
    sure = 0.9 if mark.strong and (acts or mark.where == "location") else 0.75
    return PageClass(
        kind=PageKind.BLOCKPAGE,
        label=mark.label,
        confidence=sure if mark.strong else 0.7,
        why=f"“{mark.needle}” in its {mark.where}",
    )


def _acts(page: PageText) -> str:
    """An act of blocking or refusing, in any language, in the heading or the first lines."""
    opening = f"{page.headings} {page.text[:1500]}"
    for phrases in data.BLOCK_PHRASES:
        for act in (*phrases.acts, *phrases.weak_acts):
            if act in opening:
                return act
    return ""


def _legal(seen: _Seen) -> PageClass | None:
    """RFC 7725: status 451, and who demanded or does it in Link rel="blocked-by"."""
    status, headers, _ = seen
    if status != _HTTP_451:
        return None
    link = re.search(r"<([^<>]{1,300})>\s{0,9};[^,]{0,200}blocked-by", headers.get("link", ""))
    if link:
        return PageClass(
            kind=PageKind.BLOCKPAGE,
            label=link[1],
            confidence=0.9,
            why="status 451 with Link rel=blocked-by (RFC 7725)",
        )
    return _geoblock(seen) or PageClass(
        kind=PageKind.BLOCKPAGE, confidence=0.6, why="status 451, unavailable for legal reasons"
    )


def _geoblock(seen: _Seen) -> PageClass | None:
    """The site refuses a country. With an authority named it is rather a block page's wording."""
    page = seen[2]
    if len(page.text) > _FOR_MARKS:
        return None
    opening = f"{page.headings} {page.text[:_READ]}"
    phrase = next((p for p in data.GEOBLOCK_PHRASES if _has(opening, p)), None)
    if phrase is None:
        return None
    gdpr = "data protection" in phrase or "gdpr" in phrase or "european" in phrase
    if not gdpr and _authority(opening):
        return None
    confidence = 0.8 if len(page.text) < 2500 else 0.55  # noqa: PLR2004
    if _is_article(page) and len(page.text) > 1500:  # noqa: PLR2004
        return None
    return PageClass(
        kind=PageKind.GEOBLOCK, confidence=confidence, why=f"it says “{phrase.replace('*', '…')}”"
    )


def _redirect(seen: _Seen) -> PageClass | None:
    """A redirect, or a page that is only a frame or a refresh, to where block pages live."""
    status, headers, page = seen
    target = headers.get("location", "") if 300 <= status < 400 else ""  # noqa: PLR2004
    if not target and len(page.text) < _WORDLESS:
        target = next((match[1] for match in _EMBEDDED.finditer(page.markup[:_FOR_MARKS])), "")
    if not target or not is_block_location(target):
        return None
    why = f"it leads to {target[:80]}"
    return PageClass(kind=PageKind.BLOCKPAGE, confidence=0.6, why=why)


_WORDLESS = 120
_EMBEDDED = re.compile(
    r"(?:<i?frame[^<>]{0,200}?\ssrc\s?=\s?|;\s?url\s?=\s?|location(?:\.href)?\s?=\s?"
    r"|location\.replace\()[\"']{0,2}([^\"'<>\s]{4,300})"
)
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def is_block_location(url: str) -> bool:
    """Whether the host or path of a URL has a word of block pages; the query does not count."""
    words = [w for w in _NOT_A_WORD.split(fold(url).split("?", 1)[0][:300]) if w]
    return any(_is_block_word(word) for word in words)


def _is_block_word(word: str) -> bool:
    if f"!{word}" in data.BLOCK_LOCATIONS:
        return False
    return f"={word}" in data.BLOCK_LOCATIONS or word.startswith(_BLOCK_STEMS)


_BLOCK_STEMS = tuple(w for w in data.BLOCK_LOCATIONS if w[0] not in "=!")


def _portal(seen: _Seen) -> PageClass | None:
    return _marked(seen, data.PORTAL_MARKS, PageKind.LOGIN_PORTAL, 0.7)


def _parked(seen: _Seen) -> PageClass | None:
    return _marked(seen, data.PARKED_MARKS, PageKind.PARKED, 0.75)


def _marked(
    seen: _Seen, marks: tuple[data.Mark, ...], kind: PageKind, confidence: float
) -> PageClass | None:
    short = len(seen[2].text) < 2500  # noqa: PLR2004
    mark = _find(marks, seen, weak=short) if short else None
    if mark is None:
        return None
    why = f"“{mark.needle}” in its {mark.where}"
    return PageClass(kind=kind, label=mark.label, confidence=confidence, why=why)


def _is_article(page: PageText) -> bool:
    return any(mark in page.markup for mark in data.ARTICLE_MARKS)


def _authority(text: str) -> str:
    return next((name for name in data.AUTHORITIES if name in text), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phrase:
    words: str
    weak: bool
    this: bool


def _phrase(seen: _Seen) -> PageClass | None:
    """The generic block page: in any language, this thing has been blocked."""
    status, _, page = seen
    if len(page.text) > _LONG_TEXT or not page.text:
        return None
    opening = page.text[:_READ]
    inside = _block_phrase(opening)
    heading = _block_phrase(page.headings) or _bare_title(page.title)
    best = heading or inside
    if best is None:
        return None
    authority = _authority(f"{page.headings} {opening}")
    if not authority and any(error in opening for error in data.ERROR_PHRASES):
        return None
    this = best.this or (inside is not None and inside.this)
    score = 0.55 if heading else 0.3
    score += 0.15 if authority else 0.0
    score += 0.1 if this else 0.0
    score -= 0.4 if best.weak and not authority and not this else 0.0
    score += _shape(page) + (0.05 if status in {403, 451} else 0.0)
    if score < _LEAST:
        return None
    seen_in = "heading" if heading else "text"
    why = f"“{best.words}” in its {seen_in}" + (
        f", in the name of “{authority}”" if authority else ""
    )
    return PageClass(kind=PageKind.BLOCKPAGE, confidence=round(min(score, 0.9), 2), why=why)


def _bare_title(title: str) -> _Phrase | None:
    """ "Blocked", without saying what: enough as a short title."""
    if len(title) > _BARE:
        return None
    acts = (act for phrases in data.BLOCK_PHRASES for act in phrases.acts)
    act = next((act for act in acts if len(act) > 1 and act in title), None)
    return _Phrase(words=title, weak=False, this=False) if act else None


_BARE = 40


def _shape(page: PageText) -> float:
    """For a page that is short and leads nowhere, against one that is long, linked, an article."""
    length = len(page.text)
    score = 0.25 if length < 600 else 0.15 if length < 1500 else 0.0 if length < 5000 else -0.3  # noqa: PLR2004
    score -= 0.3 if page.links > 40 else 0.15 if page.links > 15 else 0.0  # noqa: PLR2004
    return score - (0.4 if _is_article(page) else 0.0)


def _block_phrase(text: str) -> _Phrase | None:
    """A subject within 80 characters of an act, in one language; strong acts first."""
    for weak in (False, True):
        for phrases in data.BLOCK_PHRASES:
            for act in phrases.weak_acts if weak else phrases.acts:
                found = _near_subject(text, act, phrases)
                if found:
                    this = any(word in found for word in phrases.this)
                    return _Phrase(words=found.strip()[:60], weak=weak, this=this)
    return None


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


def _error(seen: _Seen) -> PageClass:
    status, _, page = seen
    if status >= 400:  # noqa: PLR2004
        return PageClass(kind=PageKind.ERROR, confidence=0.6, why=f"status {status}")
    phrase = next((e for e in data.ERROR_PHRASES if e in page.title), None)
    if phrase is not None and len(page.text) < 1500:  # noqa: PLR2004
        return PageClass(kind=PageKind.ERROR, confidence=0.5, why=f"its title says “{phrase}”")
    return NONE
