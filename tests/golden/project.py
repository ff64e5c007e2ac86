"""A measurement in a few lines that a person can read and compare."""

from __future__ import annotations

from typing import TypeVar

from measurements.schema.measurement import ControlAnswered, Measurement
from measurements.schema.records import (
    DNSQuery,
    HTTPTransaction,
    QUICHandshake,
    TCPConnect,
    TLSHandshake,
)
from tests.golden.cases import Json

Record = DNSQuery | TCPConnect | TLSHandshake | QUICHandshake | HTTPTransaction
R = TypeVar("R", bound=Record)
# One letter a trial of an arm. What else fails is an x.
_LETTERS = {
    None: "o",
    "generic_timeout_error": "t",
    "connection_reset": "r",
    "connection_refused": "c",
    "eof_error": "e",
    "ssl_invalid_hostname": "h",
    "ssl_unknown_authority": "u",
    "ssl_failed_handshake": "a",
    "dns_nxdomain_error": "n",
}


def projected(m: Measurement) -> Json:
    """Environment, then each hop's outcomes, then the letters of all arms."""
    depths = sorted({r.depth for r in _all(m) if r.arm is None})
    return {
        "environment": [f"{f.kind} {f.subject or ''}".strip() for f in m.findings],
        "hops": [_hop(m, depth) for depth in depths],
        "arms": _arms(m),
    }


def _all(m: Measurement) -> list[Record]:
    r = m.records
    return [
        *r.queries,
        *r.tcp_connects,
        *r.tls_handshakes,
        *r.quic_handshakes,
        *r.http_transactions,
    ]


def _hop(m: Measurement, depth: int) -> Json:
    r = m.records

    def base(records: tuple[R, ...]) -> list[R]:
        return [x for x in records if x.depth == depth and x.arm is None]

    control = m.control(depth)
    answered = isinstance(control, ControlAnswered)
    return {
        "dns": sorted(_dns(q) for q in base(r.queries)),
        "tcp": sorted(f"{c.ip} {c.port} {_ended(c)}" for c in base(r.tcp_connects)),
        "tls": sorted(f"{h.ip} {h.port} {_ended(h)}" for h in base(r.tls_handshakes)),
        "quic": sorted(f"{h.ip} {h.port} {_ended(h)}" for h in base(r.quic_handshakes)),
        "http": [
            f"{t.url} {t.ip} {_ended(t)} {t.status_code or '-'} {t.title or ''}".rstrip()
            for t in base(r.http_transactions)
        ],
        "control": _control(control) if answered else getattr(control, "failure", None),
    }


def _dns(q: DNSQuery) -> str:
    says = " ".join(sorted(q.addresses)) or _ended(q)
    return f"{q.engine} {q.role} {q.query_type}{' late' if q.late else ''}: {says}"


def _ended(record: Record) -> str:
    return record.failure or "ok"


def _control(c: object) -> list[str]:
    assert isinstance(c, ControlAnswered)
    return [
        f"dns: {' '.join(sorted(c.dns.addresses)) or c.dns.failure}",
        *sorted(
            f"{e.ip} {e.port} tcp {e.tcp_failure or 'ok'}"
            + (f", tls {e.tls_failure or 'ok'}" if e.tls_done else "")
            for e in c.endpoints
        ),
        f"http: {c.http.failure or 'ok'} {c.http.status_code} {c.http.title}".rstrip(),
    ]


def _arms(m: Measurement) -> Json:
    """experiment -> arm -> letters, one a trial: how far the last of its operations came."""
    last: dict[tuple[str, str], dict[int, str]] = {}
    for record in _all(m):  # dns, tcp, tls, quic, http: the later stage overwrites
        if record.arm is not None:
            key = (f"{record.arm.experiment}@{record.depth}", record.arm.name)
            trial = last.setdefault(key, {})
            letter = _LETTERS.get(record.failure, "x")
            trial[record.arm.repetition] = letter
    found: Json = {}
    for (experiment, arm), trials in sorted(last.items()):
        found.setdefault(experiment, {})[arm] = "".join(trials[n] for n in sorted(trials))
    return found
