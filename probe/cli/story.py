"""The story of one measurement: what it means, on which evidence, and what each step saw."""

from collections.abc import Callable

from measurements.schema.measurement import ControlFailed, Measurement
from measurements.schema.records import QUICHandshake, TLSHandshake
from measurements.schema.verdict import LayerOutcome, Verdict
from measurements.schema.words import Layer, Locus, Outcome, Status
from probe import words
from probe.cli import verdict_words
from probe.cli.page import Page
from probe.cli.progress import place
from probe.cli.timeline import arms, base_visit, size
from probe.words import N_, _, told

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
    Status.ACCESSIBLE: N_("It opens as a user would open it."),
    Status.BLOCKED: N_("The network or a resolver interferes."),
    Status.THROTTLED: N_("The network imposes a pace on it."),
    Status.SERVER_SIDE: N_("The genuine server was reached and itself refuses or differs."),
    Status.DOWN: N_("It fails from outside too."),
    Status.INCONCLUSIVE: N_("There is not enough evidence to say."),
}


def story(m: Measurement, describe: Describe) -> Page:
    """All of it, as a page."""
    page = Page()
    facts = _Facts(page)
    _verdict(page, m, facts)
    _about(m, facts)
    facts.end()
    if m.verdict is not None:
        _layers(page, m.verdict)
        _evidence(page, m.verdict)
        _partial(page, m.verdict)
    _environment(page, m)
    page.head(_("What each step saw (seconds from the start)"))
    base_visit(page, m.records)
    arms(page, m.records)
    _certificates(page, m, describe)
    _controls(page, m)
    return page


class _Facts:
    """Lines of a name and what it is, one below the other."""

    def __init__(self, page: Page) -> None:
        """None yet."""
        self._page = page
        self._lines: list[tuple[str, object]] = []

    def add(self, name: str, value: object) -> None:
        """One."""
        self._lines.append((f"{name}:", value))

    def end(self) -> None:
        """As wide as the language needs, and no narrower than in English."""
        width = max((len(name) for name, _value in self._lines), default=0) + 1
        for name, value in self._lines:
            self._page.add(value, label=name.ljust(max(width, 12)))


def _verdict(page: Page, m: Measurement, facts: _Facts) -> None:
    v = m.verdict
    if v is None:
        page.add(m.input, label=f"{_('not judged').upper()}  ", indent=0, style="bold")
        return
    page.add(
        m.input,
        label=f"{verdict_words.status(v.status).upper()}  ",
        indent=0,
        style=_STYLES[v.status],
    )
    page.add(told(v.summary), indent=0)
    if v.reason and v.reason not in v.summary:  # an older version's summary, or somebody else's
        page.add(told(v.reason), label=f"{_('why not')}: ", indent=0)
    sure = _("Confidence {percent}.").format(percent=f"{v.confidence:.0%}")
    page.add(f"{told(_MEANS[v.status])} {sure}", indent=0)
    if how := verdict_words.how(v.layer, v.mechanism, between=" / "):
        known = v.mechanism is None or words.language() == words.ENGLISH
        facts.add(_("how"), how if known else f"{how} ({v.mechanism})")
    if v.trigger:
        facts.add(_("keyed on"), verdict_words.trigger(v.trigger))
    if v.status in {Status.BLOCKED, Status.THROTTLED} or v.locus is not Locus.UNKNOWN:
        facts.add(_("done by"), verdict_words.locus(v.locus))
    if v.label:
        facts.add(_("known as"), v.label)


def _about(m: Measurement, facts: _Facts) -> None:
    when = m.measurement_start_time.replace("T", " ").replace("Z", " UTC")
    took = _("{when}, took {seconds} s").format(when=when, seconds=f"{m.test_runtime:.1f}")
    facts.add(_("measured"), took)
    where = _("{network}; resolver in {resolver}")
    facts.add(_("from"), where.format(network=place(m.probe), resolver=place(m.resolver)))
    if m.category_code:
        facts.add(_("category"), m.category_code)
    facts.add(_("uid"), m.measurement_uid)
    if m.run_id:
        facts.add(_("run"), m.run_id)
    software = f"{m.software_name} {m.software_version}"
    if m.verdict is not None:
        by = _("{software}, rules version {n}")
        software = by.format(software=software, n=m.verdict.rules_version)
    facts.add(_("by"), software)


def _layers(page: Page, v: Verdict) -> None:
    if not v.layers:
        return
    page.head(_("Layer by layer"))
    for layer in Layer:
        for outcome in (o for o in v.layers if o.layer is layer):
            page.add(_outcome(outcome), label=f"{layer.value:<6}", style=_shade(outcome))


def _outcome(o: LayerOutcome) -> str:
    said = verdict_words.outcome(o.outcome)
    if o.mechanism:
        said = f"{said} ({verdict_words.mechanism(o.mechanism)})"
    if o.trigger:
        said = _("{outcome}, keyed on: {trigger}").format(
            outcome=said, trigger=verdict_words.trigger(o.trigger)
        )
    return said


def _shade(o: LayerOutcome) -> str:
    if o.outcome in {Outcome.BLOCKED, Outcome.THROTTLED}:
        return "red"
    return "dim" if o.outcome is Outcome.UNKNOWN else ""


def _evidence(page: Page, v: Verdict) -> None:
    page.head(_("Why"))
    if not v.evidence:
        page.add(_("No rule found anything to say."))
    for number, e in enumerate(v.evidence, 1):
        page.add(told(e.says), label=f"{number}. ")
        says = _("rule {rule}")
        if e.transactions:
            says = _("rule {rule}; seen in {steps}")
        steps = ", ".join(f"#{t}" for t in e.transactions)
        page.add(says.format(rule=e.rule_id, steps=steps), indent=5, style="dim")


def _partial(page: Page, v: Verdict) -> None:
    if v.partial:
        page.head(_("Interfered with, although it opens"))
    for p in v.partial:
        page.add(
            f"{verdict_words.mechanism(p.mechanism)}: {told(p.where)}", label=f"{p.layer.value:<6}"
        )


def _environment(page: Page, m: Measurement) -> None:
    if m.findings:
        page.head(_("About this computer and its network"))
    for finding in m.findings:
        about = f" ({finding.subject})" if finding.subject else ""
        page.add(f"{told(finding.says)}{about}")


def _certificates(page: Page, m: Measurement, describe: Describe) -> None:
    chains: dict[tuple[bytes, ...], list[str]] = {}
    handshakes: list[TLSHandshake | QUICHandshake] = [*m.records.tls_handshakes]
    for h in [*handshakes, *m.records.quic_handshakes]:
        if h.peer_certificates:
            failure = f": {verdict_words.failure(h.failure)}" if h.failure else ""
            where = chains.setdefault(h.peer_certificates, [])
            if f"{h.ip}{failure}" not in where:
                where.append(f"{h.ip}{failure}")
    if chains:
        page.head(_("Certificates"))
    for chain, where in chains.items():
        page.add(_("from {places}").format(places=", ".join(where)))
        for depth, der in enumerate(chain):
            subject, issuer, since, until = describe(der)
            if subject is None:
                page.add(_("a certificate that cannot be parsed"), indent=4 + depth)
                continue
            says = _("{subject} by itself") if subject == issuer else _("{subject} by {issuer}")
            line = says.format(subject=subject, issuer=issuer)
            if depth == 0:
                dates = _("{since} to {until}")
                line += "; " + dates.format(since=(since or "")[:10], until=(until or "")[:10])
            page.add(line, label="- ", indent=4 + depth)


def _controls(page: Page, m: Measurement) -> None:
    page.head(_("What the control saw"))
    if not m.controls:
        page.add(_("No control was asked."))
    for c in m.controls:
        page.add(c.url, label=_("hop {n}: ").format(n=c.depth))
        if isinstance(c, ControlFailed):
            page.add(
                _("no control answered: {failure}").format(
                    failure=verdict_words.failure(c.failure)
                ),
                indent=4,
            )
            continue
        addresses = " ".join(c.dns.addresses[:6]) or _("no address")
        found = verdict_words.failure(c.dns.failure) if c.dns.failure else addresses
        page.add(found, label="dns   ", indent=4)
        for e in c.endpoints:
            tcp = verdict_words.failure(e.tcp_failure) if e.tcp_failure else "ok"
            tls = verdict_words.failure(e.tls_failure) if e.tls_failure else "ok"
            tls = f", tls {tls}" if e.tls_done else ""
            where = _("{ip} port {port}").format(ip=e.ip, port=e.port)
            page.add(f"{where}: {tcp}{tls}", label="tcp   ", indent=4)
        if c.http.failure:
            page.add(verdict_words.failure(c.http.failure), label="http  ", indent=4)
        elif c.http.status_code > 0:
            title = f', "{c.http.title}"' if c.http.title else ""
            says = f"{c.http.status_code}{title}"
            if c.http.body_length >= 0:
                says += ", " + size(c.http.body_length)
            page.add(says, label="http  ", indent=4)
