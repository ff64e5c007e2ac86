"""Every row of the TLS table, in a situation where it fires and in a twin where it does not."""

from collections.abc import Sequence

import pytest

from measurements.schema.words import Locus, Mechanism, Status, Trigger
from measurements.verdict.rules_tls import TLS_RULES
from tests.fakes.cases import Case, check, each
from tests.fakes.chains import antivirus, government, own, signed_by, strange
from tests.fakes.measurements import IP, OTHER_IP, A, D, F, L, R, Story, X, a_measurement, sha256

HTTPS = "https://t.example/"
EXPIRED, WRONG_NAME = "ssl_invalid_certificate", "ssl_invalid_hostname"
# All arms of the 2x2 as a censor of the name makes them: the name alone fails, everywhere.
BY_NAME = {"s4": "SS", "s2": "SS", "s1": "DDD", "s3": "DD", "s5": "S", "s6": "D", "s7": "D"}
HASH = tuple(sha256(der) for der in own())


def site(tls: str | None = "S", http: str | None = None, chain: tuple[str, ...] = HASH) -> Story:
    """Connected; the control's handshake is as told."""
    return a_measurement(HTTPS).control(IP, tls=tls, http=http, chain=chain).system(IP).tcp()


def alone() -> Story:
    """Connected, without a control."""
    return a_measurement(HTTPS).no_control().system(IP).tcp()


def bad_site(why: str = X, *chain: str) -> Story:
    """The control is shown a bad chain."""
    return site(X, X, chain or HASH).tls(why, chain=strange())


CASES = (
    Case("tls.no_data", site(), site().tls(), "tls.good_chain"),
    Case(
        "tls.mitm_government",
        site().tls(X, chain=government()),
        site().tls(X, chain=strange()),
        "tls.mitm_once",
    ),
    Case("tls.good_chain", site().tls(), site().tls(R), "tls.blocked_once"),
    Case("tls.local", site().tls(L), site().tls(F), "tls.blocked_once"),
    Case(
        "tls.bad_certificate_everywhere",
        site(X, X).tls(X, chain=own()),
        site().tls(X, chain=own()),
        "tls.mitm_once",
    ),
    Case(
        "tls.bad_certificate_differs",
        bad_site().shown(X, s3=strange()),
        bad_site().shown(X, s3=own()),
        "tls.bad_certificate_both",
    ),
    Case(
        "tls.bad_certificate_both",
        bad_site(),
        bad_site(WRONG_NAME),
        "tls.bad_certificates_disagree",
    ),
    Case(
        "tls.bad_certificates_disagree", bad_site(EXPIRED), bad_site(X), "tls.bad_certificate_both"
    ),
    Case(
        "tls.clock", site().found("clock_skew").tls(EXPIRED), site().tls(EXPIRED), "tls.mitm_once"
    ),
    Case(
        "tls.mitm_everything",
        site().tls(X, chain=antivirus()).shown(X, s4=antivirus()),
        site().tls(X, chain=antivirus()).shown("S", s4=own()),
        "tls.mitm",
    ),
    Case(
        "tls.mitm",
        site().tls(X, chain=strange()).matrix(s4="S"),
        site().tls(X, chain=strange()),
        "tls.mitm_once",
    ),
    Case(
        "tls.mitm_once",
        site().tls(X, chain=strange()),
        alone().tls(X, chain=strange()),
        "tls.mitm_no_control",
    ),
    Case("tls.mitm_no_control", alone().tls(X, chain=strange()), alone().tls(R), "tls.no_control"),
    Case("tls.alert_everywhere", site(A, A).tls(A), site().tls(A), "tls.blocked_once"),
    Case(
        "tls.sni_blocked_though_down",
        site(D, D).tls(D).matrix(**BY_NAME),
        site(D, D).tls(D).matrix(**BY_NAME | {"s3": "RR"}),
        "tls.down",
    ),
    Case("tls.down", site(R, R).tls(R), site().tls(R), "tls.blocked_once"),
    Case(
        "tls.flaky",
        site().tls(D).matrix(s4="SS", s2="SS", s1="SSSSSSS"),
        site().tls(D).matrix(s4="SS", s2="SS", s1="DDD"),
        "tls.blocked",
    ),
    Case(
        "tls.line_broken",
        site().tls(D).matrix(s4="DD", s2="DD", s1="DDD"),
        site().tls(D).matrix(s4="SS", s2="DD", s1="DDD"),
        "tls.blocked",
    ),
    Case(
        "tls.blocked",
        site().tls(D).matrix(**BY_NAME),
        alone().tls(D).matrix(**BY_NAME),
        "tls.blocked_no_control",
    ),
    Case(
        "tls.blocked_no_control",
        alone().tls(R).matrix(s4="SS", s2="SS", s1="RRR", s3="SS", s6="S"),
        alone().tls(R).matrix(s4="SS", s2="SS", s1="RRR", s3="SS", s6="R", s7="R"),
        "tls.undecided",
    ),
    Case(
        "tls.undecided",
        site().tls(D).matrix(s4="SS", s2="SS", s1="DSD"),
        site().tls(D).matrix(s4="SS", s2="SS", s1="DDD"),
        "tls.blocked",
    ),
    Case("tls.blocked_once", site().tls(D), alone().tls(D), "tls.no_control"),
    Case("tls.no_control", alone().tls(D), site().tls(D), "tls.blocked_once"),
)


@each(CASES)
def test_a_row_fires_and_its_twin_does_not(case: Case) -> None:
    """One thing changed, and another row is right."""
    check(case, TLS_RULES)


def test_every_row_has_its_case() -> None:
    """A row that nobody can bring about is a row that nobody needs."""
    assert sorted(r.id for r in TLS_RULES) == sorted(c.rule for c in CASES)


@pytest.mark.parametrize(
    ("letter", "mechanism"),
    [
        (D, Mechanism.TIMEOUT),
        (R, Mechanism.RESET),
        (F, Mechanism.EOF),
        (A, Mechanism.ALERT),
        ("host_unreachable", Mechanism.TIMEOUT),
        ("connection_refused", Mechanism.RESET),
    ],
)
def test_the_word_for_how_it_fails(letter: str, mechanism: Mechanism) -> None:
    """Every letter has a word that the contract allows here."""
    arms: dict[str, Sequence[str]] = {**BY_NAME, "s1": [letter] * 3, "s3": [letter] * 2}
    story = site().tls(letter).matrix(**arms)

    verdict = story.verdict()

    assert (Status.BLOCKED, mechanism, Trigger.SNI) == (
        verdict.status,
        verdict.mechanism,
        verdict.trigger,
    )


@pytest.mark.parametrize(
    ("shown", "trigger", "locus"),
    [
        ({"s3": strange(), "s2": own()}, Trigger.SNI, Locus.NETWORK),
        ({"s2": strange(), "s3": own()}, Trigger.IP, Locus.NETWORK),
        ({"s2": own(), "s3": own()}, Trigger.SNI_AND_IP, Locus.NETWORK),
        ({"s2": own()}, None, Locus.NETWORK),
    ],
)
def test_what_an_interception_keys_on(
    shown: dict[str, tuple[bytes, ...]], trigger: Trigger | None, locus: Locus
) -> None:
    """Where else the same authority signs: under the name at another place, or under other names."""
    verdict = site().tls(X, chain=strange()).shown(X, **shown).verdict()

    assert (Mechanism.MITM, trigger, locus) == (verdict.mechanism, verdict.trigger, verdict.locus)


def test_a_products_interception_is_local() -> None:
    """Kaspersky's is on this computer, not the provider's."""
    verdict = site().tls(X, chain=antivirus()).verdict()

    assert (Mechanism.MITM, Locus.LOCAL) == (verdict.mechanism, verdict.locus)
    assert "Kaspersky" in (verdict.label or "")


def test_a_governments_interception_is_told_though_the_page_comes() -> None:
    """The user reads the site, and somebody reads along."""
    verdict = site().tls(X, chain=government()).get().verdict()

    assert (Status.BLOCKED, Mechanism.MITM) == (verdict.status, verdict.mechanism)
    assert "Qaznet" in (verdict.label or "")


def test_a_governments_interception_at_one_address_of_two() -> None:
    """The other address does not make up for it."""
    story = a_measurement(HTTPS).control(IP, OTHER_IP).system(IP, OTHER_IP)

    verdict = story.tcp(IP).tls(X, chain=government()).opens(OTHER_IP).verdict()

    assert Mechanism.MITM is verdict.mechanism


@pytest.mark.parametrize("told", [HASH, ()], ids=["the control tells its chain", "it does not"])
def test_a_site_of_the_governments_own_is_no_interception(told: tuple[str, ...]) -> None:
    """Its authority signs for the whole world: the site is misconfigured for all browsers."""
    hashes = tuple(sha256(der) for der in government()[1:]) if told else ()
    story = site(X, X, hashes or ()).tls(X, chain=government())

    assert Status.SERVER_SIDE is story.verdict().status


def test_other_leaves_of_one_bad_authority_are_one_site() -> None:
    """A content network's nodes each have their own; what signs them is the same."""
    leaf, above = own()
    story = site(X, X, (sha256(b"another leaf"), sha256(above))).tls(X, chain=(leaf, above))

    assert Status.SERVER_SIDE is story.verdict().status


def test_a_good_chain_with_a_known_name_in_it_is_a_good_chain() -> None:
    """A label is for what no browser trusts."""
    verdict = site().tls(chain=government()).get().verdict()

    assert Status.ACCESSIBLE is verdict.status


def test_an_old_control_that_got_the_page_over_https_is_a_contrast() -> None:
    """OONI's test helper told of no handshakes before 2022."""
    old = a_measurement(HTTPS).control(IP, tls=None, told=False).system(IP)
    plain = a_measurement("http://t.example/").control(IP, tls=None, told=False).system(IP)

    assert Status.BLOCKED is old.tcp().tls(R).verdict().status
    second = plain.tcp().redirects(HTTPS).hop(HTTPS).tcp(IP).tls(R)
    assert Status.BLOCKED is not second.verdict().status


def test_a_control_that_reaches_another_node_leaves_this_one_open() -> None:
    """It cannot connect here, and is served elsewhere: neither down nor proved to be up."""
    story = site("S").tls(R)
    story.controls.clear()
    story.control(IP, tcp=D)

    assert Status.INCONCLUSIVE is story.verdict().status


def test_the_twin_that_nobody_blocks() -> None:
    """The same address under a name that the censor does not know."""
    assert Status.ACCESSIBLE is site().tls().get().verdict().status
    assert signed_by("x") != signed_by("y")
