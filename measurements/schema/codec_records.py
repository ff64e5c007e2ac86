"""Records to and from OONI's JSON objects (df-001, 002, 005, 006, 008).

Our additions ride in `x_` keys. Decoding is lenient towards old and foreign documents: what is not
understood is left out; a value of the wrong type raises BadDocument.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

from measurements.schema.codec_features import decode_features, encode_features
from measurements.schema.codec_values import (
    BadDocument,
    Json,
    b64,
    binary,
    failure_of,
    join_endpoint,
    mapping,
    maybe_binary,
    number,
    objects,
    read_tags,
    split_endpoint,
    tags,
    text,
    tid,
    times,
)
from measurements.schema.records import (
    DNSAnswer,
    DNSQuery,
    Headers,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    TCPConnect,
    TLSHandshake,
)

# Readers of documents need the values' names too: they are this module's as well.
__all__ = [
    "BadDocument",
    "Json",
    "b64",
    "binary",
    "decode_connect",
    "decode_event",
    "decode_query",
    "decode_quic",
    "decode_tls",
    "decode_transaction",
    "encode_connect",
    "encode_event",
    "encode_handshake",
    "encode_query",
    "encode_transaction",
    "failure_of",
    "join_endpoint",
    "mapping",
    "maybe_binary",
    "number",
    "objects",
    "read_tags",
    "split_endpoint",
    "tags",
    "text",
    "title_of",
]

_PAIR = 2  # a header is [name, value]


def encode_query(q: DNSQuery) -> Json:
    """A DNSQuery as df-002."""
    return {
        "engine": q.engine,
        "resolver_address": q.resolver_address,
        "resolver_hostname": None,
        "resolver_port": None,
        "hostname": q.hostname,
        "query_type": q.query_type,
        "failure": q.failure,
        "rcode": q.rcode,
        "answers": [_encode_answer(a) for a in q.answers] or None,
        "raw_response": base64.b64encode(q.raw_response).decode() if q.raw_response else None,
        "t0": q.t0,
        "t": q.t,
        "tags": tags(q.depth, q.arm, f"role={q.role}", *(["late=1"] if q.late else [])),
        "transaction_id": q.transaction_id,
    }


_ANSWER_KEY = {"A": "ipv4", "AAAA": "ipv6"}


def _encode_answer(a: DNSAnswer) -> Json:
    out: Json = {"answer_type": a.answer_type, _ANSWER_KEY.get(a.answer_type, "hostname"): a.value}
    out["ttl"] = a.ttl
    if a.asn is not None:
        out |= {"asn": a.asn, "as_org_name": a.as_org_name or ""}
    return out


def decode_query(obj: Json) -> DNSQuery:
    """df-002 as a DNSQuery."""
    pairs, depth, arm = read_tags(obj.get("tags"))
    t0, t = times(obj, "queries")
    engine = text(obj.get("engine"), "queries.engine", "getaddrinfo")
    if engine in {"system", "golang_net_resolver"}:  # older names of getaddrinfo
        engine = "getaddrinfo"
    raw = obj.get("raw_response")
    rcode = obj.get("rcode")
    return DNSQuery(
        transaction_id=tid(obj),
        engine=engine,
        role=pairs.get("role", "system" if engine == "getaddrinfo" else "public"),
        resolver_address=text(obj.get("resolver_address"), "queries.resolver_address"),
        hostname=text(obj.get("hostname"), "queries.hostname"),
        query_type=text(obj.get("query_type"), "queries.query_type", "A"),
        t0=t0,
        t=t,
        failure=failure_of(obj, "queries"),
        rcode=rcode if isinstance(rcode, int) else None,
        answers=_decode_answers(obj.get("answers")),
        raw_response=_lenient_b64(raw) if isinstance(raw, str) else None,
        late=pairs.get("late") == "1",
        depth=depth,
        arm=arm,
    )


def _lenient_b64(raw: str) -> bytes | None:
    try:
        return binascii.a2b_base64(raw)
    except ValueError:  # binascii.Error is one; text that is not ASCII raises the plain one
        return None


def _decode_answers(value: object) -> tuple[DNSAnswer, ...]:
    if value is None:
        return ()
    items = objects(value, "queries.answers")
    return tuple([answer for item in items if (answer := _decode_answer(item)) is not None])


def _decode_answer(item: Json) -> DNSAnswer | None:
    value = item.get("ipv4") or item.get("ipv6") or item.get("hostname")
    if not isinstance(value, str):
        return None
    ttl, asn = item.get("ttl"), item.get("asn")
    return DNSAnswer(
        answer_type=text(item.get("answer_type"), "answers.answer_type"),
        value=value,
        ttl=ttl if isinstance(ttl, int) else None,
        asn=asn if isinstance(asn, int) else None,
        as_org_name=text(item.get("as_org_name"), "answers.as_org_name") or None,
    )


def encode_connect(c: TCPConnect) -> Json:
    """A TCPConnect as df-005."""
    return {
        "ip": c.ip,
        "port": c.port,
        "status": {"failure": c.failure, "success": c.failure is None},
        "t0": c.t0,
        "t": c.t,
        "tags": tags(c.depth, c.arm),
        "transaction_id": c.transaction_id,
    }


def decode_connect(obj: Json) -> TCPConnect:
    """df-005 as a TCPConnect."""
    _, depth, arm = read_tags(obj.get("tags"))
    t0, t = times(obj, "tcp_connect")
    status = mapping(obj.get("status"), "tcp_connect.status")
    return TCPConnect(
        transaction_id=tid(obj),
        ip=text(obj.get("ip"), "tcp_connect.ip"),
        port=int(number(obj.get("port"), "tcp_connect.port")),
        t0=t0,
        t=t,
        failure=failure_of(status, "tcp_connect.status"),
        depth=depth,
        arm=arm,
    )


def encode_handshake(h: TLSHandshake | QUICHandshake) -> Json:
    """A TLS or QUIC handshake as df-006."""
    out: Json = {
        "network": "udp" if isinstance(h, QUICHandshake) else "tcp",
        "address": join_endpoint(h.ip, h.port),
        "server_name": h.server_name,
        "failure": h.failure,
        "negotiated_protocol": h.negotiated_protocol,
        "peer_certificates": [b64(der) for der in h.peer_certificates] or None,
        "tls_version": "",
        "cipher_suite": "",
        "no_tls_verify": False,
        "t0": h.t0,
        "t": h.t,
        "tags": tags(h.depth, h.arm),
        "transaction_id": h.transaction_id,
    }
    if isinstance(h, TLSHandshake):
        out |= {
            "tls_version": h.tls_version,
            "cipher_suite": h.cipher_suite,
            "no_tls_verify": h.no_tls_verify,
            "x_hello": h.hello,
            "x_last_operation": h.last_operation,
            "x_bytes_sent": h.bytes_sent,
            "x_bytes_received": h.bytes_received,
        }
    return out


def _handshake_fields(obj: Json, where: str) -> Json:
    _, depth, arm = read_tags(obj.get("tags"))
    t0, t = times(obj, where)
    ip, port = split_endpoint(text(obj.get("address"), f"{where}.address"))
    certificates = obj.get("peer_certificates")
    return {
        "transaction_id": tid(obj),
        "ip": ip,
        "port": port,
        "server_name": text(obj.get("server_name"), f"{where}.server_name"),
        "t0": t0,
        "t": t,
        "failure": failure_of(obj, where),
        "negotiated_protocol": text(obj.get("negotiated_protocol"), f"{where}.alpn"),
        "peer_certificates": tuple(
            der
            for item in (certificates if isinstance(certificates, list) else [])
            if (der := _certificate(item)) is not None
        ),
        "depth": depth,
        "arm": arm,
    }


def _certificate(item: object) -> bytes | None:
    return binary(item, "peer_certificates") if isinstance(item, dict) else None


def decode_tls(obj: Json) -> TLSHandshake:
    """df-006 over TCP."""
    return TLSHandshake(
        **_handshake_fields(obj, "tls_handshakes"),
        tls_version=text(obj.get("tls_version"), "tls_handshakes.tls_version"),
        cipher_suite=text(obj.get("cipher_suite"), "tls_handshakes.cipher_suite"),
        no_tls_verify=bool(obj.get("no_tls_verify")),
        hello=text(obj.get("x_hello"), "tls_handshakes.x_hello", "whole"),
        last_operation=text(obj.get("x_last_operation"), "tls_handshakes.x_last_operation"),
        bytes_sent=int(number(obj.get("x_bytes_sent"), "tls_handshakes.x_bytes_sent")),
        bytes_received=int(number(obj.get("x_bytes_received"), "tls_handshakes.x_bytes_received")),
    )


def decode_quic(obj: Json) -> QUICHandshake:
    """df-006 over UDP."""
    return QUICHandshake(**_handshake_fields(obj, "quic_handshakes"))


def encode_transaction(h: HTTPTransaction) -> Json:
    """An HTTPTransaction as df-001."""
    features = {} if h.features is None else {"x_features": encode_features(h.features)}
    return features | {
        "network": "tcp",
        "address": join_endpoint(h.ip, h.port),
        "alpn": h.alpn,
        "failure": h.failure,
        "request": {
            "method": h.method,
            "url": h.url,
            "headers": dict(h.request_headers),
            "headers_list": [list(pair) for pair in h.request_headers],
            "body": "",
            "body_is_truncated": False,
            "x_transport": "tcp",
        },
        "response": {
            "code": h.status_code or 0,
            "headers": dict(h.headers),
            "headers_list": [list(pair) for pair in h.headers],
            "body": maybe_binary(h.body),
            "body_is_truncated": h.body_is_truncated,
            "x_body_length": h.body_length,
            "x_body_sha256": h.body_sha256,
            "x_title": h.title,
        },
        "t0": h.t0,
        "t": h.t,
        "tags": tags(h.depth, h.arm),
        "transaction_id": h.transaction_id,
    }


def _headers(obj: Json) -> Headers:
    listed = obj.get("headers_list")
    if isinstance(listed, list) and listed:
        pairs = [p for p in listed if isinstance(p, list) and len(p) == _PAIR]
        return tuple((_header_text(k), _header_text(v)) for k, v in pairs)
    plain = obj.get("headers")
    if isinstance(plain, dict):
        return tuple((str(k), _header_text(v)) for k, v in plain.items())
    return ()


def _header_text(value: object) -> str:
    if isinstance(value, str):
        return value
    raw = binary(value, "headers") if isinstance(value, dict) else b""
    return (raw or b"").decode("latin-1")


# Bounded: `<title<title<title…` would otherwise cost a second for each kilobyte of it.
_TITLE = re.compile(rb"<title(?:\s[^<>]{0,256})?>([^<]{0,512})", re.IGNORECASE)


def title_of(body: bytes) -> str | None:
    """The page's title, white space folded; None where there is none."""
    found = _TITLE.search(body)
    return " ".join(found[1].decode("utf-8", "replace").split()) if found else None


def decode_transaction(obj: Json, sha256: Callable[[bytes], str]) -> HTTPTransaction:
    """df-001 as an HTTPTransaction."""
    _, depth, arm = read_tags(obj.get("tags"))
    t0, t = times(obj, "requests")
    request, response = (
        mapping(obj.get("request"), "request"),
        mapping(obj.get("response"), "response"),
    )
    ip, port = split_endpoint(text(obj.get("address"), "requests.address"))
    code = response.get("code")
    body = binary(response.get("body"), "response.body")
    answered = isinstance(code, int) and code > 0
    kept_length = response.get("x_body_length")
    return HTTPTransaction(
        transaction_id=tid(obj),
        url=text(request.get("url"), "request.url"),
        ip=ip,
        port=port,
        t0=t0,
        t=t,
        failure=failure_of(obj, "requests"),
        method=text(request.get("method"), "request.method", "GET"),
        request_headers=_headers(request),
        status_code=code if answered else None,
        headers=_headers(response),
        body=body if answered else None,
        body_length=kept_length if isinstance(kept_length, int) else len(body or b""),
        body_is_truncated=bool(response.get("body_is_truncated")),
        body_sha256=text(response.get("x_body_sha256"), "x_body_sha256")
        or (sha256(body) if body and answered else None),
        title=text(response.get("x_title"), "x_title") or (title_of(body) if body else None),
        alpn=text(obj.get("alpn"), "requests.alpn"),
        depth=depth,
        arm=arm,
        features=decode_features(obj["x_features"]) if obj.get("x_features") else None,
    )


def encode_event(e: NetworkEvent) -> Json:
    """A NetworkEvent as df-008."""
    out: Json = {"operation": e.operation, "t": e.t, "failure": e.failure}
    out |= {"transaction_id": e.transaction_id, "tags": tags(e.depth, e.arm)}
    optional: Mapping[str, Any] = {"t0": e.t0, "address": e.address, "num_bytes": e.num_bytes}
    return out | {key: value for key, value in optional.items() if value is not None}


def decode_event(obj: Json) -> NetworkEvent:
    """df-008 as a NetworkEvent."""
    get = obj.get  # there are dozens of events
    _, depth, arm = read_tags(get("tags"))
    size, t0, address, failure = get("num_bytes"), get("t0"), get("address"), get("failure")
    return NetworkEvent(
        transaction_id=tid(obj),
        operation=text(get("operation"), "network_events.operation"),
        t=number(get("t"), "network_events.t"),
        t0=None if t0 is None else number(t0, "network_events.t0"),
        address=None if address is None else text(address, "network_events.address") or None,
        num_bytes=size if isinstance(size, int) else None,
        failure=None if failure is None else text(failure, "network_events.failure") or None,
        depth=depth,
        arm=arm,
    )
