"""A Measurement to and from OONI's `web_connectivity` document (df-000, ts-017).

Base-visit records stand where OONI has them; those of the change-one-thing arms under
`x_experiments`, so that OONI's readers see an ordinary measurement.
"""

import hashlib
import json
from typing import Any

from measurements.schema.codec_records import (
    BadDocument,
    Json,
    decode_connect,
    decode_event,
    decode_query,
    decode_quic,
    decode_tls,
    decode_transaction,
    encode_connect,
    encode_event,
    encode_handshake,
    encode_query,
    encode_transaction,
    mapping,
    number,
    objects,
    text,
)
from measurements.schema.codec_values import small_int
from measurements.schema.codec_verdict import (
    decode_controls,
    decode_verdict,
    encode_controls,
    encode_verdict,
)
from measurements.schema.measurement import Finding, Measurement, Place
from measurements.schema.records import Records

DATA_FORMAT_VERSION = "0.2.0"
_EXTENSIONS = {"dnst": 0, "httpt": 0, "netevents": 0, "tcpconnect": 0, "tlshandshake": 0}


def to_document(m: Measurement) -> Json:
    """The whole measurement as one JSON-able object."""
    keys: Json = {"agent": "redirect", "client_resolver": m.resolver_ip, "socksproxy": None}
    keys |= _encode_records(m.records, arms=False)
    keys["x_experiments"] = _encode_records(m.records, arms=True)
    keys |= encode_controls(m.controls)
    keys["x_environment"] = [
        {"kind": f.kind, "says": f.says, "subject": f.subject} for f in m.findings
    ]
    if m.verdict is not None:
        keys["accessible"] = m.verdict.accessible
        keys["blocking"] = m.verdict.blocking
        keys["x_verdict"] = encode_verdict(m.verdict)
    return {
        "annotations": dict(m.annotations),
        "data_format_version": DATA_FORMAT_VERSION,
        "extensions": _EXTENSIONS,
        "input": m.input,
        "measurement_start_time": _ooni_time(m.measurement_start_time),
        "measurement_uid": m.measurement_uid,
        "probe_asn": f"AS{m.probe.asn or 0}",
        "probe_cc": m.probe.cc or "ZZ",
        "probe_ip": "127.0.0.1",
        "probe_network_name": m.probe.as_org_name or "",
        "report_id": m.report_id,
        "resolver_asn": f"AS{m.resolver.asn or 0}",
        "resolver_ip": m.resolver_ip or "",
        "resolver_network_name": m.resolver.as_org_name or "",
        "software_name": m.software_name,
        "software_version": m.software_version,
        "test_helpers": _helpers(m),
        "test_keys": keys,
        "test_name": m.test_name,
        "test_runtime": m.test_runtime,
        "test_start_time": _ooni_time(m.test_start_time),
        "test_version": m.test_version,
        "x_category_code": m.category_code,
        "x_resolver_cc": m.resolver.cc,  # OONI has none
        "x_run_id": m.run_id,
    }


def _helpers(m: Measurement) -> Json:
    address = next((a for c in m.controls if (a := getattr(c, "address", None))), None)
    return {"backend": {"address": address, "type": "https"}} if address else {}


def _encode_records(r: Records, *, arms: bool) -> Json:
    def part(items: tuple[Any, ...]) -> list[Any]:
        return [item for item in items if (item.arm is not None) == arms]

    first_answers = [q for q in part(r.queries) if arms or not q.late]
    out: Json = {
        "queries": [encode_query(q) for q in first_answers],
        "tcp_connect": [encode_connect(c) for c in part(r.tcp_connects)],
        "tls_handshakes": [encode_handshake(h) for h in part(r.tls_handshakes)],
        "quic_handshakes": [encode_handshake(h) for h in part(r.quic_handshakes)],
        # df-001: the newest request comes first
        "requests": [encode_transaction(h) for h in reversed(part(r.http_transactions))],
        "network_events": [encode_event(e) for e in part(r.network_events)],
    }
    if not arms:
        late = [q for q in part(r.queries) if q.late]
        out["x_dns_duplicate_responses"] = [encode_query(q) for q in late]
    return out


def _ooni_time(iso: str) -> str:
    """df-000 writes 2026-11-23 06:17:26 where ISO 8601 has T and Z."""
    return iso.replace("T", " ").rstrip("Z").split(".")[0]


def from_document(document: object) -> Measurement:
    """Read a document, OONI's or ours. Raises BadDocument with the field and the reason."""
    doc = mapping(document, "document")
    keys = doc.get("test_keys")
    if not isinstance(keys, dict):
        raise BadDocument("not an OONI measurement: it has no test_keys")
    test_name = text(doc.get("test_name"), "test_name")
    if test_name != "web_connectivity":
        raise BadDocument(f"test_name is {test_name!r}: only web_connectivity can be judged")
    url = text(doc.get("input"), "input")
    if not url:
        raise BadDocument("input: a measurement needs the URL that was measured")
    helper = mapping(mapping(doc.get("test_helpers"), "test_helpers").get("backend"), "backend")
    start = read_time(text(doc.get("measurement_start_time"), "measurement_start_time"))
    verdict = keys.get("x_verdict")
    return Measurement(
        measurement_uid=text(doc.get("measurement_uid"), "measurement_uid") or fingerprint(doc),
        run_id=text(doc.get("x_run_id"), "x_run_id") or text(doc.get("report_id"), "report_id"),
        report_id=text(doc.get("report_id"), "report_id"),
        input=url,
        measurement_start_time=start,
        test_start_time=read_time(text(doc.get("test_start_time"), "test_start_time")) or start,
        test_runtime=number(doc.get("test_runtime"), "test_runtime"),
        software_name=text(doc.get("software_name"), "software_name"),
        software_version=text(doc.get("software_version"), "software_version"),
        test_version=text(doc.get("test_version"), "test_version"),
        category_code=text(doc.get("x_category_code"), "x_category_code") or None,
        probe=_place(doc, "probe"),
        resolver=_place(doc, "resolver"),
        resolver_ip=text(doc.get("resolver_ip"), "resolver_ip") or None,
        annotations=tuple(
            (str(k), str(v)) for k, v in mapping(doc.get("annotations"), "annotations").items()
        ),
        findings=tuple(
            Finding(
                kind=text(f.get("kind"), "kind"),
                says=text(f.get("says"), "says"),
                subject=text(f.get("subject"), "subject") or None,
            )
            for f in objects(keys.get("x_environment"), "x_environment")
        ),
        records=_decode_records(keys)
        + _decode_records(mapping(keys.get("x_experiments"), "x_experiments")),
        controls=decode_controls(keys, url, text(helper.get("address"), "test_helpers")),
        verdict=decode_verdict(verdict, keys.get("accessible"), keys.get("blocking"))
        if isinstance(verdict, dict)
        else None,
    )


def _place(doc: Json, who: str) -> Place:
    return read_place(
        text(doc.get(f"{who}_asn"), f"{who}_asn"),
        text(doc.get(f"{who}_network_name"), f"{who}_network_name"),
        text(doc.get(f"{who}_cc"), f"{who}_cc") or text(doc.get(f"x_{who}_cc"), f"x_{who}_cc"),
    )


def read_place(asn: str, network_name: str, cc: str) -> Place:
    """A network, from OONI's words for it."""
    return Place(
        asn=small_int(asn.removeprefix("AS")) or None,
        as_org_name=network_name or None,
        cc=cc if cc and cc != "ZZ" else None,
    )


def read_time(ooni: str) -> str:
    """ISO 8601, from OONI's way to write it."""
    return f"{ooni.replace(' ', 'T').rstrip('Z')}Z" if ooni else ""


def fingerprint(doc: Json) -> str:
    """A uid for a document without one: the same bytes always get the same."""
    canonical = json.dumps(doc, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "x" + hashlib.sha256(canonical.encode()).hexdigest()[:31]


def sha256_hex(data: bytes) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256(data).hexdigest()


def _decode_records(keys: Json) -> Records:
    late = [
        q | {"tags": [*(tags if isinstance(tags := q.get("tags"), list) else []), "late=1"]}
        for q in _list(keys, "x_dns_duplicate_responses")
    ]
    return Records(
        queries=tuple(map(decode_query, [*_list(keys, "queries"), *late])),
        tcp_connects=tuple(map(decode_connect, _list(keys, "tcp_connect"))),
        tls_handshakes=tuple(map(decode_tls, _list(keys, "tls_handshakes"))),
        quic_handshakes=tuple(map(decode_quic, _list(keys, "quic_handshakes"))),
        http_transactions=tuple(
            decode_transaction(h, sha256_hex) for h in reversed(_list(keys, "requests"))
        ),
        network_events=tuple(map(decode_event, _list(keys, "network_events"))),
    )


def _list(keys: Json, name: str) -> list[Json]:
    return objects(keys.get(name), name)
