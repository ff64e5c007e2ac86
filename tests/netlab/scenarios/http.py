"""Plain HTTP, redirects, and pages that differ for innocent reasons."""

from __future__ import annotations

from tests.netlab.model import (
    Answer,
    DnsForge,
    Drop,
    Expect,
    Fin,
    Name,
    Page,
    Reset,
    Rule,
    Scenario,
    Site,
    Tamper,
)
from tests.netlab.scenarios.build import (
    BLOCK_HTML,
    HTML,
    block_page,
    domain,
    pair,
    reply,
    scenario,
    spot,
    to_block_host,
    true_length,
)
from tests.netlab.scenarios.build import Inject as Forge

PLAIN: dict[str, object] = {"http": Page(), "https": Page()}
SIDE = Expect("server_side")


def http(mechanism: str, trigger: str | None = "http_host") -> Expect:
    """Blocked in clear."""
    return Expect("blocked", "http", mechanism, trigger=trigger, locus="network")


def _clear() -> list[Scenario]:
    def rule(action: object, **more: object) -> object:
        return lambda s: (Rule(action, host=(s.name,), **more),)

    bare = Forge(reply(200, BLOCK_HTML.encode(), bare=True))
    script = b"<script src=//ads.isp.kz/i.js></script></body>"
    made: list[tuple[str, Expect, str, object]] = [
        (
            "page-200",
            http("blockpage"),
            "A block page with status 200 and ordinary headers.",
            rule(block_page()),
        ),
        (
            "page-403",
            http("blockpage"),
            "A block page with status 403.",
            rule(block_page(403, reason="Forbidden")),
        ),
        (
            "page-451",
            http("blockpage"),
            "A block page with status 451.",
            rule(block_page(451, reason="Unavailable")),
        ),
        (
            "page-bare",
            http("blockpage"),
            "A block page without headers, as OONI's lab injects it.",
            rule(bare),
        ),
        (
            "page-same-length",
            http("blockpage"),
            "A block page as long as the true page.",
            lambda s: (Rule(block_page(length=true_length(s, Page())), host=(s.name,)),),
        ),
        (
            "page-race",
            http("blockpage"),
            "A block page from beside the path, racing the server.",
            rule(Forge(block_page().data, in_path=False)),
        ),
        (
            "page-redirect",
            http("redirect"),
            "A forged redirect to the ISP's block page.",
            rule(to_block_host()),
        ),
        ("page-redirect-307", http("redirect"), "The same with 307.", rule(to_block_host(307))),
        ("host-reset", http("reset"), "RST on the Host.", rule(Reset())),
        ("host-silence", http("timeout"), "Silence on the Host.", rule(Drop())),
        ("host-eof", http("eof"), "A forged FIN on the Host.", rule(Fin())),
        (
            "body-script",
            http("tampered"),
            "A script is put into the page.",
            rule(Tamper(b"</body>", script)),
        ),
        (
            "body-words",
            http("tampered"),
            "Words are replaced by others of the same length.",
            rule(Tamper(b"people", b"cattle")),
        ),
        (
            "host-residual",
            http("reset"),
            "RST on the Host, 10 s residual on address and port.",
            rule(Reset(), residual=10.0, scope="3tuple"),
        ),
        (
            "host-sometimes",
            http("reset", None),
            "A filter on the Host that misses a quarter of the time.",
            rule(Reset(), probability=0.75),
        ),
    ]
    found = []
    for slug, expect, why, rules in made:
        found += pair(slug, expect, why, rules=rules, scheme="http", site=dict(PLAIN))
    return found


def _urls() -> list[Scenario]:
    at = "/news/2024/report"
    place = spot("path-page")
    rules = lambda s: (Rule(block_page(), host=(s.name,), path=at),)  # noqa: E731
    keyword = b"GET /?q=forbidden"
    return [
        *pair(
            "path-page",
            http("blockpage", "http_url"),
            "One path only gets the block page.",
            rules=rules,
            scheme="http",
            site=dict(PLAIN),
            target=at,
            twin="none",
            at=place,
        ),
        scenario(
            "path-page-root",
            why="The same host's other paths are free.",
            at=place,
            host=domain("path-page"),
            scheme="http",
            site=dict(PLAIN),
        ),
        *pair(
            "path-reset",
            http("reset", "http_url"),
            "One path only is reset.",
            scheme="http",
            site=dict(PLAIN),
            target=at,
            rules=lambda s: (Rule(Reset(), host=(s.name,), path=at),),
        ),
        *pair(
            "keyword-reset",
            http("reset", "http_url"),
            "A keyword in the query is reset.",
            scheme="http",
            site=dict(PLAIN),
            target="/?q=forbidden",
            rules=lambda s: (Rule(Reset(), ip=s.ips, payload=keyword),),
            twin="other",
        ),
    ]


def _redirected() -> list[Scenario]:
    """The URL given is free; where it leads is not."""
    found: list[Scenario] = []
    cases: list[tuple[str, Expect, str, object, object]] = [
        (
            "tls",
            Expect("blocked", "tls", "timeout", trigger="sni"),
            "https",
            lambda s: (Rule(Drop(), sni=(s.name,)),),
            None,
        ),
        (
            "reset",
            Expect("blocked", "tls", "reset", trigger="sni"),
            "https",
            lambda s: (Rule(Reset(), sni=(s.name,)),),
            None,
        ),
        (
            "page",
            Expect("blocked", "http", "blockpage", trigger="http_host"),
            "http",
            lambda s: (Rule(block_page(), host=(s.name,)),),
            None,
        ),
        (
            "dns",
            Expect("blocked", "dns", "nxdomain", trigger="dns_name"),
            "https",
            None,
            Answer(rcode="NXDOMAIN"),
        ),
        (
            "tcp",
            Expect("blocked", "tcp", "timeout", trigger="ip"),
            "https",
            lambda s: (Rule(Drop(), ip=s.ips),),
            None,
        ),
    ]
    for slug, expect, scheme, rules, lie in cases:
        for twin in (False, True):
            name = f"leads-to-{slug}{'-twin' if twin else ''}"
            end = spot(f"end-of-{name}")
            views = (("isp", lie),) if isinstance(lie, Answer) and not twin else ()
            made = scenario(
                name,
                Expect("accessible") if twin else expect,
                f"A shortener that leads to a site {'that is free' if twin else 'blocked: ' + slug}.",
                target="/a1b2",
                site={
                    "https": Page("redirect", 302, location=f"{scheme}://{end.name}/"),
                    "http": None,
                },
                more_sites=(Site((end.name,), end.v4, http=Page()),),
                more_names=(Name(end.name, Answer(end.v4), views),),  # type: ignore[arg-type]
                rules=None
                if twin or rules is None
                else lambda _s, rules=rules, end=end: rules(end),
            )
            found.append(made if twin else Scenario(**{**vars(made), "kind": "censored"}))
    www = "www-only"
    found += pair(
        www,
        Expect("blocked", "tls", "timeout", trigger="sni"),
        "The bare name is free and redirects to www, which is cut.",
        site={"https": Page("redirect", 301, location=f"https://www.{domain(www)}/home", text="/")},
        twin="none",
        rules=lambda s: (Rule(Drop(), sni=(s.www,)),),
    )
    found.append(
        scenario(
            "bare-only",
            why="The bare name is cut, the URL is www, which is free.",
            host=f"www.{domain('bare-only')}",
            rules=lambda s: (Rule(Drop(), sni=(s.name,)),),
        )
    )
    found += pair(
        "http-only-blocked",
        Expect("blocked", "http", "reset", trigger="http_host"),
        "http is reset, https is free; the URL is http.",
        scheme="http",
        site=dict(PLAIN),
        rules=lambda s: (Rule(Reset(), host=(s.name,)),),
        twin="none",
    )
    found.append(
        scenario(
            "http-blocked-https-asked",
            why="http is reset, https is free; the URL is https.",
            site=dict(PLAIN),
            rules=lambda s: (Rule(Reset(), host=(s.name,)),),
        )
    )
    found += pair(
        "ghost",
        Expect("blocked", "dns", "injection"),
        "The site is gone, and its name is still forged.",
        twin="none",
        scheme="http",
        answer=Answer(rcode="NXDOMAIN"),
        no_site=True,
        rules=lambda s: (Rule(DnsForge(a=("92.46.53.80",)), qname=(s.name,)),),
    )
    return found


def _redirects() -> list[Scenario]:
    end = Page("redirect", 302, location="/end", text="/")
    there = spot("moved-there")
    away: dict[str, object] = {
        "more_sites": (Site((there.name,), there.v4, http=Page()),),
        "more_names": (Name(there.name, Answer(there.v4)),),
    }
    return [
        scenario("to-https", why="http leads to https.", scheme="http"),
        scenario(
            "to-www",
            why="The bare name leads to www.",
            site={
                "https": Page(
                    "redirect", 301, location=f"https://www.{domain('to-www')}/home", text="/"
                )
            },
        ),
        scenario("three-steps", why="Three redirects.", site={"https": Page("chain", count=3)}),
        scenario(
            "see-other",
            why="303 to a page.",
            site={"https": Page("redirect", 303, location="/end", text="/")},
        ),
        scenario(
            "permanent",
            why="308 to a page.",
            site={"https": Page("redirect", 308, location="/end", text="/")},
        ),
        scenario("found-http", why="302 within http.", scheme="http", site={"http": end}),
        scenario(
            "moved",
            why="Leads to another owner's site.",
            site={"https": Page("redirect", 301, location=f"https://{there.name}/")},
            **away,
        ),
        scenario(
            "cookie-loop",
            why="Redirects to itself until a cookie comes back.",
            site={"https": Page("cookie_loop")},
        ),
        scenario(
            "twelve-steps",
            SIDE,
            "More redirects than anybody follows.",
            site={"https": Page("chain", count=12)},
        ),
        scenario(
            "loop",
            SIDE,
            "Redirects to itself for ever.",
            site={"https": Page("redirect", 302, location="/")},
        ),
        scenario(
            "leads-to-down",
            Expect("down", also_status=("server_side",)),
            "Leads to a name that nobody knows.",
            site={"https": Page("redirect", 302, location="https://gone-for-good.org/")},
        ),
    ]


def _pages() -> list[Scenario]:
    def both(slug: str, page: Page, why: str, **more: object) -> list[Scenario]:
        site = {"http": page, "https": page}
        return [
            scenario(slug, why=why, site=dict(site), **more),  # type: ignore[arg-type]
            scenario(f"{slug}-http", why=why + " (http)", site=dict(site), scheme="http", **more),
        ]  # type: ignore[arg-type]

    def shunned(slug: str, page: Page, why: str) -> list[Scenario]:
        site: dict[str, object] = {"http": Page(), "probe_page": page}
        return [
            scenario(slug, SIDE, why, site=site),
            scenario(f"{slug}-http", SIDE, why + " (http)", site=site, scheme="http"),
        ]

    return [
        *both("plain-page", Page(), "Nothing special."),
        *both("dynamic-page", Page("dynamic", size=20_000), "Another body each time."),
        *both(
            "languages",
            Page("languages", size=20_000),
            "Russian for the probe, English for the control.",
        ),
        *both("empty-page", Page("empty"), "An empty body."),
        *both("untitled", Page("no_title"), "No title."),
        *both("until-close", Page("no_length"), "Ends with the connection, without a length."),
        *both("chunked-page", Page("chunked"), "Chunked."),
        *both("gzip-page", Page("gzipped"), "Compressed."),
        *both("big-file", Page("big", size=33_554_432), "32 MiB, more than any cap."),
        *both("rst-after", Page("rst_after"), "The server ends with RST after the whole answer."),
        *both(
            "slow-server",
            Page("slow", size=60_000, delay=0.4),
            "Slow for everybody: 3.5 s for 60 KB.",
        ),
        *both("slow-start", Page(delay=2.5), "Thinks 2.5 s before each answer."),
        scenario("h2-page", why="HTTP/2.", site={"h2": True}),
        *shunned("captcha", Page("captcha", 503), "A CDN challenges this client only."),
        *shunned(
            "challenge-403", Page("captcha", 403), "A CDN challenges this client only, with 403."
        ),
        *shunned("geo-403", Page("geoblock", 403), "The site itself answers 403 to this country."),
        *shunned("geo-451", Page("geoblock", 451), "The site itself answers 451 to this country."),
        *shunned(
            "geo-200",
            Page("geoblock_200"),
            "The site itself answers 200 and a refusal to this country.",
        ),
        scenario(
            "block-news",
            why="A newspaper's article that quotes a block page.",
            scheme="http",
            site={
                "http": Page(
                    title="Как блокируют сайты",
                    text="<p>На экране появляется: «Доступ ограничен».</p>" * 80,
                )
            },
        ),
    ]


def _forged_like_server() -> list[Scenario]:
    """A forged 403 that looks like a server's own: the contrast is https, where the genuine page is served."""
    body = b"<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"
    rules = lambda s: (Rule(Forge(reply(403, body, HTML, reason="Forbidden")), host=(s.name,)),)  # noqa: E731
    return pair(
        "page-like-nginx",
        http("blockpage", None),
        "A forged plain 403; https gives the genuine page.",
        scheme="http",
        site=dict(PLAIN),
        rules=rules,
    )


SCENARIOS = [*_clear(), *_urls(), *_redirected(), *_redirects(), *_pages(), *_forged_like_server()]
