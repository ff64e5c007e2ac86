"""Chains that no browser trusts: of a government, of an antivirus, of nobody's."""

import functools

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.fakes.certificates import FAR_AHEAD, LONG_AGO

Chain = tuple[bytes, ...]


def _name(cn: str, organization: str = "", country: str = "") -> x509.Name:
    parts = [(NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, organization)]
    pairs = [*parts, (NameOID.COMMON_NAME, cn)]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs if value])


@functools.cache
def signed_by(cn: str, organization: str = "", country: str = "", serial: int = 1) -> Chain:
    """A leaf for t.example, and the authority above it."""
    authority, leaf = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    above = _name(cn, organization, country)

    def make(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> bytes:
        builder = x509.CertificateBuilder(
            above, subject, key.public_key(), serial, LONG_AGO, FAR_AHEAD
        )
        return builder.sign(authority, hashes.SHA256()).public_bytes(Encoding.DER)

    return make(_name("t.example"), leaf), make(above, authority)


def government() -> Chain:
    """Kazakhstan's of 2019."""
    return signed_by("Qaznet Trust Network", country="KZ")


def antivirus() -> Chain:
    """A product on this computer."""
    return signed_by("Kaspersky Anti-Virus Personal Root Certificate", "AO Kaspersky Lab")


def strange() -> Chain:
    """Of an authority that nobody knows."""
    return signed_by("Gateway 7")


def own() -> Chain:
    """The site's, signed by itself for everybody."""
    return signed_by("The River Gazette")
