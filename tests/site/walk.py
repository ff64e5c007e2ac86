"""Follows every link of the site, without a socket; keeps what each page was and where it was linked."""

import re
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from datasette.app import Datasette

HOST = "http://localhost"
_FEED_LINK = re.compile(r'<link\b[^>]*?\bhref="([^"]*)"')


class Links(HTMLParser):
    """What a page refers to, and the ids that it has."""

    def __init__(self) -> None:
        """Empty."""
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value is not None:
                self.found.append(value)
            if name == "id" and value:
                self.ids.add(value)
            is_card = tag == "meta" and name == "content" and value
            if is_card and dict(attrs).get("property") in {"og:url", "og:image"}:
                self.found.append(value or "")


@dataclass(frozen=True)
class Seen:
    """A page."""

    url: str
    linked_on: str
    status: int
    type: str
    text: str
    headers: dict[str, str]
    links: tuple[str, ...] = ()


def endless(url: str) -> bool:
    """Datasette links every filter with every sort, facet and page: what has more than two of them is not opened."""
    return url.startswith("/anyqta") and url.count("&") > 1


@dataclass
class Walk:
    """From the start, breadth first. `few`: of these kinds only so many are opened, of others `most`; `skip`: none."""

    site: Datasette
    start: tuple[str, ...] = ("/?lang=en",)
    few: int = 12
    most: int = 10_000
    is_few: Callable[[str], bool] = lambda _: False
    skip: Callable[[str], bool] = endless
    counts: Counter[str] = field(default_factory=Counter)

    async def pages(self) -> AsyncIterator[Seen]:
        """Each once."""
        waiting = deque((url, "") for url in self.start)
        known = set(self.start)
        while waiting:
            url, linked_on = waiting.popleft()
            page = await self.look(url, linked_on)
            yield page
            for link in page.links:
                if link in known or self.skip(link):
                    continue
                known.add(link)
                self.counts[kind(link)] += 1
                if self.counts[kind(link)] <= (self.few if self.is_few(link) else self.most):
                    waiting.append((link, url))

    async def look(self, url: str, linked_on: str = "") -> Seen:
        """One page and its links within the site, absolute, without fragments."""
        got = await self.site.client.get(url, headers={"accept-encoding": "identity"})
        type_ = got.headers.get("content-type", "")
        found: list[str] = []
        if got.status_code in {301, 302, 303, 307, 308}:
            found = [got.headers["location"]]
        elif type_.startswith("text/html"):
            reader = Links()
            reader.feed(got.text)
            found = reader.found
        elif "xml" in type_ and "svg" not in type_:
            found = _FEED_LINK.findall(got.text.replace("&amp;", "&"))
        links = dict.fromkeys(link for each in found if (link := inside(url, each)))
        return Seen(
            url, linked_on, got.status_code, type_, got.text, dict(got.headers), tuple(links)
        )


def inside(here: str, href: str) -> str | None:
    """A link's path and query, if it stays in the site."""
    try:
        parts = urlsplit(urljoin(HOST + here, href.strip()))
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or parts.netloc != urlsplit(HOST).netloc:
        return None
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def kind(url: str) -> str:
    """Pages that are made by the same code: /target/*?month."""
    parts = urlsplit(url)
    segments = parts.path.strip("/").split("/")
    keys = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - {"lang"})
    shape = "/".join([segments[0], *("*" for _ in segments[1:])])
    if segments[0] in {"feed", "about", "static"}:
        shape = "/".join(segments[:2] + ["*" for _ in segments[2:]])
    return f"/{shape}" + (f"?{'&'.join(keys)}" if keys else "")
