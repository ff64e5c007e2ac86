"""What judging leaves: each hop's findings with their views, and the whole assessment."""

from dataclasses import dataclass

from measurements.schema.records import QUICHandshake
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Status
from measurements.verdict.observe import Hop, Visit
from measurements.verdict.rule import Finding
from measurements.verdict.view_dns import DNSView
from measurements.verdict.view_http import HTTPView
from measurements.verdict.view_tcp import TCPView
from measurements.verdict.view_tls import TLSView

GOES_ON = frozenset({Status.ACCESSIBLE, None})


@dataclass(frozen=True, slots=True, kw_only=True)
class HopJudgement:
    """One hop's layers, outermost first, with the views that they rest on."""

    hop: Hop
    findings: tuple[Finding, ...]
    side_tls: Finding | None  # of an http:// hop: its address's TLS, which keeps nobody out
    dns: DNSView
    tcp: TCPView
    tls: TLSView
    http: HTTPView
    quic_arms: tuple[QUICHandshake, ...] = ()  # under an innocent name

    @property
    def deciding(self) -> Finding | None:
        """The outermost layer that keeps a user out; None where none does."""
        return next((f for f in self.findings if f.status not in GOES_ON), None)

    def of(self, layer: Layer) -> Finding | None:
        """A layer's finding; that of the side TLS too."""
        every = (*self.findings, *([self.side_tls] if self.side_tls else []))
        return next((f for f in every if f.layer is layer), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A verdict, and the experiments that would settle or strengthen it."""

    verdict: Verdict
    wants: tuple[tuple[str, int], ...]  # (experiment, depth), most wanted first
    judged: tuple[HopJudgement, ...]
    visit: Visit
