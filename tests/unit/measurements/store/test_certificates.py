"""What a certificate says of itself."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from measurements.store.certificates import describe


def test_subject_issuer_and_dates() -> None:
    """As people read them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Қазақстан")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    described = describe(certificate.public_bytes(serialization.Encoding.DER))
    assert (
        "CN=Қазақстан",
        "CN=Қазақстан",
        "2026-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    ) == described


def test_garbage_is_undescribed() -> None:
    """And does not stop the measurement from being stored."""
    assert (None, None, None, None) == describe(b"garbage")
