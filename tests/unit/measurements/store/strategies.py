"""Random measurements: any value that a column can hold."""

from hypothesis import strategies as st

from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlFailed,
    ControlHop,
    ControlHTTP,
    Finding,
    Measurement,
    Place,
)
from measurements.schema.records import (
    Arm,
    BodyFeatures,
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from measurements.schema.verdict import Evidence, LayerOutcome, Partial, Verdict
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger

_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_text = _words | st.just("\ud800 a lone surrogate") | st.just("a\0b")
_name = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
_opt = st.none() | _text
_int = st.integers(-(2**63), 2**63 - 1)
_opt_int = st.none() | _int
_float = st.floats(allow_nan=False, allow_infinity=False)
_opt_float = st.none() | _float
_hash = st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex) | _words | st.just("A" * 64)
_headers = st.lists(st.tuples(_text, _text), max_size=3).map(tuple)
_bytes = st.binary(max_size=40)
_ders = st.lists(_bytes, max_size=3).map(tuple)
_arm = st.none() | st.builds(Arm, experiment=_text, name=_text, repetition=_int)
_place = st.builds(Place, asn=_opt_int, as_org_name=_opt, cc=_opt)
_base = {"transaction_id": _int, "t": _float, "failure": _opt, "depth": _int, "arm": _arm}
_timed = _base | {"t0": _float}
_endpoint = _timed | {"ip": _text, "port": _int}


def _many(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


_answer = st.builds(
    DNSAnswer, answer_type=_text, value=_text, ttl=_opt_int, asn=_opt_int, as_org_name=_opt
)
_query = st.builds(
    DNSQuery,
    **_timed,
    engine=_text,
    role=_text,
    resolver_address=_text,
    hostname=_text,
    query_type=_text,
    rcode=_opt_int,
    answers=_many(_answer),
    raw_response=st.none() | _bytes,
    late=st.booleans(),
)
_tls = st.builds(
    TLSHandshake,
    **_endpoint,
    server_name=_text,
    tls_version=_text,
    cipher_suite=_text,
    negotiated_protocol=_text,
    peer_certificates=_ders,
    no_tls_verify=st.booleans(),
    hello=_text,
    last_operation=_text,
    bytes_sent=_int,
    bytes_received=_int,
)
_quic = st.builds(
    QUICHandshake,
    **_endpoint,
    server_name=_text,
    negotiated_protocol=_text,
    peer_certificates=_ders,
)
_http = st.builds(
    HTTPTransaction,
    **_endpoint,
    url=_text,
    method=_text,
    request_headers=_headers,
    status_code=_opt_int,
    headers=_headers,
    body=st.none() | st.binary(max_size=2000),
    body_length=_int,
    body_is_truncated=st.booleans(),
    body_sha256=_hash,
    title=_opt,
    alpn=_text,
    features=st.none()
    | st.builds(
        BodyFeatures,
        shingles=st.lists(st.integers(0, 2**32 - 1), max_size=96).map(tuple),
        text_length=_int,
        links=_int,
        signs=_many(_text),
    ),
)
_event = st.builds(
    NetworkEvent, **_base, operation=_text, t0=_opt_float, address=_opt, num_bytes=_opt_int
)
_control_endpoint = st.builds(
    ControlEndpoint,
    ip=_text,
    port=_int,
    tcp_failure=_opt,
    tls_done=st.booleans(),
    tls_failure=_opt,
    server_name=_text,
    chain_sha256=_many(_text),
)
_control_http = st.builds(
    ControlHTTP,
    failure=_opt,
    status_code=_int,
    title=_text,
    headers=_headers,
    body_length=_int,
    body_sha256=_hash,
    shingles=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 2**32 - 1), max_size=9).map(tuple)
    | _many(_int),
    stable=st.none() | st.booleans(),
    runtime=_opt_float,
    hops=_many(st.builds(ControlHop, url=_text, status_code=_int, location=_opt)),
)
_control = st.builds(
    ControlAnswered,
    depth=_int,
    url=_text,
    address=_text,
    dns=st.builds(ControlDNS, failure=_opt, addresses=_many(_text), ttls=_many(_int)),
    http=_control_http,
    endpoints=_many(_control_endpoint),
    ip_flags=_many(st.tuples(_text, _int)),
    runtime=_opt_float,
) | st.builds(ControlFailed, depth=_int, url=_text, failure=_text)

verdicts = st.builds(
    Verdict,
    status=st.sampled_from(Status),
    confidence=_float,
    summary=_text,
    rules_version=_int,
    layer=st.none() | st.sampled_from(Layer),
    mechanism=st.none() | st.sampled_from(Mechanism),
    trigger=st.none() | st.sampled_from(Trigger),
    locus=st.sampled_from(Locus),
    evidence=_many(st.builds(Evidence, rule_id=_text, says=_text, transactions=_many(_int))),
    layers=_many(
        st.builds(
            LayerOutcome,
            layer=st.sampled_from(Layer),
            outcome=st.sampled_from(Outcome),
            mechanism=st.none() | st.sampled_from(Mechanism),
            trigger=st.none() | st.sampled_from(Trigger),
        )
    ),
    partial=_many(
        st.builds(
            Partial,
            layer=st.sampled_from(Layer),
            mechanism=st.sampled_from(Mechanism),
            where=_text,
        )
    ),
    reason=_opt,
    label=_opt,
    accessible=st.none() | st.booleans(),
    blocking=st.none() | st.booleans() | _words,
)

measurements = st.builds(
    Measurement,
    measurement_uid=_name,
    run_id=_words,
    input=_words,
    measurement_start_time=_words,
    test_start_time=_text,
    test_runtime=_float,
    software_name=_text,
    software_version=_text,
    test_name=_text,
    test_version=_text,
    category_code=st.none() | _words,
    probe=_place,
    resolver=_place,
    report_id=_text,
    resolver_ip=_opt,
    annotations=_headers,
    findings=_many(st.builds(Finding, kind=_text, says=_text, subject=_opt)),
    records=st.builds(
        Records,
        queries=_many(_query),
        tcp_connects=_many(st.builds(TCPConnect, **_endpoint)),
        tls_handshakes=_many(_tls),
        quic_handshakes=_many(_quic),
        http_transactions=_many(_http),
        network_events=_many(_event),
    ),
    controls=_many(_control),
    verdict=st.none() | verdicts,
)
