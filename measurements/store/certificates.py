"""What a certificate says of itself, for people to read. Hostile ones are kept too, undescribed."""

from cryptography import x509

Description = tuple[str | None, str | None, str | None, str | None]


def describe(der: bytes) -> Description:
    """Subject, issuer, and the two dates; nulls where the certificate cannot be parsed."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        return (
            _storable(certificate.subject.rfc4514_string()),
            _storable(certificate.issuer.rfc4514_string()),
            f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}",
            f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        )
    except (ValueError, TypeError, OverflowError):
        return (None, None, None, None)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
