"""The verdict for a person: plain sentences, each whole, so that each can be translated as it is."""

from measurements.schema.verdict import Partial
from measurements.schema.words import Layer, Locus, Mechanism, Status, Trigger
from measurements.verdict.judgement import HopJudgement
from measurements.verdict.rule import Finding
from measurements.verdict.summary_words import (
    BY_RESOLVER,
    BY_THE_NETWORK,
    EVERY_NAME,
    FIRST,
    GHOST,
    HERE,
    KEYED,
    LABEL,
    LIKELY_REACHED,
    PACE,
    PARTLY,
    REACHED,
    ROWS,
    SEEN_OUTSIDE,
    UNFORESEEN,
    VIA,
)

_PROVED = 0.7  # below, it is only likely that the site itself refuses


def summarise(
    first: str,
    at: HopJudgement,
    status: Status,
    deciding: Finding | None,
    touched: tuple[Partial, ...],
    reason: str | None,
) -> str:
    """The verdict on the URL `first` in words. `reason` is why it is inconclusive, where it is."""
    host = at.hop.host or first
    said = [FIRST[Status.INCONCLUSIVE if reason is not None or deciding is None else status]]
    if at.hop.depth:
        said.append(VIA)
    if reason is not None or deciding is None:
        said.append(reason or "Nothing that was seen decides.")
    elif status is Status.ACCESSIBLE:
        said += [_partly(p) for p in touched[:1]]
    elif status is Status.SERVER_SIDE:
        said += [REACHED if deciding.confidence > _PROVED else LIKELY_REACHED, deciding.says]
    elif status is not Status.DOWN:
        said += _interference(deciding, at)
    whole = " ".join(said)
    return whole.replace("{host}", host).replace("{first}", first)


def _interference(deciding: Finding, at: HopJudgement) -> list[str]:
    """Who does what, what shows it, and by which name the doer is known."""
    label = at.tls.label if deciding.layer is Layer.TLS else None
    said = [_what(deciding), _contrast(deciding, at)]
    return [text for text in (*said, label and LABEL.replace("{label}", label.name)) if text]


def _what(deciding: Finding) -> str:
    layer, mechanism = deciding.layer, deciding.mechanism
    if mechanism is None:
        return UNFORESEEN
    if layer is Layer.TLS and deciding.trigger is Trigger.IP and mechanism in EVERY_NAME:
        return EVERY_NAME[mechanism]
    if deciding.locus is Locus.RESOLVER and (layer, mechanism) in BY_RESOLVER:
        return BY_RESOLVER[layer, mechanism]
    if deciding.locus is Locus.LOCAL and (layer, mechanism) in HERE:
        return HERE[layer, mechanism]
    return BY_THE_NETWORK.get((layer, mechanism), UNFORESEEN)


def _contrast(deciding: Finding, at: HopJudgement) -> str:
    """What works when one thing changes: why it is interference at all. Only what was seen."""
    if deciding.rule_id == GHOST:
        return "Seen from outside, there is no site of this name any more."
    if deciding.layer is Layer.DNS:
        return SEEN_OUTSIDE
    if deciding.trigger is None:
        return ""
    if deciding.mechanism is Mechanism.THROTTLING:
        return PACE.get((deciding.rule_id, deciding.trigger), "")
    if deciding.layer is Layer.TLS and deciding.mechanism is not Mechanism.MITM:
        return ROWS.get(at.tls.row.id, "")
    return KEYED.get((deciding.layer, deciding.trigger), "")


def _partly(p: Partial) -> str:
    how = PARTLY.get((p.layer, p.mechanism))
    if how is None:
        return f"But the network interferes with a part of it: {p.where}."
    return f"But the network interferes with a part of it: {how} ({p.where})."
