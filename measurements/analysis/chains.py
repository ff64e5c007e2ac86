"""Certificates that few may have seen: those of one office's box, of one computer's antivirus. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from measurements.schema.measurement import Control, ControlAnswered, Measurement
from measurements.schema.records import QUICHandshake, TLSHandshake
from measurements.verdict.certificates import ca_label, describe_chain


@dataclass(frozen=True, slots=True)
class Chains:
    """Which certificates may be told. `gone`: the names in the others, which no sentence may repeat."""

    kept: frozenset[tuple[bytes, ...]]
    gone: frozenset[str]

    @classmethod
    def of(cls, m: Measurement, *, common: bool) -> Self:
        """A chain that nobody vouches for may be one computer's own: an antivirus signs with a key of its own,
        an office's box has its serial number in it. It is told where a control was shown it too, where a
        government's authority signed it, and where interception is the finding and it is `common`.
        """
        r = m.records
        shakes: list[TLSHandshake | QUICHandshake] = [*r.tls_handshakes, *r.quic_handshakes]
        chains = {h.peer_certificates for h in shakes if _is_doubted(h)} - {()}
        common = common and is_interception(m)
        seen = frozenset(_seen_outside(m.controls))
        kept = {c for c in chains if common or _is_everyones(c, seen)}
        spared = {name for chain in kept for name in _names(chain)}
        names = {name for chain in chains - kept for name in _names(chain)}
        return cls(frozenset(kept), frozenset(names - spared))

    def told(self, h: TLSHandshake | QUICHandshake) -> tuple[bytes, ...]:
        """What may be told of what was shown."""
        chain = h.peer_certificates
        return chain if not _is_doubted(h) or chain in self.kept else ()


def is_interception(m: Measurement) -> bool:
    """Whether that is the verdict."""
    v = m.verdict
    return v is not None and v.mechanism is not None and v.mechanism.value == "mitm"


def _is_doubted(h: TLSHandshake | QUICHandshake) -> bool:
    return (h.failure or "").startswith("ssl_")


def _is_everyones(chain: tuple[bytes, ...], seen: frozenset[str]) -> bool:
    label = ca_label(chain)
    if label is not None and label.kind == "government":
        return True
    return describe_chain(chain).leaf.sha256 in seen


def _seen_outside(controls: Iterable[Control]) -> Iterable[str]:
    for c in controls:
        if isinstance(c, ControlAnswered):
            for e in c.endpoints:
                yield from e.chain_sha256[:1]


def _names(chain: tuple[bytes, ...]) -> Iterable[str]:
    return (c.issuer for c in describe_chain(chain).certificates if c.issuer)
