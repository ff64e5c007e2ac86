"""What is done to plain HTTP, and URLs that lead to something blocked."""

from __future__ import annotations

from typing import Any

from tests.netlab.model import (
    Action,
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
from tests.netlab.model import Inject as Forge
from tests.netlab.scenarios.build import (
    BLOCK_HTML,
    HTML,
    Options,
    Rules,
    about,
    block_page,
    censored,
    domain,
    pair,
    reply,
    scenario,
    spot,
    to_block_host,
    true_length,
)

PLAIN: Options = {"http": Page(), "https": Page()}


def http(mechanism: str, trigger: str | None = "http_host") -> Expect:
    """Blocked in clear."""
    return Expect("blocked", "http", mechanism, trigger=trigger, locus="network")


def _rule(action: Action, **more: Any) -> Rules:  # noqa: ANN401  fields of a Rule
    """The action on the Host."""
    return lambda s: (Rule(action, host=(s.name,), **more),)


_BARE = Forge(reply(200, BLOCK_HTML.encode(), bare=True))
_SCRIPT = b"<script src=//ads.isp.kz/i.js></script></body>"
_CLEAR: list[tuple[str, Expect, str, Rules]] = [
    (
        "page-200",
        http("blockpage"),
        "A block page with status 200 and ordinary headers.",
        _rule(block_page()),
    ),
    (
        "page-403",
        http("blockpage"),
        "A block page with status 403.",
        _rule(block_page(403, reason="Forbidden")),
    ),
    (
        "page-451",
        http("blockpage"),
        "A block page with status 451.",
        _rule(block_page(451, reason="Unavailable")),
    ),
    (
        "page-bare",
        http("blockpage"),
        "A block page without headers, as OONI's lab injects it.",
        _rule(_BARE),
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
        _rule(Forge(block_page().data, in_path=False)),
    ),
    (
        "page-redirect",
        http("redirect"),
        "A forged redirect to the ISP's block page.",
        _rule(to_block_host()),
    ),
    ("page-redirect-307", http("redirect"), "The same with 307.", _rule(to_block_host(307))),
    ("host-reset", http("reset"), "RST on the Host.", _rule(Reset())),
    ("host-silence", http("timeout"), "Silence on the Host.", _rule(Drop())),
    ("host-eof", http("eof"), "A forged FIN on the Host.", _rule(Fin())),
    (
        "body-script",
        http("tampered"),
        "A script is put into the page.",
        _rule(Tamper(b"</body>", _SCRIPT)),
    ),
    (
        "body-words",
        http("tampered"),
        "Words are replaced by others of the same length.",
        _rule(Tamper(b"people", b"cattle")),
    ),
    (
        "host-residual",
        http("reset"),
        "RST on the Host, 10 s residual on address and port.",
        _rule(Reset(), residual=10.0, scope="3tuple"),
    ),
    (
        "host-sometimes",
        http("reset", None),
        "A filter on the Host that misses a quarter of the time.",
        _rule(Reset(), probability=0.75),
    ),
]


def _clear() -> list[Scenario]:
    found = []
    for slug, expect, why, rules in _CLEAR:
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


_ENDS: list[tuple[str, Expect, str, Rules | None, Answer | None]] = [
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


def _redirected() -> list[Scenario]:
    """The URL given is free; where it leads is not."""
    found: list[Scenario] = []
    for slug, expect, scheme, rules, lie in _ENDS:
        for twin in (False, True):
            name = f"leads-to-{slug}{'-twin' if twin else ''}"
            end = spot(f"end-of-{name}")
            views = (("isp", lie),) if lie is not None and not twin else ()
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
                more_names=(Name(end.name, Answer(end.v4), views),),
                rules=None if twin or rules is None else about(rules, end),
            )
            found.append(made if twin else censored(made))
    return found


def _one_side() -> list[Scenario]:
    """Cut under www only, under the bare name only, in clear only; and a name that is forged though the site is gone."""
    found: list[Scenario] = []
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


SCENARIOS = [*_clear(), *_urls(), *_redirected(), *_one_side(), *_forged_like_server()]
