"""From a measurement to a verdict: each layer of each hop by its table, then the outermost that decides."""

from dataclasses import replace

from measurements.schema.measurement import ControlAnswered, ControlHTTP, Measurement
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Outcome, Status
from measurements.verdict import view_dns, view_host, view_http, view_tls
from measurements.verdict.conclude import conclude
from measurements.verdict.judgement import Assessment, HopJudgement
from measurements.verdict.observe import Hop, Visit, arm_records, first_visit, last_visit
from measurements.verdict.rule import Finding, first_match
from measurements.verdict.rules_dns import DNS_RULES
from measurements.verdict.rules_http import HTTP_RULES
from measurements.verdict.rules_tcp import TCP_RULES
from measurements.verdict.rules_tls import TLS_RULES
from measurements.verdict.second_look import doubted
from measurements.verdict.standing import Standing
from measurements.verdict.view_dns import DNSView
from measurements.verdict.view_http import HTTPView
from measurements.verdict.view_tcp import TCPView, relevant_addresses
from measurements.verdict.view_tls import TLSView

# Raised whenever a rule, its order or a threshold changes: stored with each verdict.
RULES_VERSION = 1


def judge(m: Measurement) -> Verdict:
    """The verdict on a measurement by today's rules. Pure: the same in, the same out."""
    return assess(m).verdict


def assess(m: Measurement) -> Assessment:
    """As judge, with what is still wanted."""
    visit = last_visit(m)
    found = _assess(m, visit)
    if visit.number and found.verdict.status is Status.ACCESSIBLE:
        return doubted(m, found, _assess(m, first_visit(m)))
    return found


def _assess(m: Measurement, visit: Visit) -> Assessment:
    judged = tuple(_judge_hop(m, visit, hop) for hop in visit.hops)
    return conclude(m, visit, judged, RULES_VERSION)


def _judge_hop(m: Measurement, visit: Visit, hop: Hop) -> HopJudgement:
    http = _http_view(m, visit, hop)
    dns = _dns_view(m, hop, http)
    standings = dict(dns.standings)
    for ip in {c.ip for c in hop.connects} - set(standings):
        standings[ip] = dns.standing_of(ip)
    addresses = relevant_addresses(hop, standings)
    tcp = TCPView(
        hop=hop,
        port=hop.port,
        addresses=addresses,
        environment=m.findings,
        arms=arm_records(m.records.tcp_connects, "ip_port", hop.depth),
        doubtful=not any(
            standings.get(ip) in {Standing.GENUINE, Standing.LIKELY} for ip in addresses
        )
        and not hop.is_literal,
    )
    proved = any(standings.get(ip) is Standing.GENUINE for ip in addresses)
    tls = _tls_view(m, hop, addresses, proved)
    findings = [first_match(DNS_RULES, dns, hop.depth), first_match(TCP_RULES, tcp, hop.depth)]
    tls_finding = first_match(TLS_RULES, tls, hop.depth)
    page = _fetched_elsewhere(first_match(HTTP_RULES, http, hop.depth), http, addresses)
    if hop.scheme == "https":
        findings.append(tls_finding)
        if page.status is Status.THROTTLED:
            # The network cannot see requests inside TLS: what it slows is the TLS connection.
            findings[-1] = replace(page, layer=Layer.TLS)
            page = replace(page, status=None, outcome=Outcome.OK, mechanism=None, trigger=None)
    findings.append(page)
    return HopJudgement(
        hop=hop,
        findings=tuple(findings),
        side_tls=None if hop.scheme == "https" else tls_finding,
        dns=dns,
        tcp=tcp,
        tls=tls,
        http=http,
        quic_arms=tuple(
            h
            for h in m.records.quic_handshakes
            if h.arm is not None and h.arm.experiment == "quic" and h.depth == hop.depth
        ),
    )


def _fetched_elsewhere(finding: Finding, view: HTTPView, addresses: tuple[str, ...]) -> Finding:
    """A page that came from someone else's address says nothing about the site's own HTTP."""
    if view.fetch is None or view.fetch.ip in addresses or not view.fetch.ip:
        return finding
    if view.authenticated:
        return finding
    return replace(
        finding, status=None, outcome=Outcome.UNKNOWN, mechanism=None, confidence=0.0, wants=()
    )


def _dns_view(m: Measurement, hop: Hop, http: HTTPView) -> DNSView:
    pages = arm_records(m.records.http_transactions, view_dns.EXPERIMENT, hop.depth)
    handshakes = arm_records(m.records.tls_handshakes, view_dns.EXPERIMENT, hop.depth)
    foreign = [t for ts in pages.values() for t in ts if not http.is_the_sites(t)]
    if hop.fetch is not None and not http.like_control and not http.authenticated:
        foreign.append(hop.fetch)
    return DNSView(
        hop=hop,
        environment=m.findings,
        arms=arm_records(m.records.queries, view_dns.EXPERIMENT, hop.depth),
        arm_handshakes=tuple(h for hs in handshakes.values() for h in hs),
        foreign_pages=tuple(foreign),
        page_is_the_sites=(http.like_control or http.authenticated)
        and hop.fetch is not None
        and hop.fetch.ip in hop.system_addresses,
    )


def _tls_view(m: Measurement, hop: Hop, addresses: tuple[str, ...], proved: bool) -> TLSView:
    return TLSView(
        hop=hop,
        port=hop.tls_port,
        addresses=addresses,
        environment=m.findings,
        arm_connects=arm_records(m.records.tcp_connects, view_tls.EXPERIMENT, hop.depth),
        arm_handshakes=arm_records(m.records.tls_handshakes, view_tls.EXPERIMENT, hop.depth),
        address_proved=proved,
    )


def _http_view(m: Measurement, visit: Visit, hop: Hop) -> HTTPView:
    first = m.control(0)
    final: ControlHTTP | None = first.http if isinstance(first, ControlAnswered) else None
    name, pace = view_host.EXPERIMENT, view_http.THROTTLING
    is_last = hop is visit.last
    return HTTPView(
        hop=hop,
        is_last=is_last,
        too_many=is_last and visit.too_many_redirects,
        arms=arm_records(m.records.http_transactions, name, hop.depth),
        arm_connects=arm_records(m.records.tcp_connects, name, hop.depth),
        arm_handshakes=arm_records(m.records.tls_handshakes, name, hop.depth),
        throttling=arm_records(m.records.http_transactions, pace, hop.depth),
        throttling_events=tuple(
            e for e in m.records.network_events if e.arm is not None and e.arm.experiment == pace
        ),
        final_reference=final,
        last_fetch=visit.last.fetch,
    )
