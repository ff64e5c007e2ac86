"""Every row of the DNS table, in a situation where it fires and in a twin where it does not."""

import pytest

from measurements.schema.words import Locus, Mechanism, Status
from measurements.verdict.rules_dns import DNS_RULES
from tests.fakes.cases import Case, check, each
from tests.fakes.measurements import (
    BOGON,
    IP,
    IP6,
    OTHER_IP,
    STRANGER,
    C,
    D,
    Story,
    X,
    a_measurement,
    endpoint,
)
from tests.fakes.pages import BLOCKPAGE, OTHER, SITE

HTTP, HTTPS = "http://t.example/", "https://t.example/"
NX, EMPTY, SERVFAIL, REFUSED, TIMEOUT = (
    "dns_nxdomain_error",
    "dns_no_answer",
    "dns_servfail_error",
    "dns_refused_error",
    "generic_timeout_error",
)
FAR, SINK = "151.101.1.1", "46.243.1.7"


def https() -> Story:
    """A site that the control reaches at one address."""
    return a_measurement(HTTPS).control(IP)


def http() -> Story:
    """The same, in the clear."""
    return a_measurement(HTTP).control(IP)


def gone() -> Story:
    """A name that the control does not find."""
    return a_measurement(HTTP).control(dns=NX, http=NX)


def hijacked() -> Story:
    """The system is told of a stranger, who shows another certificate to the control as well."""
    seen = endpoint(STRANGER, 443, tls=X)
    return a_measurement(HTTPS).control(IP, also=[seen]).system(STRANGER).tcp().tls(X)


def misled(body: bytes = BLOCKPAGE) -> Story:
    """In the clear, the system is told of a stranger without TLS, who serves that page."""
    seen = [endpoint(STRANGER, 80), endpoint(STRANGER, 443, tcp=C)]
    told = a_measurement(HTTP).control(IP, also=seen).system(STRANGER).doh(IP)
    return told.opens(body=body).transports("udp_t", [STRANGER], [STRANGER], [STRANGER])


def sinkhole() -> Story:
    """Two answers to one question, the site's second; the first is of an address of nobody's."""
    return https().system(SINK).configured(SINK).configured(IP, late=True)


CASES = (
    Case(
        "dns.literal",
        a_measurement("http://93.184.216.34/").opens(IP),
        http().system(IP),
        "dns.genuine",
    ),
    Case(
        "dns.hosts_entry",
        https().found("hosts_entry", "t.example").system(BOGON),
        https().found("hosts_entry", "other.example").system(BOGON),
        "dns.bogon",
    ),
    Case("dns.no_data", https(), https().system(IP), "dns.genuine"),
    Case("dns.genuine", https().system(IP).opens(), https().system(FAR), "dns.unmatched"),
    Case(
        "dns.bogon_everywhere",
        a_measurement(HTTPS).control(BOGON, tcp=D, http=D).system(BOGON),
        https().system(BOGON),
        "dns.bogon",
    ),
    Case(
        "dns.ghost",
        gone().system(STRANGER).opens(body=BLOCKPAGE),
        gone().system(STRANGER).doh(why=NX).opens(body=OTHER),
        "dns.unmatched",
    ),
    Case(
        "dns.fails_everywhere",
        gone().system(why=NX),
        https().system(why=NX),
        "dns.answer_denied_once",
    ),
    Case(
        "dns.resolver_dead",
        https().found("resolver_dead").system(why=REFUSED),
        https().system(why=REFUSED),
        "dns.name_fails_once",
    ),
    Case(
        "dns.no_ipv6",
        a_measurement(HTTPS).control(IP6).system(why=NX),
        a_measurement(HTTPS).control(IP6, IP).system(why=NX),
        "dns.answer_denied_once",
    ),
    Case("dns.bogon", https().system(BOGON), https().system(BOGON).tcp().tls(), "dns.genuine"),
    Case(
        "dns.foreign",
        hijacked(),
        https().system(FAR).tcp().tls("ssl_invalid_certificate"),
        "dns.unmatched",
    ),
    Case(
        "dns.forged_address",
        sinkhole(),
        https().system(SINK).configured(SINK).configured(SINK, late=True),
        "dns.unmatched",
    ),
    Case("dns.foreign_page", misled(), misled(SITE), "dns.genuine"),
    Case("dns.unmatched", https().system(FAR), https().system(FAR).tcp().tls(), "dns.genuine"),
    Case(
        "dns.flaky",
        https().system(why=REFUSED).configured(IP),
        https().system(why=REFUSED).configured(why=SERVFAIL),
        "dns.name_fails_once",
    ),
    Case(
        "dns.forged_failure",
        https().system(why=NX).configured(why=NX).configured(IP, late=True),
        https().system(why=NX).configured(why=NX).configured(why=NX, late=True),
        "dns.answer_denied_once",
    ),
    Case(
        "dns.answer_denied",
        https().system(why=NX).transports("udp_t", NX, NX, NX),
        https().system(why=NX).transports("udp_t", NX, [IP], NX),
        "dns.answer_denied_once",
    ),
    Case(
        "dns.answer_denied_once",
        https().system(why=NX),
        a_measurement(HTTPS).no_control().system(why=NX),
        "dns.no_contrast",
    ),
    Case(
        "dns.silent_for_all",
        https().system(why=TIMEOUT).transports("udp_c", TIMEOUT, TIMEOUT),
        https().system(why=TIMEOUT).transports("udp_c", TIMEOUT, ["9.9.9.9"]),
        "dns.name_fails_once",
    ),
    Case(
        "dns.refuses_all",
        https().system(why=REFUSED).transports("udp_c", REFUSED, REFUSED),
        https().system(why=REFUSED).transports("udp_c", ["9.9.9.9"]),
        "dns.name_fails_once",
    ),
    Case(
        "dns.denies_all",
        https().system(why=NX).transports("udp_c", NX),
        https().system(why=NX).transports("udp_c", ["9.9.9.9"]),
        "dns.answer_denied_once",
    ),
    Case(
        "dns.servfail_unclear",
        https().system(why=SERVFAIL),
        https().system(why=SERVFAIL).public(IP),
        "dns.name_fails_once",
    ),
    Case(
        "dns.name_fails",
        https().system(why=TIMEOUT).transports("udp_t", D, D, D).transports("udp_c", ["9.9.9.9"]),
        https()
        .system(why=TIMEOUT)
        .transports("udp_t", D, [IP], D)
        .transports("udp_c", ["9.9.9.9"]),
        "dns.name_fails_once",
    ),
    Case(
        "dns.name_fails_once",
        https().system(why=REFUSED),
        a_measurement(HTTPS).no_control().system(why=REFUSED),
        "dns.no_contrast",
    ),
    Case(
        "dns.no_contrast",
        a_measurement(HTTPS).no_control().system(why=REFUSED),
        a_measurement(HTTPS).no_control().system(why=REFUSED).doh(IP),
        "dns.name_fails_once",
    ),
    Case("dns.unknown", a_measurement(HTTPS).control(), https().system(IP), "dns.genuine"),
)
# The last row is for what nobody foresaw: a lookup that gave addresses is doubtful at least, and one
# that gave none has failed, so that no situation leads to it.
UNREACHED = {"dns.unknown"}


@each([c for c in CASES if c.rule not in UNREACHED])
def test_a_row_fires_and_its_twin_does_not(case: Case) -> None:
    """One thing changed, and another row is right."""
    check(case, DNS_RULES)


def test_every_row_has_its_case() -> None:
    """A row that nobody can bring about is a row that nobody needs."""
    assert sorted(r.id for r in DNS_RULES) == sorted(c.rule for c in CASES)


@pytest.mark.parametrize(
    ("story", "mechanism", "locus"),
    [
        (https().system(BOGON), Mechanism.BOGON, Locus.RESOLVER),
        (https().system(BOGON).public(BOGON), Mechanism.BOGON, Locus.NETWORK),
        (
            https().system(BOGON).configured(BOGON).configured(IP, late=True),
            Mechanism.INJECTION,
            Locus.NETWORK,
        ),
        (hijacked(), Mechanism.HIJACK, Locus.RESOLVER),
        (hijacked().public(STRANGER), Mechanism.HIJACK, Locus.NETWORK),
        (misled(), Mechanism.BLOCKPAGE_IP, Locus.RESOLVER),
        (https().system(why=EMPTY), Mechanism.NO_ANSWER, Locus.RESOLVER),
        (https().system(why=NX).public(why=NX).doh(IP), Mechanism.NXDOMAIN, Locus.NETWORK),
        (https().system(why=NX).public(IP), Mechanism.NXDOMAIN, Locus.RESOLVER),
        (
            https().system(why=NX).transports("dark_t", [STRANGER]).transports("dark_c", TIMEOUT),
            Mechanism.NXDOMAIN,
            Locus.NETWORK,
        ),
    ],
)
def test_the_word_and_who_says_it(story: Story, mechanism: Mechanism, locus: Locus) -> None:
    """The path, where it is seen to lie to others or to forge; else the resolver."""
    verdict = story.verdict()

    assert (Status.BLOCKED, mechanism, locus) == (verdict.status, verdict.mechanism, verdict.locus)


@pytest.mark.parametrize(
    "story",
    [
        https().system(FAR).opens(FAR),
        https().system(FAR).doh(FAR, OTHER_IP).opens(FAR),
        http().system(FAR).opens(FAR),
        a_measurement(HTTP)
        .control(IP, also=[endpoint(FAR, 80, D), endpoint(FAR, 443, D)])
        .system(FAR)
        .opens(FAR),
        https().system(OTHER_IP).opens(OTHER_IP),
        https().system(BOGON).opens(BOGON),
        https().system(STRANGER).opens(STRANGER),
        https().system(FAR).configured(FAR).configured(FAR, OTHER_IP, late=True).opens(FAR),
        a_measurement(HTTPS).no_control().system(FAR).opens(FAR),
    ],
    ids=[
        "a CDN's other node, proved by its certificate",
        "dealt otherwise to each resolver",
        "a CDN's other node in the clear, with the site's page",
        "a node for this country only",
        "the same network",
        "a private address with the site's certificate",
        "a proxy that changes nothing",
        "a late answer that shares an address",
        "no control",
    ],
)
def test_another_address_is_no_lie_where_the_page_is_the_sites(story: Story) -> None:
    """Geo-DNS, split horizons and honest proxies: a user opens the page."""
    assert story.verdict().status is Status.ACCESSIBLE
