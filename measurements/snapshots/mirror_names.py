"""Which file of a static mirror a page becomes: names that FAT, Windows and a web server all take.

Lower case, no sign that means something to a shell, a URL or a file system; what had to be changed bears
a hash of what it was, so that two pages never share a file.
"""

import hashlib
import posixpath
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_SAFE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}|AS[0-9]{1,10}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")  # Windows' devices
_OTHER = re.compile(r"[^a-z0-9._-]+")
_KEEP = 40
_HASH = 12
MANY = ("measurement",)  # so many pages that FAT needs folders for them
STATIC = ("/static/", "/-/static/")
DOCUMENT = re.compile(r"/measurement/[^/]+\.json")  # has no language
# What is no page, and its ending; a page may bear any name that a stranger's site has, also x.js.
ENDINGS = (
    (re.compile(r"/feed/.+"), ".atom"),
    (re.compile(r"/card/.+"), ".svg"),
    (DOCUMENT, ".json"),
    (re.compile(r"/favicon\.ico"), ".ico"),
)


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A page of the site: its path as it is written, its query without the language, the language."""

    language: str
    path: str
    query: str = ""

    @property
    def static(self) -> bool:
        """The same in every language."""
        return self.path.startswith(STATIC)

    def request(self) -> str:
        """What is asked of the site."""
        if self.static:
            return self.path
        if not self.language:
            return f"{self.path}?{self.query}" if self.query else self.path
        both = [(k, v) for k, v in parse_qsl(self.query, keep_blank_values=True)]
        return f"{self.path}?{urlencode([*both, ('lang', self.language)])}"


def address(href: str, here: Address, host: str, languages: tuple[str, ...]) -> Address | None:
    """What a link on the page `here` leads to; None if it is no page of the site."""
    try:
        parts = urlsplit(href)
    except ValueError:  # what strangers wrote
        return None
    if parts.scheme and (parts.scheme not in {"http", "https"} or parts.netloc != host):
        return None
    if parts.netloc not in {"", host}:
        return None
    path = parts.path or here.path
    if not path.startswith("/"):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here.path), path))
    query = parts.query if parts.path or parts.query or parts.netloc else here.query
    asked = parse_qsl(query, keep_blank_values=True)
    wanted = [value for name, value in asked if name == "lang" and value in languages]
    rest = urlencode(sorted((name, value) for name, value in asked if name != "lang"))
    if path.startswith(STATIC):
        return Address("", path)
    if DOCUMENT.fullmatch(path):
        return Address("", path, rest)
    return Address(wanted[-1] if wanted else here.language, path, rest)


def file_of(page: Address) -> str:
    """Its file's name, from the mirror's root."""
    segments = [unquote(part) for part in page.path.split("/") if part]
    if page.static:
        return "/".join(["static", *(_segment(part) for part in segments if part not in _STATIC)])
    if not segments:
        segments = ["index"]
    ending = next((end for shape, end in ENDINGS if shape.fullmatch(page.path)), ".html")
    last = segments[-1] if ending == ".html" else segments[-1].removesuffix(ending)
    if page.query:
        last = f"{last} ? {page.query}"
    out = [_segment(part) for part in segments[:-1]]
    if out and out[0] in MANY:
        out.append(hashlib.sha256(last.encode()).hexdigest()[:2])
    return "/".join([*([page.language] if page.language else []), *out, _segment(last) + ending])


_STATIC = frozenset({"static", "-"})


def _segment(text: str) -> str:
    """As it is where that is harmless."""
    if _SAFE.fullmatch(text) and not _RESERVED.fullmatch(text) and not text.endswith("."):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    plain = _OTHER.sub("-", text.lower()).strip("-.")[:_KEEP].strip("-.")
    if not plain or _RESERVED.fullmatch(plain):
        plain = f"x{plain}"
    return f"{plain}-{digest}"


def link(source: str, target: str, fragment: str = "") -> str:
    """How the file `source` refers to the file `target`."""
    relative = posixpath.relpath(target, posixpath.dirname(source) or ".")
    return quote(relative) + (f"#{fragment}" if fragment else "")
