"""Is this certificate chain good for that name, in the eyes of the bundled Mozilla list?

The system's store is not asked: a government root in it must not hide an interception
(CONTRACT.md §2). Verification is OpenSSL's own, through pyOpenSSL, after a handshake that verified
nothing: so that the chain is at hand also where it is bad.
"""

import ipaddress
from pathlib import Path

import certifi
from cryptography import x509
from OpenSSL import crypto

# X509_V_ERR_* (OpenSSL x509_vfy.h)
_NOT_YET_VALID, _EXPIRED = 9, 10
_UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21, 24, 27})


class Trust:
    """The roots of a run. Building one parses some 140 certificates: share it."""

    def __init__(self, extra: Path | None = None) -> None:
        """The bundled list, and the PEM file `extra` (SSL_CERT_FILE) beside it.

        Raises OSError or ValueError where `extra` cannot be read.
        """
        self._store = crypto.X509Store()
        bundles = [Path(certifi.where())] + ([extra] if extra else [])
        for bundle in bundles:
            for certificate in x509.load_pem_x509_certificates(bundle.read_bytes()):
                self._store.add_cert(crypto.X509.from_cryptography(certificate))

    def failure(self, chain: tuple[bytes, ...], name: str) -> str | None:
        """None where `chain` (DER, leaf first) is good for `name`, a df-007 ssl_ string otherwise.

        An unknown issuer is told before a wrong name, a wrong name before a date: the first is what
        tells an interception from a misconfiguration.
        """
        if not chain:
            return "ssl_invalid_certificate"
        try:
            leaf, *others = (x509.load_der_x509_certificate(der) for der in chain)
        except ValueError:
            return "ssl_invalid_certificate"
        code = self._verify(leaf, others)
        if code in _UNKNOWN_ISSUER:
            return "ssl_unknown_authority"
        if not matches(leaf, name):
            return "ssl_invalid_hostname"
        return "ssl_invalid_certificate" if code else None

    def _verify(self, leaf: x509.Certificate, others: list[x509.Certificate]) -> int:
        """OpenSSL's error code, 0 for a good chain."""
        context = crypto.X509StoreContext(
            self._store,
            crypto.X509.from_cryptography(leaf),
            [crypto.X509.from_cryptography(other) for other in others],
        )
        try:
            context.verify_certificate()
        except crypto.X509StoreContextError as exc:
            return int(exc.errors[0])
        return 0


def matches(leaf: x509.Certificate, name: str) -> bool:
    """Does the leaf's subjectAltName hold `name`? (RFC 6125: a wildcard is a whole label.)"""
    try:
        sans = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        wanted = name.lower().rstrip(".")
        return any(_covers(p.lower(), wanted) for p in sans.get_values_for_type(x509.DNSName))
    return address in sans.get_values_for_type(x509.IPAddress)


def _covers(pattern: str, name: str) -> bool:
    if pattern.startswith("*."):
        head, _, rest = name.partition(".")
        return bool(head) and rest == pattern[2:] and "." in rest
    return pattern.rstrip(".") == name
