"""A Measurement as rows of integers: pure, given somebody who numbers texts and bodies."""

import json
from dataclasses import dataclass
from typing import Protocol

from measurements.schema.measurement import Control, ControlFailed, Measurement
from measurements.schema.records import (
    Arm,
    DNSQuery,
    HTTPTransaction,
    QUICHandshake,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Verdict
from measurements.schema.words import Status

Value = int | float | str | bytes | None
Row = tuple[Value, ...]
AnswerKey = tuple[str, str, int | None, str | None]  # type, value; AS number and name, if known

SMALL_BODY = (
    1024  # bytes; a body of this size costs less than the question whether it will be missed
)

# table -> how many columns; in the order in which foreign keys allow to write
WIDTHS = {
    "measurements": 18,
    "packed": 2,
    "findings": 5,
    "dns_queries": 16,
    "tcp_connects": 10,
    "tls_handshakes": 20,
    "quic_handshakes": 13,
    "http_transactions": 19,
    "controls": 14,
    "verdicts": 16,
    "evidence": 6,
}
INSERTS = {
    table: f"INSERT INTO {table} VALUES ({', '.join('?' * width)})"  # noqa: S608 - our own names
    for table, width in WIDTHS.items()
}


class Ids(Protocol):
    """Numbers things that are stored once. The same thing always gets the same number."""

    def text(self, value: str) -> int:
        """A text's number."""
        ...

    def target(self, url: str, category_code: str | None) -> int:
        """A target's number."""
        ...

    def run(self, run_id: str) -> int:
        """A run's number."""
        ...

    def network(self, asn: int | None, cc: str | None, as_org_name: str | None) -> int:
        """A network's number."""
        ...

    def arm(self, arm: Arm) -> int:
        """An arm's number."""
        ...

    def answers(self, records: tuple[AnswerKey, ...]) -> int:
        """The number of a set of DNS records, in their order."""
        ...

    def chain(self, ders: tuple[bytes, ...]) -> int:
        """A certificate chain's number."""
        ...

    def body(self, body: bytes) -> int:
        """A body's number."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """Which measurement the rows belong to, and who numbers."""

    key: int
    ids: Ids

    def opt(self, value: str | None) -> int | None:
        """A text's number, or null."""
        return None if value is None else self.ids.text(value)

    def arm(self, arm: Arm | None) -> int | None:
        """An arm's number, or null for the base visit."""
        return None if arm is None else self.ids.arm(arm)


def to_rows(m: Measurement, *, key: int, ids: Ids, packed: bytes | None) -> dict[str, list[Row]]:
    """All rows of one measurement, by table, in writing order."""
    c = _Context(key=key, ids=ids)
    r = m.records
    rows: dict[str, list[Row]] = {
        "measurements": [_measurement(m, c)],
        "packed": [] if packed is None else [(key, packed)],
        "findings": [
            (key, i, ids.text(f.kind), ids.text(f.says), c.opt(f.subject))
            for i, f in enumerate(m.findings)
        ],
        "dns_queries": [_query(i, q, c) for i, q in enumerate(r.queries)],
        "tcp_connects": [_connect(i, x, c) for i, x in enumerate(r.tcp_connects)],
        "tls_handshakes": [_tls(i, h, c) for i, h in enumerate(r.tls_handshakes)],
        "quic_handshakes": [_quic(i, h, c) for i, h in enumerate(r.quic_handshakes)],
        "http_transactions": [_http(i, h, m, c) for i, h in enumerate(r.http_transactions)],
        "controls": [_control(i, x, c) for i, x in enumerate(m.controls)],
    }
    if m.verdict is not None:
        rows |= verdict_rows(m.verdict, key=key, revision=0, ids=ids)
    return rows


def _measurement(m: Measurement, c: _Context) -> Row:
    text = c.ids.text
    return (
        c.key,
        m.measurement_uid,
        c.ids.run(m.run_id),
        c.ids.target(m.input, m.category_code),
        m.measurement_start_time,
        text(m.test_start_time),
        m.test_runtime,
        None if m.verdict is None else m.verdict.status.value,
        None if m.verdict is None else 0,
        m.category_code,
        c.ids.network(m.probe.asn, m.probe.cc, m.probe.as_org_name),
        c.ids.network(m.resolver.asn, m.resolver.cc, m.resolver.as_org_name),
        c.opt(m.resolver_ip),
        text(m.software_name),
        text(m.software_version),
        text(m.test_name),
        text(m.test_version),
        text(m.report_id),
    )


def _query(i: int, q: DNSQuery, c: _Context) -> Row:
    text = c.ids.text
    return (
        c.key,
        i,
        q.transaction_id,
        text(q.engine),
        text(q.role),
        text(q.resolver_address),
        text(q.hostname),
        text(q.query_type),
        q.t0,
        q.t,
        c.opt(q.failure),
        q.rcode,
        _answers(q, c),
        q.late,
        q.depth,
        c.arm(q.arm),
    )


def _answers(q: DNSQuery, c: _Context) -> int | None:
    if not q.answers:
        return None
    return c.ids.answers(tuple([(a.answer_type, a.value, a.asn, a.as_org_name) for a in q.answers]))


def _connect(i: int, x: TCPConnect, c: _Context) -> Row:
    ip, failure = c.ids.text(x.ip), c.opt(x.failure)
    return (c.key, i, x.transaction_id, ip, x.port, x.t0, x.t, failure, x.depth, c.arm(x.arm))


def _chain(ders: tuple[bytes, ...], c: _Context) -> int | None:
    return c.ids.chain(ders) if ders else None


def _tls(i: int, h: TLSHandshake, c: _Context) -> Row:
    text = c.ids.text
    return (
        c.key,
        i,
        h.transaction_id,
        text(h.ip),
        h.port,
        text(h.server_name),
        h.t0,
        h.t,
        c.opt(h.failure),
        text(h.tls_version),
        text(h.cipher_suite),
        text(h.negotiated_protocol),
        _chain(h.peer_certificates, c),
        h.no_tls_verify,
        text(h.hello),
        text(h.last_operation),
        h.bytes_sent,
        h.bytes_received,
        h.depth,
        c.arm(h.arm),
    )


def _quic(i: int, h: QUICHandshake, c: _Context) -> Row:
    text = c.ids.text
    return (
        c.key,
        i,
        h.transaction_id,
        text(h.ip),
        h.port,
        text(h.server_name),
        h.t0,
        h.t,
        c.opt(h.failure),
        text(h.negotiated_protocol),
        _chain(h.peer_certificates, c),
        h.depth,
        c.arm(h.arm),
    )


def keeps_body(h: HTTPTransaction, verdict: Verdict | None) -> bool:
    """Whether the body is worth its place.

    Of a page that opened as it should, its hash, length and title are enough, if TLS proved it
    genuine. Over plain HTTP nothing but the body itself proves that, so `rescore` needs it.
    """
    if h.body is None:
        return False
    if verdict is None or verdict.status is not Status.ACCESSIBLE or len(h.body) <= SMALL_BODY:
        return True
    return h.arm is None and h.url.startswith("http://")


def _http(i: int, h: HTTPTransaction, m: Measurement, c: _Context) -> Row:
    text = c.ids.text
    body = h.body if keeps_body(h, m.verdict) else None
    return (
        c.key,
        i,
        h.transaction_id,
        text(h.url),
        text(h.ip),
        h.port,
        h.t0,
        h.t,
        c.opt(h.failure),
        text(h.method),
        h.status_code,
        None if body is None else c.ids.body(body),
        h.body_length,
        h.body_is_truncated,
        squeeze_hash(h.body_sha256),
        c.opt(h.title),
        text(h.alpn),
        h.depth,
        c.arm(h.arm),
    )


def _control(i: int, x: Control, c: _Context) -> Row:
    if isinstance(x, ControlFailed):
        failed = (c.key, i, x.depth, c.ids.text(x.url), c.ids.text(x.failure))
        return (*failed, None, None, None, None, None, None, None, None, None)
    return (
        c.key,
        i,
        x.depth,
        c.ids.text(x.url),
        None,
        c.ids.text(x.address),
        c.opt(x.dns.failure),
        c.opt(x.http.failure),
        x.http.status_code,
        c.ids.text(x.http.title),
        x.http.body_length,
        squeeze_hash(x.http.body_sha256),
        x.http.runtime,
        x.runtime,
    )


def squeeze_hash(value: str | None) -> str | bytes | None:
    """A SHA-256 in hex as 32 bytes; any other text as it is."""
    if value is None or len(value) != 64:  # noqa: PLR2004 - hex digits of a SHA-256
        return value
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        return value
    return raw if raw.hex() == value else value


def verdict_rows(v: Verdict, *, key: int, revision: int, ids: Ids) -> dict[str, list[Row]]:
    """The rows of a verdict and its evidence."""
    c = _Context(key=key, ids=ids)
    layers = [[o.layer, o.outcome, o.mechanism, o.trigger] for o in v.layers]
    partial = [[p.layer, p.mechanism, p.where] for p in v.partial]
    row: Row = (
        key,
        revision,
        v.rules_version,
        v.status.value,
        v.layer and v.layer.value,
        v.mechanism and v.mechanism.value,
        v.trigger and v.trigger.value,
        v.locus.value,
        v.confidence,
        ids.text(v.summary),
        c.opt(v.reason),
        c.opt(v.label),
        ids.text(json.dumps(layers)),
        ids.text(json.dumps(partial)) if partial else None,
        v.accessible,
        v.blocking,
    )
    evidence: list[Row] = [
        (key, revision, i, ids.text(e.rule_id), ids.text(e.says), _numbers(e.transactions))
        for i, e in enumerate(v.evidence)
    ]
    return {"verdicts": [row], "evidence": evidence}


def _numbers(numbers: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, numbers))}]"
