"""The quick way from a document's bytes to a checked Measurement: for documents as our probes write them.

`parse` and `check` give what validate's two would give, in half of the time, or None where they do
not know: then validate decides, and says why. They may refuse too much, never too little;
tests/unit/measurements/collector/test_swift.py compares them. Pure.
"""

import re

import msgspec

from measurements.collector import fits, shape, shape_records, swift_control
from measurements.collector.fits import UnfitError
from measurements.collector.validate import MAX_BODY, Invalid, is_bulky, sound
from measurements.schema.codec import read_place, read_time, sha256_hex
from measurements.schema.codec_records import title_of
from measurements.schema.codec_values import read_tags
from measurements.schema.measurement import Finding, Measurement
from measurements.schema.records import (
    BodyFeatures,
    DNSAnswer,
    DNSQuery,
    Headers,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)

Document = shape.Document
_document = msgspec.json.Decoder(Document)
# `answer` and `control` are cut out unread (Raw). A second one would replace the first, and nobody would
# ever read that. Their names with a letter by its number are nothing that we write (looked for in
# two steps: most documents have no such letter at all, and that is seen in a tenth of the time).
_BY_NUMBER = (rb"\u006", rb"\u007")
_SPELLED = re.compile(rb'"[a-z]*\\u00[67]')


def parse(document: bytes) -> Document | None:
    """Taken apart; None where it is not as our probes write it."""
    if is_bulky(document):
        return None
    try:
        found = _document.decode(document)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):  # the last: in what is cut out
        return None
    answers, controls = document.count(b'"answer"'), document.count(b'"control"')
    said_twice = controls > 1 or answers > len(found.test_keys.x_controls)
    spelled = any(n in document for n in _BY_NUMBER) and _SPELLED.search(document) is not None
    return None if said_twice or spelled else found


def check(d: Document, *, today: str | None = None) -> Measurement | None:
    """The measurement; None where the slow way has to look."""
    try:
        m = _measurement(d)
        sound(d.measurement_start_time, d.input, today)
    except (msgspec.MsgspecError, UnfitError, Invalid, UnicodeError):
        return None
    return m


def _measurement(d: Document) -> Measurement:
    keys, run = d.test_keys, fits.uid(d.x_run_id or "")
    if d.test_name != "web_connectivity" or not d.probe_asn or not d.probe_cc:
        raise UnfitError
    start = read_time(fits.time(d.measurement_start_time))
    report = fits.uid(d.report_id or "")
    network, resolver = d.probe_network_name, d.resolver_network_name
    fits.word(d.data_format_version or "")
    return Measurement(
        measurement_uid=fits.uid(d.measurement_uid),
        run_id=run or report,
        report_id=report,
        input=fits.target(d.input),
        measurement_start_time=start,
        test_start_time=read_time(fits.time(d.test_start_time)) if d.test_start_time else start,
        test_runtime=d.test_runtime or 0.0,
        software_name=fits.word(d.software_name or ""),
        software_version=fits.word(d.software_version or ""),
        test_version=fits.word(d.test_version or ""),
        category_code=fits.category(d.x_category_code or "") or None,
        probe=read_place(fits.asn(d.probe_asn), network or "", fits.cc(d.probe_cc)),
        resolver=read_place(
            fits.asn(d.resolver_asn or ""), resolver or "", fits.cc(d.x_resolver_cc or "")
        ),
        resolver_ip=fits.ip(d.resolver_ip or "") or None,
        annotations=tuple(d.annotations.items()) if d.annotations else (),
        findings=tuple(
            [
                Finding(kind=fits.word(f.kind or ""), says=f.says or "", subject=f.subject or None)
                for f in keys.x_environment or ()
            ]
        ),
        records=_records(keys, keys.x_dns_duplicate_responses) + _experiments(keys),
        controls=swift_control.controls(keys, d.test_helpers),
        verdict=swift_control.verdict(keys.x_verdict, keys.accessible, _told(keys.blocking))
        if keys.x_verdict is not None
        else None,
    )


def _told(blocking: bool | str | None) -> bool | str | None:
    return fits.blocking(blocking) if isinstance(blocking, str) else blocking


# --- records -------------------------------------------------------------------------------------


def _experiments(keys: shape.Keys) -> Records:
    x = keys.x_experiments
    return Records() if x is None else _records(x, None)


def _records(
    r: shape.Keys | shape_records.Experiments, late: list[shape_records.Query] | None
) -> Records:
    queries = [_query(q, late=False) for q in r.queries or ()]
    return Records(
        queries=tuple(queries + [_query(q, late=True) for q in late or ()]),
        tcp_connects=tuple([_connect(x) for x in r.tcp_connect or ()]),
        tls_handshakes=tuple([_tls(h) for h in r.tls_handshakes or ()]),
        quic_handshakes=tuple([_quic(h) for h in r.quic_handshakes or ()]),
        http_transactions=tuple([_transaction(h) for h in reversed(r.requests or ())]),
        network_events=_events(r.network_events) if r.network_events else (),
    )


def _query(q: shape_records.Query, *, late: bool) -> DNSQuery:
    pairs, depth, arm = read_tags(q.tags)
    engine = fits.word(q.engine or "") if q.engine is not None else "getaddrinfo"
    if engine in {"system", "golang_net_resolver"}:
        raise UnfitError
    t = q.t or 0.0
    raw = q.raw_response
    return DNSQuery(
        transaction_id=q.transaction_id or 0,
        engine=engine,
        role=pairs.get("role", "system" if engine == "getaddrinfo" else "public"),
        resolver_address=q.resolver_address or "",
        hostname=q.hostname or "",
        query_type="A" if q.query_type is None else fits.kind(q.query_type),
        t0=t if q.t0 is None else q.t0,
        t=t,
        failure=fits.failure(q.failure) if q.failure else None,
        rcode=q.rcode,
        answers=tuple([_answer(a) for a in q.answers]) if q.answers else (),
        raw_response=None if raw is None else fits.base64(raw),
        late=late or pairs.get("late") == "1",
        depth=depth,
        arm=arm,
    )


def _answer(a: shape_records.Answer) -> DNSAnswer:
    value = fits.ip(a.ipv4 or "") or fits.ip(a.ipv6 or "") or a.hostname
    if value is None or (a.ipv4 and a.ipv6):
        raise UnfitError
    return DNSAnswer(
        answer_type=fits.kind(a.answer_type or ""),
        value=value,
        ttl=a.ttl,
        asn=a.asn,
        as_org_name=a.as_org_name or None,
    )


def _connect(x: shape_records.Connect) -> TCPConnect:
    _, depth, arm = read_tags(x.tags)
    t, failed = x.t or 0.0, x.status.failure
    if not x.ip:
        raise UnfitError
    return TCPConnect(
        transaction_id=x.transaction_id or 0,
        ip=fits.ip(x.ip),
        port=x.port,
        t0=t if x.t0 is None else x.t0,
        t=t,
        failure=fits.failure(failed) if failed else None,
        depth=depth,
        arm=arm,
    )


def _certificates(h: shape_records.Handshake) -> tuple[bytes, ...]:
    listed = h.peer_certificates
    if not listed:
        return ()
    if any(c.format != "base64" for c in listed):
        raise UnfitError
    return fits.chain(tuple([c.data for c in listed]))


def _tls(h: shape_records.Handshake) -> TLSHandshake:
    _, depth, arm = read_tags(h.tags)
    ip, port = fits.endpoint(h.address or "")
    t, failed = h.t or 0.0, h.failure
    return TLSHandshake(
        transaction_id=h.transaction_id or 0,
        ip=ip,
        port=port,
        server_name=h.server_name or "",
        t0=t if h.t0 is None else h.t0,
        t=t,
        failure=fits.failure(failed) if failed else None,
        tls_version=fits.word(h.tls_version or ""),
        cipher_suite=fits.word(h.cipher_suite or ""),
        negotiated_protocol=fits.word(h.negotiated_protocol or ""),
        peer_certificates=_certificates(h),
        no_tls_verify=bool(h.no_tls_verify),
        hello="whole" if h.x_hello is None else fits.word(h.x_hello),
        last_operation=fits.word(h.x_last_operation or ""),
        bytes_sent=h.x_bytes_sent or 0,
        bytes_received=h.x_bytes_received or 0,
        depth=depth,
        arm=arm,
    )


def _quic(h: shape_records.Handshake) -> QUICHandshake:
    tls = _tls(h)  # all its fields are checked, as the schema does
    return QUICHandshake(
        transaction_id=tls.transaction_id,
        ip=tls.ip,
        port=tls.port,
        server_name=tls.server_name,
        t0=tls.t0,
        t=tls.t,
        failure=tls.failure,
        negotiated_protocol=tls.negotiated_protocol,
        peer_certificates=tls.peer_certificates,
        depth=tls.depth,
        arm=tls.arm,
    )


def _headers(part: shape_records.Asked | shape_records.Got) -> Headers:
    return tuple(part.headers_list or (part.headers or {}).items())


_NOT_ANSWERED = shape_records.Got()


def _transaction(h: shape_records.Transaction) -> HTTPTransaction:
    _, depth, arm = read_tags(h.tags)
    ip, port = fits.endpoint(h.address or "")
    asked, got = h.request, h.response or _NOT_ANSWERED
    body, t, failed = _body(got.body), h.t or 0.0, h.failure
    code, f = got.code or None, h.x_features
    length = got.x_body_length
    return HTTPTransaction(
        transaction_id=h.transaction_id or 0,
        url=fits.url(asked.url),
        ip=ip,
        port=port,
        t0=t if h.t0 is None else h.t0,
        t=t,
        failure=fits.failure(failed) if failed else None,
        method="GET" if asked.method is None else fits.method(asked.method),
        request_headers=_headers(asked),
        status_code=code,
        headers=_headers(got),
        body=body if code else None,
        body_length=len(body or b"") if length is None else length,
        body_is_truncated=bool(got.body_is_truncated),
        body_sha256=fits.digest(got.x_body_sha256 or "")
        or (sha256_hex(body) if body and code else None),
        title=got.x_title or (title_of(body) if body else None),
        alpn=fits.word(h.alpn or ""),
        depth=depth,
        arm=arm,
        features=None
        if f is None
        else BodyFeatures(
            shingles=tuple(f.shingles),
            text_length=f.text_length,
            links=f.links,
            signs=tuple(f.signs),
        ),
    )


def _body(value: str | shape_records.Binary | None) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, str):
        body = value.encode()
    elif value.format == "base64":
        body = fits.base64(value.data)
    else:
        raise UnfitError
    if len(body) > MAX_BODY:
        raise UnfitError
    return body


def _events(events: list[shape_records.Event]) -> tuple[NetworkEvent, ...]:
    """There are dozens, and most have the tags of the one before."""
    out, last = [], events[0].tags
    _, depth, arm = read_tags(last)
    for e in events:
        if e.tags != last:
            last = e.tags
            _, depth, arm = read_tags(last)
        failed = e.failure
        out.append(
            NetworkEvent(
                transaction_id=e.transaction_id or 0,
                operation=fits.word(e.operation or ""),
                t=e.t or 0.0,
                t0=e.t0,
                address=e.address or None,
                num_bytes=e.num_bytes,
                failure=fits.failure(failed) if failed else None,
                depth=depth,
                arm=arm,
            )
        )
    return tuple(out)
