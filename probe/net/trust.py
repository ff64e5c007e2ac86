"""Is this certificate chain good for that name, in the eyes of the bundled Mozilla list?

The system's store is not asked: a government root in it must not hide an interception
(CONTRACT.md §2). Verification is OpenSSL's own, through pyOpenSSL, after a handshake that verified
nothing: so that the chain is at hand also where it is bad.
"""

import hashlib
import ipaddress
import warnings
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from OpenSSL import crypto

# X509_V_ERR_* (OpenSSL x509_vfy.h): no issuer that we know (2, 20, 21, 27), a self-signed one (18,
# 19), one that may not sign (25, 32, 79; 24 before OpenSSL 3), or a signature that is not the
# issuer's (4, 6, 7).
_UNKNOWN_ISSUER = frozenset({2, 4, 6, 7, 18, 19, 20, 21, 24, 25, 27, 32, 79})
# Chains judged in one run; an experiment meets the same chain a dozen times.
_REMEMBERED = 4096


class Trust:
    """The roots of a run. Building one parses some 140 certificates: share it."""

    def __init__(self, extra: Path | None = None) -> None:
        """The bundled list, and the PEM file `extra` (SSL_CERT_FILE) beside it.

        Raises OSError or ValueError where `extra` cannot be read.
        """
        self._judged: dict[tuple[bytes, str], str | None] = {}
        self._store = crypto.X509Store()
        bundles = [Path(certifi.where())] + ([extra] if extra else [])
        for bundle in bundles:
            bundle.open("rb").close()  # OpenSSL does not say why it cannot read a file
            try:
                self._store.load_locations(str(bundle))
            except crypto.Error:
                raise ValueError(f"{bundle} is not a PEM file of certificates") from None

    def failure(self, chain: tuple[bytes, ...], name: str) -> str | None:
        """None where `chain` (DER, leaf first) is good for `name`, a df-007 ssl_ string otherwise.

        An unknown issuer is told before a wrong name, a wrong name before a date: the first is what
        tells an interception from a misconfiguration.
        """
        key = (hashlib.sha256(b"".join(chain)).digest(), name)
        if key not in self._judged:
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            self._judged[key] = self._judge(chain, name)
        return self._judged[key]

    def _judge(self, chain: tuple[bytes, ...], name: str) -> str | None:
        if not chain:
            return "ssl_invalid_certificate"
        try:
            leaf, *others = (crypto.load_certificate(crypto.FILETYPE_ASN1, der) for der in chain)
            code = self._verify(leaf, others)
            if code in _UNKNOWN_ISSUER:
                return "ssl_unknown_authority"
            with warnings.catch_warnings():  # a peer's odd certificate is no bug of ours
                warnings.simplefilter("ignore", CryptographyDeprecationWarning)
                if not matches(leaf.to_cryptography(), name):
                    return "ssl_invalid_hostname"
        except (crypto.Error, ValueError, x509.InvalidVersion):
            return "ssl_invalid_certificate"  # no certificate at all, or one that cannot be read
        return "ssl_invalid_certificate" if code else None

    def _verify(self, leaf: crypto.X509, others: list[crypto.X509]) -> int:
        """OpenSSL's error code, 0 for a good chain."""
        context = crypto.X509StoreContext(self._store, leaf, others)
        try:
            context.verify_certificate()
        except crypto.X509StoreContextError as exc:
            return int(exc.errors[0])
        return 0


def matches(leaf: x509.Certificate, name: str) -> bool:
    """Does the leaf's subjectAltName hold `name`? (RFC 6125: a wildcard is a whole label.)"""
    try:
        sans = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
    except ValueError:  # an extension that cannot be read
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
