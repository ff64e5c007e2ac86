"""Plain sentences."""

import pytest

from measurements.schema.words import Layer, Mechanism
from measurements.verdict import summary
from tests.fakes.chains import government
from tests.fakes.measurements import IP, OTHER_IP, D, R, X, a_measurement

HTTPS = "https://t.example/"


def story() -> object:
    """Looked up and connected."""
    return a_measurement(HTTPS).control(IP).system(IP).tcp()


BY_NAME = {"s4": "SS", "s2": "SS", "s1": "DDD", "s3": "DD", "s5": "S", "s6": "D"}
CASES = [
    (a_measurement(HTTPS).control(IP).system(IP).opens(), "t.example opens."),
    (
        a_measurement(HTTPS).control(IP, OTHER_IP).system(IP, OTHER_IP).tcp(IP, D).opens(OTHER_IP),
        "t.example opens, though connections to its address get no answer at 93.184.216.34:443.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(IP).tcp().tls(D).matrix(**BY_NAME),
        "t.example is blocked. The network does it: once the site's name is sent, the "
        "connection goes silent; another name passes.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(why="dns_nxdomain_error"),
        "t.example is blocked. Your provider's resolver does it: the resolver says that "
        "the name does not exist.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(IP).tcp().tls(X, chain=government()),
        "t.example is blocked. The network does it: someone on the way opens the encrypted "
        "connection with a certificate of their own (Kazakhstan, Qaznet Trust Network).",
    ),
    (
        a_measurement(HTTPS).control(IP, tcp=D, http=D).system(IP).tcp(why=D),
        "t.example is down for everyone: it does not work from outside either.",
    ),
    (
        a_measurement(HTTPS).control(IP).system(IP).opens(status=451),
        "t.example was reached, and the trouble is of its own making: t.example itself, "
        "behind its own certificate, refuses with status 451; the control gets 200.",
    ),
    (
        a_measurement(HTTPS).no_control().system(IP).tcp(why=R),
        "It cannot be said whether t.example is blocked: 93.184.216.34 port 443 does not "
        "answer (reset), and no control could say whether it answers others.",
    ),
    (a_measurement("ftp://t.example/"), "It cannot be said whether ftp://t.example/ is blocked: "),
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

    assert words.startswith("u.example is blocked (reached by a redirect from https://t.example/).")


def test_every_allowed_word_has_its_sentence() -> None:
    """But for QUIC, which is told in parts."""
    missing = {(Layer.TLS, Mechanism.RESET), (Layer.HTTP, Mechanism.TAMPERED)} - set(summary._HOW)

    assert set() == missing
    assert all(how[0].islower() for how in summary._HOW.values())
