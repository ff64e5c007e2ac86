"""The verdict of CONTRACT.md §1: what is claimed, how sure, and on which observations it rests."""

from dataclasses import dataclass, field

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One rule that fired: what it saw (a sentence) and in which transactions it saw it."""

    rule_id: str
    says: str
    transactions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOutcome:
    """One layer's own outcome, told even where an outer layer already decides."""

    layer: Layer
    outcome: Outcome
    mechanism: Mechanism | None = None
    trigger: Trigger | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """Interference that does not keep a user from the page; `where` says which part it touches."""

    layer: Layer
    mechanism: Mechanism
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer for one URL. `confidence` is 0 to 1; `summary` is one plain sentence."""

    status: Status
    confidence: float
    summary: str
    rules_version: int
    layer: Layer | None = None
    mechanism: Mechanism | None = None
    trigger: Trigger | None = None
    locus: Locus = Locus.UNKNOWN
    evidence: tuple[Evidence, ...] = ()
    layers: tuple[LayerOutcome, ...] = ()
    partial: tuple[Partial, ...] = ()
    reason: str | None = None  # why it is inconclusive; null otherwise
    label: str | None = None  # a known name behind it: a certificate authority, a block page
    accessible: bool | None = field(default=None)  # as OONI means it
    blocking: str | bool | None = field(default=None)  # as OONI means it: dns tcp_ip http-failure …
