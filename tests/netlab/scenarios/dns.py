"""Names: lies of the resolver, lies on the path, and honest differences."""

from __future__ import annotations

from tests.netlab import places
from tests.netlab.model import Answer, DnsForge, Drop, Expect, Name, Page, Rule, Scenario, Site
from tests.netlab.scenarios.build import domain, isp_says, pair, scenario, spot, v4

NX = Answer(rcode="NXDOMAIN")
_B4, _B6 = places.BLOCKPAGE4, places.BLOCKPAGE6


def expect(mechanism: str, locus: str = "resolver") -> Expect:
    """Blocked by DNS."""
    return Expect("blocked", "dns", mechanism, trigger="dns_name", locus=locus)


def _isp_lies() -> list[Scenario]:
    found: list[Scenario] = []
    other = v4()
    other_site = Site(("parking-page.com",), (other,), http=Page("static"))
    for slug, mechanism, lie in (
        ("isp-nxdomain", "nxdomain", NX),
        ("isp-servfail", "servfail", Answer(rcode="SERVFAIL")),
        ("isp-refused", "refused", Answer(rcode="REFUSED")),
        ("isp-timeout", "timeout", Answer(rcode="TIMEOUT")),
        ("isp-empty", "no_answer", Answer()),
        ("isp-loopback", "bogon", Answer(("127.0.0.1",))),
        ("isp-private", "bogon", Answer(("10.10.34.36",), ("fd00::36",))),
        ("isp-blockpage", "blockpage_ip", Answer((_B4,), (_B6,))),
        ("isp-foreign", "hijack", Answer((other,))),
    ):
        for scheme in ("https", "http"):
            if scheme == "http" and slug not in ("isp-nxdomain", "isp-blockpage", "isp-loopback"):
                continue
            name = slug if scheme == "https" else f"{slug}-http"
            found += pair(
                name,
                expect(mechanism),
                f"The ISP's resolver lies about this name only: {slug}.",
                scheme=scheme,
                views=isp_says(lie),
                site={"http": Page()} if scheme == "http" else {},
                more_sites=(other_site,) if slug == "isp-foreign" else (),
            )
    return found


net = "network"
blockpage = DnsForge(a=(_B4,), aaaa=(_B6,))
odd = v4()
_ON_PATH: list[Scenario] = [
    *pair(
        "inject-race",
        expect("injection", net),
        "A forged answer wins the race; the honest one follows.",
        rules=lambda s: (Rule(blockpage, qname=(s.name,)),),
    ),
    *pair(
        "inject-race-http",
        expect("injection", net),
        "The same, for a plain-http URL.",
        scheme="http",
        site={"http": Page()},
        rules=lambda s: (Rule(blockpage, qname=(s.name,)),),
    ),
    *pair(
        "inject-race-bogon",
        expect("injection", net),
        "Forged 127.0.0.1, then the honest answer.",
        rules=lambda s: (Rule(DnsForge(a=("127.0.0.1",)), qname=(s.name,)),),
    ),
    *pair(
        "inject-race-nx",
        expect("injection", net),
        "Forged NXDOMAIN, then the honest answer.",
        rules=lambda s: (Rule(DnsForge("NXDOMAIN"), qname=(s.name,)),),
    ),
    *pair(
        "inject-race-odd",
        expect("injection", net),
        "Forged address of nobody, then the honest answer (Chinese manner).",
        rules=lambda s: (Rule(DnsForge(a=(odd,)), qname=(s.name,), suffix=True),),
    ),
    *pair(
        "swallow-bogon",
        expect("bogon", net),
        "In-path: the query is swallowed, 10.x comes back.",
        rules=lambda s: (Rule(DnsForge(a=("10.10.34.35",), swallow=True), qname=(s.name,)),),
    ),
    *pair(
        "swallow-nx",
        expect("nxdomain", net),
        "In-path: the query is swallowed, NXDOMAIN comes back.",
        rules=lambda s: (Rule(DnsForge("NXDOMAIN", swallow=True), qname=(s.name,)),),
    ),
    *pair(
        "swallow-blockpage",
        expect("blockpage_ip", net),
        "In-path: the block page's address comes back.",
        rules=lambda s: (Rule(DnsForge(a=(_B4,), aaaa=(_B6,), swallow=True), qname=(s.name,)),),
    ),
    *pair(
        "dns-drop",
        expect("timeout", net),
        "Every query for the name is dropped, whatever the resolver.",
        rules=lambda s: (Rule(Drop(), qname=(s.name,), suffix=True, proto="udp"),),
    ),
    *pair(
        "inject-all-transports",
        expect("injection", net),
        "UDP is forged and TCP/53 for the name dropped.",
        rules=lambda s: (
            Rule(blockpage, qname=(s.name,), proto="udp"),
            Rule(Drop(), qname=(s.name,), proto="tcp"),
        ),
    ),
    *pair(
        "aaaa-forged",
        Expect("accessible", partial=(("dns", "injection"),)),
        families="46",
        why="Only AAAA answers are forged (a dead address); A is honest and the page opens.",
        rules=lambda s: (Rule(DnsForge(aaaa=("2a04:4e42:ffff::1",), qtypes=(28,)), qname=(s.name,)),),
    ),
    *pair(
        "dns-and-tls",
        expect("nxdomain"),
        "Blocked twice: the resolver says NXDOMAIN, and TLS with the name dies.",
        views=lambda _s: (("isp", NX),),
        rules=lambda s: (Rule(Drop(), sni=(s.name,)),),
    ),
]


cdn = [v4() for _ in range(5)]
dead = v4()
name = domain("cdn-anycast")
shared_cdn = Site((name, f"www.{name}", domain("cdn-many")), tuple(cdn))
views = (
    ("isp", Answer((cdn[0],))),
    ("google", Answer((cdn[1],))),
    ("cloudflare", Answer((cdn[2],))),
    ("control", Answer((cdn[3],))),
)
down = Expect("down")
_HONEST: list[Scenario] = [
    scenario(
        "cdn-anycast",
        why="A CDN: another address for each resolver and vantage, all genuine.",
        no_site=True,
        answer=Answer((cdn[4],)),
        views=lambda _s: views,
        more_sites=(shared_cdn,),
    ),
    scenario(
        "cdn-http",
        why="The same on plain http, where no certificate proves the address.",
        scheme="http",
        at=spot("cdn-http", count=2),
        views=lambda s: (("isp", Answer(s.v4[:1])), ("control", Answer(s.v4[1:]))),
        site={"http": Page()},
    ),
    scenario(
        "cdn-cname",
        why="An alias of a CDN's name; the CDN serves the alias.",
        views=lambda s: (
            ("isp", Answer(s.v4, cname="edge-7.cdn-provider.net")),
            ("google", Answer(s.v4, cname="edge-9.cdn-provider.net")),
        ),
    ),
    scenario(
        "short-ttl",
        why="TTL 1, the order of addresses changes.",
        answer=None,
        views=lambda s: (("isp", Answer(s.v4, ttl=1)),),
    ),
    scenario(
        "isp-cache",
        why="The ISP's resolver still has one address of two, both of the site.",
        families="46",
        views=lambda s: (("isp", Answer(s.v4)),),
    ),
    scenario("down-nxdomain", down, "The name exists for nobody.", answer=NX, no_site=True),
    scenario(
        "down-nxdomain-http",
        down,
        "The name exists for nobody (http).",
        answer=NX,
        no_site=True,
        scheme="http",
    ),
    scenario(
        "down-servfail",
        down,
        "Its name servers fail for everybody.",
        answer=Answer(rcode="SERVFAIL"),
        no_site=True,
    ),
    scenario(
        "down-empty",
        down,
        "The name has no address for anybody.",
        answer=Answer(),
        no_site=True,
    ),
    scenario(
        "down-loopback",
        down,
        "127.0.0.1 for the whole world.",
        answer=Answer(("127.0.0.1",)),
        no_site=True,
    ),
    scenario(
        "down-private",
        down,
        "10.0.0.7 for the whole world.",
        answer=Answer(("10.0.0.7",)),
        no_site=True,
        scheme="http",
    ),
    scenario(
        "geofenced-dns",
        Expect("inconclusive", also_status=("server_side", "accessible", "down")),
        "Its name servers answer SERVFAIL to resolvers of this country only; nobody on the path lies.",
        views=lambda _s: (
            ("isp", Answer(rcode="SERVFAIL")),
            ("probe", Answer(rcode="SERVFAIL")),
        ),
    ),
    scenario(
        "stale-isp",
        Expect("inconclusive", also_status=("accessible", "down", "server_side")),
        no_site=False,
        why="The ISP's resolver still knows the address from before a move; nothing answers there.",
        views=lambda _s: (("isp", Answer((dead,))),),
        silent=(dead,),
    ),
    scenario(
        "public-resolver-odd",
        why="8.8.8.8 alone says SERVFAIL; the resolver that the user has is right.",
        views=lambda _s: (("google", Answer(rcode="SERVFAIL")),),
    ),
]


SCENARIOS = [*_isp_lies(), *_ON_PATH, *_HONEST]
EXTRA_NAMES = (Name("edge-7.cdn-provider.net", Answer()), Name("parking-page.com", Answer()))
