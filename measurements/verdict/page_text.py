"""A body as a person sees it: decoded, without markup, scripts and comments.

Every scan is linear in the body's size: the body comes from whoever wants to stop us. The searches
run forward only and possessive quantifiers (Python 3.11) leave nothing to backtrack into.
"""

import html
import re
from dataclasses import dataclass

# df-001 bodies are capped there, so that both sides of a comparison read the same prefix.
BODY_CAP = 1 << 19

_CHARSETS = {
    name: codec
    for codec, names in {
        "utf-8": ("utf-8", "utf8"),
        "cp1251": ("windows-1251", "cp1251", "cp-1251", "win-1251", "win1251"),
        "koi8-r": ("koi8-r",),
        "koi8-u": ("koi8-u",),
        "cp1250": ("windows-1250",),
        "cp1252": ("windows-1252", "iso-8859-1", "latin1", "us-ascii", "ascii"),
        "cp1253": ("windows-1253", "iso-8859-7"),
        "cp1254": ("windows-1254", "iso-8859-9"),
        "cp1255": ("windows-1255", "iso-8859-8"),
        "cp1256": ("windows-1256",),
        "cp1258": ("windows-1258",),
        "iso8859-2": ("iso-8859-2",),
        "iso8859-5": ("iso-8859-5",),
        "iso8859-6": ("iso-8859-6",),
        "cp874": ("windows-874", "tis-620"),
        "gb18030": ("gb2312", "gbk", "gb18030"),
        "big5": ("big5",),
        "cp932": ("shift_jis", "shift-jis", "sjis"),
        "euc_jp": ("euc-jp",),
        "cp949": ("euc-kr", "ks_c_5601-1987"),
    }.items()
    for name in names
}
_META_CHARSET = re.compile(rb"charset\s{0,3}=\s{0,3}[\"']?([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CYRILLIC = 0xC0  # in windows-1251, letters are 0xC0…0xFF


def decode(body: bytes, content_type: str = "") -> str:
    """The body as text, never failing: BOM, header, UTF-8 if it is, meta, a guess by letters.

    Block pages of the region are often windows-1251, and often without saying so.
    """
    body = body[:BODY_CAP]
    for bom, codec in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(codec, "replace")
    declared = _META_CHARSET.search(content_type.encode("utf-8", "replace"))
    if declared and (codec := _codec(declared[1])) != "utf-8":
        return body.decode(codec, "replace")
    try:
        # the cap may have cut the last character in two
        return body[:-3].decode("utf-8") + body[-3:].decode("utf-8", "ignore")
    except UnicodeDecodeError as exc:
        if exc.start >= len(body) - 6:
            return body.decode("utf-8", "replace")
    declared = _META_CHARSET.search(body[:2048])
    return body.decode(_codec(declared[1]) if declared else _guess(body), "replace")


def _codec(name: bytes) -> str:
    return _CHARSETS.get(name.decode("ascii", "replace").lower(), "utf-8")


def _guess(body: bytes) -> str:
    """Mostly letters of one half of the table: windows-1251. Else what browsers fall back to."""
    high = [byte for byte in body[:8192] if byte >= 0x80]  # noqa: PLR2004 - not ASCII
    letters = sum(byte >= _CYRILLIC for byte in high)
    latin_words = len(re.findall(rb"[a-z][\x80-\xff][a-z]", body[:8192]))
    return (
        "cp1251" if high and letters > 0.8 * len(high) and latin_words < len(high) / 8 else "cp1252"
    )


_HIDDEN = re.compile(r"<(?:(!--)|(script|style|template|svg)(?![a-z0-9-]))", re.IGNORECASE)
_ENDS = {
    "!--": re.compile(r"-->"),
    **{
        name: re.compile(rf"</{name}(?![a-z0-9-])[^<>]*+>?", re.IGNORECASE)
        for name in ("script", "style", "template", "svg")
    },
}
_TAG = re.compile(r"<[^<>]*+>")
_SPACE = re.compile(r"\s+")
_HEADING = re.compile(r"<(?:h[1-3]|title)(?![a-z0-9-])[^<>]*+>", re.IGNORECASE)
_HEADING_END = re.compile(r"</(?:h[1-3]|title)", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^<>]{0,200}?href", re.IGNORECASE)
_MAX_HEADING = 400


def without_hidden(markup: str) -> str:
    """The markup without comments, scripts, styles, templates and drawings.

    One that never ends takes the rest with it, as it does in a browser.
    """
    kept, position = [], 0
    while (start := _HIDDEN.search(markup, position)) is not None:
        kept.append(markup[position : start.start()])
        end = _ENDS[(start[1] or start[2]).lower().replace("\u017f", "s")].search(
            markup, start.end()
        )
        if end is None:
            return " ".join(kept)
        position = end.end()
    kept.append(markup[position:])
    return " ".join(kept)


def plain(markup: str) -> str:
    """Markup without hidden parts as text: no tags, entities resolved, spaces single."""
    text = _TAG.sub(" ", markup)
    if "&" in text:
        text = html.unescape(text)
    return _SPACE.sub(" ", text).strip()


def fold(text: str) -> str:
    """For comparing: no case, one kind of space and apostrophe, Russian io as ie."""
    text = (
        text.casefold()
        .replace("\u0451", "\u0435")
        .replace("\u0307", "")
        .replace("\u2019", "'")
        .replace("\u02bb", "'")
    )
    return _SPACE.sub(" ", text).strip()


def looks_binary(body: bytes) -> bool:
    """Whether the body is no text: a NUL in what is not UTF-16."""
    return b"\0" in body[:1024] and not body.startswith((b"\xff\xfe", b"\xfe\xff"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """A page for reading; `text`, `title` and `headings` are folded, `markup` is in lower case."""

    markup: str
    text: str
    title: str
    headings: str  # h1 to h3 and the title, joined
    links: int


def read_page(body: bytes, title: str = "", content_type: str = "") -> PageText:
    """Read a body; `title` is used where the body has none of its own."""
    if looks_binary(body):
        return PageText(markup="", text="", title=fold(title), headings=fold(title), links=0)
    markup = decode(body, content_type)
    shown = without_hidden(markup)
    own_title = title or title_of(shown)
    return PageText(
        markup=markup.lower(),
        text=fold(plain(shown)),
        title=fold(own_title),
        headings=fold(" · ".join([own_title, *_headings(shown)])),
        links=len(_LINK.findall(shown)),
    )


def title_of(markup: str) -> str:
    """The text of the first <title>; "" if there is none."""
    start = re.search(r"<title(?![a-z0-9-])[^<>]*+>", markup, re.IGNORECASE)
    if start is None:
        return ""
    return plain(markup[start.end() : start.end() + _MAX_HEADING].split("</", 1)[0])


def _headings(markup: str) -> list[str]:
    """At most twenty headings, each cut at 400 characters."""
    found: list[str] = []
    position = 0
    while len(found) < 20 and (start := _HEADING.search(markup, position)):  # noqa: PLR2004
        window = markup[start.end() : start.end() + _MAX_HEADING]
        end = _HEADING_END.search(window)
        found.append(plain(window[: end.start()] if end else window))
        position = start.end() + (end.end() if end else 0)
    return found
