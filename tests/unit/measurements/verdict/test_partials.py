"""What is interfered with although the URL opens."""

import pytest

from measurements.schema.words import Layer, Mechanism, Status
from tests.fakes.measurements import (
    BOGON,
    IP,
    IP6,
    OTHER_IP,
    STRANGER,
    C,
    D,
    R,
    Story,
    U,
    X,
    a_measurement,
    endpoint,
)

HTTP, HTTPS = "http://t.example/", "https://t.example/"
NX = "dns_nxdomain_error"


def both() -> Story:
    """A site at two addresses, which the control reaches."""
    return a_measurement(HTTPS).control(IP, OTHER_IP).system(IP, OTHER_IP)


def two_families() -> Story:
    """At one of each family."""
    return a_measurement(HTTPS).control(IP, IP6).system(IP, IP6)


def quic(*letters: str, other: str = "S") -> Story:
    """Opened, with QUIC under its name, and under another in the experiment."""
    story = a_measurement(HTTPS).control(IP).system(IP).opens()
    for letter in letters:
        story.quic(letter)
    return story.arm("quic", "other").quic(other, sni="c.example").base()


CASES = [
    (
        "one address is dropped",
        both().tcp(IP, D).opens(OTHER_IP),
        [(Layer.TCP, Mechanism.TIMEOUT, f"{IP}:443")],
    ),
    (
        "one family is refused",
        two_families().tcp(IP6, C).opens(IP),
        [(Layer.TCP, Mechanism.REFUSED, f"[{IP6}]:443")],
    ),
    ("this computer has no IPv6", two_families().tcp(IP6, U).opens(IP), []),
    (
        "the control does not reach it either",
        a_measurement(HTTPS)
        .control(IP, also=[endpoint(OTHER_IP, tcp=D)])
        .system(IP, OTHER_IP)
        .tcp(OTHER_IP, D)
        .opens(IP),
        [],
    ),
    (
        "one address's handshake is reset",
        both().tcp(IP).tls(R).opens(OTHER_IP),
        [(Layer.TLS, Mechanism.RESET, f"{IP}:443")],
    ),
    (
        "port 443 beside a page in the clear",
        a_measurement(HTTP).control(IP).system(IP).tcp(port=443).tls(D).opens(),
        [(Layer.TLS, Mechanism.TIMEOUT, "port 443 of t.example")],
    ),
    (
        "port 443 does not connect",
        a_measurement(HTTP).control(IP).system(IP).tcp(port=443, why=D).opens(),
        [(Layer.TCP, Mechanism.TIMEOUT, f"{IP}:443")],
    ),
    (
        "forged AAAA",
        a_measurement(HTTPS).control(IP, IP6).system(IP).system("fc00::1").opens(IP),
        [(Layer.DNS, Mechanism.BOGON, "IPv6 addresses of t.example")],
    ),
    (
        "a stranger among the addresses",
        a_measurement(HTTPS)
        .control(IP, also=[endpoint(STRANGER, tls=X)])
        .system(IP, STRANGER)
        .opens(IP),
        [(Layer.DNS, Mechanism.HIJACK, "IPv4 addresses of t.example")],
    ),
    (
        "two answers from a public resolver",
        a_measurement(HTTPS).control(IP).system(IP).public(BOGON).public(IP, late=True).opens(IP),
        [(Layer.DNS, Mechanism.INJECTION, "other resolvers")],
    ),
    (
        "public resolvers denied",
        a_measurement(HTTPS).control(IP).system(IP).public(why=NX).public(why=NX).opens(IP),
        [(Layer.DNS, Mechanism.NXDOMAIN, "other resolvers")],
    ),
    (
        "public resolvers refuse",
        a_measurement(HTTPS).control(IP).system(IP).public(why="dns_refused_error").opens(IP),
        [(Layer.DNS, Mechanism.REFUSED, "other resolvers")],
    ),
    (
        "public resolvers tell of a stranger",
        a_measurement(HTTPS)
        .control(IP, also=[endpoint(STRANGER, tls=X)])
        .system(IP)
        .public(STRANGER)
        .opens(IP),
        [(Layer.DNS, Mechanism.HIJACK, "other resolvers")],
    ),
    (
        "a second answer here, the right one first",
        a_measurement(HTTPS)
        .control(IP)
        .system(IP)
        .configured(IP)
        .configured(BOGON, late=True)
        .opens(IP),
        [(Layer.DNS, Mechanism.INJECTION, "this network's resolver")],
    ),
    (
        "port 443 of IPv6 beside a page in the clear, and none here",
        a_measurement(HTTP).control(IP, IP6).system(IP, IP6).tcp(IP6, U, port=443).opens(IP),
        [],
    ),
    (
        "port 443 works beside a page in the clear",
        a_measurement(HTTP).control(IP).system(IP).tcp(port=443).tls().opens(),
        [],
    ),
    (
        "port 53 closed for all",
        a_measurement(HTTPS).found("udp53_blocked").control(IP).system(IP).public(why=D).opens(IP),
        [],
    ),
    (
        "QUIC under this name only",
        quic(D, D),
        [(Layer.QUIC, Mechanism.TIMEOUT, "HTTP/3 of t.example")],
    ),
    ("QUIC once", quic(D), []),
    ("QUIC for nobody", quic(D, D, other=D), []),
    ("QUIC the second time", quic(D, "S"), []),
    ("nothing at all", both().tcp(IP).tls().opens(OTHER_IP), []),
]


@pytest.mark.parametrize(("story", "parts"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_is_told(story: Story, parts: list[tuple[Layer, Mechanism, str]]) -> None:
    """Each once, and only beside a URL that opens."""
    verdict = story.verdict()

    assert Status.ACCESSIBLE is verdict.status
    assert parts == [(p.layer, p.mechanism, p.where) for p in verdict.partial]


def test_a_url_that_does_not_open_has_no_partials() -> None:
    """The verdict and its layers tell all."""
    assert () == both().tcp(IP, D).tcp(OTHER_IP, D).verdict().partial
