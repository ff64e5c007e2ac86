"""What each step saw: the base visit line by line, the arms of the experiments summed up."""

from collections import Counter
from dataclasses import dataclass

from measurements.schema.records import (
    DNSQuery,
    HTTPTransaction,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from probe.cli.page import Page

Record = DNSQuery | TCPConnect | TLSHandshake | QUICHandshake | HTTPTransaction
_KINDS: dict[type, str] = {
    DNSQuery: "dns",
    TCPConnect: "tcp",
    TLSHandshake: "tls",
    QUICHandshake: "quic",
    HTTPTransaction: "http",
}
_ADDRESSES = 4


def all_records(r: Records) -> list[Record]:
    """In the order in which they ended."""
    records: list[Record] = [
        *r.queries,
        *r.tcp_connects,
        *r.tls_handshakes,
        *r.quic_handshakes,
        *r.http_transactions,
    ]
    return sorted(records, key=lambda record: record.t)


def base_visit(page: Page, r: Records) -> None:
    """A line for each operation of the visit itself."""
    visit = [record for record in all_records(r) if record.arm is None]
    if not visit:
        page.add("Nothing was tried.")
    for record in visit:
        style = "yellow" if record.failure else ""
        label = f"{record.t0:7.3f} {record.t:7.3f}  {_KINDS[type(record)]:<5}"
        number = f" #{record.transaction_id}" if record.transaction_id else ""
        page.add(f"{says(record)}{number}", label=label, indent=1, style=style)


def says(record: Record) -> str:
    """One operation in words."""
    if isinstance(record, DNSQuery):
        return _dns(record)
    if isinstance(record, HTTPTransaction):
        return _http(record)
    where = f"{record.ip} port {record.port}"
    if isinstance(record, TCPConnect):
        return f"{where}: {record.failure or 'connected'}"
    name = record.server_name or "no name"
    if record.failure is None:
        version = f" {record.tls_version}" if isinstance(record, TLSHandshake) else ""
        return f"{where} as {name}: handshake done{version}"
    died = ""
    if isinstance(record, TLSHandshake) and record.last_operation:
        died = f" after {record.last_operation}"
    return f"{where} as {name}: {record.failure}{died}"


def _dns(q: DNSQuery) -> str:
    resolver = f" {q.resolver_address}" if q.resolver_address else ""
    late = "; a second answer" if q.late else ""
    found = list(q.addresses) or [a.value for a in q.answers]
    more = f" and {len(found) - _ADDRESSES} more" if len(found) > _ADDRESSES else ""
    answer = " ".join(found[:_ADDRESSES]) + more or "no address"
    return (
        f"{q.engine}{resolver} ({q.role}) {q.query_type} {q.hostname}: {q.failure or answer}{late}"
    )


def _http(h: HTTPTransaction) -> str:
    if h.failure is not None and h.status_code is None:
        return f"{h.method} {h.url}: {h.failure}"
    title = f', "{h.title}"' if h.title else ""
    location = h.header("location")
    to = f", to {location}" if location else ""
    cut = ", cut short" if h.body_is_truncated else ""
    failed = f", then {h.failure}" if h.failure else ""
    return f"{h.method} {h.url}: {h.status_code}{title}, {h.body_length} bytes{cut}{to}{failed}"


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """What was repeated: the same step of the same arm, to the same place."""

    experiment: str
    arm: str
    kind: str
    what: str


def arms(page: Page, r: Records) -> None:
    """The change-one-thing experiments: how often each arm's steps ended how."""
    outcomes: dict[_Key, Counter[str]] = {}
    for record in all_records(r):
        if record.arm is not None:
            kind = _KINDS[type(record)]
            key = _Key(record.arm.experiment, record.arm.name, kind, _what(record))
            outcomes.setdefault(key, Counter())[_ended(record)] += 1
    if outcomes:
        page.head("Experiments (one thing changed at a time)")
    for experiment in dict.fromkeys(key.experiment for key in outcomes):
        page.add(experiment)
        for key in sorted(key for key in outcomes if key.experiment == experiment):
            if key.kind == "tcp" and set(outcomes[key]) == {"ok"}:
                continue  # what came of the connection says more
            ended = ", ".join(f"{n} x {how}" for how, n in outcomes[key].most_common())
            page.add(f"{key.what}: {ended}", label=f"{key.arm:<4}{key.kind:<5}", indent=4)


def _what(record: Record) -> str:
    """What an arm's step tried."""
    if isinstance(record, DNSQuery):
        return f"{record.engine} {record.resolver_address} {record.query_type} {record.hostname}"
    if isinstance(record, HTTPTransaction):
        named = (value for key, value in record.request_headers if key.lower() == "host")
        host = next(named, "")
        return f"{record.ip} port {record.port} for {host or record.url}"
    where = f"{record.ip} port {record.port}"
    if isinstance(record, TCPConnect):
        return where
    hello = getattr(record, "hello", "whole")
    how = "" if hello == "whole" else f" ({hello} hello)"
    return f"{where} as {record.server_name or 'no name'}{how}"


def _ended(record: Record) -> str:
    if record.failure is not None:
        return record.failure
    return str(record.status_code) if isinstance(record, HTTPTransaction) else "ok"
