"""Exceptions to df-007 failure strings, by type and errno, never by message text.

Source: ooni/spec data-formats/df-007-errors.md; names as in ooni/probe-cli
internal/netxlite/errno.go.
"""

import errno
import socket
import ssl

_BY_ERRNO = {
    errno.ECONNREFUSED: "connection_refused",
    errno.ECONNRESET: "connection_reset",
    errno.EPIPE: "connection_reset",
    errno.ECONNABORTED: "connection_aborted",
    errno.ETIMEDOUT: "generic_timeout_error",
    errno.EHOSTUNREACH: "host_unreachable",
    errno.EHOSTDOWN: "host_unreachable",  # ICMP 3/7
    errno.ENOPROTOOPT: "host_unreachable",  # ICMP 3/2, protocol unreachable
    errno.ENETUNREACH: "network_unreachable",
    errno.ENETDOWN: "network_down",
    errno.ENETRESET: "network_reset",
    errno.EADDRNOTAVAIL: "address_not_available",
    errno.EADDRINUSE: "address_in_use",
    errno.EAFNOSUPPORT: "address_family_not_supported",
    errno.EACCES: "permission_denied",
    errno.EPERM: "permission_denied",
    errno.EINVAL: "invalid_argument",
    errno.ENOTCONN: "not_connected",
    errno.ENOBUFS: "no_buffer_space",
    # df-007 has no word for these; this one also says that the computer ran out of something.
    errno.EMFILE: "no_buffer_space",
    errno.ENFILE: "no_buffer_space",
    errno.ENOMEM: "no_buffer_space",
    errno.EMSGSIZE: "message_size",
    errno.EPROTONOSUPPORT: "protocol_not_supported",
}

# These say that this computer gave up, not that the network answered: never evidence of anything.
LOCAL_FAILURES = frozenset(
    {
        "address_not_available",
        "address_in_use",
        "address_family_not_supported",
        "permission_denied",
        "invalid_argument",
        "no_buffer_space",
        "protocol_not_supported",
        "network_down",
    }
)

# Where the C library lacks GNU's EAI_NODATA and EAI_ADDRFAMILY, EAI_NONAME stands for them.
_BY_GAI = {
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): "dns_no_answer",
    getattr(socket, "EAI_ADDRFAMILY", socket.EAI_NONAME): "dns_no_answer",
    socket.EAI_NONAME: "dns_nxdomain_error",
    socket.EAI_AGAIN: "dns_temporary_failure",
    socket.EAI_FAIL: "dns_non_recoverable_failure",
}


class EndOfStream(OSError):  # noqa: N818 - what happened, and often no error
    """The peer closed before what we waited for had come."""


def classify(exc: BaseException) -> str:
    """The df-007 string for `exc`. What is not understood is "unknown_failure: TypeName"."""
    if isinstance(exc, EndOfStream):
        return "eof_error"
    if isinstance(exc, TimeoutError):
        return "generic_timeout_error"
    if isinstance(exc, ssl.SSLError):
        return _classify_tls(exc)
    found = None
    if isinstance(exc, socket.gaierror):
        found = _BY_GAI.get(exc.errno or 0, "dns_lookup_error")
    elif isinstance(exc, OSError):
        found = _BY_ERRNO.get(exc.errno or 0)
    elif isinstance(exc, ValueError):  # UnicodeError is one: a name that no packet can carry
        found = "invalid_argument"
    return found or f"unknown_failure: {type(exc).__name__}"


def _classify_tls(exc: ssl.SSLError) -> str:
    if isinstance(exc, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "eof_error"
    reason = getattr(exc, "reason", None)  # only OpenSSL's own errors have one
    return f"ssl_failed_handshake: {reason}" if reason else "ssl_failed_handshake"


def from_rcode(rcode: int, *, has_addresses: bool) -> str | None:
    """The failure for a DNS answer: its rcode (RFC 1035 §4.1.1), or an answer without addresses."""
    if rcode == 0:
        return None if has_addresses else "dns_no_answer"
    return {2: "dns_servfail_error", 3: "dns_nxdomain_error", 5: "dns_refused_error"}.get(
        rcode, "dns_server_misbehaving"
    )
