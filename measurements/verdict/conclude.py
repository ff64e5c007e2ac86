"""From findings to the verdict: the outermost layer of the first hop that keeps a user out."""

from dataclasses import replace

from measurements.schema.measurement import Measurement
from measurements.schema.verdict import Evidence, LayerOutcome, Partial, Verdict
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status
from measurements.verdict.judgement import Assessment, HopJudgement
from measurements.verdict.observe import Visit
from measurements.verdict.partials import partials, quic_interference
from measurements.verdict.rule import Finding
from measurements.verdict.summary import summarise

_HALF = 0.5
_PASSING = frozenset(
    {Mechanism.TIMEOUT, Mechanism.RESET, Mechanism.EOF, Mechanism.REFUSED, Mechanism.UNREACHABLE}
    | {Mechanism.SERVFAIL, Mechanism.THROTTLING}
)
_BLOCKING = {Layer.DNS: "dns", Layer.TCP: "tcp_ip", Layer.TLS: "http-failure", Layer.QUIC: None}

_SLOW = 0.6  # it opened; that nobody slows it down was not looked into
_SAYS = ("Its page came slowly; whether somebody slows it down was not tried.",)
_NOT_TIMED = _SAYS[0]


def conclude(
    m: Measurement, visit: Visit, judged: tuple[HopJudgement, ...], rules_version: int
) -> Assessment:
    """Put the hops together. `judged` is never empty."""
    at = next((j for j in judged if j.deciding is not None), judged[-1])
    deciding = at.deciding
    status = deciding.status if deciding is not None else None
    if deciding is None and _opened(at, visit):
        status = Status.ACCESSIBLE
    if _unfit(m) is not None and status is not Status.ACCESSIBLE:
        status = Status.INCONCLUSIVE
    touched = partials(judged) if status is Status.ACCESSIBLE else ()
    wants = _wants(judged, at, status)
    says, others = left_out(m, wants)
    doubtful = (_may_pass(deciding) and "revisit" in others) or bool(says and _unproved(deciding))
    if doubtful:
        status = Status.INCONCLUSIVE
    verdict = _verdict(m, at, status or Status.INCONCLUSIVE, touched, (says, rules_version))
    if doubtful:
        verdict = replace(verdict, confidence=_HALF, layers=unsaid(verdict.layers, deciding))
    if verdict.status is Status.ACCESSIBLE and "throttling" in others and at.http.slow:
        confidence = min(verdict.confidence, _SLOW)
        verdict = replace(verdict, confidence=confidence, summary=f"{verdict.summary} {_NOT_TIMED}")
    return Assessment(verdict=verdict, wants=wants, judged=judged, visit=visit)


def left_out(m: Measurement, wants: tuple[tuple[str, int], ...]) -> tuple[str, frozenset[str]]:
    """That what is wanted was not to be run, in words, and all that was not; empty where it was."""
    wanted = {name for name, _ in wants}
    for f in m.findings:
        names = frozenset((f.subject or "").split(","))
        if f.kind == "tries_left_out" and wanted & names:
            return f.says, names
    return "", frozenset()


def _may_pass(deciding: Finding | None) -> bool:
    """What one lost packet or one busy moment could bring, and nobody looked again."""
    once = deciding is not None and deciding.rule_id.endswith("_once")
    return deciding is not None and once and deciding.mechanism in _PASSING


def _unproved(deciding: Finding | None) -> bool:
    """What somebody on the way could have written; the try that tells was left out."""
    return deciding is not None and deciding.rule_id == "http.challenge_once"


def unsaid(layers: tuple[LayerOutcome, ...], deciding: Finding | None) -> tuple[LayerOutcome, ...]:
    """Nothing is said of the layer that decides either."""
    layer = deciding.layer if deciding is not None else None
    unknown = (LayerOutcome(layer=o.layer, outcome=Outcome.UNKNOWN) for o in layers)
    return tuple(u if u.layer is layer else o for u, o in zip(unknown, layers, strict=True))


def _unfit(m: Measurement) -> str | None:
    """Why nothing that fails here says anything; None where this computer is on the Internet."""
    return next((f.says for f in m.findings if f.kind in {"offline", "captive_portal"}), None)


def _opened(j: HopJudgement, visit: Visit) -> bool:
    """The last hop's page came, and it was the last: no redirect that was not followed."""
    page = j.of(Layer.HTTP)
    came = page is not None and page.status is Status.ACCESSIBLE
    return came and j.hop is visit.last and not j.http.is_redirect


def _verdict(
    m: Measurement,
    at: HopJudgement,
    status: Status,
    touched: tuple[Partial, ...],
    with_: tuple[str, int],
) -> Verdict:
    left_out, rules_version = with_
    deciding = at.deciding or (at.of(Layer.HTTP) if status is Status.ACCESSIBLE else None)
    named = status in {Status.BLOCKED, Status.THROTTLED, Status.DOWN, Status.SERVER_SIDE}
    layer = deciding.layer if named and deciding is not None else None
    interfered = status in {Status.BLOCKED, Status.THROTTLED}
    accessible, blocking = _as_ooni(status, layer, at)
    label = at.tls.label if layer is Layer.TLS else None
    reason = None
    if status is Status.INCONCLUSIVE:
        reason = _unfit(m)
        if reason is None:
            says = deciding.says if deciding is not None else _nothing_decides(at)
            reason = f"{says} {left_out}".rstrip()
    return Verdict(
        status=status,
        layer=layer,
        mechanism=deciding.mechanism if interfered and deciding is not None else None,
        trigger=deciding.trigger if interfered and deciding is not None else None,
        locus=Locus.LOCAL if _unfit(m) and reason else _locus(status, deciding),
        confidence=round(deciding.confidence if deciding is not None else 0.3, 2),
        summary=summarise(m.input, at, status, deciding, touched, reason),
        rules_version=rules_version,
        evidence=_evidence(at, deciding),
        layers=_layers(at, deciding),
        partial=touched,
        reason=reason,
        label=label.name if label is not None else None,
        accessible=accessible,
        blocking=blocking,
    )


def _nothing_decides(at: HopJudgement) -> str:
    if at.http.is_redirect:
        return f"The redirect to {at.http.words['target']} was not followed."
    says = [f.says for f in at.findings if f.status is None]
    return says[0] if says else "Nothing that was seen decides."


def _locus(status: Status, deciding: Finding | None) -> Locus:
    if deciding is None or status is Status.ACCESSIBLE:
        return Locus.UNKNOWN
    return deciding.locus


def _evidence(at: HopJudgement, deciding: Finding | None) -> tuple[Evidence, ...]:
    """What decides first, then what the other layers show."""
    told = deciding.rule_id if deciding is not None else ""
    rest = [
        f
        for f in at.findings
        if f is not deciding and f.rule_id != told and not f.rule_id.endswith("no_data")
    ]
    ordered = ([deciding] if deciding is not None else []) + rest
    return tuple(f.evidence() for f in ordered)


def _layers(at: HopJudgement, deciding: Finding | None) -> tuple[LayerOutcome, ...]:
    found = []
    for layer in Layer:
        f = at.of(layer)
        if layer is Layer.QUIC:
            found.append(_quic(at))
            continue
        if f is None:
            found.append(LayerOutcome(layer=layer, outcome=Outcome.UNKNOWN))
            continue
        interfered = f.outcome in {Outcome.BLOCKED, Outcome.THROTTLED}
        found.append(
            LayerOutcome(
                layer=layer,
                outcome=f.outcome,
                mechanism=f.mechanism if interfered else None,
                trigger=f.trigger if interfered else None,
            )
        )
    return tuple(found)


def _quic(at: HopJudgement) -> LayerOutcome:
    word = quic_interference(at)
    if word is not None:
        return LayerOutcome(layer=Layer.QUIC, outcome=Outcome.BLOCKED, mechanism=word)
    ok = any(h.failure is None for h in at.hop.quic)
    return LayerOutcome(layer=Layer.QUIC, outcome=Outcome.OK if ok else Outcome.UNKNOWN)


def _as_ooni(
    status: Status, layer: Layer | None, at: HopJudgement
) -> tuple[bool | None, str | bool | None]:
    """OONI's `accessible` and `blocking` (ts-017): false/false is down or the server's own doing."""
    if status is Status.ACCESSIBLE:
        return True, False
    if status in {Status.DOWN, Status.SERVER_SIDE}:
        return False, False
    if status is Status.INCONCLUSIVE or layer is None:
        return None, None
    if layer is Layer.HTTP:
        page = at.http.fetch
        return False, "http-diff" if page is not None and page.status_code else "http-failure"
    return False, _BLOCKING[layer]


def _wants(
    judged: tuple[HopJudgement, ...], at: HopJudgement, status: Status | None
) -> tuple[tuple[str, int], ...]:
    """What the deciding hop's layers ask for, outermost first; a second visit last of all.

    A URL that opens is left alone, but for a page that is not vouched for, or that came slowly.
    """
    if status is Status.ACCESSIBLE:
        found = [
            (name, f.depth)
            for j in judged
            for f in j.findings
            if f.layer is Layer.HTTP
            for name in f.wants
        ]
        if at.http.slow and not at.http.throttling_run:
            found.append(("throttling", at.hop.depth))
    else:
        found = [(name, f.depth) for f in at.findings for name in f.wants]
    found.sort(key=lambda want: want[0] == "revisit")
    return tuple(dict.fromkeys(found))
