"""Chains: a small authority of our own makes what Kazakhstan's and others' look like."""

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from measurements.verdict.certificates import (
    CAKind,
    ChainMatch,
    ca_label,
    compare_chains,
    describe_chain,
    forgery_traits,
    name_matches,
)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
START = datetime(2026, 1, 1, tzinfo=UTC)
OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "CN": NameOID.COMMON_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
}


def name(text: str) -> x509.Name:
    """ "C=KZ,O=ISCA" as a Name."""
    pairs = [part.split("=", 1) for part in text.split(",") if part]
    return x509.Name([x509.NameAttribute(OIDS[key], value) for key, value in pairs])


@cache
def key(number: int) -> Key:
    """Keys are dear: one for each number. 2 is RSA with exponent 3, 3 is Ed25519."""
    if number == 2:
        return rsa.generate_private_key(3, 2048)
    if number == 3:
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def make(
    subject: str,
    issuer: str = "",
    *,
    sans: tuple[str, ...] = (),
    ips: tuple[str, ...] = (),
    subject_key: int = 0,
    issuer_key: int = 1,
    shift: timedelta = timedelta(),
    serial: int = 1 << 150,
    bare: bool = False,
) -> bytes:
    """A certificate's DER."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(key(subject_key).public_key())
        .serial_number(serial)
        .not_valid_before(START + shift)
        .not_valid_after(START + shift + timedelta(days=90))
    )
    names = [x509.DNSName(san) for san in sans] + [x509.IPAddress(ip_address(ip)) for ip in ips]
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if not bare:
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    signing = key(issuer_key)
    digest = None if issuer_key == 3 else hashes.SHA256()
    return builder.sign(signing, digest).public_bytes(serialization.Encoding.DER)


GENUINE = make("CN=www.example.com", "C=US,O=Real CA,CN=R1", sans=("example.com", "*.example.com"))
R1 = make("C=US,O=Real CA,CN=R1", subject_key=1)
KZ = "C=KZ,O=ISCA,CN=Information Security Certification Authority"


def test_describe() -> None:
    """What a person wants to know of a chain."""
    chain = describe_chain((GENUINE, R1))
    leaf = chain.leaf
    assert leaf.common_name == "www.example.com"
    assert leaf.issuer == "C=US,O=Real CA,CN=R1"
    assert leaf.issuer_common_name == "R1"
    assert leaf.dns_names == ("example.com", "*.example.com")
    assert (leaf.not_before, leaf.not_after) == ("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z")
    assert (leaf.key_type, leaf.key_bits, leaf.key_exponent) == ("EC", 256, None)
    assert leaf.sha256 == sha256(GENUINE).hexdigest() == chain.sha256s[0]
    assert "2.5.29.17" in leaf.extensions
    assert not leaf.is_ca
    assert not chain.self_signed
    assert chain.problem is None
    assert leaf.valid_at(START.timestamp() + 5) is True
    assert leaf.valid_at(START.timestamp() - 5) is False
    assert describe_chain((R1,)).self_signed


def test_self_signed_is_checked_by_the_signature() -> None:
    """Equal names are not enough: a CA's renewal under a new key."""
    assert not describe_chain((make("CN=A", subject_key=0, issuer_key=1),)).self_signed
    assert describe_chain((make("CN=A", subject_key=1, issuer_key=1),)).self_signed


def test_other_keys() -> None:
    """RSA with its exponent, and what is neither RSA nor EC."""
    fake = describe_chain((make("CN=a", "CN=b", subject_key=2),)).leaf
    assert (fake.key_type, fake.key_bits, fake.key_exponent) == ("RSA", 2048, 3)
    assert describe_chain((make("CN=a", subject_key=3, issuer_key=3),)).leaf.key_type == "Ed25519"


def test_no_certificates() -> None:
    """Nothing is not something."""
    assert describe_chain(()).problem == "no certificate"
    assert describe_chain(()).leaf.valid_at(0.0) is None
    assert ca_label(()) is None
    assert not name_matches((), "example.com")


@pytest.mark.parametrize(
    ("issuer", "kind", "label"),
    [
        (KZ, CAKind.GOVERNMENT, "Kazakhstan"),
        (
            "CN=Information Security Certification Authority CA,O=ISCA,C=KZ",
            "government",
            "Kazakhstan",
        ),
        ("C=KZ,O=ISCA,CN=A name of tomorrow", "government", "Kazakhstan"),
        ("C=KZ,CN=Qaznet Trust Network", "government", "Qaznet"),
        ("C=KZ,CN=Security Certificate", "government", "Qaznet"),
        ("CN=НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ", "government", "2015"),
        ("C=RU,O=The Ministry,CN=Russian Trusted Sub CA", "government", "Russian Trusted"),
        ("C=US,O=Fortinet,CN=FG100E4Q16", "vendor_proxy", "Fortinet"),
        ("C=US,O=Zscaler Inc.,CN=Zscaler Intermediate Root CA", "vendor_proxy", "Zscaler"),
        ("O=Cisco,CN=Cisco Umbrella Secondary SubCA", "vendor_proxy", "Umbrella"),
        ("C=US,O=Blue Coat SG300,CN=proxy", "vendor_proxy", "Blue Coat"),
        ("O=AO Kaspersky Lab,CN=Kaspersky Personal Root", "antivirus", "Kaspersky"),
        ("CN=ESET SSL Filter CA,O=ESET", "antivirus", "ESET"),
        ("CN=avast! Web/Mail Shield Root", "antivirus", "Avast"),
        ("CN=mitmproxy,O=mitmproxy", "test", "mitmproxy"),
        ("O=DO_NOT_TRUST,CN=DO_NOT_TRUST_FiddlerRoot", "test", "Fiddler"),
        ("O=PortSwigger,CN=PortSwigger CA", "test", "Burp"),
        ("O=Acme Co,CN=Kubernetes Ingress Controller Fake Certificate", "server_default", "Kub"),
        ("O=Acme,CN=Acme Corporate Root CA", "corporate", "company"),
    ],
)  # fmt: skip
def test_labels_by_name(issuer: str, kind: str, label: str) -> None:
    """By the issuer's name, whatever the dates: expired intermediates went on signing."""
    long_ago = timedelta(days=-3000)
    found = ca_label((make("CN=www.example.com", issuer, shift=long_ago),))
    assert found is not None
    assert found.kind == kind
    assert label in found.name
    assert (found.match, found.exact) == ("name", False)


def test_label_in_the_middle_of_a_chain() -> None:
    """The leaf's issuer may have any name if the next certificate tells."""
    found = ca_label((make("CN=a", "CN=x"), make("CN=x", KZ)))
    assert found is not None
    assert found.kind is CAKind.GOVERNMENT


@pytest.mark.parametrize(
    ("subject", "issuer"),
    [
        ("C=US,O=Fortinet,CN=www.fortinet.com", "C=US,O=DigiCert Inc,CN=DigiCert TLS G2"),
        ("CN=www.kaspersky.com,O=Kaspersky", "C=US,O=Let's Encrypt,CN=R11"),
        ("CN=egov.kz", "C=US,O=DigiCert Inc,CN=GeoTrust TLS RSA CA G1"),
        ("CN=a", "C=US,O=ISCA,CN=International Society CA"),
        ("CN=a", "C=GB,CN=Security Certificate"),
    ],
)
def test_names_that_only_look_so(subject: str, issuer: str) -> None:
    """The vendors have web sites too; and the parts must fit together."""
    assert ca_label((make(subject, issuer),)) is None


def test_labels_by_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """A known certificate is known whatever its names."""
    leaf, odd = make("CN=a", "CN=b"), make("CN=b", "CN=c")
    from measurements.verdict import certificate_data  # noqa: PLC0415

    by_sha256 = {sha256(odd).hexdigest(): (CAKind.GOVERNMENT, "known")}
    monkeypatch.setattr(certificate_data, "BY_SHA256", by_sha256)
    found = ca_label((leaf, odd))
    assert found is not None
    assert (found.name, found.match, found.exact) == ("known", "sha256", True)
    monkeypatch.setattr(certificate_data, "BY_SHA256", {})
    by_sha1 = {describe_chain((odd,)).leaf.sha1: (CAKind.GOVERNMENT, "known")}
    monkeypatch.setattr(certificate_data, "BY_SHA1", by_sha1)
    found = ca_label((leaf, odd))
    assert found is not None
    assert (found.match, found.exact) == ("sha1", True)


def test_compare_chains() -> None:
    """By hash; without issuers there is no telling."""
    hashes_of = describe_chain((GENUINE, R1)).sha256s
    renewed = make("CN=www.example.com", "C=US,O=Real CA,CN=R1", serial=5)
    other = (make("CN=www.example.com", "CN=other"), make("CN=other"))
    assert compare_chains((GENUINE, R1), [h.upper() for h in hashes_of]) is ChainMatch.SAME_LEAF
    assert compare_chains((renewed, R1), hashes_of) is ChainMatch.SAME_ISSUER
    assert compare_chains(other, hashes_of) is ChainMatch.DIFFERENT
    assert compare_chains(other[:1], hashes_of) is ChainMatch.UNKNOWN
    assert compare_chains((), hashes_of) is ChainMatch.UNKNOWN
    assert compare_chains(other, ()) is ChainMatch.UNKNOWN


@pytest.mark.parametrize(
    ("san", "host", "fits"),
    [
        ("example.com", "EXAMPLE.com.", True),
        ("*.example.com", "www.example.com", True),
        ("*.EXAMPLE.com", "www.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.com", "example.com", False),
        ("w*.example.com", "www.example.com", False),
        ("www.*.com", "www.example.com", False),
        ("*", "example", False),
        ("*.*.com", "www.example.com", False),
        ("*.example.com", "*.example.com", True),
        ("example.com", "example.org", False),
        ("xn--e1afmkfd.xn--p1ai", "пример.рф", True),
        ("192.0.2.1", "192.0.2.1", False),
        ("example.com", "", False),
    ],
)
def test_names(san: str, host: str, fits: bool) -> None:
    """RFC 9525 §6: whole labels, one level, never an address in a name."""
    assert name_matches((make("CN=x", sans=(san,)),), host) is fits


def test_addresses_in_names() -> None:
    """An address needs an address."""
    der = make("CN=192.0.2.9", ips=("192.0.2.1", "2001:db8::1"))
    assert name_matches((der,), "192.0.2.1")
    assert name_matches((der,), "[2001:DB8:0::1]")
    assert not name_matches((der,), "192.0.2.9")


def test_the_common_name_does_not_count() -> None:
    """RFC 9525 §2: no more."""
    assert not name_matches((make("CN=example.com"),), "example.com")


def test_forgery_of_kazakhstan_2019() -> None:
    """Subject and names copied, -6 h, another key with exponent 3, serial alike, nothing else."""
    forged = make(
        "CN=www.example.com",
        "C=KZ,CN=Security Certificate",
        sans=("example.com", "*.example.com"),
        subject_key=2,
        shift=timedelta(hours=-6),
        serial=(1 << 150) + 12345,
        bare=True,
    )
    found = forgery_traits(forged, GENUINE)
    assert found.copied == ("subject", "names", "serial")
    assert set(found.changed) == {"key", "issuer", "key type", "extensions missing", "exponent 3"}
    assert found.validity_shift == -6 * 3600
    assert found.forged


def test_renewals_are_no_forgeries() -> None:
    """The same issuer with a new key; the same certificate; what cannot be read."""
    renewed = make(
        "CN=www.example.com",
        "C=US,O=Real CA,CN=R1",
        sans=("example.com", "*.example.com"),
        subject_key=1,
        shift=timedelta(days=60),
        serial=77,
    )
    found = forgery_traits(renewed, GENUINE)
    assert not found.forged
    assert found.validity_shift == 60 * 86400
    assert forgery_traits(GENUINE, GENUINE).copied == ()
    assert not forgery_traits(b"junk", GENUINE).forged
    stranger = make("CN=other.example", "CN=b", subject_key=1, shift=timedelta(days=1), serial=9)
    assert forgery_traits(stranger, GENUINE).copied == ()


@given(st.binary(max_size=400))
def test_junk_never_raises(junk: bytes) -> None:
    """A chain is what the other side says it is."""
    check(junk)


@given(st.lists(st.tuples(st.integers(0, len(GENUINE) - 1), st.integers(0, 255)), max_size=6))
def test_damaged_certificates_never_raise(damage: list[tuple[int, int]]) -> None:
    """Bytes replaced in a real one reach deeper than junk does."""
    der = bytearray(GENUINE)
    for at, byte in damage:
        der[at] = byte
    check(bytes(der))


@given(st.integers(0, len(GENUINE)))
def test_cut_certificates_never_raise(length: int) -> None:
    """Half a certificate is none."""
    check(GENUINE[:length])


def check(der: bytes) -> None:
    """All that can be asked of a chain."""
    chain = describe_chain((der, R1))
    assert len(chain.certificates) == 2
    assert chain.leaf.sha256 == sha256(der).hexdigest()
    ca_label((der,))
    name_matches((der,), "www.example.com")
    forgery_traits(der, GENUINE)
    forgery_traits(GENUINE, der)
    compare_chains((der,), ("00",))


def test_a_giant_is_not_read() -> None:
    """Nor are more than sixteen certificates."""
    assert describe_chain((b"\x30" * 70_000,)).problem == "longer than 64 KiB"
    assert len(describe_chain((GENUINE,) * 99).certificates) == 16
