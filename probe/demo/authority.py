"""Certificate authorities of the pretend Internet: one that is trusted, one that a censor runs."""

import datetime
import ipaddress
import os
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = 86400.0
_ROOT_LIFE, _LEAF_LIFE = 3650 * _DAY, 90 * _DAY

PRETEND_ROOT = x509.Name(
    [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Anyqta demo"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Pretend Internet Root"),
    ]
)
# The shape of the authority of Kazakhstan's interceptions of 2020 and 2021 (crt.sh, Chromium's
# blocklist), so that the verdict can name it; with a word that keeps it from being taken for one.
PRETEND_INTERCEPTOR = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "KZ"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "ISCA"),
        x509.NameAttribute(
            NameOID.COMMON_NAME, "Information Security Certification Authority (pretend)"
        ),
    ]
)


class Authority:
    """A root and what it issues. Every leaf of one authority has the same key, made once."""

    def __init__(self, name: x509.Name, now: float) -> None:
        self._name, self._now = name, now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self.root = (
            self._certificate(name, self._key.public_key(), (now - _DAY, now + _ROOT_LIFE))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, valid: tuple[float, float]
    ) -> x509.CertificateBuilder:
        start, end = (datetime.datetime.fromtimestamp(t, datetime.UTC) for t in valid)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )

    def issue(self, names: tuple[str, ...], *, expired: bool = False) -> x509.Certificate:
        """A leaf for `names` (addresses too), valid for 90 days, or until a month ago."""
        end = self._now - 30 * _DAY if expired else self._now + _LEAF_LIFE - _DAY
        alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        return (
            self._certificate(subject, self._leaf_key.public_key(), (end - _LEAF_LIFE, end))
            .add_extension(alternatives, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def certificate_file(
        self, names: tuple[str, ...], folder: Path, *, expired: bool = False
    ) -> Path:
        """A new file in `folder` with key and chain: OpenSSL reads them from nowhere else."""
        leaf = self.issue(names, expired=expired)
        path = folder / f"{leaf.serial_number:x}.pem"
        key = self._leaf_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write(path, key + pem(leaf) + pem(self.root))
        return path

    def server_context(
        self, names: tuple[str, ...], folder: Path, *, expired: bool = False
    ) -> ssl.SSLContext:
        """What a server for `names` needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate_file(names, folder, expired=expired))
        context.set_alpn_protocols(["http/1.1"])
        return context


def write(path: Path, data: bytes) -> None:
    """A new file, for its owner only."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def pem(certificate: x509.Certificate) -> bytes:
    """The certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
