"""Outermost: what is refused unread, and the headers that every answer bears."""

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette.app import Datasette
from datasette.utils.asgi import Request

from datasette import hookimpl
from datasette.plugins import pm

MOST_FACETS, LONGEST, MOST_ARGUMENTS = 3, 4000, 40
MOST_ROWS = 200  # of a page: it takes as many milliseconds, and nobody else gets one meanwhile
HEAVY, PATIENCE = 2, 10.0  # pages of whole tables at once; seconds that the next one waits
WAIT = 5  # seconds after which who waited in vain may ask again
_NEVER = frozenset({"_facet_date", "_facet_array", "_where", "_trace", "_through"})
_ODD = re.compile(rb"/+%5c|.*%0[ad0]", re.IGNORECASE)  # a backslash first, an end of line, a zero
_VIEW = re.compile(
    r"_view(\.[a-z]+)?$|/visible_[a-z]+(\.[a-z]+)?$"
)  # Datasette breaks on other words there
_OPEN = ("/-/static/",)  # of Datasette's /-/ pages: the rest tells of paths, threads, permissions
_COMMON = (
    "default-src 'none'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; object-src 'none'; script-src 'none'; style-src 'self'"
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), interest-cohort=()"),
)
_SHOWN = b"cross-origin-resource-policy"
_REPLACED = frozenset(name for name, _ in HEADERS) | {b"content-security-policy", b"set-cookie"}

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]


def refusal(scope: Scope) -> tuple[int, str] | None:
    """Why a request is not read any further."""
    if scope["method"] not in {"GET", "HEAD"}:
        return 405, "only GET and HEAD"
    query = scope.get("query_string", b"")
    return _of_path(scope) or _of_query(query, is_view=bool(_VIEW.search(scope["path"])))


def _of_path(scope: Scope) -> tuple[int, str] | None:
    raw = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    path = scope["path"]
    if len(raw) + len(scope.get("query_string", b"")) > LONGEST:
        return 414, "the address is too long"
    if b"\\" in raw or raw.startswith(b"//") or _ODD.match(raw):
        return 400, "no such address"
    if path.startswith("/-/") and (not path.startswith(_OPEN) or ".." in path):
        return 404, "there is nothing at this address"
    return None


def _of_query(query: bytes, *, is_view: bool) -> tuple[int, str] | None:
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    asked = [name for name, _ in pairs]
    if is_view and any(name == "_next" and not value.isdecimal() for name, value in pairs):
        return 400, "_next is a number here"
    if len(asked) > MOST_ARGUMENTS:
        return 400, f"at most {MOST_ARGUMENTS} arguments"
    if asked.count("_facet") > MOST_FACETS:
        return 400, f"at most {MOST_FACETS} _facet at once; take a copy of the data for more"
    never = _NEVER & set(asked)
    return (400, f"{', '.join(sorted(never))}: not served here") if never else None


def shorter(scope: Scope) -> Scope:
    """Pages of tables have MOST_ROWS at most, and lead to the next; JSON has as many as are asked for."""
    query = scope.get("query_string", b"")
    if b"_size" not in query or scope["path"].endswith(".json"):
        return scope
    asked = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    most = [
        (k, str(MOST_ROWS) if k == "_size" and (v == "max" or _above(v)) else v) for k, v in asked
    ]
    if most == asked:
        return scope
    return {**scope, "query_string": urlencode(most, encoding="latin-1").encode()}


def _above(number: str) -> bool:
    return number.isascii() and number.isdigit() and int(number[:9]) > MOST_ROWS


def policy(path: str, databases: set[str]) -> bytes:
    """Our own pages need no style in them; Datasette's and a drawing do."""
    first = path.strip("/").partition("/")[0].partition(".")[0]
    inline = first in databases or path.endswith(".svg")
    return (_COMMON + (" 'unsafe-inline'" if inline else "")).encode()


def headers(path: str, message: Message, names: set[str]) -> list[tuple[bytes, bytes]]:
    """What the page said, without what is ours to say; then ours. Only a card may be shown by other sites."""
    kept = [h for h in message["headers"] if h[0].lower() not in _REPLACED]
    mine = [h for h in HEADERS if h[0] != _SHOWN or not path.startswith("/card/")]
    if path.startswith("/card/"):
        mine.append((_SHOWN, b"cross-origin"))
    return [*kept, *mine, (b"content-security-policy", policy(path, names))]


async def _refuse(send: Send, status: int, says: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    if status == 405:  # noqa: PLR2004
        headers.append((b"allow", b"GET, HEAD"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{status}: {says}\n".encode()})


@hookimpl(trylast=True)  # outermost
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Refuse, or let through and add the headers."""
    heavy = asyncio.Semaphore(HEAVY)

    def wrap(app: App) -> App:
        async def inner(scope: Scope, receive: object, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            names = {name for name in datasette.databases if not name.startswith("_")}

            async def dressed(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message = {**message, "headers": headers(scope["path"], message, names)}
                await send(message)

            refused = refusal(scope)
            if refused:
                await _refuse(dressed, *refused)
                return
            first = scope["path"].strip("/").partition("/")[0].partition(".")[0]
            if first not in names or scope["path"].endswith(".csv"):  # csv_export.py counts its own
                await app(scope, receive, dressed)
                return
            try:
                await asyncio.wait_for(heavy.acquire(), PATIENCE)
            except TimeoutError:
                # out here Datasette has not given it a token yet; no page of ours has a form that sends
                request = Request({**scope, "csrftoken": lambda: ""}, receive)
                answer = await pm.get_plugin("errors.py").later(datasette, request, WAIT)
                await answer.asgi_send(dressed)
                return
            try:
                await app(shorter(scope), receive, dressed)
            finally:
                heavy.release()

        return inner

    return wrap
