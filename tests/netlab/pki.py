"""The lab's authorities and certificates. One key a role, made once; leaves are cheap and made when first asked for."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey
_OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
}
_KZ = {"C": "KZ", "O": "ISCA"}
# name: (root subject, intermediate subject or None, days of the intermediate's life before and after now)
AUTHORITIES: dict[str, tuple[dict[str, str], dict[str, str] | None, tuple[int, int]]] = {
    "lab": (
        {"C": "SE", "O": "Lab Trust Services", "CN": "Lab Root X1"},
        {"C": "SE", "O": "Lab Trust Services", "CN": "Lab TLS R3"},
        (400, 800),
    ),
    "unknown": ({"O": "Unheard-of Authority", "CN": "Nobody's Root"}, None, (400, 800)),
    "isca": (
        {**_KZ, "CN": "Information Security Certification Authority"},
        {**_KZ, "CN": "ISCA Intermediate"},
        (20, 55),
    ),
    "isca_expired": (
        {**_KZ, "CN": "Information Security Certification Authority"},
        {**_KZ, "CN": "ISCA Intermediate"},
        (175, -100),
    ),
    "qaznet": (
        {"C": "KZ", "CN": "Qaznet Trust Network"},
        {"C": "KZ", "CN": "Security Certificate"},
        (200, 700),
    ),
    "antivirus": (
        {"O": "AO Kaspersky Lab", "CN": "Kaspersky Anti-Virus Personal Root Certificate"},
        None,
        (400, 800),
    ),
    "corporate": (
        {"C": "US", "O": "Fortinet", "OU": "Certificate Authority", "CN": "FG100FTK20003456"},
        None,
        (400, 800),
    ),
}


def _name(parts: dict[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(_OIDS[k], v) for k, v in parts.items()])


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _ca(subject: x509.Name, key: Key, issuer: x509.Name, signer: Key, days: tuple[int, int]) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - dt.timedelta(days=days[0]))
        .not_valid_after(_now() + dt.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer != subject:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(identifier, critical=False)
    return builder.sign(signer, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates as text."""
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)


def key_pem(key: Key) -> bytes:
    """A private key as text."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@dataclass(frozen=True)
class Authority:
    """Who signs leaves, and the certificates sent along."""

    issuer: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...]
    root: x509.Certificate


class Pki:
    """All authorities of a lab, in a folder."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.key = self._load_key("leaf")
        self._authorities: dict[str, Authority] = {}
        self._contexts: dict[tuple[object, ...], ssl.SSLContext] = {}

    @classmethod
    def create(cls, folder: str | Path) -> Pki:
        """Make every authority anew."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "leaf.key").write_bytes(key_pem(ec.generate_private_key(ec.SECP256R1())))
        for name, (root_name, middle_name, days) in AUTHORITIES.items():
            root_key, subject = ec.generate_private_key(ec.SECP256R1()), _name(root_name)
            root = _ca(subject, root_key, subject, root_key, (2000, 5000))
            key, chain = root_key, [root]
            if middle_name is not None:
                key = ec.generate_private_key(ec.SECP256R1())
                chain.insert(0, _ca(_name(middle_name), key, subject, root_key, days))
            (folder / f"{name}.pem").write_bytes(pem(*chain))
            (folder / f"{name}.key").write_bytes(key_pem(key))
        lab = x509.load_pem_x509_certificates((folder / "lab.pem").read_bytes())
        (folder / "root.pem").write_bytes(pem(lab[-1]))
        return cls(folder)

    @property
    def root_file(self) -> Path:
        """The file for SSL_CERT_FILE."""
        return self.folder / "root.pem"

    def _load_key(self, name: str) -> Key:
        key = serialization.load_pem_private_key((self.folder / f"{name}.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def authority(self, name: str) -> Authority:
        """One of AUTHORITIES."""
        if name not in self._authorities:
            chain = x509.load_pem_x509_certificates((self.folder / f"{name}.pem").read_bytes())
            self._authorities[name] = Authority(chain[0], self._load_key(name), tuple(chain[:-1]), chain[-1])
        return self._authorities[name]

    def leaf(self, names: Sequence[str], by: str = "lab", days: tuple[int, int] = (30, 60)) -> list[x509.Certificate]:
        """A certificate for these names or addresses, with its chain (without the root). `by` "self": signed by itself."""
        sans: list[x509.GeneralName] = []
        for name in names:
            try:
                sans.append(x509.IPAddress(ipaddress.ip_address(name)))
            except ValueError:
                sans.append(x509.DNSName(name))
        subject = _name({"CN": names[0][:60]})
        own = by == "self"
        signer = None if own else self.authority(by)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .public_key(self.key.public_key())
            .issuer_name(subject if signer is None else signer.issuer.subject)
            .serial_number(x509.random_serial_number())
            .not_valid_before(_now() - dt.timedelta(days=days[0]))
            .not_valid_after(_now() + dt.timedelta(days=days[1]))
            .add_extension(x509.SubjectAlternativeName(sans), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        if signer is not None:
            identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
            builder = builder.add_extension(identifier, critical=False)
        certificate = builder.sign(self.key if signer is None else signer.key, hashes.SHA256())
        return [certificate, *(signer.chain if signer else ())]

    def write(self, stem: str, names: Sequence[str]) -> tuple[Path, Path]:
        """A valid certificate and its key as files."""
        cert = self.folder / f"{stem}.crt"
        cert.write_bytes(pem(*self.leaf(names)))
        return cert, self.folder / "leaf.key"

    def for_site(self, names: Sequence[str], kind: str) -> list[x509.Certificate]:
        """The certificate that a site of this kind shows."""
        if kind == "expired":
            return self.leaf(names, days=(400, -20))
        if kind == "not_yet":
            return self.leaf(names, days=(-20, 90))
        if kind == "wrong_host":
            return self.leaf([f"wrong.{names[0]}.invalid.example"])
        if kind in ("self_signed", "unknown_ca"):
            return self.leaf(names, by="self" if kind == "self_signed" else "unknown")
        return self.leaf(names)

    def context(self, names: Sequence[str], kind: str = "valid", alpn: Sequence[str] = ("http/1.1",)) -> ssl.SSLContext:
        """A server context; kind is a site's `cert` or `by:AUTHORITY`."""
        mark = (tuple(names), kind, tuple(alpn))
        if mark not in self._contexts:
            chain = self.leaf(names, by=kind[3:]) if kind.startswith("by:") else self.for_site(names, kind)
            file = self.folder / f"c{id(self)}-{len(self._contexts)}.pem"
            file.write_bytes(key_pem(self.key) + pem(*chain))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(file)
            file.unlink()
            context.set_alpn_protocols(list(alpn))
            self._contexts[mark] = context
        return self._contexts[mark]
