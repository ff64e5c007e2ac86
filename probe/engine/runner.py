"""Obeys plan and schedule: measures targets side by side, judges each, hands on what is whole.

The only place that catches what should not happen: a bug becomes TargetCouldNotRun, no verdict.
"""

import asyncio
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from measurements.schema.measurement import Control, ControlFailed, Finding, Measurement, Place
from measurements.schema.records import DNSAnswer, DNSQuery, Records
from measurements.schema.words import Status
from measurements.verdict.judge import assess
from measurements.verdict.judgement import Assessment
from measurements.verdict.pace import Paces
from probe.engine import progress
from probe.engine.budget import Allowance, host_of
from probe.engine.gate import Gate, TargetPermits
from probe.engine.learned import Learned
from probe.engine.plan import Step, named, next_step
from probe.engine.targets import Target
from probe.experiments import (
    clearing,
    dns_transports,
    http_host,
    ip_port,
    sni_matrix,
    throttling,
    web_connectivity,
)
from probe.experiments.arms import Bench, Subject
from probe.experiments.kit import Kit, Page
from probe.experiments.locations import locate
from probe.net.network import Clock, Network
from probe.net.resolvers import Endpoint
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps.http import BROWSER_HEADERS

_SAYS = {
    "ip_port": ip_port.QUESTION,
    "sni_matrix": sni_matrix.QUESTION,
    "http_host": http_host.QUESTION,
    "dns_transports": dns_transports.QUESTION,
    "throttling": throttling.QUESTION,
    "revisit": "Does it come again?",
}
_RUN = {
    "ip_port": ip_port.run,
    "sni_matrix": sni_matrix.run,
    "http_host": http_host.run,
    "dns_transports": dns_transports.run,
}


class NotKeptError(Exception):
    """The store will not have this measurement; others it may. The message is for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What wiring opens for a run."""

    network: Network
    clock: Clock
    trust: Trust
    place_of: Callable[[str], Place]
    new_uid: Callable[[str, str], str]  # (time, country) -> measurement_uid
    save: Callable[[Measurement], None]  # in another thread; NotKeptError concerns one measurement
    listener: progress.Listener
    blank: Callable[[Measurement], Measurement] = lambda m: m  # own addresses out of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is the same for all measurements of a run."""

    run_id: str
    test_start_time: str
    software_name: str
    software_version: str
    probe: Place
    resolver: Place
    resolver_ip: str | None
    findings: tuple[Finding, ...]
    diagnose: bool
    concurrency: int
    annotations: tuple[tuple[str, str], ...] = ()
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(slots=True)
class Tally:
    """How far a run is."""

    total: int
    measured: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """Targets that are over."""
        return self.measured + self.failed


@dataclass(slots=True)
class Runner:
    """One run over a list of targets, of any length: only those being measured are in memory."""

    doors: Doors
    run: Run
    kit: Kit
    gate: Gate
    learned: Learned
    tally: Tally = field(default_factory=lambda: Tally(0))

    async def measure_all(self, targets: Iterator[Target], total: int) -> Tally:
        """Measure them, `concurrency` at a time. Cancelled: what is whole has been handed on."""
        self.tally = Tally(total)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.run.concurrency, total)):
                group.create_task(self._work(targets))
        return self.tally

    async def _work(self, targets: Iterator[Target]) -> None:
        for target in targets:
            try:
                measurement = await self.measure(target)
            except Exception as exc:  # noqa: BLE001 - the one place: a bug is told, never judged
                self._could_not(target, _bug(exc))
                continue
            try:
                await self._keep(measurement)
            except NotKeptError as exc:
                self._could_not(target, str(exc))
                continue
            self.tally.measured += 1
            self.doors.listener(
                progress.TargetFinished(
                    measurement=measurement, done=self.tally.done, total=self.tally.total
                )
            )

    async def _keep(self, measurement: Measurement) -> None:
        """Save in a thread: a slow disk must not bend what is being timed meanwhile.

        Ctrl-C waits for it: what is whole is kept. What cannot be kept at all (a full disk) ends
        the run: measuring on would name sites on the wire for nothing.
        """
        saving = asyncio.get_running_loop().run_in_executor(None, self.doors.save, measurement)
        try:
            await asyncio.shield(saving)
        except asyncio.CancelledError:
            await asyncio.wait([saving])
            raise

    def _could_not(self, target: Target, says: str) -> None:
        self.tally.failed += 1
        self.doors.listener(
            progress.TargetCouldNotRun(
                input=target.input, says=says, done=self.tally.done, total=self.tally.total
            )
        )

    async def measure(self, target: Target) -> Measurement:
        """One target, to its verdict."""
        self.doors.listener(progress.TargetStarted(input=target.input))
        clock = self.doors.clock
        started = datetime.fromtimestamp(clock.utc(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        notebook, permits = Notebook(), self.gate.permits()
        zero = clock.monotonic()
        trace = Trace(self.doors.network, clock, self.doors.trust, zero, notebook)
        controls = await web_connectivity.visit(trace, self.kit, target.url, permits)
        arms = self._arms(target)
        blank = replace(self._blank(target, started), findings=self.run.allowance.finding(arms))
        done: dict[tuple[str, int], int] = {}
        while True:
            m = self._filled(blank, notebook.records(), controls, trace.now())
            self.learned.see(m)
            assessment = assess(replace(m, findings=self._findings(m)))
            if not done:  # a busy control's silence must not choose the experiments
                retried = await self._ask_again(controls, assessment, trace)
                if retried != controls:
                    controls = retried
                    m = self._filled(blank, notebook.records(), controls, trace.now())
                    assessment = assess(replace(m, findings=self._findings(m)))
            spent = named(m.records, {j.hop.host for j in assessment.judged})
            step = next_step(assessment, done, spent, arms) if self.run.diagnose else None
            if step is None:
                break
            done[step.experiment, step.depth] = done.get((step.experiment, step.depth), 0) + 1
            self.doors.listener(
                progress.TargetStage(input=target.input, says=_SAYS[step.experiment])
            )
            await self._perform(step, assessment, trace, permits, target.url)
        retried = await self._ask_again(controls, assessment, trace)
        if retried != controls:
            controls = retried
            m = self._filled(blank, notebook.records(), controls, trace.now())
            assessment = assess(replace(m, findings=self._findings(m)))
        self.run.allowance.spend(m.records, (j.hop.host for j in assessment.judged))
        self._learn_page(assessment)
        await self._clear(assessment, trace, permits)
        m = self._filled(blank, notebook.records(), controls, trace.now())
        m = self.doors.blank(replace(m, findings=self._findings(m)))
        return replace(m, verdict=assess(m).verdict)  # on what is stored, so that rescoring agrees

    def _arms(self, target: Target) -> frozenset[str]:
        """The experiments that may be run on it; asked after its visit, so that two of one host,
        measured side by side, know of each other's as far as can be."""
        return self.run.allowance.arms_for(host_of(target.url))

    def _findings(self, m: Measurement) -> tuple[Finding, ...]:
        """Its own, the gate's without others' hosts-file entries, and what the run has taught."""
        host = locate(m.input)
        own = tuple(
            f for f in self.run.findings if f.subject is None or (host and f.subject == host.host)
        )
        return (
            m.findings
            + own
            + self.learned.findings(ipv6=any(":" in c.ip for c in m.records.tcp_connects))
        )

    def _blank(self, target: Target, started: str) -> Measurement:
        run = self.run
        return Measurement(
            measurement_uid=self.doors.new_uid(started, run.probe.cc or "ZZ"),
            run_id=run.run_id,
            input=target.input,
            measurement_start_time=started,
            test_start_time=run.test_start_time,
            test_runtime=0.0,
            software_name=run.software_name,
            software_version=run.software_version,
            test_version=web_connectivity.VERSION,
            category_code=target.category_code,
            probe=run.probe,
            resolver=run.resolver,
            resolver_ip=run.resolver_ip,
            annotations=run.annotations,
        )

    def _filled(
        self, blank: Measurement, records: Records, controls: tuple[Control, ...], runtime: float
    ) -> Measurement:
        queries = tuple(self._with_networks(q) for q in records.queries)
        return replace(
            blank,
            records=replace(records, queries=queries),
            controls=controls,
            test_runtime=round(runtime, 6),
        )

    def _with_networks(self, query: DNSQuery) -> DNSQuery:
        """Answers with the networks of their addresses, as df-002 has them; and no word of where in
        this home the resolver is."""
        query = replace(query, answers=tuple(self._with_network(a) for a in query.answers))
        hidden = query.role == "configured" and self.run.resolver_ip is None
        return replace(query, resolver_address="") if hidden else query

    def _with_network(self, answer: DNSAnswer) -> DNSAnswer:
        if answer.answer_type not in {"A", "AAAA"}:
            return answer
        place = self.doors.place_of(answer.value)
        return replace(answer, asn=place.asn, as_org_name=place.as_org_name)

    async def _perform(
        self, step: Step, a: Assessment, trace: Trace, permits: TargetPermits, url: str
    ) -> None:
        if step.experiment == "revisit":
            again = trace.for_arm("revisit", "visit", 1 + max(0, a.visit.number))
            await web_connectivity.visit(again, self.kit, url, permits, ask=False)
            return
        bench = Bench(
            experiment=step.experiment,
            trace=trace.at(step.depth),
            kit=self.kit,
            permits=permits,
            subject=_subject(step, a),
        )
        endpoints = frozenset({Endpoint(step.ip, step.port)} if step.ip else ())
        await permits.claim(endpoints)
        try:
            if step.experiment == "throttling":
                await throttling.run(bench, _enough)
            else:
                await _RUN[step.experiment](bench)
        finally:
            permits.release(endpoints)

    async def _ask_again(
        self, controls: tuple[Control, ...], a: Assessment, trace: Trace
    ) -> tuple[Control, ...]:
        """A control that gave no answer is asked once more where its word would count."""
        ask = self.kit.control
        vouched = a.verdict.status is Status.ACCESSIBLE and a.judged[-1].http.authenticated
        if ask is None or vouched:
            return controls
        found = list(controls)
        for i, control in enumerate(controls):
            if isinstance(control, ControlFailed):
                tried = trace.notebook.records().tcp_connects
                endpoints = {
                    Endpoint(c.ip, c.port)
                    for c in tried
                    if c.depth == control.depth and c.arm is None
                }
                found[i] = await ask(control.url, tuple(sorted(endpoints)), control.depth)
        return tuple(found)

    async def _clear(self, a: Assessment, trace: Trace, permits: TargetPermits) -> None:
        """Let the next target in at the addresses where this one may have woken something."""
        endpoints = permits.suspected()
        if not endpoints or self.tally.total < 2 or not self.run.diagnose:  # noqa: PLR2004
            return
        step = Step(experiment=clearing.NAME, depth=a.visit.last.depth, ip="", port=0)
        bench = Bench(
            experiment=clearing.NAME,
            trace=trace.at(step.depth),
            kit=self.kit,
            permits=permits,
            subject=_subject(step, a),
        )
        await clearing.run(bench, endpoints)

    def _learn_page(self, a: Assessment) -> None:
        """A page that opened can be the other arm of a later experiment."""
        fetch = a.visit.last.fetch
        if a.verdict.status is Status.ACCESSIBLE and fetch is not None and fetch.status_code == 200:  # noqa: PLR2004
            hop = a.visit.last
            self.learned.pages_add(
                Page(host=hop.host, ip=fetch.ip, port=hop.port, scheme=hop.scheme)
            )


def _bug(exc: Exception) -> str:
    """Where it is, and nothing of whom it happened to."""
    while isinstance(exc, ExceptionGroup):
        exc = exc.exceptions[0]
    where = traceback.extract_tb(exc.__traceback__)[-1]
    says = f"a bug in Anyqta: {type(exc).__name__} in {where.name}, line {where.lineno}"
    return says


def _enough(target: object, control: object) -> bool:
    paces = Paces(target=tuple(target), control=tuple(control))  # type: ignore[arg-type]
    return paces.decided


def _subject(step: Step, a: Assessment) -> Subject:
    hop = next(j.hop for j in a.judged if j.hop.depth == step.depth)
    here = locate(hop.url)
    fetch = hop.fetch
    sent = fetch.request_headers if fetch is not None else ()
    kept = tuple((k, v) for k, v in sent if k.lower() not in {"host", "connection"})
    return Subject(
        url=hop.url,
        scheme=hop.scheme,
        host=hop.host,
        authority=here.authority if here is not None else hop.host,
        ip=step.ip,
        port=step.port,
        is_literal=hop.is_literal,
        doubtful=step.doubtful,
        headers=kept or BROWSER_HEADERS,
    )
