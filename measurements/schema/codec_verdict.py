"""Verdict and controls to and from JSON: CONTRACT.md §1 and OONI's `control` object."""

from typing import Any

from measurements.schema.codec_records import (
    BadDocument,
    Json,
    failure_of,
    join_endpoint,
    mapping,
    number,
    objects,
    split_endpoint,
    text,
)
from measurements.schema.measurement import (
    Control,
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlFailed,
    ControlHop,
    ControlHTTP,
)
from measurements.schema.records import Headers
from measurements.schema.verdict import Evidence, LayerOutcome, Partial, Verdict
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger


def encode_verdict(v: Verdict) -> Json:
    """A Verdict as `x_verdict`."""
    return {
        "status": v.status.value,
        "layer": v.layer and v.layer.value,
        "mechanism": v.mechanism and v.mechanism.value,
        "trigger": v.trigger and v.trigger.value,
        "locus": v.locus.value,
        "confidence": v.confidence,
        "summary": v.summary,
        "reason": v.reason,
        "label": v.label,
        "evidence": [
            {"rule_id": e.rule_id, "says": e.says, "transactions": list(e.transactions)}
            for e in v.evidence
        ],
        "layers": {
            o.layer.value: {
                "outcome": o.outcome.value,
                "mechanism": o.mechanism and o.mechanism.value,
                "trigger": o.trigger and o.trigger.value,
            }
            for o in v.layers
        },
        "partial": [
            {"layer": p.layer.value, "mechanism": p.mechanism.value, "where": p.where}
            for p in v.partial
        ],
        "rules_version": v.rules_version,
    }


def decode_verdict(obj: Json, accessible: object, blocking: object) -> Verdict:
    """`x_verdict` as a Verdict; raises BadDocument on words that the contract does not know."""
    try:
        return Verdict(
            status=Status(obj["status"]),
            layer=Layer(obj["layer"]) if obj.get("layer") else None,
            mechanism=Mechanism(obj["mechanism"]) if obj.get("mechanism") else None,
            trigger=Trigger(obj["trigger"]) if obj.get("trigger") else None,
            locus=Locus(obj.get("locus") or "unknown"),
            confidence=number(obj.get("confidence"), "x_verdict.confidence"),
            summary=text(obj.get("summary"), "x_verdict.summary"),
            reason=text(obj.get("reason"), "x_verdict.reason") or None,
            label=text(obj.get("label"), "x_verdict.label") or None,
            rules_version=int(number(obj.get("rules_version"), "x_verdict.rules_version")),
            evidence=tuple(_evidence(e) for e in objects(obj.get("evidence"), "evidence")),
            layers=tuple(
                LayerOutcome(
                    layer=Layer(name),
                    outcome=Outcome(o["outcome"]),
                    mechanism=Mechanism(o["mechanism"]) if o.get("mechanism") else None,
                    trigger=Trigger(o["trigger"]) if o.get("trigger") else None,
                )
                for name, o in mapping(obj.get("layers"), "x_verdict.layers").items()
            ),
            partial=tuple(
                Partial(
                    layer=Layer(p["layer"]),
                    mechanism=Mechanism(p["mechanism"]),
                    where=text(p.get("where"), "partial.where"),
                )
                for p in objects(obj.get("partial"), "x_verdict.partial")
            ),
            accessible=accessible if isinstance(accessible, bool) else None,
            blocking=blocking if isinstance(blocking, bool | str) else None,
        )
    except (KeyError, ValueError, TypeError) as exc:
        if isinstance(exc, BadDocument):
            raise
        raise BadDocument(f"x_verdict: {exc}") from exc


def _evidence(e: Json) -> Evidence:
    return Evidence(
        rule_id=text(e.get("rule_id"), "evidence.rule_id"),
        says=text(e.get("says"), "evidence.says"),
        transactions=tuple(i for i in e.get("transactions") or () if isinstance(i, int)),
    )


def encode_control(c: ControlAnswered) -> Json:
    """The control's answer in the test-helper's shape, our additions under x_."""
    return {
        "tcp_connect": {
            join_endpoint(e.ip, e.port): {
                "status": e.tcp_failure is None,
                "failure": legacy_tcp(e.tcp_failure),
                "x_failure": e.tcp_failure,
            }
            for e in c.endpoints
        },
        "tls_handshake": {
            join_endpoint(e.ip, e.port): {
                "server_name": e.server_name,
                "status": e.tls_failure is None,
                "failure": e.tls_failure,
                "x_chain_sha256": list(e.chain_sha256),
            }
            for e in c.endpoints
            if e.tls_done
        },
        "quic_handshake": {},
        "http_request": {
            "body_length": c.http.body_length if c.http.body_total is None else c.http.body_total,
            "discovered_h3_endpoint": "",
            "failure": legacy_http(c.http.failure),
            "title": c.http.title,
            "headers": dict(reversed(c.http.headers)),  # of one name the first, as Go's Header.Get
            "status_code": c.http.status_code,
            "x_failure": c.http.failure,
            "x_body_length": c.http.body_length,
            "x_body_total": c.http.body_total,
            "x_headers_list": [[name, value] for name, value in c.http.headers],
            "x_body_sha256": c.http.body_sha256,
            "x_shingles": list(c.http.shingles),
            "x_stable": c.http.stable,
            "x_runtime": c.http.runtime,
            "x_hops": [
                {"url": h.url, "status_code": h.status_code, "location": h.location}
                for h in c.http.hops
            ],
        },
        "http3_request": None,
        "dns": {
            "failure": legacy_dns(c.dns.failure),
            "addrs": list(c.dns.addresses),
            "x_failure": c.dns.failure,
            "x_ttls": list(c.dns.ttls),
        },
        "ip_info": {ip: {"asn": 0, "flags": flags} for ip, flags in c.ip_flags},
        "x_runtime": c.runtime,
    }


def decode_control(obj: Json, *, depth: int, url: str, address: str) -> ControlAnswered:
    """A test helper's answer, OONI's or ours. Raises BadDocument."""
    dns = mapping(obj.get("dns"), "control.dns")
    addresses = dns.get("addrs") or []
    if not isinstance(addresses, list):
        raise BadDocument("control.dns.addrs: expected a list")
    runtime = obj.get("x_runtime")
    return ControlAnswered(
        depth=depth,
        url=url,
        address=address,
        dns=ControlDNS(
            failure=_control_failure(dns, "control.dns"),
            addresses=tuple(a for a in addresses if isinstance(a, str)),
            ttls=_ints(dns.get("x_ttls")),
        ),
        http=_control_http(mapping(obj.get("http_request"), "control.http_request")),
        endpoints=tuple(_endpoints(obj)),
        ip_flags=tuple(
            (ip, int(number(mapping(info, "ip_info").get("flags"), "ip_info.flags")))
            for ip, info in mapping(obj.get("ip_info"), "control.ip_info").items()
        ),
        runtime=float(runtime) if isinstance(runtime, int | float) else None,
    )


def _ints(value: object) -> tuple[int, ...]:
    return tuple(i for i in value if isinstance(i, int)) if isinstance(value, list) else ()


def _endpoints(obj: Json) -> list[ControlEndpoint]:
    tcp = mapping(obj.get("tcp_connect"), "control.tcp_connect")
    tls = mapping(obj.get("tls_handshake"), "control.tls_handshake")
    out = []
    for name in dict.fromkeys([*tcp, *tls]):
        ip, port = split_endpoint(name)
        if not ip:
            continue
        hello = tls.get(name)
        fields: dict[str, Any] = {}
        if isinstance(hello, dict):
            chain = hello.get("x_chain_sha256")
            fields = {
                "tls_done": True,
                "tls_failure": _status_failure(hello, "control.tls_handshake"),
                "server_name": text(hello.get("server_name"), "control.tls_handshake.server_name"),
                "chain_sha256": tuple(c for c in chain if isinstance(c, str))
                if isinstance(chain, list)
                else (),
            }
        connect = tcp.get(name)
        failure = _status_failure(connect, "tcp_connect") if isinstance(connect, dict) else None
        out.append(ControlEndpoint(ip=ip, port=port, tcp_failure=failure, **fields))
    return out


def _status_failure(obj: Json, where: str) -> str | None:
    """The failure; a false status without one is an unknown failure, never a success."""
    failure = _control_failure(obj, where)
    return failure or ("unknown_failure" if obj.get("status") is False else None)


def _control_http(http: Json) -> ControlHTTP:
    stable, runtime = http.get("x_stable"), http.get("x_runtime")
    status, total = http.get("status_code"), http.get("x_body_total")
    length = http.get("x_body_length", http.get("body_length"))
    return ControlHTTP(
        failure=_control_failure(http, "control.http_request"),
        status_code=status if isinstance(status, int) else -1,
        title=text(http.get("title"), "control.http_request.title"),
        headers=_control_headers(http),
        body_length=length if isinstance(length, int) else -1,
        body_total=total if isinstance(total, int) else None,
        body_sha256=text(http.get("x_body_sha256"), "x_body_sha256") or None,
        shingles=_ints(http.get("x_shingles")),
        stable=stable if isinstance(stable, bool) else None,
        runtime=float(runtime) if isinstance(runtime, int | float) else None,
        hops=tuple(
            ControlHop(
                url=text(h.get("url"), "x_hops.url"),
                status_code=int(number(h.get("status_code"), "x_hops.status_code")),
                location=text(h.get("location"), "x_hops.location") or None,
            )
            for h in objects(http.get("x_hops"), "x_hops")
        ),
    )


def _control_headers(http: Json) -> Headers:
    """All headers where the control is ours; one of each name from OONI's."""
    pairs = http.get("x_headers_list")
    if isinstance(pairs, list):
        return tuple(
            (pair[0], pair[1])
            for pair in pairs
            if isinstance(pair, list) and len(pair) == 2 and all(isinstance(x, str) for x in pair)  # noqa: PLR2004 - name, value
        )
    headers = mapping(http.get("headers"), "control.http_request.headers")
    return tuple((str(k), str(v)) for k, v in headers.items())


def _control_failure(obj: Json, where: str) -> str | None:
    """Our df-007 string where there is one; the test helper's own word otherwise."""
    if "x_failure" in obj:
        return text(obj.get("x_failure"), f"{where}.x_failure") or None
    return failure_of(obj, where)


# The test helper speaks the dialect of the one before it (oohelperd dns.go, tcptls.go, http.go:
# dnsMapFailure, tcpMapFailure, httpMapFailure); its TLS failures are df-007's.
_SAID_OF_DNS = {
    "dns_nxdomain_error": "dns_name_error",
    "dns_name_error": "dns_name_error",
    "dns_servfail_error": "dns_server_failure",
    "dns_refused_error": "dns_server_failure",
    "dns_server_misbehaving": "dns_server_failure",
    "dns_temporary_failure": "dns_server_failure",
    "dns_non_recoverable_failure": "dns_server_failure",
    "dns_server_failure": "dns_server_failure",
}
_REFUSED = frozenset({"connection_refused", "connection_refused_error"})


def legacy_dns(failure: str | None) -> str | None:
    """As the helper says it; an answer without addresses is no failure to it."""
    if failure is None or failure == "dns_no_answer":
        return None
    return _SAID_OF_DNS.get(failure, "unknown_error")


def legacy_tcp(failure: str | None) -> str | None:
    """As the helper says it."""
    if failure is None or failure == "generic_timeout_error":
        return failure
    return "connection_refused_error" if failure in _REFUSED else "connect_error"


def legacy_http(failure: str | None) -> str | None:
    """As the helper says it."""
    if failure is None or failure == "generic_timeout_error":
        return failure
    if failure in _REFUSED:
        return "connection_refused_error"
    looked_up = failure.startswith("dns_") and failure != "dns_bogon_error"
    return "dns_lookup_error" if looked_up else "unknown_error"


def encode_controls(controls: tuple[Control, ...]) -> Json:
    """OONI's keys for the first hop, `x_controls` for all."""
    first = next((c for c in controls if c.depth == 0), None)
    return {
        "control": encode_control(first) if isinstance(first, ControlAnswered) else None,
        "control_failure": first.failure if isinstance(first, ControlFailed) else None,
        "x_controls": [
            {"depth": c.depth, "url": c.url}
            | (
                {"address": c.address, "answer": encode_control(c)}
                if isinstance(c, ControlAnswered)
                else {"failure": c.failure}
            )
            for c in controls
        ],
    }


def decode_controls(keys: Json, url: str, helper: str) -> tuple[Control, ...]:
    """All that controls said, from our keys or from OONI's."""
    ours = objects(keys.get("x_controls"), "x_controls")
    if ours:
        return tuple(_decode_entry(entry) for entry in ours)
    failure = text(keys.get("control_failure"), "control_failure")
    if failure:
        return (ControlFailed(depth=0, url=url, failure=failure),)
    answer = keys.get("control")
    if isinstance(answer, dict) and answer.get("http_request"):
        return (decode_control(answer, depth=0, url=url, address=helper),)
    return ()


def _decode_entry(entry: Json) -> Control:
    depth, url = int(number(entry.get("depth"), "x_controls.depth")), text(entry.get("url"), "url")
    if "answer" not in entry:
        return ControlFailed(depth=depth, url=url, failure=text(entry.get("failure"), "failure"))
    answer = mapping(entry.get("answer"), "x_controls.answer")
    return decode_control(
        answer, depth=depth, url=url, address=text(entry.get("address"), "address")
    )
