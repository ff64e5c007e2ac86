"""Certificates made on the spot: an authority of our own, and leaves that are good or bad."""

import datetime as dt
import functools
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from probe.net.trust import Trust

_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
LONG_AGO, FAR_AHEAD = _EPOCH, _EPOCH + dt.timedelta(days=60 * 365)


@dataclass(frozen=True)
class Identity:
    """A key, its certificate, and the certificates above it that a server would send along."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> tuple[bytes, ...]:
        """What a server sends, DER, leaf first."""
        return tuple(c.public_bytes(Encoding.DER) for c in (self.certificate, *self.above))

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Chain and key as PEM files."""
        chain, key = folder / "chain.pem", folder / "key.pem"
        pem = b"".join(c.public_bytes(Encoding.PEM) for c in (self.certificate, *self.above))
        chain.write_bytes(pem)
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return chain, key

    def server_context(self, folder: Path) -> ssl.SSLContext:
        """A server's context."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.write(folder))
        return context


def issue(
    name: str,
    issuer: Identity | None = None,
    *,
    ca: bool = False,
    sans: tuple[str, ...] = (),
    until: dt.datetime = FAR_AHEAD,
    key: ec.EllipticCurvePrivateKey | None = None,
    plain: bool = False,
) -> Identity:
    """A certificate for `name`, signed by `issuer`, or by itself; `plain` as `openssl req` makes them."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(LONG_AGO)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if sans:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general(san) for san in sans]), critical=False
        )
    signer = (issuer.key if issuer else own).public_key()
    for extension in () if plain else strict(own.public_key(), signer, ca=ca):
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.KeyUsage))
    certificate = builder.sign(issuer.key if issuer else own, hashes.SHA256())
    above = (issuer.certificate, *issuer.above) if issuer and issuer.above else ()
    if issuer and issuer.certificate.issuer != issuer.certificate.subject and not above:
        above = (issuer.certificate,)
    return Identity(own, certificate, above)


def strict(
    own: ec.EllipticCurvePublicKey, signer: ec.EllipticCurvePublicKey, *, ca: bool
) -> list[x509.ExtensionType]:
    """What Python 3.13 and later want to see in a chain by default (VERIFY_X509_STRICT)."""
    found: list[x509.ExtensionType] = [
        x509.SubjectKeyIdentifier.from_public_key(own),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer),
    ]
    if ca:
        others = dict.fromkeys(
            (
                *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
                *("encipher_only", "decipher_only"),
            ),
            False,
        )
        found.append(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **others)
        )
    return found


def _general(san: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(san))
    except ValueError:
        return x509.DNSName(san)


@functools.cache
def root() -> Identity:
    """The authority that trust_in() trusts."""
    return issue("Anyqta Test Root", ca=True)


@functools.cache
def intermediate() -> Identity:
    """Signed by root(); it signs the leaves."""
    return issue("Anyqta Test Intermediate", root(), ca=True)


def leaf(*sans: str, until: dt.datetime = FAR_AHEAD) -> Identity:
    """A good leaf for these names and addresses, with the intermediate above it."""
    return issue(sans[0], intermediate(), sans=sans, until=until)


def trust_in(authority: Identity, folder: Path) -> Trust:
    """The bundled list and `authority`."""
    pem = folder / "root.pem"
    pem.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    return Trust(pem)
