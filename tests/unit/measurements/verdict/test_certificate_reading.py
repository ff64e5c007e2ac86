"""One certificate with odd fields."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from measurements.verdict.certificate_reading import UNREADABLE, read_certificate

KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name(
    [x509.NameAttribute(NameOID.COMMON_NAME, "odd"), x509.NameAttribute(NameOID.TITLE, "t")]
)


def build(extension: x509.ExtensionType | None = None, serial: int = 1) -> bytes:
    """A self-signed DER."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
    )
    if extension is not None:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_unknown_attributes_keep_their_oid() -> None:
    """A name's odd parts are shown as numbers."""
    assert read_certificate(build()).subject == "CN=odd,2.5.4.12=t"


def test_a_broken_extension_leaves_the_rest() -> None:
    """Its failure is told; names and dates are read all the same."""
    broken = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), b"\x30\x05junk")
    certificate = read_certificate(build(broken))
    assert certificate.problem is not None
    assert certificate.problem.startswith("extensions")
    assert certificate.common_name == "odd"
    assert certificate.not_after == "2049-01-01T00:00:00Z"
    assert certificate.dns_names == ()


def test_an_authority() -> None:
    """Basic constraints tell."""
    assert read_certificate(build(x509.BasicConstraints(ca=True, path_length=0))).is_ca
    plain = read_certificate(build(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])))
    assert (plain.is_ca, plain.extensions) == (False, ("2.5.29.37",))


def test_an_unknown_key_leaves_the_rest() -> None:
    """A curve that nobody knows: the key is told to be unreadable."""
    der = build()
    damaged = der.replace(
        bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d03017f")
    )
    certificate = read_certificate(damaged)
    assert certificate.problem is not None
    assert certificate.problem.startswith("key")
    assert certificate.self_signed  # it cannot be checked: the names are equal
    assert certificate.common_name == "odd"


def test_no_certificate() -> None:
    """A stand-in has no names."""
    assert (UNREADABLE.common_name, UNREADABLE.issuer_common_name) == ("", "")
    assert UNREADABLE.valid_at(0) is None
