"""Plain sentences."""

import pytest

from measurements.schema.words import Layer, Mechanism
from measurements.verdict import matrix, summary_words
from tests.fakes.chains import government
from tests.fakes.measurements import IP, OTHER_IP, D, R, X, a_measurement

HTTPS = "https://t.example/"


def story() -> object:
    """Looked up and connected."""
    return a_measurement(HTTPS).control(IP).system(IP).tcp()


BOTH = {"s4": "SS", "s2": "SS", "s1": "RRR", "s3": "SS", "s5": "S", "s6": "S"}
BY_NAME = {"s4": "SS", "s2": "SS", "s1": "DDD", "s3": "DD", "s5": "S", "s6": "D"}
NETWORK = "our provider's network, or one behind it,"
CASES = [
    (a_measurement(HTTPS).control(IP).system(IP).opens(), "t.example opens."),
    (
        a_measurement(HTTPS).control(IP, OTHER_IP).system(IP, OTHER_IP).tcp(IP, D).opens(OTHER_IP),
        "t.example opens. But the network interferes with a part of it: no answer to connections "
        "(93.184.216.34:443).",
    ),
    (
        a_measurement(HTTPS).control(IP).system(IP).tcp().tls(D).matrix(**BY_NAME),
        f"t.example is blocked. When y{NETWORK} sees the name t.example, it lets nothing more "
        "through. Under another name such a connection passes; under this name it fails at another "
        "server too.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(IP).tcp().tls(R).matrix(**BOTH),
        f"t.example is blocked. When y{NETWORK} sees the name t.example, it breaks the connection "
        "off. The same server answers when asked under another name, and under this name another "
        "server answers.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(IP).tcp().tls(R),
        f"t.example is blocked. When y{NETWORK} sees the name t.example, it breaks the connection off.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(why="dns_nxdomain_error"),
        "t.example is blocked. The name server that this computer asks, usually your provider's, says "
        "that no site of this name exists. Asked from outside this network, the name gets another answer.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(IP).tcp().tls(X, chain=government()),
        "t.example is blocked. Someone on the way answers in place of the site with a false "
        "certificate, and can read and change all that passes. Who does this is known by the "
        "certificate: Kazakhstan, Qaznet Trust Network.",
    ),
    (
        a_measurement(HTTPS).control(IP, tcp=D, http=D).system(IP).tcp(why=D),
        "t.example does not work, and not from outside this network either: the site itself is down.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(IP).opens(status=451),
        "t.example can be reached, but does not give its page. The trouble is the site's own doing, not the "
        "network's. t.example itself, behind its own certificate, refuses with status 451; the control "
        "gets 200.",
    ),
    (
        a_measurement(HTTPS).no_control().system(IP).tcp(why=R),
        "It cannot be said whether t.example is blocked. 93.184.216.34 port 443 does not "
        "answer (reset), and no control could say whether it answers others.",
    ),
    (a_measurement("ftp://t.example/"), "It cannot be said whether ftp://t.example/ is blocked. "),
]


@pytest.mark.parametrize(("told", "sentence"), CASES)
def test_a_verdict_in_words(told: object, sentence: str) -> None:
    """What a person reads first."""
    assert told.verdict().summary.startswith(sentence)  # type: ignore[attr-defined]


def test_a_redirect_says_where_it_began() -> None:
    """The name that is blocked is not the one that was asked for."""
    last = "https://u.example/"
    told = a_measurement(HTTPS).control(IP).system(IP).tcp().tls().redirects(last).hop(last)

    words = told.control(OTHER_IP).system(OTHER_IP).tcp().tls(R).verdict().summary

    begins = (
        "u.example is blocked. https://t.example/ leads there by a redirect. When your provider's"
    )
    assert words.startswith(begins)


def test_every_allowed_word_has_its_sentence() -> None:
    """But for QUIC, which is told in parts."""
    told = set(summary_words.BY_THE_NETWORK)

    assert {layer for layer, _ in told} == set(Layer) - {Layer.QUIC}
    assert set(summary_words.BY_RESOLVER) < told
    assert told >= {(Layer.TLS, Mechanism.RESET), (Layer.HTTP, Mechanism.TAMPERED)}


def test_nothing_is_said_that_was_not_seen() -> None:
    """Each row of the causal table says only what its own arms have shown to work."""
    works = {
        row.id: {arm for arm, w in row.arms.items() if w == {matrix.GOOD}} for row in matrix.MATRIX
    }

    for row, sentence in summary_words.ROWS.items():
        if "The same server answers when asked under another name" in sentence:
            assert "s2" in works[row]
        if "another server answers" in sentence or "other servers answer" in sentence:
            assert "s3" in works[row]
