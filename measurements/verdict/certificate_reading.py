"""One certificate, read without trusting it: every field that can be had, and what was wrong."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha1, sha256
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from cryptography import x509

_MAX_DER = 1 << 16
_MAX_NAMES = 500
_MAX_TEXT = 500
T = TypeVar("T")
_Parts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate's fields; empty where they could not be read. Times are ISO 8601 UTC."""

    sha256: str = ""
    sha1: str = ""
    subject: str = ""  # "C=KZ,O=ISCA,CN=…", in the certificate's order
    issuer: str = ""
    subject_parts: _Parts = ()
    issuer_parts: _Parts = ()
    dns_names: tuple[str, ...] = ()
    ip_names: tuple[str, ...] = ()
    not_before: str = ""
    not_after: str = ""
    valid_from: float | None = None  # seconds since 1970
    valid_until: float | None = None
    serial: int = 0
    key_type: str = ""  # RSA EC Ed25519 …
    key_bits: int = 0
    key_exponent: int | None = None
    key_sha256: str = ""  # of the SubjectPublicKeyInfo
    signature_algorithm: str = ""  # its OID
    extensions: tuple[str, ...] = ()  # their OIDs
    is_ca: bool = False
    self_signed: bool = False
    problem: str | None = None

    @property
    def common_name(self) -> str:
        """The subject's CN; "" if it has none."""
        return next((value for key, value in self.subject_parts if key == "CN"), "")

    @property
    def issuer_common_name(self) -> str:
        """The issuer's CN; "" if it has none."""
        return next((value for key, value in self.issuer_parts if key == "CN"), "")

    def valid_at(self, when: float) -> bool | None:
        """Whether `when` (seconds since 1970) is inside its validity; None if unreadable."""
        if self.valid_from is None or self.valid_until is None:
            return None
        return self.valid_from <= when <= self.valid_until


UNREADABLE = Certificate(problem="no certificate")


@lru_cache(maxsize=1024)
def read_certificate(der: bytes) -> Certificate:
    """Read one DER. Never raises."""
    blank = Certificate(
        sha256=sha256(der).hexdigest(), sha1=sha1(der, usedforsecurity=False).hexdigest()
    )
    if len(der) > _MAX_DER:
        return replace(blank, problem="longer than 64 KiB")
    with warnings.catch_warnings():
        # cryptography warns of odd certificates, and odd ones are what we came for
        warnings.simplefilter("ignore")
        from cryptography import x509  # noqa: PLC0415 - 60 ms

        try:
            loaded = x509.load_der_x509_certificate(der)
        except _refusals() as exc:
            return replace(blank, problem=f"not a certificate: {type(exc).__name__}")
        return _read(loaded, blank)


@lru_cache(maxsize=1)
def _refusals() -> tuple[type[Exception], ...]:
    """What cryptography raises over broken or strange DER (found by its source and by fuzzing)."""
    from cryptography import exceptions, x509  # noqa: PLC0415

    return (
        ValueError,
        TypeError,
        OverflowError,
        NotImplementedError,
        exceptions.UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    )


class _Reader:
    """Tries each field, and keeps the first failure."""

    def __init__(self) -> None:
        self.problem: str | None = None

    def get(self, field: str, read: Callable[[], T], default: T) -> T:
        try:
            return read()
        except _refusals() as exc:
            self.problem = self.problem or f"{field}: {type(exc).__name__}"
            return default


def _read(cert: "x509.Certificate", blank: Certificate) -> Certificate:
    reader = _Reader()
    nothing: _Parts = ()
    no_key: _Key = ("", 0, None, "")
    no_extensions: _Extensions = ((), (), (), False)
    subject = reader.get("subject", lambda: _parts(cert.subject), nothing)
    issuer = reader.get("issuer", lambda: _parts(cert.issuer), nothing)
    start = reader.get("validity", lambda: cert.not_valid_before_utc, None)
    end = reader.get("validity", lambda: cert.not_valid_after_utc, None)
    key_type, bits, exponent, key_hash = reader.get("key", lambda: _key(cert), no_key)
    oids, dns_names, ip_names, is_ca = reader.get(
        "extensions", lambda: _extensions(cert), no_extensions
    )
    signature = reader.get("signature", lambda: cert.signature_algorithm_oid.dotted_string, "")
    serial = reader.get("serial", lambda: cert.serial_number, 0)
    return replace(
        blank,
        subject=_join(subject),
        issuer=_join(issuer),
        subject_parts=subject,
        issuer_parts=issuer,
        dns_names=dns_names,
        ip_names=ip_names,
        not_before=start.strftime("%Y-%m-%dT%H:%M:%SZ") if start else "",
        not_after=end.strftime("%Y-%m-%dT%H:%M:%SZ") if end else "",
        valid_from=start.timestamp() if start else None,
        valid_until=end.timestamp() if end else None,
        serial=serial,
        key_type=key_type,
        key_bits=bits,
        key_exponent=exponent,
        key_sha256=key_hash,
        signature_algorithm=signature,
        extensions=oids,
        is_ca=is_ca,
        self_signed=bool(subject) and subject == issuer and _signed_by_itself(cert),
        problem=reader.problem,
    )


_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "email",
}


def _parts(name: "x509.Name") -> _Parts:
    return tuple(
        (
            _SHORT.get(attribute.oid.dotted_string, attribute.oid.dotted_string),
            _text(attribute.value)[:_MAX_TEXT],
        )
        for attribute in list(name)[:_MAX_NAMES]
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex()


def _join(parts: _Parts) -> str:
    return ",".join(f"{key}={value}" for key, value in parts)


_Key = tuple[str, int, int | None, str]


def _key(cert: "x509.Certificate") -> _Key:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

    key = cert.public_key()
    info = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    fingerprint = sha256(info).hexdigest()
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size, key.public_numbers().e, fingerprint
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.curve.key_size, None, fingerprint
    return type(key).__name__.removesuffix("PublicKey"), len(info) * 8, None, fingerprint


_Extensions = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], bool]


def _extensions(cert: "x509.Certificate") -> _Extensions:
    from cryptography import x509  # noqa: PLC0415

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    is_ca = False
    for extension in cert.extensions:
        value = extension.value
        if isinstance(value, x509.SubjectAlternativeName):
            names = tuple(value.get_values_for_type(x509.DNSName))[:_MAX_NAMES]
            addresses = tuple(map(str, value.get_values_for_type(x509.IPAddress)))[:_MAX_NAMES]
        elif isinstance(value, x509.BasicConstraints):
            is_ca = value.ca
    return tuple(e.oid.dotted_string for e in cert.extensions), names, addresses, is_ca


def _signed_by_itself(cert: "x509.Certificate") -> bool:
    """Whether its own key made its signature; a signature that cannot be checked is believed."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    try:
        cert.verify_directly_issued_by(cert)
    except InvalidSignature:
        return False
    except _refusals():
        return True  # an unknown algorithm, and the names are equal
    return True
