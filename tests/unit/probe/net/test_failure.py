"""Every exception that a step can meet has its df-007 string."""

import errno
import os
import socket
import ssl

import pytest

from probe.net.failure import LOCAL_FAILURES, EndOfStream, classify, from_rcode


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ECONNREFUSED, "connection_refused"),
        (errno.ECONNRESET, "connection_reset"),
        (errno.EPIPE, "connection_reset"),
        (errno.ECONNABORTED, "connection_aborted"),
        (errno.ETIMEDOUT, "generic_timeout_error"),
        (errno.EHOSTUNREACH, "host_unreachable"),
        (errno.EHOSTDOWN, "host_unreachable"),
        (errno.ENOPROTOOPT, "host_unreachable"),
        (errno.ENETUNREACH, "network_unreachable"),
        (errno.EADDRNOTAVAIL, "address_not_available"),
        (errno.EACCES, "permission_denied"),
        (errno.EMFILE, "no_buffer_space"),
        (errno.EINVAL, "invalid_argument"),
        (errno.EXDEV, "unknown_failure: OSError"),
    ],
)
def test_errno(number: int, expected: str) -> None:
    """By number, whatever the text and the language."""
    assert classify(OSError(number, "ein Fehler")) == expected


@pytest.mark.parametrize(
    ("exc", "expected"),
    [
        (EndOfStream(), "eof_error"),
        (TimeoutError(), "generic_timeout_error"),
        (ssl.SSLEOFError(8, "eof"), "eof_error"),
        (ssl.SSLZeroReturnError(6, "closed"), "eof_error"),
        (ssl.SSLError(1, "what"), "ssl_failed_handshake"),
        (socket.gaierror(socket.EAI_NONAME, ""), "dns_nxdomain_error"),
        (socket.gaierror(socket.EAI_AGAIN, ""), "dns_temporary_failure"),
        (socket.gaierror(socket.EAI_FAIL, ""), "dns_non_recoverable_failure"),
        (socket.gaierror(-999, ""), "dns_lookup_error"),
        (UnicodeError("label too long"), "invalid_argument"),
        (ValueError("embedded null byte"), "invalid_argument"),
        (OSError("no number"), "unknown_failure: OSError"),
        (KeyError("a bug"), "unknown_failure: KeyError"),
    ],
)
def test_type(exc: Exception, expected: str) -> None:
    """By type; what is not understood says so and keeps its name."""
    assert classify(exc) == expected


@pytest.mark.parametrize("name", ["EAI_NODATA", "EAI_ADDRFAMILY"])
def test_a_name_without_addresses_is_no_answer(name: str) -> None:
    """GNU tells a name without addresses from no name at all."""
    number = getattr(socket, name, None)
    if number is None:
        pytest.skip("not this C library")
    assert classify(socket.gaierror(number, "")) == "dns_no_answer"


def test_each_local_failure_can_happen() -> None:
    """The set that verdicts leave out holds only strings that classify can give."""
    possible = {classify(OSError(number, os.strerror(number))) for number in errno.errorcode}
    assert possible >= LOCAL_FAILURES


@pytest.mark.parametrize(
    ("rcode", "has", "expected"),
    [
        (0, True, None),
        (0, False, "dns_no_answer"),
        (1, False, "dns_server_misbehaving"),
        (2, False, "dns_servfail_error"),
        (3, False, "dns_nxdomain_error"),
        (3, True, "dns_nxdomain_error"),
        (5, False, "dns_refused_error"),
        (23, False, "dns_server_misbehaving"),
    ],
)
def test_rcode(rcode: int, *, has: bool, expected: str | None) -> None:
    """RFC 1035 §4.1.1 in df-007's words."""
    assert from_rcode(rcode, has_addresses=has) == expected
