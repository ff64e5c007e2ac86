"""The words of a verdict for a person: those of docs/words.md. In English the contract's own words.

The site says the same by the same phrases (datasette/locale); tests/docs/test_words.py holds that they agree.
"""

from collections.abc import Iterable

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status
from probe import words
from probe.words import N_, told

STATUS: dict[str, str] = {
    Status.ACCESSIBLE: N_("accessible"),
    Status.BLOCKED: N_("blocked"),
    Status.THROTTLED: N_("throttled"),
    Status.SERVER_SIDE: N_("refused by the server itself"),
    Status.DOWN: N_("down everywhere"),
    Status.INCONCLUSIVE: N_("inconclusive"),
}
OUTCOME: dict[str, str] = {
    Outcome.OK: N_("works"),
    Outcome.BLOCKED: N_("blocked"),
    Outcome.THROTTLED: N_("throttled"),
    Outcome.DOWN: N_("down everywhere"),
    Outcome.UNKNOWN: N_("not known"),
}
MECHANISM: dict[str, str] = {
    Mechanism.NXDOMAIN: N_("“no such name” answered"),
    Mechanism.NO_ANSWER: N_("an answer without an address"),
    Mechanism.SERVFAIL: N_("the resolver reports an error"),
    Mechanism.REFUSED: N_("refused"),
    Mechanism.TIMEOUT: N_("silence"),
    Mechanism.BOGON: N_("an impossible address answered"),
    Mechanism.BLOCKPAGE_IP: N_("the address of a block page"),
    Mechanism.INJECTION: N_("a forged answer"),
    Mechanism.HIJACK: N_("another server's address"),
    Mechanism.RESET: N_("connection reset"),
    Mechanism.UNREACHABLE: N_("no way there"),
    Mechanism.EOF: N_("connection closed"),
    Mechanism.ALERT: N_("TLS alert"),
    Mechanism.MITM: N_("intercepted, with another certificate"),
    Mechanism.BLOCKPAGE: N_("a block page"),
    Mechanism.REDIRECT: N_("sent elsewhere"),
    Mechanism.TAMPERED: N_("content altered"),
    Mechanism.THROTTLING: N_("slowed down"),
}
TRIGGER: dict[str, str] = {
    "dns_name": N_("the name that is asked for"),
    "ip": N_("the address"),
    "ip_port": N_("the address and the port"),
    "sni": N_("the name in the TLS ClientHello (SNI)"),
    "sni_and_ip": N_("the name (SNI) together with the address"),
    "http_host": N_("the Host header"),
    "http_url": N_("the URL"),
}
LOCUS: dict[str, str] = {
    Locus.RESOLVER: N_("the resolver"),
    Locus.NETWORK: N_("the network"),
    Locus.SERVER: N_("the server itself"),
    Locus.LOCAL: N_("this computer or its home network"),
    Locus.UNKNOWN: N_("not known"),
}
# OONI's words for failures (df-007), in those of people: as datasette/templates/measurement_macros.html has them.
FAILURE: dict[str, str] = {
    "generic_timeout_error": MECHANISM[Mechanism.TIMEOUT],
    "connection_reset": MECHANISM[Mechanism.RESET],
    "connection_refused": MECHANISM[Mechanism.REFUSED],
    "eof_error": MECHANISM[Mechanism.EOF],
    "dns_nxdomain_error": MECHANISM[Mechanism.NXDOMAIN],
    "dns_no_answer": MECHANISM[Mechanism.NO_ANSWER],
    "dns_servfail_error": MECHANISM[Mechanism.SERVFAIL],
    "dns_server_misbehaving": MECHANISM[Mechanism.SERVFAIL],
    "dns_refused_error": MECHANISM[Mechanism.REFUSED],
    "host_unreachable": MECHANISM[Mechanism.UNREACHABLE],
    "network_unreachable": MECHANISM[Mechanism.UNREACHABLE],
    "ssl_unknown_authority": N_("a certificate that no known authority vouches for"),
    "ssl_invalid_hostname": N_("a certificate for another name"),
    "ssl_invalid_certificate": N_("a certificate that is not valid"),
    "ssl_failed_handshake": MECHANISM[Mechanism.ALERT],
}
LAYER: dict[str, str] = {layer: layer.value.upper() for layer in Layer}


def _said(table: dict[str, str], word: str | None) -> str:
    """English has the contract's word, which scripts and researchers know."""
    if not word or words.language() == words.ENGLISH:
        return word or ""
    return told(table[word]) if word in table else word


def status(word: str | None) -> str:
    """`blocked`."""
    return _said(STATUS, word)


def outcome(word: str | None) -> str:
    """Of one layer."""
    return _said(OUTCOME, word)


def mechanism(word: str | None) -> str:
    """`timeout`."""
    return _said(MECHANISM, word)


def layer(word: str | None) -> str:
    """`tls`; as it is written elsewhere, TLS."""
    return _said(LAYER, word)


def trigger(word: str) -> str:
    """What the interference keys on; a phrase in every language."""
    return told(TRIGGER.get(word, word))


def locus(word: str) -> str:
    """Who does it; a phrase in every language."""
    return told(LOCUS.get(word, word))


def how(layer_: str | None, mechanism_: str | None, between: str = " ") -> str:
    """`tls timeout`, or the same in words."""
    if words.language() == words.ENGLISH:
        return between.join(word for word in (layer_, mechanism_) if word)
    return ": ".join(word for word in (layer(layer_), mechanism(mechanism_)) if word)


def failure(code: str) -> str:
    """In words, with the code behind them for experts; a code that has no words is told as it is."""
    return f"{told(FAILURE[code])} ({code})" if code in FAILURE else code


def widest(said: Iterable[str]) -> int:
    """The width of a column that holds any of these."""
    return max(len(word) for word in said)
