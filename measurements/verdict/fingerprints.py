"""What a page is, by its words and marks: a block page, a challenge, a geoblock, a parked name …

Generic on purpose: no list of operators' pages, so it knows tomorrow's page too, and it is never
sure (confidence < 1). The rules use it only beside a contrast. An article about blocking must not
match: structure decides (short text, few links, the phrase in the heading) more than words.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from measurements.schema.records import BodyFeatures, Headers, HTTPTransaction
from measurements.verdict import fingerprint_data as data
from measurements.verdict.features import looks_of, page_looks
from measurements.verdict.page_signs import FOR_MARKS, LONG_TEXT, WORDLESS, is_block_location
from measurements.verdict.page_text import fold

__all__ = [
    "NONE",
    "PageClass",
    "PageKind",
    "classify",
    "classify_page",
    "is_block_location",
]


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
_LEAST = 0.55
_HTTP_451 = 451
_REFUSED = frozenset({401, 403, 405, 406, 418, 429, 451, 503})

_READ = frozenset(
    ["location", "link"]
    + [m.where for m in (*data.CAPTCHA_MARKS, *data.BLOCK_MARKS, *data.PORTAL_MARKS) if not m.sign]
    + [m.where for m in data.PARKED_MARKS if not m.sign]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """An answer as the looks below take it. `found`: page_signs' kinds, each with its detail."""

    status: int
    headers: dict[str, str]
    length: int  # of the text
    links: int
    signs: frozenset[str]
    found: dict[str, str]

    def says(self, sign: str) -> bool:
        """The page shows this."""
        return sign in self.found

    def detail(self, sign: str) -> str:
        """Which one it shows; "" where none."""
        return self.found.get(sign, "")


def classify(t: HTTPTransaction) -> PageClass:
    """Say what an answer is, by its body or by what came in its place."""
    return _classify(t.status_code, t.headers, looks_of(t))


def classify_page(
    status: int | None, headers: Headers, title: str | None, body: bytes | None
) -> PageClass:
    """As `classify`, of a page that belongs to no transaction."""
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    return _classify(status, headers, page_looks(body or b"", title or "", fold(kind)))


def _classify(status: int | None, headers: Headers, page: BodyFeatures) -> PageClass:
    """The kinds are tried from the surest sign to the vaguest."""
    seen = _Seen(
        status=status or 0,
        headers={
            known: fold(value)
            for name, value in reversed(headers)
            if (known := name.lower()) in _READ
        },
        length=page.text_length,
        links=page.links,
        signs=frozenset(page.signs),
        found={kind: detail for kind, _, detail in (sign.partition(":") for sign in page.signs)},
    )
    for look in (_captcha, _vendor, _legal, _geoblock, _redirect, _portal, _parked, _phrase):
        found = look(seen)
        if found is not None:
            return found
    return _error(seen)


def _find(marks: tuple[data.Mark, ...], seen: _Seen, *, weak: bool) -> data.Mark | None:
    """The first mark that the page shows; weak ones only where they may count."""
    short = seen.length <= FOR_MARKS and not 300 <= seen.status < 400  # noqa: PLR2004
    for mark in marks:
        if mark.sign:
            if short and mark.sign in seen.signs and (mark.strong or weak):
                return mark
        elif mark.needle in seen.headers.get(mark.where, ""):
            return mark
    return None


def _captcha(seen: _Seen) -> PageClass | None:
    asks = seen.says("challenge") and seen.length < 2500  # noqa: PLR2004
    weak = asks and (seen.status in _REFUSED or seen.length < 400)  # noqa: PLR2004
    mark = _find(data.CAPTCHA_MARKS, seen, weak=weak)
    if mark is None or (mark.where in {"title", "text"} and seen.length > 2500):  # noqa: PLR2004
        return None
    if mark.label.startswith("Cloudflare") and (country := _geoblock(seen)) is not None:
        return country  # its code 1009 is the site's choice of countries
    confidence = 0.85 if mark.sign else 0.95
    return PageClass(
        kind=PageKind.CAPTCHA,
        label=mark.label,
        confidence=confidence if mark.strong else 0.65,
        why=f"“{mark.needle}” in its {mark.where}",
    )


def _vendor(seen: _Seen) -> PageClass | None:
    acts = seen.says("act")
    mark = _find(data.BLOCK_MARKS, seen, weak=acts and seen.length < 3000)  # noqa: PLR2004
    if mark is None or (mark.where == "location" and not 300 <= seen.status < 400):  # noqa: PLR2004
        return None
    if mark.where in {"server", "via"} and seen.status < 300 and not acts:  # noqa: PLR2004
        return None  # a proxy that let the page through
    if mark.where == "markup" and (seen.links > 40 or seen.says("article")):  # noqa: PLR2004
        return None
    sure = 0.9 if mark.strong and (acts or mark.where == "location") else 0.75
    return PageClass(
        kind=PageKind.BLOCKPAGE,
        label=mark.label,
        confidence=sure if mark.strong else 0.7,
        why=f"“{mark.needle}” in its {mark.where}",
    )


def _legal(seen: _Seen) -> PageClass | None:
    """RFC 7725: status 451, and who demanded or does it in Link rel="blocked-by"."""
    if seen.status != _HTTP_451:
        return None
    given = seen.headers.get("link", "")
    link = re.search(r"<([^<>]{1,300})>\s{0,9};[^,]{0,200}blocked-by", given)
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
    phrase = seen.detail("geoblock")
    if not phrase or seen.length > FOR_MARKS:
        return None
    gdpr = "data protection" in phrase or "gdpr" in phrase or "european" in phrase
    if not gdpr and seen.detail("authority"):
        return None
    confidence = 0.8 if seen.length < 2500 else 0.55  # noqa: PLR2004
    if seen.says("article") and seen.length > 1500:  # noqa: PLR2004
        return None
    return PageClass(
        kind=PageKind.GEOBLOCK, confidence=confidence, why=f"it says “{phrase.replace('*', '…')}”"
    )


def _redirect(seen: _Seen) -> PageClass | None:
    """A redirect, or a page that is only a frame or a refresh, to where block pages live."""
    target = seen.headers.get("location", "") if 300 <= seen.status < 400 else ""  # noqa: PLR2004
    if target:
        leads, why = is_block_location(target), f"it leads to {target[:80]}"
    else:
        leads = seen.says("leads") and seen.length < WORDLESS
        why = "it is only a way to where block pages live"
    return PageClass(kind=PageKind.BLOCKPAGE, confidence=0.6, why=why) if leads else None


def _portal(seen: _Seen) -> PageClass | None:
    return _marked(seen, data.PORTAL_MARKS, PageKind.LOGIN_PORTAL, 0.7)


def _parked(seen: _Seen) -> PageClass | None:
    return _marked(seen, data.PARKED_MARKS, PageKind.PARKED, 0.75)


def _marked(
    seen: _Seen, marks: tuple[data.Mark, ...], kind: PageKind, confidence: float
) -> PageClass | None:
    short = seen.length < 2500  # noqa: PLR2004
    mark = _find(marks, seen, weak=short) if short else None
    if mark is None:
        return None
    why = f"“{mark.needle}” in its {mark.where}"
    return PageClass(kind=kind, label=mark.label, confidence=confidence, why=why)


def _phrase(seen: _Seen) -> PageClass | None:
    """The generic block page: in any language, this thing has been blocked."""
    if not 0 < seen.length <= LONG_TEXT:
        return None
    heading, inside = seen.says("heading"), seen.says("inside")
    if not heading and not inside:
        return None
    best = "heading" if heading else "inside"
    authority = seen.detail("authority")
    if not authority and seen.says("error"):
        return None
    this = seen.says(f"{best}-this") or seen.says("inside-this")
    score = 0.55 if heading else 0.3
    score += 0.15 if authority else 0.0
    score += 0.1 if this else 0.0
    score -= 0.4 if seen.says(f"{best}-weak") and not authority and not this else 0.0
    score += _shape(seen) + (0.05 if seen.status in {403, 451} else 0.0)
    if score < _LEAST:
        return None
    why = f"“{seen.detail(best)}” in its {'heading' if heading else 'text'}"
    why += f", in the name of “{authority}”" if authority else ""
    return PageClass(kind=PageKind.BLOCKPAGE, confidence=round(min(score, 0.9), 2), why=why)


def _shape(seen: _Seen) -> float:
    """For a page that is short and leads nowhere, against one that is long, linked, an article."""
    length, links = seen.length, seen.links
    score = 0.25 if length < 600 else 0.15 if length < 1500 else 0.0 if length < 5000 else -0.3  # noqa: PLR2004
    score -= 0.3 if links > 40 else 0.15 if links > 15 else 0.0  # noqa: PLR2004
    return score - (0.4 if seen.says("article") else 0.0)


def _error(seen: _Seen) -> PageClass:
    if seen.status >= 400:  # noqa: PLR2004
        return PageClass(kind=PageKind.ERROR, confidence=0.6, why=f"status {seen.status}")
    phrase = seen.detail("error-title")
    if phrase and seen.length < 1500:  # noqa: PLR2004
        return PageClass(kind=PageKind.ERROR, confidence=0.5, why=f"its title says “{phrase}”")
    return NONE
