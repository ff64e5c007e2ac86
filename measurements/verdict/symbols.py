"""One letter for what became of one trial (methods.md §2.1), and when trials have decided.

S success (the peer answered), D silence, R reset, F end of stream, A TLS alert, X wrong certificate,
G something that is no TLS, U unreachable, C connection refused, L this computer's own failure (never
evidence).
"""

import math
from collections.abc import Sequence
from enum import Enum

from measurements.schema.records import TCPConnect, TLSHandshake
from measurements.schema.words import Mechanism

SUCCESS, SILENCE, RESET, EOF, ALERT, WRONG_CERTIFICATE = "S", "D", "R", "F", "A", "X"
UNREACHABLE, REFUSED, LOCAL, GARBAGE = "U", "C", "L", "G"

_BY_FAILURE = {
    None: SUCCESS,
    "generic_timeout_error": SILENCE,
    "timed_out": SILENCE,
    "connection_reset": RESET,
    "connection_aborted": RESET,
    "eof_error": EOF,
    "connection_refused": REFUSED,
    "connection_refused_error": REFUSED,  # the test helper's dialect
    "tcp_timed_out_error": SILENCE,  # ooniprobe before 2020
    "response_never_received": EOF,
    "connect_error": UNREACHABLE,
    "host_unreachable": UNREACHABLE,
    "network_unreachable": UNREACHABLE,
    "ssl_unknown_authority": WRONG_CERTIFICATE,
    "ssl_invalid_hostname": WRONG_CERTIFICATE,
    "ssl_invalid_certificate": WRONG_CERTIFICATE,
}
_LOCAL_PREFIXES = (
    "address_",
    "permission_denied",
    "invalid_argument",
    "no_buffer_space",
    "protocol_not_supported",
    "network_down",
    "unknown_failure",
)

_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "UNEXPECTED_MESSAGE")

MECHANISM_OF = {
    GARBAGE: Mechanism.MITM,  # somebody between answers in the server's place
    SILENCE: Mechanism.TIMEOUT,
    RESET: Mechanism.RESET,
    EOF: Mechanism.EOF,
    ALERT: Mechanism.ALERT,
    WRONG_CERTIFICATE: Mechanism.MITM,
    UNREACHABLE: Mechanism.UNREACHABLE,
    REFUSED: Mechanism.REFUSED,
}


def symbol(failure: str | None) -> str:
    """The letter of a df-007 failure."""
    if failure in _BY_FAILURE:
        return _BY_FAILURE[failure]
    assert failure is not None
    if failure.startswith("ssl_failed_handshake"):
        # OpenSSL's word for bytes that are no TLS record: a block page in the clear, most often.
        return GARBAGE if failure.endswith(_NO_TLS) else ALERT
    if failure.startswith(_LOCAL_PREFIXES):
        return LOCAL
    return EOF if failure == "http_invalid_response" else LOCAL


def handshake_symbol(h: TLSHandshake, *, any_answer: bool = False) -> str:
    """The letter of a handshake. `any_answer`: a wrong certificate or an alert is an answer too.

    For an arm whose name is not the server's, ssl_invalid_hostname is the success that was hoped for
    (methods.md §1.6).
    """
    found = symbol(h.failure)
    if any_answer and found in {WRONG_CERTIFICATE, ALERT}:
        return SUCCESS
    return found


_OF_CONNECTS = frozenset({SUCCESS, SILENCE, RESET, UNREACHABLE, REFUSED})


def connect_symbol(c: TCPConnect) -> str:
    """The letter of a connect. What TLS and HTTP fail with says nothing about one."""
    found = symbol(c.failure)
    return found if found in _OF_CONNECTS else LOCAL


# Above TCP the contract has fewer words: an address that becomes unreachable while a handshake or a
# request waits is silence, a refusal there a reset.
_STREAM = {UNREACHABLE: SILENCE, REFUSED: RESET}


def stream_mechanism(letter: str) -> Mechanism | None:
    """The word of a letter on a connection that stood; None for success and for our own failures."""
    return MECHANISM_OF.get(_STREAM.get(letter, letter))


class Decision(Enum):
    """What a row of trials has shown."""

    BROKEN = "broken"
    CLEAN = "clean"
    OPEN = "open"


# Wald's sequential test, methods.md §1: p0 = 0.05 (noise), p1 = 0.7 (censors miss), alpha 1e-4, beta 0.01.
_P0, _P1, _ALPHA, _BETA = 0.05, 0.7, 1e-4, 0.01
FAILURE_WEIGHT = math.log(_P1 / _P0)  # +2.64
SUCCESS_WEIGHT = math.log((1 - _P1) / (1 - _P0))  # -1.15
UPPER = math.log((1 - _BETA) / _ALPHA)  # 9.2
LOWER = math.log(_BETA / (1 - _ALPHA))  # -4.6


def sequential(trials: Sequence[bool]) -> Decision:
    """`trials` holds True for each failure. Four straight failures, or four straight successes, decide."""
    total = 0.0
    for failed in trials:
        total += FAILURE_WEIGHT if failed else SUCCESS_WEIGHT
        if total >= UPPER:
            return Decision.BROKEN
        if total <= LOWER:
            return Decision.CLEAN
    return Decision.OPEN


def commonest(symbols: Sequence[str]) -> str:
    """The letter that came most often, the first of equals; S for none."""
    return max(symbols, key=lambda s: (symbols.count(s), -symbols.index(s))) if symbols else SUCCESS
