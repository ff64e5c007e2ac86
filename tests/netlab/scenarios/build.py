"""Making scenarios: every one gets names and addresses of its own; a censored one gets its negative twin."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict, Unpack

from tests.netlab import places
from tests.netlab.internet.pages import Request, respond
from tests.netlab.model import Answer, Expect, Inject, Name, Page, Rule, Scenario, Site, World

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
    return ("93.184.{}.{}", "151.101.{}.{}", "104.16.{}.{}", "178.248.{}.{}")[n % 4].format(n // 200 + 1, n % 200 + 10)


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
Views = Callable[[Spot], Sequence[tuple[str, Answer]]]
Options = dict[str, Any]


def isp_says(answer: Answer) -> Views:
    """Views in which the ISP's resolver alone says this."""
    return lambda _place: (("isp", answer),)


def about(rules: Rules, place: Spot) -> Rules:
    """Rules about another place than the scenario's own."""
    return lambda _place: rules(place)


class Details(TypedDict, total=False):
    """What a scenario may have of its own; `site` are fields of its Site."""

    rules: Rules | None
    scheme: str
    families: str
    target: str
    port: str
    host: str  # in the URL, instead of the scenario's name
    site: Options
    answer: Answer | None  # what DNS says, if not the addresses
    views: Views | None  # and to whom it says something else
    at: Spot | None  # on another scenario's addresses
    more_sites: Sequence[Site]
    more_names: Sequence[Name]
    no_site: bool
    silent: tuple[str, ...]
    silent_to_control: tuple[str, ...]
    shared: bool
    control: Literal["ours", "ooni", "none", "down", "clock"]
    world: World
    group: str
    exit_status: int


_PASSED_ON = ("silent", "silent_to_control", "shared", "control", "world", "group", "exit_status")


def scenario(slug: str, expect: Expect = OK, why: str = "", **d: Unpack[Details]) -> Scenario:
    """One scenario, benign until somebody says otherwise."""
    at, rules, views = d.get("at"), d.get("rules"), d.get("views")
    place = replace(at, name=domain(slug)) if at else spot(slug, d.get("families", "4"))
    honest = d.get("answer") or Answer(place.v4, place.v6)
    special = tuple(views(place)) if views else ()
    names = (Name(place.name, honest, special), Name(place.www, honest, special))
    built = Site((place.name, place.www), place.v4, place.v6, **d.get("site", {}))
    sites = () if d.get("no_site") else (built,)
    target = f"{d.get('host') or place.name}{d.get('port', '')}{d.get('target', '/')}"
    ready = tuple(rules(place)) if rules else ()
    rest: Options = {k: v for k, v in d.items() if k in _PASSED_ON}
    return Scenario(
        slug,
        f"{d.get('scheme', 'https')}://{target}",
        "benign",
        expect,
        why,
        (*sites, *d.get("more_sites", ())),
        (*names, *d.get("more_names", ())),
        tuple(r if r.label else replace(r, label=slug) for r in ready),
        **rest,
    )


def censored(made: Scenario) -> Scenario:
    """The same scenario, counted among the censored."""
    return replace(made, kind="censored")


def pair(slug: str, expect: Expect, why: str, twin: str = "same", **d: Unpack[Details]) -> list[Scenario]:
    """A censored scenario and its twin: another name at the same address ("same"), or a neighbour at its own ("other")."""
    first = censored(scenario(slug, expect, why, **d))
    if twin == "none":
        return [first]
    for key in ("rules", "views", "answer", "more_sites", "more_names", "no_site", "host"):
        d.pop(key, None)  # type: ignore[misc]
    if twin == "same":
        where = first.sites[0]
        d["at"] = Spot("", where.v4, where.v6)
    text = f"Like {slug}, but under a name or address that nobody blocks."
    return [first, scenario(f"{slug}-twin", OK, text, **d)]


def reply(status: int, body: bytes, *headers: tuple[str, str], reason: str = "OK", bare: bool = False) -> bytes:
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


def own(**fields: Any) -> World:  # noqa: ANN401  fields of a World
    """A world of a scenario's own, with the common sites and names."""
    return replace(COMMON, **fields)
