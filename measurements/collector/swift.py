"""The quick way from a document's bytes to a checked Measurement: for documents as our probes write them.

`parse` and `check` give what validate's two would give, in half of the time, or None where they do
not know: then validate decides, and says why. They may refuse too much, never too little;
tests/unit/measurements/collector/test_swift.py compares them. Pure.
"""

from functools import lru_cache

import msgspec

from measurements.collector import fits, shape, shape_records, swift_control
from measurements.collector.fits import UnfitError
from measurements.collector.validate import MAX_BODY, Invalid, is_bulky, sound
from measurements.schema.codec import read_place, read_time, sha256_hex
from measurements.schema.codec_records import title_of
from measurements.schema.codec_values import tags_of
from measurements.schema.making import maker
from measurements.schema.measurement import Finding, Measurement
from measurements.schema.records import (
    Arm,
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
from measurements.schema.verdict import Verdict

Document = shape.Document
_document = msgspec.json.Decoder(Document)
_new_query, _new_answer, _new_connect = maker(DNSQuery), maker(DNSAnswer), maker(TCPConnect)
_new_handshake, _new_event = maker(TLSHandshake), maker(NetworkEvent)
_new_transaction, _new_measurement = maker(HTTPTransaction), maker(Measurement)


def parse(document: bytes) -> Document | None:
    """Taken apart; None where it is not as our probes write it."""
    if is_bulky(document):
        return None
    try:
        return _document.decode(document)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def check(d: Document, *, today: str | None = None) -> tuple[Measurement, Verdict | None] | None:
    """The measurement without its verdict, and the verdict; None where the slow way has to look."""
    try:
        keys = d.test_keys
        claim = (
            swift_control.verdict(keys.x_verdict, keys.accessible, _told(keys.blocking))
            if keys.x_verdict is not None
            else None
        )
        m = _measurement(d)
        sound(d.measurement_start_time, d.input, today)
    except (msgspec.MsgspecError, UnfitError, Invalid, UnicodeError):
        return None
    return m, claim


def _measurement(d: Document) -> Measurement:
    keys, run = d.test_keys, fits.uid(d.x_run_id or "")
    if d.test_name != "web_connectivity" or not d.probe_asn or not d.probe_cc:
        raise UnfitError
    start = read_time(fits.time(d.measurement_start_time))
    report = fits.uid(d.report_id or "")
    network, resolver = d.probe_network_name, d.resolver_network_name
    fits.word(d.data_format_version or "")
    return _new_measurement(
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


# The same few words come together again and again: they are looked at together, once. Each cache is
# bounded, as are the texts.
_TOGETHER = 512


@lru_cache(_TOGETHER)
def _question(
    tags: tuple[str, ...], engine: str | None, kind: str | None, failure: str | None
) -> tuple[str, str, str, str | None, bool, int, Arm | None]:
    """Engine, role, type, failure, whether its tags call it late, depth and arm of a query."""
    pairs, depth, arm = tags_of(tags)
    engine = fits.word(engine) if engine is not None else "getaddrinfo"
    if engine in {"system", "golang_net_resolver"}:
        raise UnfitError
    return (
        engine,
        pairs.get("role", "system" if engine == "getaddrinfo" else "public"),
        "A" if kind is None else fits.kind(kind),
        fits.failure(failure) if failure else None,
        pairs.get("late") == "1",
        depth,
        arm,
    )


def _query(q: shape_records.Query, *, late: bool) -> DNSQuery:
    engine, role, kind, failure, tagged, depth, arm = _question(
        q.tags or (), q.engine, q.query_type, q.failure
    )
    t, raw = q.t or 0.0, q.raw_response
    return _new_query(
        transaction_id=q.transaction_id or 0,
        engine=engine,
        role=role,
        resolver_address=q.resolver_address or "",
        hostname=q.hostname or "",
        query_type=kind,
        t0=t if q.t0 is None else q.t0,
        t=t,
        failure=failure,
        rcode=q.rcode,
        answers=tuple([_answer(a) for a in q.answers]) if q.answers else (),
        raw_response=None if raw is None else fits.base64(raw),
        late=late or tagged,
        depth=depth,
        arm=arm,
    )


def _answer(a: shape_records.Answer) -> DNSAnswer:
    value = fits.ip(a.ipv4 or "") or fits.ip(a.ipv6 or "") or a.hostname
    if value is None or (a.ipv4 and a.ipv6):
        raise UnfitError
    return _new_answer(
        answer_type=fits.kind(a.answer_type or ""),
        value=value,
        ttl=a.ttl,
        asn=a.asn,
        as_org_name=a.as_org_name or None,
    )


def _connect(x: shape_records.Connect) -> TCPConnect:
    _, depth, arm = tags_of(x.tags or ())
    t, failed = x.t or 0.0, x.status.failure
    if not x.ip:
        raise UnfitError
    return _new_connect(
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
    return fits.chain(tuple([c.data for c in listed]))


@lru_cache(_TOGETHER)
def _said(
    tags: tuple[str, ...], failure: str | None, hello: str | None, words: tuple[str | None, ...]
) -> tuple[str | None, str, list[str], int, Arm | None]:
    """Failure, hello, the other words, depth and arm of a handshake."""
    _, depth, arm = tags_of(tags)
    return (
        fits.failure(failure) if failure else None,
        "whole" if hello is None else fits.word(hello),
        [fits.word(word or "") for word in words],
        depth,
        arm,
    )


def _tls(h: shape_records.Handshake) -> TLSHandshake:
    ip, port = fits.endpoint(h.address or "")
    words = (h.tls_version, h.cipher_suite, h.negotiated_protocol, h.x_last_operation)
    failure, hello, (version, suite, alpn, last), depth, arm = _said(
        h.tags or (), h.failure, h.x_hello, words
    )
    t = h.t or 0.0
    return _new_handshake(
        transaction_id=h.transaction_id or 0,
        ip=ip,
        port=port,
        server_name=h.server_name or "",
        t0=t if h.t0 is None else h.t0,
        t=t,
        failure=failure,
        tls_version=version,
        cipher_suite=suite,
        negotiated_protocol=alpn,
        peer_certificates=_certificates(h),
        no_tls_verify=bool(h.no_tls_verify),
        hello=hello,
        last_operation=last,
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
    _, depth, arm = tags_of(h.tags or ())
    ip, port = fits.endpoint(h.address or "")
    asked, got = h.request, h.response or _NOT_ANSWERED
    body, t, failed = _body(got.body), h.t or 0.0, h.failure
    code, f = got.code or None, h.x_features
    length = got.x_body_length
    return _new_transaction(
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
    body = value.encode() if isinstance(value, str) else fits.base64(value.data)
    if len(body) > MAX_BODY:
        raise UnfitError
    return body


def _events(events: list[shape_records.Event]) -> tuple[NetworkEvent, ...]:
    """There are dozens; what they have in common is looked at once."""
    for operation in {e.operation for e in events}:
        fits.word(operation or "")
    for failure in {e.failure for e in events if e.failure}:
        fits.failure(failure)
    tags = {tags: tags_of(tags or ()) for tags in {e.tags for e in events}}
    return tuple(
        [
            _new_event(
                transaction_id=e.transaction_id or 0,
                operation=e.operation or "",
                t=e.t or 0.0,
                t0=e.t0,
                address=e.address or None,
                num_bytes=e.num_bytes,
                failure=e.failure or None,
                depth=tags[e.tags][1],
                arm=tags[e.tags][2],
            )
            for e in events
        ]
    )
