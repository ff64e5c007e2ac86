"""Each part of a measurement as it may leave: records, what controls said, findings, the verdict."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from measurements.schema.codec_values import split_endpoint
from measurements.schema.measurement import (
    Control,
    ControlAnswered,
    ControlFailed,
    Finding,
    Measurement,
)
from measurements.schema.records import (
    BodyFeatures,
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Verdict
from probe.consent import header_values
from probe.consent.blank import Home, nobody, with_body
from probe.consent.known import Known, host_of

R = TypeVar("R", TCPConnect, TLSHandshake, QUICHandshake, HTTPTransaction)
_FAILURE = re.compile(r"(?=.{1,64}$)[a-z0-9]+(?:_[a-z0-9]+)+(?:: [0-9]{3})?")
_WORD = re.compile(r"[A-Za-z0-9_./+-]{0,64}")
_NAMES = frozenset({"CNAME", "NS", "SOA", "MX", "SRV", "PTR", "HTTPS"})  # TXT may say anything
_DOH_PATHS = frozenset({"/dns-query", "/resolve", "/"})
_SAYS = {
    "offline": "This computer was offline.",
    "captive_portal": "Something else answered in the control's place.",
    "clock_skew": "This computer's clock was wrong.",
    "vpn": "Traffic left through what looks like a VPN.",
    "proxy": "A proxy was set for this computer's programs.",
    "bypass_tool": "A program that gets around blocking was at work.",
    "hosts_entry": "The hosts file has an entry for the site.",
    "resolver_dead": "This computer's resolver answered no question at all.",
    "ipv6_broken": "IPv6 led nowhere.",
    "udp53_blocked": "Other resolvers could not be asked in the clear.",
    "control_unreachable": "No control answered.",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is known, and how much may go. `strict`: the public address was not known."""

    home: Home
    known: Known
    bodies: bool
    strict: bool

    def is_outside(self, ip: str) -> bool:
        """A public address, and not this home's."""
        try:
            return ip_address(ip.partition("%")[0]).is_global and not self.home.needles.covers(ip)
        except ValueError:
            return False

    def ip(self, ip: str) -> str:
        """An address of a record: nobody's where it is in the home."""
        return nobody(ip) if self.home.has(ip) else ip


def records(r: Records, w: Wishes, features: Callable[[HTTPTransaction], BodyFeatures]) -> Records:
    """All records as they may leave."""
    pages = r.http_transactions
    unseen = {h.body_sha256 for h in pages if h.body_sha256} - w.known.hashes if w.strict else set()
    stand_ins = {sha: f"{n:064x}" for n, sha in enumerate(sorted(unseen), 1)}
    return Records(
        queries=tuple(_query(q, w) for q in r.queries),
        tcp_connects=tuple(_with_ip(c, w) for c in r.tcp_connects),
        tls_handshakes=tuple(_tls(h, w) for h in r.tls_handshakes),
        quic_handshakes=tuple(_quic(h, w) for h in r.quic_handshakes),
        http_transactions=tuple(_transaction(h, w, features, stand_ins) for h in pages),
        network_events=tuple(_event(e, w) for e in r.network_events),
    )


def failure(text: str | None) -> str | None:
    """df-007's word; what else an error said stays here."""
    if text is None or _FAILURE.fullmatch(text):
        return text
    word = text.partition(":")[0]
    return word if _FAILURE.fullmatch(word) else "unknown_failure"


def _with_ip(record: R, w: Wishes) -> R:
    return replace(record, ip=w.ip(record.ip), failure=failure(record.failure))


def _query(q: DNSQuery, w: Wishes) -> DNSQuery:
    return replace(
        q,
        hostname=w.known.host(q.hostname),
        resolver_address=_resolver(q.resolver_address, w),
        failure=failure(q.failure),
        answers=tuple(_answer(a, w) for a in q.answers),
        raw_response=None,
    )


def _answer(a: DNSAnswer, w: Wishes) -> DNSAnswer:
    if a.answer_type in {"A", "AAAA"}:
        return replace(a, value=w.ip(a.value))
    value = w.known.host(a.value) if a.answer_type in _NAMES else ""
    return replace(a, answer_type=_word(a.answer_type), value=value)


def _resolver(address: str, w: Wishes) -> str:
    """A resolver outside; of one by URL no name or path that may be its customer's number."""
    if "://" not in address:
        ip, _ = split_endpoint(address)
        return address if w.is_outside(ip or address) else ""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    path = parts.path if parts.path in _DOH_PATHS else ""
    if not w.is_outside(host):
        host = ".".join(host.split(".")[-2:]) if host.count(".") > 1 else host
        host = "" if host.replace(".", "").isdigit() or ":" in host else host
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{path}"


def _tls(h: TLSHandshake, w: Wishes) -> TLSHandshake:
    h = _with_ip(h, w)
    return replace(
        h,
        server_name=w.known.host(h.server_name),
        tls_version=_word(h.tls_version),
        cipher_suite=_word(h.cipher_suite),
        negotiated_protocol=_word(h.negotiated_protocol),
    )


def _quic(h: QUICHandshake, w: Wishes) -> QUICHandshake:
    return replace(
        _with_ip(h, w),
        server_name=w.known.host(h.server_name),
        negotiated_protocol=_word(h.negotiated_protocol),
    )


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else ""


def _transaction(
    h: HTTPTransaction,
    w: Wishes,
    features: Callable[[HTTPTransaction], BodyFeatures],
    stand_ins: dict[str, str],
) -> HTTPTransaction:
    """One answer. `stand_ins`: what hashes are called that must not leave; equal ones alike."""
    sha256 = h.body_sha256
    seen_outside = sha256 is not None and sha256 in w.known.hashes
    if h.body and not seen_outside and (w.bodies or w.strict):
        cleaned = w.known.body(h.body)
        h = h if cleaned == h.body else with_body(h, cleaned)
    if not w.bodies and (h.body is not None or h.features is not None):
        h = replace(h, features=features(h), body=None)
    h = _with_ip(h, w)
    return replace(
        h,
        url=w.known.url(h.url),
        method=_word(h.method),
        request_headers=header_values.asked(h.request_headers, w.known),
        headers=header_values.answered(h.headers, w.known),
        body_sha256=stand_ins.get(sha256, h.body_sha256) if sha256 else None,
        title=h.title if h.title is None or h.title in w.known.titles else w.known.text(h.title),
        alpn=_word(h.alpn),
    )


def _event(e: NetworkEvent, w: Wishes) -> NetworkEvent:
    ip, port = split_endpoint(e.address or "")
    kept = e.address if port and not w.home.has(ip) and ip in w.known.addresses else None
    return replace(e, operation=_word(e.operation), address=kept, failure=failure(e.failure))


def said_by_controls(c: Control, w: Wishes) -> Control:
    """A control's answer. What it got for a URL that was given to us alone is cleaned as ours is."""
    known = w.known
    if isinstance(c, ControlFailed):
        return replace(c, url=known.url(c.url), failure=failure(c.failure) or "unknown_failure")
    vouched = known.vouches(c)
    http = replace(
        c.http,
        failure=failure(c.http.failure),
        title=c.http.title if vouched else known.text(c.http.title),
        headers=header_values.answered(c.http.headers, known, vouched=vouched),
        hops=tuple(
            replace(h, url=known.url(h.url), location=h.location and known.url(h.location))
            for h in c.http.hops
        ),
    )
    return replace(
        c,
        url=known.url(c.url),
        address=_control_address(c, w),
        http=http,
        dns=replace(
            c.dns, failure=failure(c.dns.failure), addresses=tuple(map(w.ip, c.dns.addresses))
        ),
        endpoints=tuple(
            replace(
                e,
                ip=w.ip(e.ip),
                tcp_failure=failure(e.tcp_failure),
                tls_failure=failure(e.tls_failure),
                server_name=known.host(e.server_name),
            )
            for e in c.endpoints
        ),
        ip_flags=tuple((w.ip(ip), flags) for ip, flags in c.ip_flags),
    )


def _control_address(c: ControlAnswered, w: Wishes) -> str:
    """Scheme and name of the control; nothing where it is a private one."""
    host = host_of(c.address)
    private = "." not in host or (host.replace(".", "").isdigit() and not w.is_outside(host))
    return "" if private or ":" in host else f"{c.address.partition(':')[0]}://{host}/"


def environment(m: Measurement) -> tuple[Finding, ...]:
    """Findings by their kind, in our words; one about another name than the target's is dropped."""
    host = host_of(m.input)
    return tuple(
        Finding(kind=f.kind, says=_SAYS[f.kind], subject=f.subject)
        for f in m.findings
        if f.kind in _SAYS and (f.subject is None or f.subject.lower() == host)
    )


def verdict_of(v: Verdict, known: Known) -> Verdict:
    """The claim; its sentences cleaned."""
    return replace(
        v,
        summary=known.text(v.summary),
        reason=v.reason and known.text(v.reason),
        label=v.label and known.text(v.label),
        evidence=tuple(replace(e, says=known.text(e.says)) for e in v.evidence),
        partial=tuple(replace(p, where=known.text(p.where)) for p in v.partial),
    )
