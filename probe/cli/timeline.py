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
from probe.cli.verdict_words import failure
from probe.words import _, ngettext

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
        page.add(_("Nothing was tried."))
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
    where = _endpoint(record.ip, record.port)
    if isinstance(record, TCPConnect):
        return f"{where}: {failure(record.failure) if record.failure else _('connected')}"
    where = _as(where, record.server_name)
    if record.failure is None:
        version = f" {record.tls_version}" if isinstance(record, TLSHandshake) else ""
        return f"{where}: {_('handshake done')}{version}"
    if isinstance(record, TLSHandshake) and record.last_operation:
        died = _("{failure} after {operation}")
        died = died.format(failure=failure(record.failure), operation=record.last_operation)
        return f"{where}: {died}"
    return f"{where}: {failure(record.failure)}"


def _endpoint(ip: str | None, port: int | None) -> str:
    return _("{ip} port {port}").format(ip=ip, port=port)


def _as(where: str, name: str | None) -> str:
    """Where, and under which name."""
    return _("{where} as {name}").format(where=where, name=name or _("no name"))


def size(length: int) -> str:
    """How long a page is."""
    return ngettext("{n} byte", "{n} bytes", length).format(n=length)


def _dns(q: DNSQuery) -> str:
    resolver = f" {q.resolver_address}" if q.resolver_address else ""
    late = f"; {_('a second answer')}" if q.late else ""
    found = list(q.addresses) or [a.value for a in q.answers]
    answer = " ".join(found[:_ADDRESSES]) or _("no address")
    if more := max(0, len(found) - _ADDRESSES):
        answer += " " + ngettext("and {n} more", "and {n} more", more).format(n=more)
    if q.failure:
        answer = failure(q.failure)
    return f"{q.engine}{resolver} ({q.role}) {q.query_type} {q.hostname}: {answer}{late}"


def _http(h: HTTPTransaction) -> str:
    if h.failure is not None and h.status_code is None:
        return f"{h.method} {h.url}: {failure(h.failure)}"
    title = f', "{h.title}"' if h.title else ""
    location = h.header("location")
    said = [f"{h.status_code}{title}", size(h.body_length)]
    if h.body_is_truncated:
        said.append(_("cut short"))
    if location:
        said.append(_("to {place}").format(place=location))
    if h.failure:
        said.append(_("then {failure}").format(failure=failure(h.failure)))
    return f"{h.method} {h.url}: {', '.join(said)}"


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
        page.head(_("Experiments (one thing changed at a time)"))
    for experiment in dict.fromkeys(key.experiment for key in outcomes):
        page.add(experiment)
        width = max(4, *(len(k.arm) + 1 for k in outcomes if k.experiment == experiment))
        for key in sorted(key for key in outcomes if key.experiment == experiment):
            if key.kind == "tcp" and set(outcomes[key]) == {"ok"}:
                continue  # what came of the connection says more
            ended = ", ".join(f"{n} x {how}" for how, n in outcomes[key].most_common())
            page.add(f"{key.what}: {ended}", label=f"{key.arm:<{width}}{key.kind:<5}", indent=4)


def _what(record: Record) -> str:
    """What an arm's step tried."""
    if isinstance(record, DNSQuery):
        return f"{record.engine} {record.resolver_address} {record.query_type} {record.hostname}"
    if isinstance(record, HTTPTransaction):
        named = (value for key, value in record.request_headers if key.lower() == "host")
        host = next(named, "")
        where = _endpoint(record.ip, record.port)
        return _("{where} for {name}").format(where=where, name=host or record.url)
    where = _endpoint(record.ip, record.port)
    if isinstance(record, TCPConnect):
        return where
    hello = getattr(record, "hello", "whole")
    where = _as(where, record.server_name)
    if hello == "whole":
        return where
    return f"{where} ({_('hello: {how}').format(how=hello)})"


def _ended(record: Record) -> str:
    if record.failure is not None:
        return failure(record.failure)
    return str(record.status_code) if isinstance(record, HTTPTransaction) else "ok"
