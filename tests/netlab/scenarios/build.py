"""Making scenarios: every one gets names and addresses of its own; a censored one gets its negative twin."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tests.netlab import places
from tests.netlab.internet.pages import Request, respond
from tests.netlab.model import Answer, Expect, Inject, Link, Name, Page, Rule, Scenario, Site, World

_TLDS = ("org", "com", "net", "info", "kz")
_v4 = itertools.count(10)
_v6 = itertools.count(0x1000)
OK = Expect("accessible")

BLOCK_TITLE = "Доступ ограничен"
BLOCK_TEXT = (
    "<p>Доступ к информационному ресурсу ограничен на территории Республики Казахстан "
    "на основании статьи 41-1 Закона «О связи».</p><p>Access to this resource is restricted.</p>"
)
BLOCK_HTML = (
    f'<!doctype html><html><head><meta charset="utf-8"><title>{BLOCK_TITLE}</title></head>'
    f"<body><h1>{BLOCK_TITLE}</h1>{BLOCK_TEXT}</body></html>"
)
BLOCK_NAME = "blocked.isp.kz"
COMMON_SITES = (
    Site(
        (BLOCK_NAME,),
        v4=(places.BLOCKPAGE4,),
        v6=(places.BLOCKPAGE6,),
        http=Page("plain", text=BLOCK_HTML),
        https=None,
    ),
)
COMMON_NAMES = (
    Name(BLOCK_NAME, Answer((places.BLOCKPAGE4,), (places.BLOCKPAGE6,))),
    Name(places.CONTROL_NAME, Answer((places.CONTROL4,), (places.CONTROL6,))),
)
COMMON = World(sites=COMMON_SITES, names=COMMON_NAMES)


def v4() -> str:
    """The next unused address."""
    n = next(_v4)
    return ("93.184.{}.{}", "151.101.{}.{}", "104.16.{}.{}", "178.248.{}.{}")[n % 4].format(
        n // 200 + 1, n % 200 + 10
    )


def v6() -> str:
    """The next unused address."""
    n = next(_v6)
    return (("2606:2800::{:x}", "2a04:4e42::{:x}")[n % 2]).format(n)


@dataclass(frozen=True)
class Spot:
    """Where a scenario lives."""

    name: str
    v4: tuple[str, ...]
    v6: tuple[str, ...]

    @property
    def www(self) -> str:
        """The name below www."""
        return f"www.{self.name}"

    @property
    def ips(self) -> tuple[str, ...]:
        """All addresses."""
        return (*self.v4, *self.v6)


def domain(slug: str) -> str:
    """A plausible name for a slug."""
    slug = slug.lower().replace("_", "-")
    return f"{slug}.{_TLDS[hashlib.sha256(slug.encode()).digest()[0] % len(_TLDS)]}"


def spot(slug: str, families: str = "4", count: int = 1) -> Spot:
    """A name and fresh addresses."""
    return Spot(
        domain(slug),
        tuple(v4() for _ in range(count)) if "4" in families else (),
        tuple(v6() for _ in range(count)) if "6" in families else (),
    )


Rules = Callable[[Spot], Sequence[Rule]]


def scenario(
    slug: str,
    expect: Expect = OK,
    why: str = "",
    *,
    rules: Rules | None = None,
    scheme: str = "https",
    families: str = "4",
    target: str = "/",
    port: str = "",
    host: str = "",
    site: dict[str, object] | None = None,
    answer: Answer | None = None,
    views: Callable[[Spot], Sequence[tuple[str, Answer]]] | None = None,
    at: Spot | None = None,
    more_sites: Sequence[Site] = (),
    more_names: Sequence[Name] = (),
    no_site: bool = False,
    **rest: object,
) -> Scenario:
    """One scenario. `site` are fields of its Site; `answer`, `views` what DNS says; `at` puts it on another's addresses."""
    place = at or spot(slug, families)
    place = replace(place, name=domain(slug)) if at else place
    ready = rules(place) if rules else ()
    honest = answer or Answer(place.v4, place.v6)
    special = tuple(views(place)) if views else ()
    names = (Name(place.name, honest, special), Name(place.www, honest, special), *more_names)
    built = Site((place.name, place.www), place.v4, place.v6, **(site or {}))  # type: ignore[arg-type]
    sites = () if no_site else (built,)
    ready = tuple(r if r.label else replace(r, label=slug) for r in ready)
    return Scenario(
        slug,
        f"{scheme}://{host or place.name}{port}{target}",
        "benign",
        expect,
        why,
        (*sites, *more_sites),
        names,
        ready,
        **rest,
    )  # type: ignore[arg-type]


def pair(
    slug: str, expect: Expect, why: str, *, twin: str = "same", **rest: object
) -> list[Scenario]:
    """A censored scenario and its twin: another name at the same address ("same"), or a neighbour at its own ("other")."""
    first = replace(scenario(slug, expect, why, **rest), kind="censored")  # type: ignore[arg-type]
    if twin == "none":
        return [first]
    for key in ("rules", "views", "answer", "more_sites", "more_names", "no_site", "host"):
        rest.pop(key, None)
    if twin == "same":
        where = first.sites[0]
        rest["at"] = Spot("", where.v4, where.v6)
    text = f"Like {slug}, but under a name or address that nobody blocks."
    return [first, scenario(f"{slug}-twin", OK, text, **rest)]  # type: ignore[arg-type]


def reply(
    status: int, body: bytes, *headers: tuple[str, str], reason: str = "OK", bare: bool = False
) -> bytes:
    """An HTTP response as bytes; bare: as OONI's lab injects it, with a status line and nothing else."""
    if bare:
        return b"HTTP/1.0 200 OK\r\n\r\n" + body
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Server: nginx/1.18.0",
        "Date: Mon, 23 Nov 2026 06:00:00 GMT",
        *(f"{k}: {v}" for k, v in headers),
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


HTML = ("Content-Type", "text/html; charset=utf-8")


def block_page(status: int = 200, length: int = 0, reason: str = "OK") -> Inject:
    """The block page, forged on the way; padded to a length if asked."""
    body = BLOCK_HTML.encode()
    if length > len(body):
        body = body.replace(b"</body>", b"<!--" + b"." * (length - len(body) - 7) + b"--></body>")
    return Inject(
        reply(
            status,
            body,
            HTML,
            ("Cache-Control", "no-cache"),
            ("ETag", '"5f3c-1a2b"'),
            reason=reason,
        )
    )


def true_length(place: Spot, page: Page) -> int:
    """How long the genuine page is."""
    site = Site((place.name,), place.v4, http=page)
    return len(respond(Request("GET", "http", place.name, "/", {}, "other", site)).body)


def to_block_host(status: int = 302) -> Inject:
    """A forged redirect to the ISP's block page."""
    return Inject(reply(status, b"", ("Location", f"http://{BLOCK_NAME}/?u=1"), reason="Found"))


ALERT = Inject(bytes.fromhex("15030300020228"))  # fatal handshake_failure


def own(**fields: object) -> World:
    """A world of a scenario's own, with the common sites and names."""
    return replace(COMMON, link=fields.pop("link", Link()), **fields)  # type: ignore[arg-type]
