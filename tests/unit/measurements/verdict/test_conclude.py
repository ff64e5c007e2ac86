"""From findings to the verdict."""

import pytest

from measurements.schema.measurement import Finding
from measurements.schema.verdict import LayerOutcome
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from tests.fakes.chains import government
from tests.fakes.http_stories import alone, plain, secure
from tests.fakes.measurements import IP, OTHER_IP, D, R, Story, X, a_measurement
from tests.fakes.pages import BLOCKPAGE, OTHER, SITE

HTTPS, LAST = "https://t.example/", "https://u.example/"


def site() -> Story:
    """Looked up and connected."""
    return a_measurement(HTTPS).control(IP).system(IP).tcp()


@pytest.mark.parametrize(
    ("story", "accessible", "blocking"),
    [
        (site().tls().get(), True, False),
        (a_measurement(HTTPS).control(IP).system(why="dns_nxdomain_error"), False, "dns"),
        (a_measurement(HTTPS).control(IP).system(IP).tcp(why=D), False, "tcp_ip"),
        (site().tls(R), False, "http-failure"),
        (plain().fails(R), False, "http-failure"),
        (plain().get(body=BLOCKPAGE), False, "http-diff"),
        (secure().get(451), False, False),
        (a_measurement(HTTPS).control(IP, tcp=D, http=D).system(IP).tcp(why=D), False, False),
        (alone().fails(R), None, None),
    ],
)
def test_as_ooni_means_it(
    story: Story, accessible: bool | None, blocking: str | bool | None
) -> None:
    """Its two words, for its readers."""
    verdict = story.verdict()

    assert (accessible, blocking) == (verdict.accessible, verdict.blocking)


def test_all_layers_are_told() -> None:
    """Blocked at DNS and at TLS."""
    story = a_measurement(HTTPS).control(IP).system(why="dns_nxdomain_error").tcp(IP).tls(R)
    story.matrix(s4="SS", s2="SS", s1="RRR", s3="RR", s6="R")

    told = {o.layer: o for o in story.quic(D).verdict().layers}

    assert LayerOutcome(
        layer=Layer.DNS, outcome=Outcome.BLOCKED, mechanism=Mechanism.NXDOMAIN, trigger=Trigger.DNS_NAME
    ) == told[Layer.DNS]  # fmt: skip
    assert (Outcome.BLOCKED, Trigger.SNI) == (told[Layer.TLS].outcome, told[Layer.TLS].trigger)
    assert [Outcome.OK, Outcome.UNKNOWN] == [told[Layer.TCP].outcome, told[Layer.QUIC].outcome]


def test_the_first_hop_that_keeps_a_user_out_decides() -> None:
    """Not a later one; and a later one, where the first passes."""
    story = site().tls().redirects(LAST).hop(LAST).control(OTHER_IP).system(OTHER_IP).tcp().tls(R)

    assert "u.example" in story.verdict().summary
    assert Status.BLOCKED is story.verdict().status


def test_what_decides_is_the_first_evidence() -> None:
    """What the other layers show comes after; what was not tried is left out."""
    evidence = [e.rule_id for e in site().tls(R).verdict().evidence]

    assert ["tls.blocked_once", "dns.genuine", "tcp.connected"] == evidence


def test_a_label_is_told() -> None:
    """Of TLS only."""
    assert "Kazakhstan, Qaznet Trust Network" == site().tls(X, chain=government()).verdict().label
    assert plain().get(body=BLOCKPAGE).verdict().label is None


@pytest.mark.parametrize("kind", ["offline", "captive_portal"])
def test_nothing_that_fails_off_the_internet_is_claimed(kind: str) -> None:
    """A page that came with its certificate came all the same."""
    lost = site().found(kind).tls(R).verdict()
    opened = site().found(kind).tls().get().verdict()

    assert (Status.INCONCLUSIVE, Locus.LOCAL) == (lost.status, lost.locus)
    assert f"{kind} was found." == lost.reason
    assert Status.ACCESSIBLE is opened.status


def test_a_redirect_that_nobody_followed_has_not_opened() -> None:
    """The run was interrupted, or the document is cut."""
    verdict = site().tls().redirects(LAST).verdict()

    assert (Status.INCONCLUSIVE, "The redirect to u.example was not followed.") == (
        verdict.status,
        verdict.reason,
    )


@pytest.mark.parametrize(
    ("subject", "told"),
    [("sni_matrix,throttling", True), ("throttling", False), (None, False)],
)
def test_tries_that_were_left_out_are_the_reason(subject: str | None, told: bool) -> None:
    """Where they would have settled it, and only then."""
    says = "Tries were left out."
    story = a_measurement(HTTPS).system(IP).tcp().tls(R)
    story.findings.append(Finding(kind="tries_left_out", says=says, subject=subject))
    verdict = story.verdict()
    assert Status.INCONCLUSIVE is verdict.status
    assert told == (verdict.reason or "").endswith(says)
    assert told == verdict.summary.endswith(says)


@pytest.mark.parametrize(
    ("left_out", "status"),
    [
        ("revisit,sni_matrix", Status.INCONCLUSIVE),
        ("sni_matrix", Status.BLOCKED),
        ("", Status.BLOCKED),
    ],
)
def test_one_failure_that_nobody_looked_at_again_is_no_block(left_out: str, status: Status) -> None:
    """Where looking again was not allowed: it may have been one lost packet."""
    story = site().tls(D)
    if left_out:
        story.findings.append(Finding(kind="tries_left_out", says="Left out.", subject=left_out))
    verdict = story.verdict()
    tls = next(o for o in verdict.layers if o.layer is Layer.TLS)
    assert status is verdict.status
    assert (status is Status.BLOCKED) == (tls.outcome is Outcome.BLOCKED)
    if status is Status.INCONCLUSIVE:
        assert ("Left out." in verdict.summary, None, None) == (
            True,
            verdict.accessible,
            verdict.blocking,
        )
        assert verdict.confidence <= 0.5


def test_an_answer_that_no_lost_packet_makes_stands() -> None:
    """The resolver said something, and others said otherwise."""
    story = a_measurement(HTTPS).control(IP).system(why="dns_nxdomain_error")
    before = story.verdict()
    says = Finding(kind="tries_left_out", says="x", subject="dns_transports,revisit")
    story.findings.append(says)
    assert (Status.BLOCKED, before.status) == (story.verdict().status, Status.BLOCKED)


@pytest.mark.parametrize(
    ("story", "wants"),
    [
        (site().tls(D), [("sni_matrix", 0)]),
        (site().tls().get(), []),
        (a_measurement(HTTPS).control(IP).system(IP).tcp(why=D), [("ip_port", 0)]),
        (plain().get(body=OTHER), [("http_host", 0)]),
        (plain(SITE * 150).get(body=SITE * 150, length=60_000, seconds=6), [("throttling", 0)]),
        (site().tls(D).matrix(s4="SS", s2="SS", s1="SSSSSSS"), [("revisit", 0)]),
        (
            a_measurement(HTTPS).control(IP).system("151.101.1.1").tcp().tls(D),
            [("dns_transports", 0), ("sni_matrix", 0)],
        ),
    ],
)
def test_what_would_settle_it(story: Story, wants: list[tuple[str, int]]) -> None:
    """Outermost first; a second visit last of all; nothing for what opens."""
    assert wants == list(story.assessed().wants)
