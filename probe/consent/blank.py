"""Own addresses out of a measurement, while they are known: before it is judged and stored."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from measurements.schema.codec_records import title_of
from measurements.schema.measurement import ControlAnswered, Measurement
from measurements.schema.records import (
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from probe.consent.dns_wire import without_client_subnet
from probe.consent.needles import Needles

T = TypeVar("T")
S = TypeVar("S", TLSHandshake, QUICHandshake)
R = TypeVar("R", TCPConnect, TLSHandshake, QUICHandshake, HTTPTransaction)

# Addresses of nobody (RFC 7600, RFC 6666), which a judge reads as what no server can have.
NOBODY_V4, NOBODY_V6 = "192.0.0.8", "100::1"
OWN_ADDRESS, WITHHELD = "own_address", "withheld"  # annotations, for this computer only
_OURS = frozenset({"measurement_uid", "run_id", "report_id", "input"})  # made here, or typed
_GAP = b"\n\x00\n"


def blank(m: Measurement, needles: Needles) -> Measurement:
    """`m` without the needles: in all texts and bytes, certificates, DNS messages, bodies.

    A hash of a body is made anew: that of a page with an address in it gives the address to
    whoever tries all four milliards. A certificate with one is left out, and an annotation says so.
    """
    needles = needles.beside(told_outside(m))
    needles = needles.sparing(m.input)  # not what a control says of it: that may be about anybody
    cleaned, withheld = _records(m.records, Home(needles, told_outside(m)))
    told = (m.findings, m.controls, m.annotations, m.verdict, m.probe, m.resolver, m.resolver_ip)
    if needles.found_in(_GAP.join(_texts(told))):
        m = replace(_each_text(m, needles.blank_text), records=m.records)
    notes = dict(m.annotations) | {OWN_ADDRESS: "known" if needles.knows_public else "unknown"}
    if withheld:
        notes[WITHHELD] = f"certificates: {withheld + _withheld_before(m)}"
    return replace(m, records=cleaned, annotations=tuple(notes.items()))


@dataclass(frozen=True, slots=True)
class Home:
    """What is inside it; but an answer that the control is given too says nothing of this home."""

    needles: Needles
    told_outside: frozenset[str]

    def has(self, ip: str) -> bool:
        """`ip` is inside this home, and not everybody's answer."""
        if not self.needles.at_home(ip):
            return False
        return self.needles.covers(ip) or ip not in self.told_outside


def told_outside(m: Measurement) -> frozenset[str]:
    """The addresses that controls were given for the names."""
    answered = (c for c in m.controls if isinstance(c, ControlAnswered))
    return frozenset(ip for c in answered for ip in c.dns.addresses)


def address_is_known(m: Measurement) -> bool:
    """Whether the address that servers see was known when `m` was blanked."""
    return dict(m.annotations).get(OWN_ADDRESS) == "known"


def nobody(ip: str) -> str:
    """What stands in the place of an address inside the home."""
    return NOBODY_V6 if ":" in ip else NOBODY_V4


def _withheld_before(m: Measurement) -> int:
    said = dict(m.annotations).get(WITHHELD, "").rpartition(" ")[2]
    return int(said) if said.isdigit() else 0


def _records(r: Records, home: Home) -> tuple[Records, int]:
    """Addresses inside the home, then certificates, DNS messages, bodies, then every other text."""
    needles = home.needles
    r = replace(
        r,
        queries=tuple(_query(q, home) for q in r.queries),
        tcp_connects=tuple(_moved(c, home) for c in r.tcp_connects),
        tls_handshakes=tuple(_moved(h, home) for h in r.tls_handshakes),
        quic_handshakes=tuple(_moved(h, home) for h in r.quic_handshakes),
        http_transactions=tuple(_moved(h, home) for h in r.http_transactions),
    )
    bodies = {h.body: b"" for h in r.http_transactions if h.body}  # many are fetched twice
    bodies = {body: needles.blank_bytes(body) for body in bodies}
    r = replace(r, http_transactions=tuple(_page(h, bodies) for h in r.http_transactions))
    before = _certificates(r)
    bad = {der for der in before if needles.found_in(der)}
    if bad:
        r = replace(
            r,
            tls_handshakes=tuple(_without(h, bad) for h in r.tls_handshakes),
            quic_handshakes=tuple(_without(h, bad) for h in r.quic_handshakes),
        )
    if needles.found_in(_GAP.join(_texts(r))):
        r = _each_text(r, needles.blank_text)
    return r, len(bad)


def _certificates(r: Records) -> set[bytes]:
    chains = [h.peer_certificates for h in r.tls_handshakes]
    chains += [h.peer_certificates for h in r.quic_handshakes]
    return {der for chain in chains for der in chain}


def _without(h: S, bad: set[bytes]) -> S:
    kept = tuple(der for der in h.peer_certificates if der not in bad)
    return replace(h, peer_certificates=kept) if len(kept) < len(h.peer_certificates) else h


def _moved(record: R, home: Home) -> R:
    return replace(record, ip=nobody(record.ip)) if home.has(record.ip) else record


def _query(q: DNSQuery, home: Home) -> DNSQuery:
    """Answers inside the home are nobody's; its resolver has no address; nor has the asker."""
    raw = q.raw_response
    if raw is not None:
        raw = without_client_subnet(raw)
        raw = None if raw is None or home.needles.found_in(raw) else raw
    return replace(
        q,
        answers=tuple(_answer(a, home) for a in q.answers),
        resolver_address="" if home.needles.covers(q.resolver_address) else q.resolver_address,
        raw_response=raw,
    )


def _answer(a: DNSAnswer, home: Home) -> DNSAnswer:
    if home.has(a.value):
        return replace(a, value=nobody(a.value), asn=None, as_org_name=None)
    return a


def _page(h: HTTPTransaction, blanked: dict[bytes, bytes]) -> HTTPTransaction:
    body = blanked.get(h.body or b"", h.body or b"")
    return h if not h.body or body == h.body else with_body(h, body)


def with_body(h: HTTPTransaction, body: bytes) -> HTTPTransaction:
    """`h` with another body, and all that follows from it."""
    title = h.title if h.title is None else title_of(body) or h.title
    return replace(
        h,
        body=body,
        body_length=len(body),
        body_sha256=hashlib.sha256(body).hexdigest(),
        title=title,
        features=None,
    )


def _texts(value: object) -> list[bytes]:
    """All texts in a record, or in many; bytes have been looked at."""
    out: list[bytes] = []
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            out.append(item.encode("utf-8", "surrogatepass"))
        elif isinstance(item, tuple):
            waiting.extend(item)
        elif is_dataclass(item):
            waiting.extend(getattr(item, f.name) for f in fields(item))
    return list(dict.fromkeys(out))


def _each_text(value: T, change: Callable[[str], str], name: str = "") -> T:
    """A record, or a tuple of them, with every text changed."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value if name in _OURS else _as(value, change(value))
    if isinstance(value, tuple):
        return tuple(_each_text(item, change) for item in value)  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        old = {f.name: getattr(value, f.name) for f in fields(value)}
        new = {key: _each_text(item, change, key) for key, item in old.items()}
        changed = {key: item for key, item in new.items() if item is not old[key]}
        return replace(value, **changed)
    return value


def _as(old: str, new: str) -> Any:  # noqa: ANN401 - a word of an enumeration stays one
    return old if new == old else new
