"""How a table is read."""

from dataclasses import dataclass

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.verdict.rule import Rule, first_match


@dataclass(frozen=True)
class Heard:
    """A view of one word."""

    word: str
    transactions: tuple[int, ...] = (1, 2)

    @property
    def words(self) -> dict[str, str]:
        """See rule.View."""
        return {"word": self.word}


TABLE: tuple[Rule[Heard], ...] = (
    Rule(
        id="t.no",
        layer=Layer.DNS,
        when=lambda v: v.word == "no",
        status=Status.BLOCKED,
        why="It said {word}.",
        mechanism=lambda v: Mechanism.NXDOMAIN if v.word else None,
        trigger=Trigger.DNS_NAME,
        locus=lambda _: Locus.RESOLVER,
        confidence=lambda v: len(v.word) / 10,
        wants=("dns_transports",),
    ),
    Rule(id="t.any", layer=Layer.DNS, when=lambda _: True, status=None, why="Something."),
)


def test_the_first_row_that_fits_speaks() -> None:
    """Its columns may look at the view."""
    found = first_match(TABLE, Heard("no"), 3)

    assert ("t.no", 3, "It said no.") == (found.rule_id, found.depth, found.says)
    assert (Mechanism.NXDOMAIN, Trigger.DNS_NAME, Locus.RESOLVER) == (
        found.mechanism,
        found.trigger,
        found.locus,
    )
    assert (0.2, Outcome.BLOCKED, ("dns_transports",)) == (
        found.confidence,
        found.outcome,
        found.wants,
    )


def test_a_row_without_a_status_says_nothing_of_the_layer() -> None:
    """Its outcome is unknown."""
    found = first_match(TABLE, Heard("yes"), 0)

    assert (None, Outcome.UNKNOWN, Locus.UNKNOWN, 0.0) == (
        found.status,
        found.outcome,
        found.locus,
        found.confidence,
    )


def test_a_finding_is_evidence() -> None:
    """With the observations that speak."""
    evidence = first_match(TABLE, Heard("no"), 0).evidence()

    assert ("t.no", "It said no.", (1, 2)) == (
        evidence.rule_id,
        evidence.says,
        evidence.transactions,
    )
