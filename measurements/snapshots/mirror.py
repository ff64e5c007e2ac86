"""A static mirror: every page of the site as a file, in each language, for a memory stick or any web server.

The site itself is asked for each page and knows nothing of it; the wiring says how it is asked. Pages are
written one by one as they come; only their addresses are kept. The same database gives the same bytes.
"""

import hashlib
import shutil
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.manifest import SUMS
from measurements.snapshots.mirror_html import rewrite_css, rewrite_feed, rewrite_html
from measurements.snapshots.mirror_names import Address, address, file_of, link

HTML, CSS, FEED = "text/html", "text/css", "application/atom+xml"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_EVERY = 500  # pages between two words about it
_MOVED = (
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
    '<meta http-equiv="refresh" content="0; url={to}"><title>→</title></head>'
    '<body><p><a href="{to}">{to}</a></p></body></html>\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the site answered."""

    status: int
    type: str
    body: bytes
    location: str | None = None


Fetch = Callable[[str], Awaitable[Page]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is mirrored. `left_out` says no to an address; links there lead to the page `instead`."""

    host: str
    languages: tuple[str, ...]
    start: tuple[str, ...]
    instead: str
    left_out: Callable[[Address], bool]


@dataclass(slots=True)
class Made:
    """How it went."""

    pages: int = 0
    bytes: int = 0
    left_out: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Mirror:
    folder: Path
    plan: Plan
    fetch: Fetch
    made: Made = field(default_factory=Made)
    known: dict[Address, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    waiting: deque[Address] = field(default_factory=deque)
    sums: list[str] = field(default_factory=list)

    def name(self, page: Address) -> str:
        """Its file; it will be fetched."""
        if page not in self.known:
            name = file_of(page)
            if name.lower() in self.names:  # /feed/all and /feed/all.atom
                name = file_of(replace(page, query=f"{page.query} {page.path}"))
            self.names.add(name.lower())
            self.known[page] = name
            self.waiting.append(page)
        return self.known[page]

    def follow(self, here: Address, href: str) -> str | None:
        """What to write for a link on the page `here`."""
        bare, _, fragment = href.partition("#")
        if not bare:
            return None
        found = address(bare, here, self.plan.host, self.plan.languages)
        if found is None:
            return None
        if not found.static and self.plan.left_out(found):
            self.made.left_out.add("/" + found.path.split("/")[1] + ("?…" if found.query else ""))
            found, fragment = Address(found.language, self.plan.instead), ""
        return link(self.known[here], self.name(found), fragment)

    def rewritten(self, here: Address, page: Page) -> bytes:
        """The page, its links into the mirror."""
        kind = page.type.partition(";")[0].strip()
        if page.status in _REDIRECTS:
            to = self.follow(here, page.location or "/") or "index.html"
            return _MOVED.format(lang=here.language, to=to).encode()
        if page.status != _OK:
            raise SnapshotError(f"the page {here.request()} answers {page.status}")
        if kind == HTML:
            text = rewrite_html(page.body.decode(), lambda _, href: self.follow(here, href))
        elif kind == FEED:
            text = rewrite_feed(page.body.decode(), lambda _, href: self.follow(here, href))
        elif kind == CSS:
            text = rewrite_css(page.body.decode(), lambda _, href: self.follow(here, href))
        else:
            return page.body
        return text.encode()

    def write(self, name: str, data: bytes) -> None:
        """A file, and its hash."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        self.made.pages += 1
        self.made.bytes += len(data)

    async def run(self, say: Callable[[str], None]) -> None:
        """Everything that can be reached."""
        for language in self.plan.languages:
            for path in (*self.plan.start, self.plan.instead):
                self.name(Address(language, path))
        while self.waiting:
            here = self.waiting.popleft()
            page = await self.fetch(here.request())
            self.write(self.known[here], self.rewritten(here, page))
            if self.made.pages % _EVERY == 0:
                say(f"{self.made.pages} pages, {len(self.waiting)} known to come")
        first = link("index.html", file_of(Address(self.plan.languages[0], "/")))
        self.write("index.html", _door(self.plan.languages, first))
        self.write(".nojekyll", b"")
        (self.folder / SUMS).write_text("".join(sorted(self.sums, key=_by_name)), "utf-8")


def _by_name(line: str) -> str:
    return line.partition("  ")[2]


_NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}


def _door(languages: tuple[str, ...], first: str) -> bytes:
    """The page that one opens: a choice of language, the first by itself."""
    links = "".join(
        f'<li><a lang="{code}" hreflang="{code}" href="{code}/index.html">'
        f"{_NAMES.get(code, code)}</a></li>\n"
        for code in languages
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<title>Anyqta</title>\n<link rel="start" href="{first}">\n</head>\n'
        f"<body>\n<main>\n<h1>Anyqta</h1>\n<ul>\n{links}</ul>\n</main>\n</body>\n</html>\n"
    ).encode()


@contextmanager
def _temporary(out: Path) -> Iterator[Path]:
    """A folder that becomes `out` if nothing goes wrong."""
    if out.exists():
        raise SnapshotError(f"{out} exists already; a mirror is never overwritten")
    try:
        name = tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".partial", dir=out.parent)
    except OSError as exc:
        raise SnapshotError(f"{out} cannot be made: {exc.strerror or exc}") from exc
    folder = Path(name)
    try:
        yield folder
        folder.chmod(0o755)  # it is to be published
        folder.rename(out)
    except OSError as exc:
        raise SnapshotError(f"{out} cannot be written: {exc.strerror or exc}") from exc
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def mirror(out: Path, plan: Plan, fetch: Fetch, *, say: Callable[[str], None]) -> Made:
    """Write the folder `out`, or none. Raises SnapshotError."""
    with _temporary(out) as folder:
        work = _Mirror(folder, plan, fetch)
        await work.run(say)
    return work.made
