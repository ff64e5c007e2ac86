"""What a rule is, what it leaves behind, and how a table of them is read: first match wins."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from measurements.schema.verdict import Evidence
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger


class View(Protocol):
    """What a layer's table looks at."""

    @property
    def words(self) -> dict[str, str]:
        """What a rule's `why` may name in braces."""
        ...

    @property
    def transactions(self) -> tuple[int, ...]:
        """The observations that speak."""
        ...


V = TypeVar("V", bound=View)
V_contra = TypeVar("V_contra", bound=View, contravariant=True)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[V]):
    """One row. `id` is published and stored: for ever. `status` None: this layer says nothing."""

    id: str
    layer: Layer
    when: Callable[[V], bool]
    status: Status | None
    why: str
    mechanism: Mechanism | Callable[[V], Mechanism | None] | None = None
    trigger: Trigger | Callable[[V], Trigger | None] | None = None
    locus: Locus | Callable[[V], Locus] = Locus.UNKNOWN
    confidence: float | Callable[[V], float] = 0.0
    wants: tuple[str, ...] = ()  # the experiments that would settle or strengthen it
    outcome: Outcome | None = None  # of the layer, where the status does not say it


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that fired at a hop's layer."""

    rule_id: str
    layer: Layer
    depth: int
    status: Status | None
    outcome: Outcome
    mechanism: Mechanism | None
    trigger: Trigger | None
    locus: Locus
    confidence: float
    says: str
    transactions: tuple[int, ...]
    wants: tuple[str, ...]

    def evidence(self) -> Evidence:
        """This finding as evidence."""
        return Evidence(rule_id=self.rule_id, says=self.says, transactions=self.transactions)


_OUTCOME = {
    Status.ACCESSIBLE: Outcome.OK,
    Status.BLOCKED: Outcome.BLOCKED,
    Status.THROTTLED: Outcome.THROTTLED,
    Status.DOWN: Outcome.DOWN,
    Status.SERVER_SIDE: Outcome.OK,
}


def _given(value: T | Callable[[V], T | None] | None, view: V) -> T | None:
    return value(view) if callable(value) else value


def first_match(table: Sequence[Rule[V]], view: V, depth: int) -> Finding:
    """The first row that fits. The last row of every table fits everything."""
    rule = next(r for r in table if r.when(view))
    outcome = rule.outcome or (_OUTCOME.get(rule.status) if rule.status else None)
    return Finding(
        rule_id=rule.id,
        layer=rule.layer,
        depth=depth,
        status=rule.status,
        outcome=outcome or Outcome.UNKNOWN,
        mechanism=_given(rule.mechanism, view),
        trigger=_given(rule.trigger, view),
        locus=_given(rule.locus, view) or Locus.UNKNOWN,
        confidence=_given(rule.confidence, view) or 0.0,
        says=rule.why.format_map(view.words),
        transactions=view.transactions,
        wants=rule.wants,
    )
