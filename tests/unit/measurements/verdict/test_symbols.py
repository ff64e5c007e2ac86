"""Letters and the sequential test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.records import TCPConnect, TLSHandshake
from measurements.schema.words import Mechanism
from measurements.verdict import symbols
from measurements.verdict.symbols import (
    Decision,
    commonest,
    connect_symbol,
    handshake_symbol,
    sequential,
    stream_mechanism,
    symbol,
)


@pytest.mark.parametrize(
    ("failure", "letter"),
    [
        (None, "S"),
        ("generic_timeout_error", "D"),
        ("connection_reset", "R"),
        ("eof_error", "F"),
        ("connection_refused", "C"),
        ("host_unreachable", "U"),
        ("ssl_unknown_authority", "X"),
        ("ssl_failed_handshake_alert_40", "A"),
        ("http_invalid_response", "F"),
        ("address_not_available", "L"),
        ("unknown_failure: something", "L"),
        ("of the future", "L"),
    ],
)
def test_a_failure_has_one_letter(failure: str | None, letter: str) -> None:
    """What is not understood is this computer's own, and never evidence."""
    assert letter == symbol(failure)


def _shake(failure: str | None) -> TLSHandshake:
    return TLSHandshake(
        transaction_id=1,
        ip="192.0.2.1",
        port=443,
        server_name="t.example",
        t0=0,
        t=1,
        failure=failure,
    )


def test_under_another_name_any_answer_is_a_success() -> None:
    """A wrong certificate, or an alert, shows that the hello arrived; a reset does not."""
    said = {
        f: handshake_symbol(_shake(f), any_answer=True)
        for f in ("ssl_invalid_hostname", "ssl_failed_handshake", "connection_reset")
    }

    assert {
        "ssl_invalid_hostname": "S",
        "ssl_failed_handshake": "S",
        "connection_reset": "R",
    } == said
    assert "X" == handshake_symbol(_shake("ssl_invalid_hostname"))


@pytest.mark.parametrize("failure", ["eof_error", "ssl_unknown_authority", "ssl_failed_handshake"])
def test_no_connect_fails_as_a_handshake_does(failure: str) -> None:
    """Such a record is a mistake of whoever made it."""
    c = TCPConnect(transaction_id=1, ip="192.0.2.1", port=443, t0=0, t=1, failure=failure)

    assert "L" == connect_symbol(c)


def test_above_tcp_the_contract_has_fewer_words() -> None:
    """An address that becomes unreachable is silence there."""
    found = [stream_mechanism(letter) for letter in "UCSL"]

    assert [Mechanism.TIMEOUT, Mechanism.RESET, None, None] == found


@pytest.mark.parametrize(
    ("trials", "decision"),
    [
        ([True] * 4, Decision.BROKEN),
        ([True] * 3, Decision.OPEN),
        ([False] * 3, Decision.OPEN),
        ([False] * 4, Decision.CLEAN),
        ([True, *[False] * 7], Decision.CLEAN),
        ([True, False, True, True, True, True], Decision.BROKEN),
        ([], Decision.OPEN),
    ],
)
def test_when_trials_have_decided(trials: list[bool], decision: Decision) -> None:
    """Four straight failures; a single one takes many successes to be forgotten."""
    assert decision is sequential(trials)


@given(st.lists(st.booleans(), max_size=12))
def test_once_decided_no_further_trial_changes_it(trials: list[bool]) -> None:
    """Wald's test stops."""
    decision = sequential(trials)

    if decision is not Decision.OPEN:
        assert decision is sequential([*trials, True, True, True, True])
        assert decision is sequential([*trials, *[False] * 9])


def test_the_weights_are_walds() -> None:
    """methods.md §1: p0 0.05, p1 0.7, alpha 1e-4, beta 0.01."""
    weights = [symbols.FAILURE_WEIGHT, symbols.SUCCESS_WEIGHT, symbols.UPPER, symbols.LOWER]

    assert [2.64, -1.15, 9.2, -4.61] == [round(w, 2) for w in weights]


def test_the_commonest_letter_is_the_first_of_equals() -> None:
    """And success where there is none."""
    assert ["R", "D", "S"] == [commonest("DRR"), commonest("DR"), commonest("")]
