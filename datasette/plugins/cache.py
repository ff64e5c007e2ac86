"""Pages that were made once are kept, compressed, until the file changes; a browser that has one is told so.

Key: address, language, compression. A page made before a change is never given after it: SQLite itself says
when another connection has written (PRAGMA data_version); nor on another day (age.py). One visitor's page is the
same as another's: who sends a cookie or a key gets nothing from here. Off where the setting default_cache_ttl is 0.
"""

import asyncio
import gzip
import hashlib
import sqlite3
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from datasette.app import Datasette
from datasette.database import Database

from datasette import hookimpl
from datasette.plugins import pm

ROOM, A_PAGE, SMALL = 64_000_000, 2_000_000, 500
_TEXT = ("text/", "application/json", "application/atom+xml", "image/", "application/xml")
_OWN = frozenset({b"etag", b"cache-control", b"content-length", b"vary", b"content-encoding"})
_OK, _NOT_MODIFIED = 200, 304

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]
Key = tuple[bytes, bytes, str, bool]
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A page."""

    version: tuple[int, ...]
    etag: bytes
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Pages:
    """As many as fit, the last used longest. `versions` asks the files."""

    versions: Callable[[], tuple[int, ...]]
    ttl: int
    held: OrderedDict[Key, Kept] = field(default_factory=OrderedDict)
    size: int = 0
    making: dict[Key, asyncio.Lock] = field(default_factory=dict)

    def get(self, key: Key, version: tuple[int, ...]) -> Kept | None:
        """The page, if it is still what the files say."""
        found = self.held.get(key)
        if found is None or found.version != version:
            return None
        self.held.move_to_end(key)
        return found

    def put(self, key: Key, page: Kept) -> None:
        """Keep it; the longest unused go."""
        old = self.held.pop(key, None)
        self.size += len(page.body) - (len(old.body) if old else 0)
        self.held[key] = page
        while self.size > ROOM:
            self.size -= len(self.held.popitem(last=False)[1].body)

    async def answer(self, app: App, scope: Scope, receive: object, send: Send) -> None:
        """From here, or made; the second who asks for a page that is being made waits for it."""
        key = key_of(scope)
        lock = self.making.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                version = self.versions()
                page = self.get(key, version)
                if page is None:
                    page = await self._made(app, scope, receive, send, key, version)
        finally:
            if not lock.locked():
                self.making.pop(key, None)
        if page is not None:
            await give(page, scope, send)

    async def _made(
        self,
        app: App,
        scope: Scope,
        receive: object,
        send: Send,
        key: Key,
        version: tuple[int, ...],
    ) -> Kept | None:
        taken = Taken(send)
        await app(scope, receive, taken.message)
        if taken.passed:
            return None
        page = finished(taken, version, packed=key[3], ttl=self.ttl)
        self.put(key, page)
        return page


@dataclass(slots=True)
class Taken:
    """An answer on its way: gathered, or passed on if it is none to keep."""

    send: Send
    start: Message = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    passed: bool = False

    async def message(self, message: Message) -> None:
        """One part of it."""
        if self.passed:
            await self.send(message)
        elif message["type"] == "http.response.start":
            self.start = message
            kind = dict(message["headers"]).get(b"content-type", b"").decode("latin-1")
            if (
                message["status"] != _OK
                or not kind.startswith(_TEXT)
                or kind.startswith("text/csv")
            ):
                self.passed = True
                await self.send(message)
        else:
            self.body += message.get("body", b"")
            if len(self.body) > A_PAGE:
                self.passed = True
                await self.send(self.start)
                await self.send({**message, "body": bytes(self.body)})


def finished(taken: Taken, version: tuple[int, ...], *, packed: bool, ttl: int) -> Kept:
    """What is kept of it."""
    body = bytes(taken.body)
    digest = hashlib.sha256(body).hexdigest()[:24]
    etag = f'"{digest}{"-gz" if packed else ""}"'.encode()
    headers = [(k, v) for k, v in taken.start["headers"] if k.lower() not in _OWN]
    headers += [
        (b"etag", etag),
        (b"cache-control", f"public, max-age={min(ttl, 60)}".encode()),
        (b"vary", b"Accept-Language, Accept-Encoding, Cookie, Authorization"),
    ]
    if packed and len(body) >= SMALL:
        body = gzip.compress(body, 6, mtime=0)
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", str(len(body)).encode()))
    return Kept(version, etag, headers, body)


async def give(page: Kept, scope: Scope, send: Send) -> None:
    """The page, or the word that the browser has it."""
    asked = dict(scope["headers"]).get(b"if-none-match", b"")
    if page.etag in {part.strip().removeprefix(b"W/") for part in asked.split(b",")}:
        headers = [(k, v) for k, v in page.headers if k in {b"etag", b"cache-control", b"vary"}]
        await send({"type": "http.response.start", "status": _NOT_MODIFIED, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": _OK, "headers": page.headers})
    await send({"type": "http.response.body", "body": page.body})


def key_of(scope: Scope) -> Key:
    """What the answer depends on."""
    headers = dict(scope["headers"])
    lang = pm.get_plugin("language.py").of_scope(scope).lang
    raw = scope.get("raw_path") or scope["path"].encode()
    # a page may name its own address (feeds, cards), so the host is a part of it
    host = headers.get(b"host", b"")[:200] + b" " + scope.get("scheme", "http").encode()
    packed = b"gzip" in headers.get(b"accept-encoding", b"")
    return raw, scope["query_string"] + b"\n" + host, lang, packed


def plain(scope: Scope) -> bool:
    """Whether everybody who asks this gets the same."""
    names = {name for name, _ in scope["headers"]}
    return scope["method"] == "GET" and not names & {b"cookie", b"authorization", b"range"}


def watch(datasette: Datasette) -> Callable[[], tuple[int, ...]]:
    """A number for each file, which changes when the file does; and the day: what is now is not tomorrow."""
    opened: dict[str, tuple[Database, sqlite3.Connection]] = {}
    count = 0

    def versions() -> tuple[int, ...]:
        nonlocal count
        for name, database in datasette.databases.items():
            if database.path and (name not in opened or opened[name][0] is not database):
                with suppress(
                    sqlite3.OperationalError
                ):  # replaced, and nobody has looked at the new one
                    opened[name] = (database, database.connect())
                    count += 1
        out = [int(pm.get_plugin("age.py").today(datasette).replace("-", ""))]
        out.append(count)
        for _, conn in opened.values():
            with suppress(sqlite3.OperationalError):
                out.append(int(conn.execute("PRAGMA data_version").fetchone()[0]))
        return tuple(out)

    return versions


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Between the doors (security.py) and the pages."""
    ttl = int(datasette.setting("default_cache_ttl"))

    def wrap(app: App) -> App:
        pages = Pages(watch(datasette), ttl)

        async def inner(scope: Scope, receive: object, send: Send) -> None:
            if (
                scope["type"] != "http"
                or not ttl
                or not plain(scope)
                or scope["path"].startswith(("/static/", "/-/static/"))
            ):
                await app(scope, receive, send)
            else:
                await pages.answer(app, scope, receive, send)

        return inner

    return wrap
