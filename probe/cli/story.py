"""The story of one measurement: what it means, on which evidence, and what each step saw."""

from collections.abc import Callable

from measurements.schema.measurement import ControlFailed, Measurement
from measurements.schema.records import QUICHandshake, TLSHandshake
from measurements.schema.verdict import LayerOutcome, Verdict
from measurements.schema.words import Layer, Locus, Outcome, Status
from probe.cli.page import Page
from probe.cli.progress import place
from probe.cli.timeline import arms, base_visit

Description = tuple[str | None, str | None, str | None, str | None]
Describe = Callable[[bytes], Description]

_STYLES = {
    Status.ACCESSIBLE: "green",
    Status.BLOCKED: "red",
    Status.THROTTLED: "magenta",
    Status.SERVER_SIDE: "yellow",
    Status.DOWN: "yellow",
    Status.INCONCLUSIVE: "bold",
}
_MEANS = {
    Status.ACCESSIBLE: "It opens as a user would open it.",
    Status.BLOCKED: "The network or a resolver interferes.",
    Status.THROTTLED: "The network imposes a pace on it.",
    Status.SERVER_SIDE: "The genuine server was reached and itself refuses or differs.",
    Status.DOWN: "It fails from outside too.",
    Status.INCONCLUSIVE: "There is not enough evidence to say.",
}
_LOCI = {
    Locus.RESOLVER: "a resolver",
    Locus.NETWORK: "the network",
    Locus.SERVER: "the server itself",
    Locus.LOCAL: "this computer or its own network",
    Locus.UNKNOWN: "unknown",
}
_TRIGGERS = {
    "dns_name": "the name that is asked for",
    "ip": "the address",
    "ip_port": "the address and port",
    "sni": "the name in the TLS greeting (SNI)",
    "sni_and_ip": "the name in the TLS greeting together with the address",
    "http_host": "the Host header",
    "http_url": "the URL",
}


def story(m: Measurement, describe: Describe) -> Page:
    """All of it, as a page."""
    page = Page()
    _verdict(page, m)
    _about(page, m)
    if m.verdict is not None:
        _layers(page, m.verdict)
        _evidence(page, m.verdict)
        _partial(page, m.verdict)
    _environment(page, m)
    page.head("What each step saw (seconds from the start)")
    base_visit(page, m.records)
    arms(page, m.records)
    _certificates(page, m, describe)
    _controls(page, m)
    return page


def _verdict(page: Page, m: Measurement) -> None:
    v = m.verdict
    if v is None:
        page.add(m.input, label="NOT JUDGED  ", indent=0, style="bold")
        return
    page.add(m.input, label=f"{v.status.value.upper()}  ", indent=0, style=_STYLES[v.status])
    page.add(v.summary, indent=0)
    page.add(f"{_MEANS[v.status]} Confidence {v.confidence:.0%}.", indent=0)
    if v.reason:
        page.add(v.reason, label="why not: ", indent=0)
    how = [word for word in (v.layer, v.mechanism) if word]
    if how:
        page.add(" / ".join(how), label="how:        ")
    if v.trigger:
        page.add(_TRIGGERS[v.trigger], label="keyed on:   ")
    if v.status in {Status.BLOCKED, Status.THROTTLED} or v.locus is not Locus.UNKNOWN:
        page.add(_LOCI[v.locus], label="done by:    ")
    if v.label:
        page.add(v.label, label="known as:   ")


def _about(page: Page, m: Measurement) -> None:
    when = m.measurement_start_time.replace("T", " ").replace("Z", " UTC")
    page.add(f"{when}, took {m.test_runtime:.1f} s", label="measured:   ")
    page.add(f"{place(m.probe)}; resolver in {place(m.resolver)}", label="from:       ")
    if m.category_code:
        page.add(m.category_code, label="category:   ")
    page.add(m.measurement_uid, label="uid:        ")
    if m.run_id:
        page.add(m.run_id, label="run:        ")
    software = f"{m.software_name} {m.software_version}"
    rules = "" if m.verdict is None else f", rules version {m.verdict.rules_version}"
    page.add(software + rules, label="by:         ")


def _layers(page: Page, v: Verdict) -> None:
    if not v.layers:
        return
    page.head("Layer by layer")
    for layer in Layer:
        for outcome in (o for o in v.layers if o.layer is layer):
            page.add(_outcome(outcome), label=f"{layer.value:<6}", style=_shade(outcome))


def _outcome(o: LayerOutcome) -> str:
    how = f" ({o.mechanism.value})" if o.mechanism else ""
    on = f", keyed on {_TRIGGERS[o.trigger]}" if o.trigger else ""
    return f"{o.outcome.value}{how}{on}"


def _shade(o: LayerOutcome) -> str:
    if o.outcome in {Outcome.BLOCKED, Outcome.THROTTLED}:
        return "red"
    return "dim" if o.outcome is Outcome.UNKNOWN else ""


def _evidence(page: Page, v: Verdict) -> None:
    page.head("Why")
    if not v.evidence:
        page.add("No rule found anything to say.")
    for number, e in enumerate(v.evidence, 1):
        page.add(e.says, label=f"{number}. ")
        seen = f"; seen in {', '.join(f'#{t}' for t in e.transactions)}" if e.transactions else ""
        page.add(f"{e.rule_id}{seen}", label="rule ", indent=5, style="dim")


def _partial(page: Page, v: Verdict) -> None:
    if v.partial:
        page.head("Interfered with, although it opens")
    for p in v.partial:
        page.add(f"{p.mechanism.value}: {p.where}", label=f"{p.layer.value:<6}")


def _environment(page: Page, m: Measurement) -> None:
    if m.findings:
        page.head("About this computer and its network")
    for finding in m.findings:
        about = f" ({finding.subject})" if finding.subject else ""
        page.add(f"{finding.says}{about}")


def _certificates(page: Page, m: Measurement, describe: Describe) -> None:
    chains: dict[tuple[bytes, ...], list[str]] = {}
    handshakes: list[TLSHandshake | QUICHandshake] = [*m.records.tls_handshakes]
    for h in [*handshakes, *m.records.quic_handshakes]:
        if h.peer_certificates:
            failure = f" ({h.failure})" if h.failure else ""
            where = chains.setdefault(h.peer_certificates, [])
            if f"{h.ip}{failure}" not in where:
                where.append(f"{h.ip}{failure}")
    if chains:
        page.head("Certificates")
    for chain, where in chains.items():
        page.add(", ".join(where), label="from ")
        for depth, der in enumerate(chain):
            subject, issuer, since, until = describe(der)
            if subject is None:
                page.add("a certificate that cannot be parsed", indent=4 + depth)
                continue
            dates = f"; {(since or '')[:10]} to {(until or '')[:10]}" if depth == 0 else ""
            by = "itself" if subject == issuer else issuer
            page.add(f"{subject} by {by}{dates}", label="- ", indent=4 + depth)


def _controls(page: Page, m: Measurement) -> None:
    page.head("What the control saw")
    if not m.controls:
        page.add("No control was asked.")
    for c in m.controls:
        page.add(c.url, label=f"hop {c.depth}: ")
        if isinstance(c, ControlFailed):
            page.add(f"no control answered: {c.failure}", indent=4)
            continue
        addresses = " ".join(c.dns.addresses[:6]) or "no address"
        page.add(c.dns.failure or addresses, label="dns   ", indent=4)
        for e in c.endpoints:
            tcp = e.tcp_failure or "ok"
            tls = "" if not e.tls_done else f", tls {e.tls_failure or 'ok'}"
            page.add(f"{e.ip} port {e.port}: {tcp}{tls}", label="tcp   ", indent=4)
        if c.http.failure:
            page.add(c.http.failure, label="http  ", indent=4)
        elif c.http.status_code > 0:
            title = f', "{c.http.title}"' if c.http.title else ""
            size = f", {c.http.body_length} bytes" if c.http.body_length >= 0 else ""
            page.add(f"{c.http.status_code}{title}{size}", label="http  ", indent=4)
