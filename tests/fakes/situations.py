"""Whole situations with what is true of them: pipeline.md §6.7's, and attacks of our own."""

from dataclasses import dataclass

from measurements.schema.measurement import ControlAnswered, ControlDNS, ControlHTTP
from measurements.schema.words import Layer, Mechanism, Status
from tests.fakes.chains import antivirus, government, own, signed_by
from tests.fakes.measurements import (
    BOGON,
    IP,
    IP6,
    OTHER_IP,
    STRANGER,
    A,
    C,
    D,
    F,
    R,
    Story,
    X,
    a_measurement,
    endpoint,
    sha256,
)
from tests.fakes.pages import BLOCKPAGE, CAPTCHA, GEOBLOCK, OTHER, SITE

HTTP, HTTPS = "http://t.example/", "https://t.example/"
EXPIRED = "ssl_invalid_certificate"
NX = "dns_nxdomain_error"
NEAR, FAR = "93.184.7.7", "151.101.1.1"


@dataclass(frozen=True)
class Situation:
    """`layer` and `mechanism` are those that the verdict must tell."""

    name: str
    story: Story
    status: Status
    layer: Layer | None = None
    mechanism: Mechanism | None = None


def https(tls: str | None = "S", http: str | None = None, **more: object) -> Story:
    """Looked up and connected; the control as told."""
    return a_measurement(HTTPS).control(IP, tls=tls, http=http, **more).system(IP).tcp()  # type: ignore[arg-type]


def http(**more: object) -> Story:
    """The same in the clear."""
    return a_measurement(HTTP).control(IP, **more).system(IP).tcp()  # type: ignore[arg-type]


def also(ip: str, *, tcp: str = "S", tls: str | None = "S", url: str = HTTPS) -> Story:
    """The system is told of an address which the control, told of another, found so."""
    seen = [endpoint(ip, 443, tcp=tcp, tls=tls), endpoint(ip, 80, tcp=tcp)]
    return a_measurement(url).control(IP, also=seen).system(ip)


def malformed() -> Story:
    """A control whose answer holds nothing at all."""
    story = a_measurement(HTTP).system(IP).tcp()
    story.controls.append(
        ControlAnswered(depth=0, url=HTTP, address="", dns=ControlDNS(), http=ControlHTTP())
    )
    return story.fails(R)


def old_document(failure: str) -> Story:
    """As OONI wrote before 2022: no ids, no handshakes, no addresses of requests."""
    story = a_measurement(HTTPS).control(IP, tls=None, told=False).system(IP).tcp()
    story.ip, story.tid = "", 0
    return story.fails(failure)


def shutdown() -> Story:
    """Nothing answers, not even the control's address."""
    return https().found("offline").tls(D)


S, T = Status, Mechanism
PIPELINE = (
    Situation("TLS silence after the hello", https().tls(D), S.BLOCKED, Layer.TLS, T.TIMEOUT),
    Situation(
        "a government's chain with valid dates",
        https().tls(X, chain=government()),
        S.BLOCKED,
        Layer.TLS,
        T.MITM,
    ),
    Situation(
        "a government's chain that has expired",
        https().tls(EXPIRED, chain=government()),
        S.BLOCKED,
        Layer.TLS,
        T.MITM,
    ),
    Situation(
        "a new authority that signs as a government's",
        https().tls(X, chain=signed_by("Qaznet Trust Network 2", "ISCA", "KZ")),
        S.BLOCKED,
        Layer.TLS,
        T.MITM,
    ),
    Situation(
        "an antivirus on every connection",
        https().tls(X, chain=antivirus()).shown(X, s4=antivirus()),
        S.INCONCLUSIVE,
    ),
    Situation(
        "a name that is throttled",
        a_measurement(HTTPS)
        .control(IP, body=SITE * 150)
        .system(IP)
        .tcp()
        .tls()
        .get(body=SITE * 150, length=60_000, seconds=6)
        .paces(t=[20.0] * 6, c_sni=[400.0] * 6),
        S.THROTTLED,
        Layer.TLS,
        T.THROTTLING,
    ),
    Situation(
        "down everywhere",
        a_measurement(HTTPS).control(IP, tcp=D, http=D).system(IP).tcp(why=D),
        S.DOWN,
        Layer.TCP,
    ),
    Situation(
        "expired at the origin",
        https(EXPIRED, EXPIRED).tls(EXPIRED, chain=own()),
        S.SERVER_SIDE,
        Layer.TLS,
    ),
    Situation("a challenge", https().tls().get(503, CAPTCHA), S.SERVER_SIDE, Layer.HTTP),
    Situation("a CDN's other answer, same network", also(OTHER_IP).opens(OTHER_IP), S.ACCESSIBLE),
    Situation(
        "no control", a_measurement(HTTPS).no_control().system(IP).tcp().tls(R), S.INCONCLUSIVE
    ),
    Situation("a shutdown", shutdown(), S.INCONCLUSIVE),
    Situation("through a VPN", https().found("vpn").tls().get(), S.ACCESSIBLE),
    Situation(
        "the control's page failed, its handshake did not",
        https("S", "generic_timeout_error").tls(R),
        S.BLOCKED,
        Layer.TLS,
        T.RESET,
    ),
)

ATTACKS = (
    Situation("geo-DNS, proved by the certificate", also(FAR).opens(FAR), S.ACCESSIBLE),
    Situation(
        "geo-DNS in the clear, another edition",
        also(FAR, tls=None, url=HTTP).doh(FAR).opens(FAR, body=OTHER),
        S.INCONCLUSIVE,
    ),
    Situation(
        "a node for this country that outsiders cannot reach",
        also(FAR, tcp=D, url=HTTP).opens(FAR),
        S.ACCESSIBLE,
    ),
    Situation(
        "a hijack within the site's own /16, answering nobody",
        also(NEAR, tcp=D).tcp(why=D),
        S.INCONCLUSIVE,
    ),
    Situation(
        "a hijack within the site's own /16, with a certificate",
        also(NEAR, tls=X).tcp().tls(X),
        S.BLOCKED,
        Layer.DNS,
        T.HIJACK,
    ),
    Situation(
        "a hijack that the encrypted resolver repeats",
        also(FAR, tls=X).doh(FAR).tcp().tls(X),
        S.BLOCKED,
        Layer.DNS,
        T.HIJACK,
    ),
    Situation(
        "a node whose certificate has expired",
        also(FAR, tls=EXPIRED).tcp().tls(EXPIRED),
        S.SERVER_SIDE,
        Layer.TLS,
    ),
    Situation(
        "other leaves at the origin, all expired",
        https(EXPIRED, EXPIRED, chain=(sha256(b"x"),)).tls(EXPIRED, chain=own()),
        S.SERVER_SIDE,
        Layer.TLS,
    ),
    Situation(
        "the control behind the same filter",
        a_measurement(HTTP).control(IP, body=BLOCKPAGE).system(IP).opens(body=BLOCKPAGE),
        S.INCONCLUSIVE,
    ),
    Situation(
        "the control lies that the site is gone",
        a_measurement(HTTPS).control(http=NX, dns=NX).system(IP).opens(),
        S.ACCESSIBLE,
    ),
    Situation("the control's answer is malformed", malformed(), S.INCONCLUSIVE),
    Situation(
        "the site refuses the country", https().tls().get(403, GEOBLOCK), S.SERVER_SIDE, Layer.HTTP
    ),
    Situation(
        "421 here, for a name that the server knows outside",
        https().tls().get(421, OTHER),
        S.SERVER_SIDE,
        Layer.HTTP,
    ),
    Situation("an alert for everybody", https(A, A).tls(A), S.SERVER_SIDE, Layer.TLS),
    Situation(
        "down, and the control's address resets strange names",
        https(D, D).tls(D).matrix(s4="SS", s2="DD", s1="DDD", s3="RR"),
        S.DOWN,
        Layer.TLS,
    ),
    Situation(
        "a captive portal's login",
        http().found("captive_portal").redirects("http://login.isp.example/"),
        S.INCONCLUSIVE,
    ),
    Situation(
        "IPv6 only, and none here",
        a_measurement(HTTPS).control(IP6).system(why=NX).configured(IP6),
        S.INCONCLUSIVE,
    ),
    Situation(
        "IPv6 only, and it works",
        a_measurement(HTTPS).control(IP6).system(IP6).opens(),
        S.ACCESSIBLE,
    ),
    Situation(
        "one family is dropped",
        a_measurement(HTTPS).control(IP, IP6).system(IP, IP6).tcp(IP, D).opens(IP6),
        S.ACCESSIBLE,
    ),
    Situation(
        "a name that exists only in this network",
        a_measurement(HTTP).control(dns=NX, http=NX).system(STRANGER).doh(why=NX).opens(body=OTHER),
        S.INCONCLUSIVE,
    ),
    Situation(
        "split horizon, with the site's certificate",
        a_measurement(HTTPS).control(IP).system(BOGON).opens(),
        S.ACCESSIBLE,
    ),
    Situation(
        "redirected to what was not visited",
        https().tls().redirects("https://u.example/"),
        S.INCONCLUSIVE,
    ),
    Situation(
        "blocked after a redirect",
        https()
        .tls()
        .redirects("https://u.example/")
        .hop("https://u.example/")
        .control(OTHER_IP)
        .system(OTHER_IP)
        .tcp()
        .tls(R),
        S.BLOCKED,
        Layer.TLS,
        T.RESET,
    ),
    Situation(
        "an international name, denied",
        a_measurement("http://яндекс.рф/")
        .control(IP)
        .ask("system", "getaddrinfo", (), NX, name="XN--d1acpjx3f.xn--p1ai."),
        S.BLOCKED,
        Layer.DNS,
        T.NXDOMAIN,
    ),
    Situation("an old document: the request died", old_document(R), S.BLOCKED, Layer.TLS, T.RESET),
    Situation(
        "an old document: its words",
        old_document("response_never_received"),
        S.BLOCKED,
        Layer.TLS,
        T.EOF,
    ),
    Situation(
        "refused at port 443 only, and the page is in the clear",
        a_measurement(HTTP).control(IP).system(IP).tcp(port=443, why=C).opens(),
        S.ACCESSIBLE,
    ),
    Situation(
        "a body that ends early", http(body=SITE * 150).get(why=F, length=4000), S.ACCESSIBLE
    ),
    Situation(
        "silence, then another visit that opens",
        https().tls(D).arm("revisit", "visit", 1).system(IP).opens(),
        S.ACCESSIBLE,
    ),
    Situation("not a URL that a browser opens", a_measurement("ftp://t.example/"), S.INCONCLUSIVE),
)

SITUATIONS = (*PIPELINE, *ATTACKS)
