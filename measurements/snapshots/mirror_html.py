"""A page's HTML with its links rewritten; everything else stays as it was, byte for byte.

A mirror has no scripts: they only help where the site itself is there, and none can run then.
"""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

LINKS = {
    ("a", "href"),
    ("area", "href"),
    ("link", "href"),
    ("image", "href"),
    ("use", "href"),
    ("img", "src"),
    ("source", "src"),
    ("iframe", "src"),
    ("form", "action"),
}
# Works from a file, too, where 'self' means nothing.
POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none';"
    ' base-uri \'none\'">\n<meta name="referrer" content="no-referrer">\n'
)
_FEED_LINK = re.compile(r'(<link\b[^>]*?\bhref=")([^"]*)(")')
_CSS_URL = re.compile(r"url\(\s*['\"]?(/[^'\")]+)['\"]?\s*\)")
_ABSOLUTE = {("meta", "content")}
_OPEN_GRAPH = frozenset({"og:url", "og:image", "twitter:image"})

Follow = Callable[[str, str], str | None]  # (tag, link) → what to write instead, None: as it is


class _Rewriter(HTMLParser):
    def __init__(self, follow: Follow) -> None:
        super().__init__(convert_charrefs=False)
        self.follow = follow
        self.out: list[str] = []
        self._skipping = False

    def _tag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        whole = self.get_starttag_text() or ""
        if tag == "script":
            self._skipping = not whole.endswith("/>")
            return
        new = []
        changed = False
        is_graph = tag == "meta" and dict(attributes).get("property") in _OPEN_GRAPH
        for name, value in attributes:
            told = value
            linked = (tag, name) in LINKS or (is_graph and (tag, name) in _ABSOLUTE)
            if linked and value is not None:
                told = self.follow(tag, value)
                told = value if told is None else told
                changed |= told != value
            new.append(name if told is None else f'{name}="{escape(told)}"')
        if changed:
            end = " />" if whole.endswith("/>") else ">"
            whole = f"<{' '.join([_name(whole), *new])}{end}"
        self.out.append(whole)
        if tag == "head":
            self.out.append(POLICY)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._skipping = False
        else:
            self.out.append(f"</{tag}>")

    def _raw(self, text: str) -> None:
        if not self._skipping:
            self.out.append(text)

    def handle_data(self, data: str) -> None:
        self._raw(data)

    def handle_entityref(self, name: str) -> None:
        self._raw(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._raw(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        """Left out."""

    def handle_decl(self, decl: str) -> None:
        self._raw(f"<!{decl}>")


def _name(whole: str) -> str:
    """With the capitals that SVG's tags have."""
    found = re.match(r"<([^\s/>]+)", whole)
    return found[1] if found else ""


def rewrite_html(text: str, follow: Follow) -> str:
    """The page, its links as `follow` says."""
    rewriter = _Rewriter(follow)
    rewriter.feed(text)
    rewriter.close()
    return "".join(rewriter.out)


def rewrite_feed(text: str, follow: Follow) -> str:
    """The same for Atom: only its links, never its ids."""

    def one(found: re.Match[str]) -> str:
        from html import unescape  # noqa: PLC0415 - nothing else here reads entities

        told = follow("link", unescape(found[2]))
        return found[0] if told is None else f"{found[1]}{escape(told)}{found[3]}"

    return _FEED_LINK.sub(one, text)


def rewrite_css(text: str, follow: Follow) -> str:
    """The same for a style sheet."""

    def one(found: re.Match[str]) -> str:
        told = follow("link", found[1])
        return found[0] if told is None else f"url({told})"

    return _CSS_URL.sub(one, text)
