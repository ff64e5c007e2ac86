"""A measurement as it may be published: nothing in it says who sent it, or joins it to another. Pure.

What is named here stays; what is rare, what counts time finer than an hour, and what ties the measurements
of one evening together goes. docs/design/0011 has the reasons.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from measurements.analysis.chains import Chains
from measurements.analysis.pages import Pages
from measurements.schema.measurement import Control, ControlAnswered, Measurement, Place
from measurements.schema.records import (
    DNSQuery,
    Headers,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Verdict
from measurements.schema.words import Locus

T = TypeVar("T", DNSQuery, TCPConnect, TLSHandshake, QUICHandshake, HTTPTransaction)

RUN = "published"
OTHER = "other networks"
# Resolvers that everybody may ask; which of them somebody asked tells nobody apart.
PUBLIC_RESOLVERS = frozenset(
    {
        *("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "dns.google"),
        *("1.1.1.1", "1.0.0.1", "2606:4700:4700::1111", "cloudflare-dns.com"),
        *("9.9.9.9", "149.112.112.112", "2620:fe::fe", "dns.quad9.net"),
    }
)
# Of an answer: what tells a block page or a server, and no session, no time, no cache's number.
_HEADERS = frozenset(
    {
        "server",
        "location",
        "content-type",
        "content-length",
        "via",
        "x-powered-by",
        "content-language",
    }
)
# Whose documents these are. A version, or a name that few have, would tell those few from all others.
_OONI = re.compile(r"(ooniprobe|miniooni)[a-z-]{0,32}")
_OURS = "anyqta"
# Steps are told to the hundredth of a second: enough for a forged answer, a reset, a pace; too coarse to find
# one visit among a provider's records by the gaps between its packets.
_DIGITS = 2
_CATEGORY = re.compile(r"[A-Z]{3,5}")
_HOST = re.compile(
    r"(?:[a-z]+://)?(?:\[([0-9a-f:.]+)\]|([0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*|[^/:\[\]]+))"
)
_BLANK = "(not published)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What many have in common: the network's place (asn None: merged), the target's category."""

    place: Place
    category: str | None = None
    chains: bool = False  # k senders were intercepted by those who signed these certificates
    pages: frozenset[str] = frozenset()  # titles and hashes that k senders got as interference


def published_uid(m_uid: str, start: str, cc: str | None) -> str:
    """Its name in the published file: the hour, the country, and what nobody can undo."""
    digest = hashlib.sha256(b"anyqta-published/1\n" + m_uid.encode(errors="replace")).hexdigest()
    hour = re.sub(r"[^0-9]", "", start[:13]).ljust(10, "0")[:10]
    country = cc if cc and re.fullmatch("[A-Z]{2}", cc) else "ZZ"
    return f"{hour}0000.000000_{country}_webconnectivity_{digest[:16]}"


def to_the_hour(time: str) -> str:
    """2026-11-25T06:12:31Z → 2026-11-25T06:00:00Z."""
    return f"{time[:13]}:00:00Z"


def may_be_told(m: Measurement) -> bool:
    """Interference by the volunteer's own computer or line says nothing of the network, but of them."""
    return m.verdict is None or m.verdict.locus is not Locus.LOCAL


def publishable(m: Measurement, shown: Shown) -> Measurement:
    """The measurement that may be published in its place."""
    uid = published_uid(m.measurement_uid, m.measurement_start_time, m.probe.cc)
    chains = Chains.of(m, common=shown.chains)
    pages = Pages.of(m, salt=uid, common=shown.pages)
    gone = dict.fromkeys({*_gone(m, shown), *chains.gone}, _BLANK) | _lengths(m, pages)
    return replace(
        m,
        measurement_uid=uid,
        run_id=RUN,
        report_id="",
        measurement_start_time=to_the_hour(m.measurement_start_time),
        test_start_time=to_the_hour(m.measurement_start_time),
        test_runtime=round(m.test_runtime, 1),
        software_name=m.software_name if _OONI.fullmatch(m.software_name) else _OURS,
        software_version="",
        test_version="",
        category_code=shown.category if _CATEGORY.fullmatch(shown.category or "") else None,
        probe=shown.place,
        resolver=Place(),
        resolver_ip=None,
        annotations=(),
        findings=(),
        records=_records(m.records, chains, pages),
        controls=tuple(_control(c) for c in m.controls),
        verdict=None if m.verdict is None else _verdict(m.verdict, gone),
    )


def host_of(resolver: str) -> str:
    """The host or address in what a resolver is called: 8.8.8.8:53, [::1]:53, https://dns.example/q."""
    found = _HOST.match(resolver)
    return "" if found is None else found[1] or found[2]


def _gone(m: Measurement, shown: Shown) -> Iterable[str]:
    """What sentences may not repeat."""
    for text in (m.resolver_ip or "", *(q.resolver_address for q in m.records.queries)):
        host = host_of(text)
        if host and host not in PUBLIC_RESOLVERS:
            yield host
    for control in m.controls:
        if isinstance(control, ControlAnswered) and host_of(control.address):
            yield host_of(control.address)
    if shown.place.asn is None:
        yield from (f"AS{m.probe.asn}", m.probe.as_org_name or f"AS{m.probe.asn}")


def _lengths(m: Measurement, pages: Pages) -> dict[str, str]:
    """Sentences that compare pages tell their length."""
    told = {h.body_length: pages.length(h) for h in m.records.http_transactions}
    return {f"{n} bytes": f"about {up} bytes" for n, up in told.items() if n != up}


def _records(r: Records, chains: Chains, pages: Pages) -> Records:
    return replace(
        r,
        queries=tuple(_query(q) for q in r.queries if q.role != "public" or _is_known(q)),
        tcp_connects=tuple(_timed(c) for c in r.tcp_connects),
        tls_handshakes=tuple(
            # how long the ClientHello is tells which library made it
            replace(_timed(h), peer_certificates=chains.told(h), bytes_sent=0)
            for h in r.tls_handshakes
        ),
        quic_handshakes=tuple(
            replace(_timed(h), peer_certificates=chains.told(h)) for h in r.quic_handshakes
        ),
        http_transactions=tuple(_http(h, pages) for h in r.http_transactions),
        network_events=tuple(_event(e) for e in r.network_events),
    )


def _timed(record: T) -> T:
    return replace(record, t0=round(record.t0, _DIGITS), t=round(record.t, _DIGITS))


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _event(e: NetworkEvent) -> NetworkEvent:
    sent = e.operation.startswith("write")
    return replace(
        e,
        address=None,
        t=round(e.t, _DIGITS),
        t0=_seconds(e.t0),
        num_bytes=None if sent else e.num_bytes,
    )


def _is_known(q: DNSQuery) -> bool:
    return host_of(q.resolver_address) in PUBLIC_RESOLVERS


def _query(q: DNSQuery) -> DNSQuery:
    """Which resolver somebody has is theirs, even where it is a common one: that others' are told would mark them.

    A TTL tells when it was asked to the second, to whoever knows when the resolver asked.
    """
    known = q.role == "public" and _is_known(q)
    return replace(
        _timed(q),
        resolver_address=q.resolver_address if known else "",
        raw_response=None,
        answers=tuple(replace(a, ttl=None) for a in q.answers),
    )


def _http(h: HTTPTransaction, pages: Pages) -> HTTPTransaction:
    return replace(_timed(pages.told(h)), request_headers=(), headers=_headers(h.headers))


def _headers(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() in _HEADERS)


def _control(c: Control) -> Control:
    if not isinstance(c, ControlAnswered):
        return c
    http = replace(c.http, headers=_headers(c.http.headers), runtime=_seconds(c.http.runtime))
    dns = replace(c.dns, ttls=())
    return replace(c, address="", http=http, dns=dns, runtime=_seconds(c.runtime))


def _verdict(v: Verdict, gone: Mapping[str, str]) -> Verdict:
    return replace(
        v,
        summary=_without(v.summary, gone),
        reason=None if v.reason is None else _without(v.reason, gone),
        evidence=tuple(replace(e, says=_without(e.says, gone)) for e in v.evidence),
        partial=tuple(replace(p, where=_without(p.where, gone)) for p in v.partial),
    )


def _without(text: str, gone: Mapping[str, str]) -> str:
    if not gone:
        return text
    longest_first = sorted(gone, key=len, reverse=True)
    every = "|".join(
        rf"\b{re.escape(part)}" if part[0].isdigit() else re.escape(part) for part in longest_first
    )
    return re.sub(every, lambda found: gone[found[0]], text)
