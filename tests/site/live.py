"""Finds what strangers' text became where it is more than text: HTML, script, link, formula, markup.

For each format a function that returns what is wrong, in words; an empty list is good.
"""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

from tests.site.hostile import ALARM, COMPUTED

_URLS = frozenset({"href", "src", "action", "formaction", "data", "poster", "srcset", "ping"})
_SCHEMES = re.compile(r"(?:https?|mailto):|[/?#.]|[A-Za-z0-9_%-]+(?:[/?#.]|$)")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# At the beginning, or after what a spreadsheet may take for the end of a cell; also as wide twins.
_FORMULA = re.compile("(\\A|[;\t\r\n])[ \x0b\x0c\xa0]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|\\A[\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ISOLATED = frozenset(
    {"bdi", "title", "option", "textarea"}
)  # no element may stand in the last three
_VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()  # noqa: SIM905
)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if ALARM in tag:
            self.wrong.append(f"an element <{tag}>")
        for name, value in attrs:
            self.attribute(tag, name, value or "")
        if tag not in _VOID:
            self.inside.append(tag)

    def attribute(self, tag: str, name: str, value: str) -> None:
        """One of them."""
        if ALARM in name or (name.startswith("on") and ALARM in value):
            self.wrong.append(f"an attribute {name} of <{tag}>")
        if name in _URLS and not _SCHEMES.match(value.strip()) and value:
            self.wrong.append(f"<{tag} {name}={value[:80]!r}>")
        if name == "style" and ALARM in value:
            self.wrong.append(f"a style of <{tag}>: {value[:80]!r}")
        if (
            name == "href"
            and re.match(r"(https?:)?[\\/]{2}", value)
            and ALARM in value
            and not value.startswith("http://localhost/")
        ):
            rel = value[:80]
            self.wrong.append(f"a live link elsewhere: {rel!r}")

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if ALARM in data and self.inside[-1:] == ["script"]:
            self.wrong.append(f"within a script: {data[:80]!r}")
        if COMPUTED in data:
            self.wrong.append(f"a template computed: {data[:80]!r}")
        if BIDI.search(data) and not _ISOLATED & set(self.inside):
            self.wrong.append(f"turns the writing around: {data[:80]!r} in {self.inside[-3:]}")

    def handle_comment(self, data: str) -> None:
        if ALARM in data:
            self.wrong.append(f"within a comment: {data[:80]!r}")


def html(text: str) -> list[str]:
    """A page."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.wrong


def feed(text: str) -> list[str]:
    """Atom, or SVG: well-formed, no element of a stranger's, links only to the web."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - our own, and from this process
    except ET.ParseError as exc:
        return [f"not well-formed: {exc}"]
    wrong = []
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        if ALARM in name or name in {"script", "foreignObject"}:
            wrong.append(f"an element <{name}>")
        for key, value in element.attrib.items():
            plain = key.rpartition("}")[2]
            if plain.startswith("on") or ALARM in plain:
                wrong.append(f"an attribute {key}")
            if plain in {"href", "src"} and not re.match(r"https?://|[/#.]|[a-z]", value):
                wrong.append(f"a link to {value[:80]!r}")
            if plain in {"href", "src"} and re.match(
                r"\s*(javascript|data):", value, re.IGNORECASE
            ):
                wrong.append(f"a link to {value[:80]!r}")
        if element.get("type") in {"html", "xhtml"}:
            wrong += html(element.text or "")
        elif BIDI.search(element.text or ""):
            wrong.append(f"turns the writing around: {(element.text or '')[:80]!r}")
    return wrong


def table(text: str) -> list[str]:
    """CSV: no cell that a spreadsheet would compute, no broken row."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    wrong = [
        f"a formula: {cell[:80]!r}"
        for row in rows
        for cell in row
        if _FORMULA.search(cell) and not _NUMBER.fullmatch(cell)
    ]
    return wrong + [f"a broken row: {row!r:.80}" for row in rows if len(row) != len(rows[0])]


def document(text: str, content_type: str) -> list[str]:
    """JSON: parses, and no browser takes it for a page."""
    try:
        json.loads(text)
    except ValueError as exc:
        return [f"no JSON: {exc}"]
    is_json = content_type.partition(";")[0].endswith("json")
    return [] if is_json else [f"served as {content_type}"]


def anything(text: str, content_type: str) -> list[str]:
    """By what it is served as."""
    kind = content_type.partition(";")[0].strip()
    if kind == "text/html":
        return html(text)
    if kind in {"application/atom+xml", "image/svg+xml", "application/xml", "text/xml"}:
        return feed(text)
    if kind == "text/csv":
        return table(text)
    if kind.endswith("json"):
        return document(text, content_type)
    if kind in {
        "text/plain",
        "text/css",
        "text/javascript",
        "application/javascript",
        "application/binary",
    }:
        return []
    return [f"nobody knows how to look at {content_type}"]


def headers(found: dict[str, str]) -> list[str]:
    """What every answer bears."""
    lower = {name.lower(): value for name, value in found.items()}
    wrong = [f"the header {name}: {value[:80]!r}" for name, value in lower.items() if ALARM in name]
    if "set-cookie" in lower:
        wrong.append("a cookie")
    if any(_CONTROLS.search(value) for value in lower.values()):
        wrong.append("a control character in a header")
    if lower.get("x-content-type-options") != "nosniff":
        wrong.append("no nosniff")
    if "default-src 'none'" not in lower.get("content-security-policy", ""):
        wrong.append("no Content-Security-Policy")
    return wrong
