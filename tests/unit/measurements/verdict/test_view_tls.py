"""What the TLS table looks at."""

import pytest

from measurements.schema.words import Locus, Mechanism, Trigger
from measurements.verdict.matrix import BAD, GOOD, NOT_RUN, UNDECIDED
from measurements.verdict.view_tls import TLSView
from tests.fakes.chains import antivirus, government, own, strange
from tests.fakes.measurements import (
    IP,
    OTHER_IP,
    A,
    D,
    L,
    R,
    Story,
    X,
    a_measurement,
    sha256,
)

HTTPS = "https://t.example/"


def view(story: Story) -> TLSView:
    """The first hop's."""
    return story.assessed().judged[0].tls


def site(**more: object) -> Story:
    """Looked up and connected."""
    return a_measurement(HTTPS).control(IP, **more).system(IP).tcp()  # type: ignore[arg-type]


def test_one_handshake_an_address_counts_under_the_sites_name() -> None:
    """The last that was tried."""
    story = site().tls(D).tcp().tls().tcp().tls(R, sni="u.example").tcp(OTHER_IP).tls(R)

    assert [None] == [h.failure for h in view(story).handshakes]
    assert view(story).any_ok


@pytest.mark.parametrize(
    ("letters", "comes_to"),
    [("RRR", BAD), ("SSSSSSS", GOOD), ("RSR", UNDECIDED), ("", NOT_RUN), ("LLL", NOT_RUN)],
)
def test_the_sites_own_arm_is_decided_by_the_sequential_test(letters: str, comes_to: str) -> None:
    """With the base handshake as its first trial; our own failures are none."""
    assert comes_to == view(site().tls(R).matrix(s1=letters)).arms.get("s1", NOT_RUN)


def test_under_another_name_any_certificate_is_an_answer() -> None:
    """And an alert too, unless alerts are what this is about."""
    resets = view(site().tls(R).matrix(s2="XA", s3="AA", s4="SS"))
    alerts = view(site().tls(A).matrix(s2="AA", s3="AA", s4="SS", s1="AAA"))

    assert ["S", "S"] == resets.trials("s2") == resets.trials("s3")
    assert ["A", "A"] == alerts.trials("s3")


def test_where_certificates_are_the_matter_they_are_no_answer() -> None:
    """Under the site's own name."""
    found = view(site().tls(X, chain=strange()).matrix(s1="XX"))
    other = view(site().tls(R).matrix(s1="XR"))

    assert [["X", "X"], ["S", "R"]] == [found.trials("s1"), other.trials("s1")]


def test_a_connect_that_fails_in_an_arm_is_a_trial() -> None:
    """The hello was never sent: the connect's letter stands."""
    story = site().tls(R).arm("sni_matrix", "s2").tcp(why=D).base()

    assert ["D"] == view(story).trials("s2")


def test_the_control_is_shown_a_good_chain_a_bad_one_or_none() -> None:
    """Each is its own case."""
    good, bad = view(site().tls(R)), view(site(tls=X, http=X).tls(X, chain=own()))
    none = view(site(tls=R, http=R).tls(R))

    assert (True, False, False) == (
        good.control_ok,
        good.control_bad_certificate,
        good.control_fails,
    )
    assert (False, True, False) == (bad.control_ok, bad.control_bad_certificate, bad.control_fails)
    assert (False, False, True) == (
        none.control_ok,
        none.control_bad_certificate,
        none.control_fails,
    )


@pytest.mark.parametrize(
    ("told", "leaf", "authority"),
    [
        (tuple(sha256(d) for d in own()), True, True),
        ((sha256(b"other"), sha256(own()[1])), False, True),
        ((sha256(b"other"), sha256(b"authority")), False, False),
        ((), None, None),
    ],
)
def test_whether_the_control_was_shown_the_same(
    told: tuple[str, ...], leaf: bool | None, authority: bool | None
) -> None:
    """The leaf, or its authority; not known where the control tells no chain."""
    found = view(site(tls=X, http=X, chain=told).tls(X, chain=own()))

    assert (leaf, authority) == (found.same_leaf, found.same_authority)


def test_a_label_is_of_a_chain_that_no_browser_trusts() -> None:
    """A government's, or a product's of this computer."""
    chains = [(X, government()), (X, antivirus()), ("S", government()), (X, strange())]
    found = [view(site().tls(why, chain=chain)) for why, chain in chains]

    assert [True, False, False, False] == [v.government for v in found]
    assert [False, True, False, False] == [v.local_label for v in found]
    assert Locus.LOCAL is found[1].mitm_locus


def test_what_an_interception_keys_on_needs_the_arms() -> None:
    """The same signature under the name elsewhere, or under other names here."""
    base = view(site().tls(X, chain=strange()))
    elsewhere = view(site().tls(X, chain=strange()).shown(X, s3=strange()))
    all_of_it = view(site().tls(X, chain=strange()).shown(X, s4=strange()))

    assert [None, Trigger.SNI] == [base.mitm_trigger, elsewhere.mitm_trigger]
    assert [False, True] == [base.intercepts_all, all_of_it.intercepts_all]


def test_it_fails_elsewhere_as_it_does_here() -> None:
    """A server that refuses strange names does so in its own way."""
    alike, otherwise = (view(site().tls(D).matrix(s3=s3, s1="D")) for s3 in ("DD", "RR"))

    assert [True, False] == [alike.fails_alike_elsewhere, otherwise.fails_alike_elsewhere]
    assert Mechanism.TIMEOUT is alike.mechanism


def test_our_own_failures_are_not_failures() -> None:
    """And have no word."""
    found = view(site().tls(L))

    assert ((), None) == (found.failed, found.mechanism)


def test_words_are_told() -> None:
    """Who signed, and which row fits."""
    words = view(site().tls(X, chain=strange()).matrix(s1="X")).words

    assert ("t.example", "CN=Gateway 7") == (words["host"], words["issuer"])
    assert "2" == words["tries"]
    assert words["row"]
