"""Who plays in the demo: sites, resolvers, the censor's rules, what should be found. Data only.

Names end in .example or .test (RFC 2606), so they are nobody's. Addresses look public, but lie in
no network that the location file knows (2026); nothing is sent to them in any case.
"""

from dataclasses import dataclass

from measurements.schema.measurement import Place
from measurements.schema.words import Layer, Mechanism, Status, Trigger
from probe.demo.origin import Response, redirect
from probe.demo.pages import block_page, captcha, genuine, geoblock
from probe.demo.rules import (
    Fin,
    ForgeAnswer,
    Inject,
    Intercept,
    Reset,
    Rule,
    Silence,
    SwallowSyn,
    Throttle,
)

ISP_RESOLVER = "102.192.0.53"
BLOCK_PAGE_SERVER, BLOCK_PAGE_NAME = "102.192.0.80", "warning.pretend-isp.test"
PUBLIC_RESOLVERS = {"102.193.0.1": "dns.one.test", "102.194.0.1": "dns.two.test"}
CONTROL, CONTROL_NAME = "102.197.0.10", "control.pretend.test"
_BOGON, _NOWHERE, _GONE = "10.10.34.34", "102.198.66.66", "102.198.0.1"

# RFC 5398: numbers of networks for documentation. "ZZ" is nobody's country.
_NETWORKS = {
    "102.192.": Place(asn=64500, as_org_name="Pretend Telecom", cc="ZZ"),
    "102.193.": Place(asn=64501, as_org_name="Pretend Resolver One", cc="ZZ"),
    "102.194.": Place(asn=64502, as_org_name="Pretend Resolver Two", cc="ZZ"),
    "102.195.": Place(asn=64503, as_org_name="Pretend Hosting", cc="ZZ"),
    "2d00:195:": Place(asn=64503, as_org_name="Pretend Hosting", cc="ZZ"),
    "102.196.": Place(asn=64504, as_org_name="Pretend CDN", cc="ZZ"),
    "102.197.": Place(asn=64505, as_org_name="Pretend Outside", cc="ZZ"),
    "102.198.": Place(asn=64506, as_org_name="Pretend Elsewhere", cc="ZZ"),
}


def place_of(ip: str) -> Place:
    """The network of an address of the pretend Internet; nowhere for any other."""
    return next((place for start, place in _NETWORKS.items() if ip.startswith(start)), Place())


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A web site. `seen_at_home` is what it shows to the probe's country instead of its page."""

    name: str
    addresses: tuple[str, ...]
    page: Response
    https: bool = True  # port 80 then only leads to it
    expired: bool = False
    seen_at_home: Response | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A target: what is done to it, in plain words, and which verdict is right."""

    url: str
    says: str
    status: Status
    layer: Layer | None = None
    mechanism: Mechanism | None = None
    trigger: Trigger | None = None


def _site(name: str, title: str, *addresses: str) -> Site:
    return Site(name=name, addresses=addresses, page=genuine(name, title))


LIBRARY = Site(
    name="library.example",
    addresses=("102.195.0.3",),
    page=genuine("library.example", "The library"),
    https=False,
)
FORUM = Site(
    name="forum.example",
    addresses=("102.195.0.4",),
    page=genuine("forum.example", "The forum"),
    https=False,
)
BOOKS = Site(
    name="pretend-books.example",
    addresses=("102.195.0.11",),
    page=genuine("pretend-books.example", "Books"),
    https=False,
)

SITES = (
    _site("weather.example", "Weather", "102.195.0.1", "2d00:195::1"),
    _site("cdn-news.example", "News of the day", "102.196.1.10", "102.196.2.10"),
    LIBRARY,
    FORUM,
    _site("pretend-selftanu.example", "Know yourself", "102.195.0.5"),
    _site("pretend-radio.example", "Radio", "102.195.0.6"),
    _site("pretend-mail.example", "Mail", "102.195.0.7"),
    _site("pretend-vpn.example", "VPN", "102.195.0.8"),
    _site("pretend-archive.example", "Archive", "102.195.0.9"),
    _site("pretend-video.example", "Video", "102.195.0.10"),
    BOOKS,
    _site("pretend-messenger.example", "Messenger", "102.195.0.12"),
    Site(
        name="pretend-photos.example",
        addresses=("102.195.0.13",),
        page=genuine("pretend-photos.example", "Photos", 256 * 1024),
    ),
    Site(
        name="streaming.example",
        addresses=("102.195.0.14",),
        page=genuine("streaming.example", "Streaming"),
        seen_at_home=geoblock(),
    ),
    Site(
        name="expired.example",
        addresses=("102.195.0.15",),
        page=genuine("expired.example", "Forgotten"),
        expired=True,
    ),
    _site("shop.example", "Shop", "102.195.0.16"),
    _site("pretend-party.example", "Party", "102.195.0.16"),
    Site(
        name="tickets.example",
        addresses=("102.195.0.17",),
        page=genuine("tickets.example", "Tickets"),
        seen_at_home=captcha(),
    ),
)

ZONE: dict[str, tuple[str, ...]] = {
    **{site.name: site.addresses for site in SITES},
    "cdn-news.example": ("102.196.2.10",),
    "gone.example": (_GONE,),
    BLOCK_PAGE_NAME: (BLOCK_PAGE_SERVER,),
    CONTROL_NAME: (CONTROL,),
    **{name: (ip,) for ip, name in PUBLIC_RESOLVERS.items()},
}

# What the provider's resolver says instead: one honest difference (the CDN), and three lies.
_LIED_AWAY = "pretend-vpn.example"
ISP_ZONE: dict[str, tuple[str, ...]] = {
    **{name: addresses for name, addresses in ZONE.items() if name != _LIED_AWAY},
    "cdn-news.example": ("102.196.1.10",),
    "pretend-archive.example": (_BOGON,),
    "pretend-books.example": (BLOCK_PAGE_SERVER,),
}

RULES = (
    Rule(host=LIBRARY.name, action=Inject(block_page(len(LIBRARY.page.body)).to_bytes())),
    Rule(host=FORUM.name, action=Inject(redirect(f"http://{BLOCK_PAGE_NAME}/", 302).to_bytes())),
    Rule(sni="pretend-selftanu.example", action=Silence()),
    Rule(sni="pretend-radio.example", action=Reset(), reassembles=False),
    Rule(sni="pretend-mail.example", action=Intercept()),
    Rule(qname="pretend-video.example", action=ForgeAnswer(_NOWHERE)),
    Rule(ip="102.195.0.12", action=SwallowSyn()),
    Rule(sni="pretend-photos.example", action=Throttle()),
    Rule(sni="pretend-party.example", action=Fin()),
)

ROLES = (
    Role(
        url="https://weather.example/",
        says="nothing is done to it",
        status=Status.ACCESSIBLE,
    ),
    Role(
        url="https://cdn-news.example/",
        says="a CDN: each resolver gives another address, and all are right",
        status=Status.ACCESSIBLE,
    ),
    Role(
        url="http://library.example/",
        says="a block page with status 200, and as long as the true page",
        status=Status.BLOCKED,
        layer=Layer.HTTP,
        mechanism=Mechanism.BLOCKPAGE,
        trigger=Trigger.HTTP_HOST,
    ),
    Role(
        url="http://forum.example/",
        says="redirected to the provider's block page",
        status=Status.BLOCKED,
        layer=Layer.HTTP,
        mechanism=Mechanism.REDIRECT,
        trigger=Trigger.HTTP_HOST,
    ),
    Role(
        url="https://pretend-selftanu.example/",
        says="silence after the ClientHello that names it",
        status=Status.BLOCKED,
        layer=Layer.TLS,
        mechanism=Mechanism.TIMEOUT,
        trigger=Trigger.SNI,
    ),
    Role(
        url="https://pretend-radio.example/",
        says="a reset after the ClientHello, unless the name is cut in two",
        status=Status.BLOCKED,
        layer=Layer.TLS,
        mechanism=Mechanism.RESET,
        trigger=Trigger.SNI,
    ),
    Role(
        url="https://pretend-mail.example/",
        says="intercepted with a certificate of the state's own authority",
        status=Status.BLOCKED,
        layer=Layer.TLS,
        mechanism=Mechanism.MITM,
        trigger=Trigger.SNI,
    ),
    Role(
        url="https://pretend-vpn.example/",
        says="the provider's resolver says that there is no such name",
        status=Status.BLOCKED,
        layer=Layer.DNS,
        mechanism=Mechanism.NXDOMAIN,
        trigger=Trigger.DNS_NAME,
    ),
    Role(
        url="https://pretend-archive.example/",
        says="the provider's resolver gives an address that cannot be one",
        status=Status.BLOCKED,
        layer=Layer.DNS,
        mechanism=Mechanism.BOGON,
        trigger=Trigger.DNS_NAME,
    ),
    Role(
        url="https://pretend-video.example/",
        says="a forged DNS answer comes first, the true one second, whoever is asked",
        status=Status.BLOCKED,
        layer=Layer.DNS,
        mechanism=Mechanism.INJECTION,
        trigger=Trigger.DNS_NAME,
    ),
    Role(
        url="http://pretend-books.example/",
        says="the provider's resolver gives the address of its block page",
        status=Status.BLOCKED,
        layer=Layer.DNS,
        mechanism=Mechanism.BLOCKPAGE_IP,
        trigger=Trigger.DNS_NAME,
    ),
    Role(
        url="https://pretend-messenger.example/",
        says="no connection to its address is ever answered",
        status=Status.BLOCKED,
        layer=Layer.TCP,
        mechanism=Mechanism.TIMEOUT,
    ),
    Role(
        url="https://pretend-photos.example/",
        says="slowed down to 128 kbit/s",
        status=Status.THROTTLED,
        mechanism=Mechanism.THROTTLING,
    ),
    Role(
        url="https://streaming.example/",
        says="the site itself turns visitors from this country away",
        status=Status.SERVER_SIDE,
    ),
    Role(
        url="https://expired.example/",
        says="its certificate has expired, for everybody",
        status=Status.SERVER_SIDE,
    ),
    Role(
        url="https://gone.example/",
        says="down, for everybody",
        status=Status.DOWN,
    ),
    Role(
        url="https://shop.example/",
        says="nothing is done to it, while its neighbour at the same address is blocked",
        status=Status.ACCESSIBLE,
    ),
    Role(
        url="https://pretend-party.example/",
        says="cut off after the ClientHello; its neighbour at the same address is open",
        status=Status.BLOCKED,
        layer=Layer.TLS,
        mechanism=Mechanism.EOF,
        trigger=Trigger.SNI,
    ),
    Role(
        url="https://tickets.example/",
        says="the site itself asks for a CAPTCHA",
        status=Status.SERVER_SIDE,
    ),
)
