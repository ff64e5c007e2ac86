"""How the sites behave: one small function a kind of page."""

from __future__ import annotations

import gzip
import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.netlab.model import Page, Site

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    scheme: str
    host: str
    target: str
    headers: dict[str, str]
    vantage: str
    site: Site
    body: bytes = b""


@dataclass
class Response:
    """What goes out, and how."""

    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    length: str = "known"  # or "chunked", "close"
    delay: float = 0.0
    after: str = ""  # "rst" or "close"
    stream: int = 0  # so many bytes of filler instead of body
    pace: float = 0.0  # seconds between the pieces of the stream


Kind = Callable[[Page, Request], Response]
KINDS: dict[str, Kind] = {}
_WORDS = (
    "river",
    "market",
    "letter",
    "garden",
    "window",
    "morning",
    "people",
    "history",
    "weather",
    "culture",
    "school",
    "mountain",
    "council",
    "reader",
    "evening",
    "station",
    "summer",
    "winter",
    "village",
    "question",
)


def kind(function: Kind) -> Kind:
    """Enter a function under its own name."""
    KINDS[function.__name__] = function
    return function


def prose(seed: str, size: int) -> str:
    """Harmless text, always the same for a seed."""
    chance = random.Random(hashlib.sha256(seed.encode()).digest())
    parts, have = [], 0
    while have < size:
        sentence = " ".join(chance.choice(_WORDS) for _ in range(12)).capitalize() + "."
        parts.append(f"<p>{sentence}</p>")
        have += len(sentence) + 8
    return "\n".join(parts)


def document(page: Page, r: Request, extra: str = "", size: int | None = None, lang: str = "en") -> bytes:
    """A whole HTML page."""
    title = page.title or f"{r.host.removeprefix('www.').split('.')[0].replace('-', ' ').title()}: welcome"
    text = page.text or prose(r.host + page.kind, page.size if size is None else size)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head>\n'
        f"<body><h1>{title}</h1>{extra}\n{text}\n</body></html>\n"
    ).encode()


def html(page: Page, body: bytes, status: int = 0, **how: object) -> Response:
    """A response with ordinary headers."""
    headers: Headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Server", "nginx"),
        ("Cache-Control", "max-age=60"),
    ]
    return Response(status or page.status, [*headers, *page.headers], body, **how)  # type: ignore[arg-type]


@kind
def static(page: Page, r: Request) -> Response:
    """The same for everybody."""
    return html(page, document(page, r), delay=page.delay)


@kind
def to_https(page: Page, r: Request) -> Response:
    """http leads to https."""
    return Response(301, [("Location", f"https://{r.host}{r.target}"), ("Server", "nginx")])


@kind
def redirect(page: Page, r: Request) -> Response:
    """Elsewhere; only from `text` when that is given."""
    if page.text and r.target != page.text:
        return static(Page(), r)
    status = page.status if 300 <= page.status < 400 else 302
    return Response(status, [("Location", page.location), ("Server", "nginx"), *page.headers])


@kind
def chain(page: Page, r: Request) -> Response:
    """count redirects, then a page."""
    step = int(r.target.rsplit("/", 1)[-1]) if r.target.rsplit("/", 1)[-1].isdigit() else 0
    if step >= page.count:
        return static(page, r)
    return Response(302, [("Location", f"/step/{step + 1}")])


@kind
def cookie_loop(page: Page, r: Request) -> Response:
    """Redirects to itself until the cookie comes back."""
    if "seen=yes" in r.headers.get("cookie", ""):
        return static(page, r)
    return Response(302, [("Location", r.target), ("Set-Cookie", "seen=yes; Path=/")])


@kind
def empty(page: Page, r: Request) -> Response:
    """No body at all."""
    return html(page, b"")


@kind
def no_title(page: Page, r: Request) -> Response:
    """A page without a title."""
    return html(page, f"<html><body>{prose(r.host, page.size)}</body></html>".encode())


@kind
def plain(page: Page, r: Request) -> Response:
    """Just this text."""
    return Response(
        page.status,
        [("Content-Type", "text/html; charset=utf-8"), *page.headers],
        page.text.encode(),
    )


@kind
def no_length(page: Page, r: Request) -> Response:
    """The end of the body is the end of the connection."""
    return html(page, document(page, r), length="close")


@kind
def chunked(page: Page, r: Request) -> Response:
    """In chunks."""
    return html(page, document(page, r), length="chunked")


@kind
def gzipped(page: Page, r: Request) -> Response:
    """Compressed, if the client may."""
    body = document(page, r)
    if "gzip" not in r.headers.get("accept-encoding", ""):
        return html(page, body)
    response = html(page, gzip.compress(body, 6))
    response.headers.append(("Content-Encoding", "gzip"))
    return response


@kind
def big(page: Page, r: Request) -> Response:
    """A file of page.size bytes."""
    headers = [("Content-Type", "application/octet-stream"), ("Server", "nginx")]
    return Response(200, headers, stream=page.size, length="chunked" if page.count else "known")


@kind
def slow(page: Page, r: Request) -> Response:
    """Slow for everybody: page.delay seconds between pieces of 8 KiB."""
    return Response(200, [("Content-Type", "text/html; charset=utf-8")], stream=page.size, pace=page.delay)


@kind
def dynamic(page: Page, r: Request) -> Response:
    """Another body each time: nonce, clock, a length that varies by 20%."""
    nonce = hashlib.sha256(f"{time.time_ns()}{random.random()}".encode()).hexdigest()
    size = int(page.size * random.uniform(0.8, 1.0))
    extra = f'<meta name="csrf" content="{nonce}"><p>{time.ctime()}</p><!-- {random.random()} -->'
    return html(page, document(page, r, extra, size))


@kind
def languages(page: Page, r: Request) -> Response:
    """Russian for the probe, English for others."""
    if r.vantage != "probe":
        return static(page, r)
    text = "".join(f"<p>Добро пожаловать на наш сайт, страница номер {i}.</p>" for i in range(page.size // 90))
    return html(page, document(Page(title="Добро пожаловать", text=text), r, lang="ru"))


@kind
def captcha(page: Page, r: Request) -> Response:
    """What a CDN shows a client it does not like."""
    extra = '<div id="challenge-stage"></div><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>'
    body = document(
        Page(title="Just a moment...", text="Checking your browser before accessing this site."),
        r,
        extra,
    )
    headers = [
        ("Content-Type", "text/html; charset=UTF-8"),
        ("Server", "cloudflare"),
        ("CF-RAY", "8f3a1c2b3d4e5f60-FRA"),
        ("cf-mitigated", "challenge"),
        ("Cache-Control", "private, max-age=0, no-store"),
    ]
    return Response(page.status if page.status != 200 else 503, headers, body)


@kind
def geoblock(page: Page, r: Request) -> Response:
    """The site itself will not serve this country."""
    title = page.title or "Access Denied"
    text = page.text or "<p>This content is not available in your country.</p><p>Reference #18.2d351ab8.1557333295.a4e16ab</p>"
    return html(page, document(Page(title=title, text=text), r), page.status if page.status != 200 else 403)


@kind
def geoblock_200(page: Page, r: Request) -> Response:
    """The same, politely."""
    text = page.text or "<p>We are sorry, our service is not available in your region yet.</p>"
    return html(page, document(Page(title=page.title or "Not available in your region", text=text), r), 200)


@kind
def rst_after(page: Page, r: Request) -> Response:
    """A full answer, then RST instead of FIN."""
    return html(page, document(page, r), after="rst")


@kind
def echo_host(page: Page, r: Request) -> Response:
    """400 for strangers, as a shared server does."""
    if r.host.split(":")[0] not in r.site.names:
        return Response(400, [("Content-Type", "text/plain")], b"bad request\n")
    return static(page, r)


@kind
def qa_httpbin(page: Page, r: Request) -> Response:
    """OONI's httpbin.com: /redirect/N, and a Location that is broken for the probe only."""
    if r.target.startswith("/broken-redirect-"):
        scheme = r.target.rsplit("-", 1)[-1]
        broken = f"{scheme}://" if r.vantage == "probe" else f"{scheme}://{page.text}/"
        return Response(302, [("Location", broken)])
    if r.target.startswith("/redirect/"):
        left = int(r.target.rsplit("/", 1)[-1])
        return Response(302, [("Location", f"/redirect/{left - 1}")]) if left else Response(200)
    return Response(404)


def respond(r: Request) -> Response:
    """The answer of a site to a request."""
    site = r.site
    special = site.probe_page if r.vantage == "probe" else site.control_page if r.vantage == "control" else None
    page = special or (site.https if r.scheme == "https" else site.http) or Page()
    if site.sni_policy == "421" and r.host.split(":")[0] not in site.names:
        return Response(421, [("Content-Type", "text/plain")], b"Misdirected Request\n")
    response = KINDS[page.kind](page, r)
    if site.h3 and r.scheme == "https":
        response.headers.append(("Alt-Svc", 'h3=":443"; ma=86400'))
    return response
