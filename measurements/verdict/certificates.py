"""What a certificate chain says about who really answered.

Chains come from whoever is on the line: broken DER must not raise, and a name in it proves nothing
by itself. Trust is decided where the handshake was made (probe/net/trust); here chains are read,
named and compared. cryptography is imported on first use: it takes 60 ms.
Sources: research/methods.md §1.7, research/pipeline.md §6.3; RFC 5280, RFC 9525.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address

from measurements.verdict import certificate_data as data
from measurements.verdict.addresses import canonical_host
from measurements.verdict.certificate_data import CAKind
from measurements.verdict.certificate_reading import UNREADABLE, Certificate, read_certificate
from measurements.verdict.page_text import fold

__all__ = [
    "CAKind",
    "Certificate",
    "ChainInfo",
    "ChainMatch",
    "Forgery",
    "Label",
    "ca_label",
    "compare_chains",
    "describe_chain",
    "forgery_traits",
    "name_matches",
]
_MAX_CHAIN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainInfo:
    """The certificates, leaf first; `problem` is the first that could not be read."""

    certificates: tuple[Certificate, ...] = ()

    @property
    def leaf(self) -> Certificate:
        """The first certificate; an unreadable one where there is none."""
        return self.certificates[0] if self.certificates else UNREADABLE

    @property
    def sha256s(self) -> tuple[str, ...]:
        """Of each DER, leaf first, in hex."""
        return tuple(c.sha256 for c in self.certificates)

    @property
    def problem(self) -> str | None:
        """What is wrong with the chain's form, if anything."""
        if not self.certificates:
            return "no certificate"
        return next((c.problem for c in self.certificates if c.problem), None)

    @property
    def self_signed(self) -> bool:
        """Whether the leaf vouches for itself."""
        return self.leaf.self_signed


@lru_cache(maxsize=256)
def describe_chain(ders: tuple[bytes, ...]) -> ChainInfo:
    """Read a chain. Never raises; what cannot be read is said in each certificate's `problem`."""
    return ChainInfo(certificates=tuple(read_certificate(der) for der in ders[:_MAX_CHAIN]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Whose authority signed. `match`: sha256 or sha1 (that very certificate), or name."""

    kind: CAKind
    name: str
    match: str
    sha256: str = ""

    @property
    def exact(self) -> bool:
        """Whether it is a known certificate, which nobody else can present as an issuer."""
        return self.match in {"sha256", "sha1"}


def ca_label(ders: tuple[bytes, ...]) -> Label | None:
    """Name the known interceptor behind a chain, if any; expired certificates are named as well.

    The leaf's own subject is not looked at: www.fortinet.com is not an interception by Fortinet.
    """
    chain = describe_chain(ders).certificates
    for certificate in chain:
        if certificate.sha256 in data.BY_SHA256:
            kind, name = data.BY_SHA256[certificate.sha256]
            return Label(kind=kind, name=name, match="sha256", sha256=certificate.sha256)
        if certificate.sha1 in data.BY_SHA1:
            kind, name = data.BY_SHA1[certificate.sha1]
            return Label(kind=kind, name=name, match="sha1", sha256=certificate.sha256)
    names = [name for c in chain for name in (c.issuer_parts,)]
    names += [c.subject_parts for c in chain[1:]]
    for pattern in data.PATTERNS:
        if any(_fits(pattern, parts) for parts in names):
            return Label(kind=pattern.kind, name=pattern.name, match="name")
    return None


def _fits(pattern: data.Pattern, parts: tuple[tuple[str, str], ...]) -> bool:
    def values(kind: str) -> list[str]:
        return [fold(value) for key, value in parts if key == kind]

    return (
        bool(parts)
        and _any_prefix(values("CN"), pattern.common_name)
        and _any_prefix(values("O"), pattern.organization)
        and (not pattern.country or pattern.country in values("C"))
        and (not pattern.anywhere or pattern.anywhere in _whole(parts))
    )


def _any_prefix(values: list[str], prefix: str) -> bool:
    return not prefix or any(value.startswith(prefix) for value in values)


def _whole(parts: tuple[tuple[str, str], ...]) -> str:
    return fold(",".join(f"{key}={value}" for key, value in parts))


class ChainMatch(StrEnum):
    """How the probe's chain stands to the control's."""

    SAME_LEAF = "same_leaf"
    SAME_ISSUER = "same_issuer"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def compare_chains(ders: Sequence[bytes], control_sha256s: Sequence[str]) -> ChainMatch:
    """Compare by hash. `different` alone is no interception: many sites have several chains."""
    here = describe_chain(tuple(ders)).sha256s
    there = tuple(sha256.lower() for sha256 in control_sha256s)
    if not here or not there:
        return ChainMatch.UNKNOWN
    if here[0] == there[0]:
        return ChainMatch.SAME_LEAF
    if set(here[1:]) & set(there[1:]):
        return ChainMatch.SAME_ISSUER
    if len(here) == 1 or len(there) == 1:  # an issuer was not sent
        return ChainMatch.UNKNOWN
    return ChainMatch.DIFFERENT


def name_matches(ders: Sequence[bytes], host: str) -> bool:
    """Whether the leaf is for `host` (RFC 9525): subject alternative names only, never the CN.

    A wildcard stands for exactly the whole first label and needs two more after it.
    """
    if not ders:
        return False
    leaf = describe_chain((ders[0],)).leaf
    try:
        address = ip_address(host.strip().strip("[]"))
    except ValueError:
        name = canonical_host(host)
        return bool(name) and any(_name_fits(san, name) for san in leaf.dns_names)
    return str(address) in leaf.ip_names


def _name_fits(san: str, name: str) -> bool:
    pattern = canonical_host(san) if not san.isascii() else san.rstrip(".").lower()
    if not pattern.startswith("*."):
        return pattern == name and "*" not in pattern
    suffix = pattern[1:]
    first = name.removesuffix(suffix)
    return suffix.count(".") > 1 and name.endswith(suffix) and bool(first) and "." not in first


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgery:
    """What a certificate copies from the genuine one, and what it could not copy."""

    copied: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    validity_shift: float | None = None  # seconds, where both ends moved by the same, not 0

    @property
    def forged(self) -> bool:
        """A copy under another key and another issuer: what a TLS proxy makes on the fly.

        A site's second certificate of another authority looks alike, so this needs a chain that is
        not trusted beside a genuine one that is.
        """
        return bool(self.copied) and {"key", "issuer"} <= set(self.changed)


_SAME_SERIAL_BITS = 33  # Kazakhstan 2019: the serial differs in its last 33 bits
_LONG_SERIAL = 64


def forgery_traits(der: bytes, genuine: bytes) -> Forgery:
    """Compare a leaf with the genuine leaf of the same site (another arm, a verified address).

    Kazakhstan, 2019 (Raman et al., IMC 2020): subject and names copied from the server's own
    certificate, not from the SNI; validity moved by exactly -6 h; serial alike but for its end;
    no extensions.
    """
    fake, real = read_certificate(der), read_certificate(genuine)
    if fake.problem or real.problem or fake.sha256 == real.sha256:
        return Forgery()
    copied = {
        "subject": bool(real.subject) and fake.subject == real.subject,
        "names": bool(real.dns_names) and set(fake.dns_names) == set(real.dns_names),
        "serial": _serials_alike(fake.serial, real.serial),
        "validity": (fake.not_before, fake.not_after) == (real.not_before, real.not_after),
    }
    changed = {
        "key": fake.key_sha256 != real.key_sha256,
        "issuer": fake.issuer != real.issuer,
        "key type": (fake.key_type, fake.key_bits) != (real.key_type, real.key_bits),
        "extensions missing": bool(set(real.extensions) - set(fake.extensions)),
        "exponent 3": fake.key_exponent == 3 != real.key_exponent,  # noqa: PLR2004
    }
    return Forgery(
        copied=tuple(trait for trait, seen in copied.items() if seen),
        changed=tuple(trait for trait, seen in changed.items() if seen),
        validity_shift=_shift(fake, real),
    )


def _serials_alike(fake: int, real: int) -> bool:
    head = real >> _SAME_SERIAL_BITS
    return real.bit_length() > _LONG_SERIAL and fake >> _SAME_SERIAL_BITS == head


def _shift(fake: Certificate, real: Certificate) -> float | None:
    start = (fake.valid_from or 0.0) - (real.valid_from or 0.0)
    end = (fake.valid_until or 0.0) - (real.valid_until or 0.0)
    return start if start == end != 0 else None
