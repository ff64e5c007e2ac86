"""Every row of the TCP table, in a situation where it fires and in a twin where it does not."""

import pytest

from measurements.schema.words import Locus, Mechanism, Status, Trigger
from measurements.verdict.rules_tcp import TCP_RULES
from tests.fakes.cases import Case, check, each
from tests.fakes.measurements import (
    IP,
    IP6,
    OTHER_IP,
    C,
    D,
    L,
    R,
    Story,
    U,
    a_measurement,
    endpoint,
)

HTTPS = "https://t.example/"


def site(tcp: str = "S", http: str | None = None) -> Story:
    """Looked up; the control connects, or fails as told."""
    return a_measurement(HTTPS).control(IP, tcp=tcp, http=http).system(IP)


def alone() -> Story:
    """Looked up, without a control."""
    return a_measurement(HTTPS).no_control().system(IP)


def v6_only() -> Story:
    """A site of the new Internet only."""
    return a_measurement(HTTPS).control(IP6).system(IP6)


def moved() -> Story:
    """The resolver knows an address that answers nobody; the control is told another."""
    seen = [endpoint("151.101.1.1", 443, tcp=D)]
    return a_measurement(HTTPS).control(IP, also=seen).system("151.101.1.1").tcp(why=D)


CASES = (
    Case("tcp.no_data", site(), site().tcp(), "tcp.connected"),
    Case("tcp.connected", site().tcp(), site().tcp(why=D), "tcp.blocked_once"),
    Case(
        "tcp.no_ipv6",
        v6_only().found("ipv6_broken").tcp(why=D),
        v6_only().tcp(why=D),
        "tcp.blocked_once",
    ),
    Case("tcp.local", site().tcp(why=L), site().tcp(why=C), "tcp.blocked_once"),
    Case("tcp.nobody_there", moved(), site(D).tcp(why=D), "tcp.dead_address"),
    Case("tcp.dead_address", site(D).tcp(why=D), site(D, http=D).tcp(why=D), "tcp.down"),
    Case("tcp.down", site(D, http=D).tcp(why=D), site().tcp(why=D), "tcp.blocked_once"),
    Case(
        "tcp.line_dead",
        site().tcp(why=D).again(c="DD", t="DDD"),
        site().tcp(why=D).again(c="SD", t="DDD"),
        "tcp.blocked",
    ),
    Case(
        "tcp.flaky",
        site().tcp(why=D).again(t="SSSSSSS"),
        site().tcp(why=D).again(t="DDD"),
        "tcp.blocked",
    ),
    Case(
        "tcp.blocked",
        site().tcp(why=D).again(t="DDD"),
        site().tcp(why=D).again(t="DSD"),
        "tcp.blocked_mostly",
    ),
    Case(
        "tcp.blocked_mostly", site().tcp(why=D).again(t="SD"), site().tcp(why=D), "tcp.blocked_once"
    ),
    Case("tcp.blocked_once", site().tcp(why=D), alone().tcp(why=D), "tcp.no_control"),
    Case(
        "tcp.no_control",
        alone().tcp(why=D).again(t="DDD"),
        site().tcp(why=D).again(t="DDD"),
        "tcp.blocked",
    ),
)


@each(CASES)
def test_a_row_fires_and_its_twin_does_not(case: Case) -> None:
    """One thing changed, and another row is right."""
    check(case, TCP_RULES)


def test_every_row_has_its_case() -> None:
    """A row that nobody can bring about is a row that nobody needs."""
    assert sorted(r.id for r in TCP_RULES) == sorted(c.rule for c in CASES)


@pytest.mark.parametrize(
    ("letter", "mechanism"),
    [
        (D, Mechanism.TIMEOUT),
        (C, Mechanism.REFUSED),
        (R, Mechanism.RESET),
        (U, Mechanism.UNREACHABLE),
    ],
)
def test_the_word_for_how_it_fails(letter: str, mechanism: Mechanism) -> None:
    """A reset in answer to the SYN is a refusal; what the connection's letter says is told."""
    verdict = site().tcp(why=letter).again(t=letter * 3).verdict()

    assert (Status.BLOCKED, mechanism) == (verdict.status, verdict.mechanism)
    assert Locus.NETWORK is verdict.locus


@pytest.mark.parametrize(
    ("second", "trigger"),
    [("S", Trigger.IP_PORT), ("C", Trigger.IP_PORT), ("D", None)],
)
def test_another_port_that_answers_narrows_it_down(second: str, trigger: Trigger | None) -> None:
    """A refusal is an answer; silence there might be the site's own."""
    verdict = site().tcp(why=D).again(t="DDD", p=second).verdict()

    assert trigger is verdict.trigger


def test_two_ports_that_the_control_reaches_show_the_address() -> None:
    """Both fail here."""
    story = a_measurement("http://t.example/").control(IP).system(IP)

    verdict = story.tcp(why=D).tcp(why=D, port=443).again(t="DDD").verdict()

    assert Trigger.IP is verdict.trigger


@pytest.mark.parametrize(
    "story",
    [
        a_measurement(HTTPS).control(IP, IP6).system(IP, IP6).tcp(IP, D).opens(IP6),
        a_measurement(HTTPS).control(IP, OTHER_IP).system(IP, OTHER_IP).tcp(IP, C).opens(OTHER_IP),
    ],
    ids=["the other family", "the other address"],
)
def test_one_address_of_two_keeps_nobody_out(story: Story) -> None:
    """It is told all the same."""
    verdict = story.verdict()

    assert Status.ACCESSIBLE is verdict.status
    assert len(verdict.partial) == 1


def test_no_route_at_once_is_this_computers() -> None:
    """ICMP from a router takes a round trip; the kernel's own word does not."""
    story = v6_only().tcp(why=L)
    routed = v6_only().tcp(why=U)

    assert Status.INCONCLUSIVE is story.verdict().status
    assert Mechanism.UNREACHABLE is routed.verdict().mechanism


@pytest.mark.parametrize("odd", ["eof_error", "ssl_unknown_authority", "unknown_failure: what"])
def test_what_no_connect_can_fail_with_is_no_evidence(odd: str) -> None:
    """A document from elsewhere may hold anything."""
    assert Status.INCONCLUSIVE is site().tcp(why=odd).verdict().status


def test_an_address_that_nobody_reaches_of_a_site_that_is_up() -> None:
    """An old answer in the resolver's cache, or a false one: it cannot be told."""
    story = a_measurement(HTTPS).control(IP, also=[endpoint("93.184.7.7", 443, tcp=D)])

    assert Status.INCONCLUSIVE is story.system("93.184.7.7").tcp(why=D).verdict().status
