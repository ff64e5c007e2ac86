"""The 27 situations of OONI's QA suite, each on names and addresses of its own, judged by what is true there."""

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
    Throttle,
)
from tests.netlab.model import Inject as Forge
from tests.netlab.scenarios.build import (
    BLOCK_HTML,
    Options,
    Rules,
    Spot,
    censored,
    domain,
    own,
    reply,
    scenario,
    spot,
    v4,
)

_PAGE = Page(title="Default Web Page", size=1400)
_SITE: Options = {"http": _PAGE, "https": _PAGE}
NX = Answer(rcode="NXDOMAIN")


def _blocked(layer: str, mechanism: str, *also: tuple[str, str]) -> Expect:
    return Expect("blocked", layer, mechanism, also=also)


bad, proxy, ghost = v4(), v4(), v4()
real = spot("qa-hijack-proxy")
injected = _blocked("dns", "injection")
_DNS: list[Scenario] = [
    scenario(
        "qa-expired",
        Expect("server_side"),
        "badSSLWithExpiredCertificate",
        site={"cert": "expired", "http": None},
    ),
    censored(
        scenario(
            "qa-unknown-ca-dns",
            injected,
            "badSSLWithUnknownAuthorityWithInconsistentDNS",
            site=_SITE,
            rules=lambda s: (Rule(DnsForge(a=(bad,)), qname=(s.name,)),),
            more_sites=(Site(("untrusted-root.badssl.com",), (bad,), http=None, cert="unknown_ca"),),
        )
    ),
    censored(
        scenario(
            "qa-android-nodata",
            _blocked("dns", "nxdomain"),
            "dnsBlockingAndroidDNSCacheNoData",
            site=_SITE,
            views=lambda _s: (("isp", NX),),
        )
    ),
    censored(
        scenario(
            "qa-nxdomain",
            _blocked("dns", "nxdomain"),
            "dnsBlockingNXDOMAIN",
            site=_SITE,
            views=lambda _s: (("isp", NX),),
        )
    ),
    censored(
        scenario(
            "qa-hijack-localhost",
            injected,
            "dnsHijackingToLocalhostWithHTTP",
            scheme="http",
            site=_SITE,
            rules=lambda s: (Rule(DnsForge(a=("127.0.0.1",)), qname=(s.name,)),),
        )
    ),
    scenario(
        "qa-hijack-proxy",
        Expect("accessible", partial=(("dns", "injection"),)),
        "dnsHijackingToProxyWithHTTPSURL",
        at=real,
        site=_SITE,
        rules=lambda s: (Rule(DnsForge(a=(proxy,)), qname=(s.name,)),),
        more_sites=(Site(("proxy.isp.kz",), (proxy,), relay=real.v4[0]),),
    ),
    censored(
        scenario(
            "qa-ghost",
            injected,
            "ghostDNSBlockingWithHTTP",
            scheme="http",
            answer=NX,
            no_site=True,
            rules=lambda s: (Rule(DnsForge(a=(ghost,)), qname=(s.name,)),),
            more_sites=(Site(("ghost.isp.kz",), (ghost,), http=Page("plain", text=BLOCK_HTML), https=None),),
        )
    ),
    scenario(
        "qa-localhost",
        Expect("down"),
        "localhostWithHTTP",
        scheme="http",
        answer=Answer(("127.0.0.1",)),
        no_site=True,
    ),
    scenario(
        "qa-down-nxdomain",
        Expect("down"),
        "websiteDownNXDOMAIN",
        scheme="http",
        answer=NX,
        no_site=True,
    ),
]


page = Forge(reply(200, BLOCK_HTML.encode(), bare=True), in_path=True)
large = Page("big", size=33_554_432, count=1)
idna = Name("xn--d1acpjx3f.xn--p1ai", Answer((ya := v4(),)))
_PATHS: list[Scenario] = [
    scenario(
        "qa-captcha",
        Expect("server_side"),
        "cloudflareCAPTCHAWithHTTP",
        scheme="http",
        site={**_SITE, "probe_page": Page("captcha", 503)},
    ),
    censored(
        scenario(
            "qa-http-reset",
            _blocked("http", "reset"),
            "httpBlockingConnectionReset",
            scheme="http",
            site=_SITE,
            rules=lambda s: (Rule(Reset(), ip=s.ips, port=80, host=(s.name,)),),
        )
    ),
    censored(
        scenario(
            "qa-http-diff",
            _blocked("http", "blockpage"),
            "httpDiffWithConsistentDNS",
            scheme="http",
            site=_SITE,
            rules=lambda s: (Rule(page, ip=s.ips, port=80, host=(s.name,)),),
        )
    ),
    scenario(
        "qa-idna",
        why="idnaWithoutCensorshipLowercase",
        scheme="http",
        host="яндекс.рф",
        no_site=True,
        answer=NX,
        more_names=(idna,),
        more_sites=(Site(("xn--d1acpjx3f.xn--p1ai",), (ya,)),),
    ),
    scenario("qa-large", why="largeFileWithHTTP", scheme="http", site={"http": large, "https": large}),
    scenario("qa-success", why="successWithHTTP", scheme="http", site=_SITE),
    censored(
        scenario(
            "qa-tcp-timeout",
            _blocked("tcp", "timeout"),
            "tcpBlockingConnectTimeout",
            site=_SITE,
            rules=lambda s: (Rule(Drop(), ip=s.ips, port=443, proto="tcp"),),
        )
    ),
    censored(
        scenario(
            "qa-throttling",
            Expect(
                "throttled",
                "http",
                "throttling",
                also=(("tcp", "throttling"), ("tls", "throttling")),
            ),
            "throttlingWithHTTP",
            scheme="http",
            site={"http": large, "https": large},
            rules=lambda s: (Rule(Throttle(delay=0.3, loss=0.1), ip=s.ips, port=80, proto="tcp"),),
        )
    ),
    censored(
        scenario(
            "qa-tls-reset",
            _blocked("tls", "reset"),
            "tlsBlockingConnectionResetWithConsistentDNS",
            site=_SITE,
            rules=lambda s: (Rule(Reset(in_path=False), sni=(s.name,)),),
        )
    ),
    scenario(
        "qa-down-tcp",
        Expect("down"),
        "websiteDownTCPConnect",
        scheme="http",
        port=":444",
        site=_SITE,
    ),
]


def _shortened(slug: str, expect: Expect, why: str, scheme: str, rules: Rules) -> Scenario:
    end = spot(f"end-{slug}")
    made = scenario(
        slug,
        expect,
        why,
        target="/32447",
        rules=lambda _s: rules(end),
        site={"https": Page("redirect", 308, location=f"{scheme}://{end.name}/"), "http": None},
        more_sites=(Site((end.name,), end.v4, **_SITE),),
        more_names=(Name(end.name, Answer(end.v4)),),
    )
    return censored(made)


def _twice(s: Spot, action: Reset | Fin | Drop) -> tuple[Rule, ...]:
    return Rule(action, ip=s.ips, port=80, host=(s.name,)), Rule(action, sni=(s.name,))


def _redirects() -> list[Scenario]:
    found = [
        scenario(
            "qa-broken-location",
            Expect("server_side"),
            "redirectWithBrokenLocationForHTTP",
            scheme="http",
            target="/broken-redirect-http",
            site={"http": Page("qa_httpbin", text=f"www.{domain('plain-page')}")},
        ),
        scenario(
            "qa-fifteen",
            Expect("server_side"),
            "redirectWithMoreThanTenRedirectsAndHTTPS",
            target="/redirect/15",
            site={"https": Page("qa_httpbin")},
        ),
    ]

    return [
        *found,
        _shortened(
            "qa-then-refused",
            _blocked("tcp", "refused"),
            "redirectWithConsistentDNSAndThenConnectionRefusedForHTTP",
            "http",
            lambda s: tuple(Rule(Reset(), ip=s.ips, port=p, proto="tcp") for p in (80, 443)),
        ),
        _shortened(
            "qa-then-reset",
            _blocked("http", "reset"),
            "redirectWithConsistentDNSAndThenConnectionResetForHTTP",
            "http",
            lambda s: _twice(s, Reset()),
        ),
        _shortened(
            "qa-then-eof",
            _blocked("http", "eof"),
            "redirectWithConsistentDNSAndThenEOFForHTTP",
            "http",
            lambda s: _twice(s, Fin()),
        ),
        _shortened(
            "qa-then-nxdomain",
            _blocked("dns", "injection", ("dns", "nxdomain")),
            "redirectWithConsistentDNSAndThenNXDOMAIN",
            "https",
            lambda s: (Rule(DnsForge("NXDOMAIN"), qname=(s.name,)),),
        ),
        _shortened(
            "qa-then-timeout",
            _blocked("tls", "timeout"),
            "redirectWithConsistentDNSAndThenTimeoutForHTTPS",
            "https",
            lambda s: _twice(s, Drop()),
        ),
    ]


def _control() -> Scenario:
    from tests.netlab.places import CONTROL_NAME

    return scenario(
        "qa-control-failure",
        why="controlFailureWithSuccessfulHTTPSWebsite",
        site=_SITE,
        shared=False,
        world=own(rules=(Rule(Reset(in_path=False), sni=(CONTROL_NAME,)),)),
    )


SCENARIOS = [*_DNS, *_PATHS, *_redirects(), _control()]
