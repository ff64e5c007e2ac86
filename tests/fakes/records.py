"""hypothesis strategies for whole measurements: everything that a record can hold."""

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

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
names = st.from_regex(r"[a-z_]{1,9}", fullmatch=True)
hosts = st.from_regex(r"[a-z]{1,9}\.example", fullmatch=True)
ips = st.ip_addresses().map(str)
ports = st.integers(1, 65535)
seconds = st.floats(0, 600, allow_nan=False)
failures = st.none() | st.sampled_from(["connection_reset", "generic_timeout_error", "eof_error"])
headers = st.lists(st.tuples(names, st.text(st.characters(codec="latin-1"))), max_size=3).map(tuple)
blobs = st.binary(max_size=40)
hashes = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
arms = st.none() | st.builds(Arm, experiment=names, name=names, repetition=st.integers(0, 9))
common = {
    "transaction_id": st.integers(0, 99),
    "t0": seconds,
    "t": seconds,
    "failure": failures,
    "depth": st.integers(0, 9),
    "arm": arms,
}
endpoint = {"ip": ips, "port": ports}


def some(item: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """A short tuple of them."""
    return st.lists(item, max_size=3).map(tuple)


answers = st.builds(
    DNSAnswer,
    answer_type=st.sampled_from(["A", "AAAA", "CNAME", "SOA"]),
    value=hosts,
    ttl=st.none() | st.integers(0, 2**31),
) | st.builds(
    DNSAnswer, answer_type=st.just("A"), value=ips, asn=st.integers(1, 2**32 - 1), as_org_name=words
)
queries = st.builds(
    DNSQuery,
    **common,
    engine=st.sampled_from(["getaddrinfo", "udp", "tcp", "dot", "doh"]),
    role=st.sampled_from(["system", "configured", "public", "other"]),
    resolver_address=words,
    hostname=hosts,
    query_type=st.sampled_from(["A", "AAAA", "ANY"]),
    rcode=st.none() | st.integers(0, 4095),
    answers=some(answers),
    raw_response=st.none() | st.binary(min_size=1, max_size=40),
    late=st.booleans(),
)
connects = st.builds(TCPConnect, **common, **endpoint)
quics = st.builds(
    QUICHandshake,
    **common,
    **endpoint,
    server_name=hosts,
    negotiated_protocol=names,
    peer_certificates=some(blobs),
)
handshakes = st.builds(
    TLSHandshake,
    **common,
    **endpoint,
    server_name=hosts | st.just(""),
    tls_version=names,
    cipher_suite=names,
    negotiated_protocol=names,
    peer_certificates=some(blobs),
    no_tls_verify=st.booleans(),
    hello=st.sampled_from(["whole", "split", "fragmented"]),
    last_operation=st.sampled_from(["", "write_1", "read_2"]),
    bytes_sent=st.integers(0, 9999),
    bytes_received=st.integers(0, 9999),
)
unanswered = st.builds(
    HTTPTransaction, **common, **endpoint, url=hosts, request_headers=headers, alpn=names
)
answered = st.builds(
    HTTPTransaction,
    **common,
    **endpoint,
    url=hosts,
    method=st.just("GET"),
    request_headers=headers,
    status_code=st.integers(100, 599),
    headers=headers,
    body=blobs,
    body_length=st.integers(0, 600_000),
    body_is_truncated=st.booleans(),
    body_sha256=hashes,
    title=names,
    alpn=names,
)
events = st.builds(
    NetworkEvent,
    transaction_id=st.integers(0, 99),
    operation=names,
    t=seconds,
    t0=st.none() | seconds,
    address=st.none() | words,
    num_bytes=st.none() | st.integers(0, 2**40),
    failure=failures,
    depth=st.integers(0, 9),
    arm=arms,
)
records = st.builds(
    Records,
    queries=some(queries),
    tcp_connects=some(connects),
    tls_handshakes=some(handshakes),
    quic_handshakes=some(quics),
    http_transactions=some(answered | unanswered),
    network_events=some(events),
)

layers, mechanisms = st.sampled_from(Layer), st.sampled_from(Mechanism)
verdicts = st.builds(
    Verdict,
    status=st.sampled_from(Status),
    confidence=st.floats(0, 1),
    summary=words,
    rules_version=st.integers(1, 99),
    layer=st.none() | layers,
    mechanism=st.none() | mechanisms,
    trigger=st.none() | st.sampled_from(Trigger),
    locus=st.sampled_from(Locus),
    evidence=some(
        st.builds(Evidence, rule_id=names, says=words, transactions=some(st.integers(0, 99)))
    ),
    layers=st.lists(
        st.builds(
            LayerOutcome,
            layer=layers,
            outcome=st.sampled_from(Outcome),
            mechanism=st.none() | mechanisms,
            trigger=st.none() | st.sampled_from(Trigger),
        ),
        unique_by=lambda o: o.layer,
    ).map(tuple),
    partial=some(st.builds(Partial, layer=layers, mechanism=mechanisms, where=words)),
    reason=st.none() | words,
    label=st.none() | words,
    accessible=st.none() | st.booleans(),
    blocking=st.none() | st.just(False) | st.sampled_from(["dns", "tcp_ip"]),
)

control_endpoints = st.lists(
    st.builds(ControlEndpoint, **endpoint, tcp_failure=failures)
    | st.builds(
        ControlEndpoint,
        **endpoint,
        tcp_failure=failures,
        tls_done=st.just(True),
        tls_failure=failures,
        server_name=hosts,
        chain_sha256=some(hashes),
    ),
    max_size=3,
    unique_by=lambda e: (e.ip, e.port),
).map(tuple)
control_http = st.builds(
    ControlHTTP,
    failure=failures,
    status_code=st.integers(-1, 599),
    title=st.text(max_size=9),
    headers=headers,
    body_length=st.integers(-1, 10**6),
    body_total=st.none() | st.integers(0, 10**9),
    body_sha256=st.none() | hashes,
    shingles=some(st.integers(0, 2**64)),
    stable=st.none() | st.booleans(),
    runtime=st.none() | seconds,
    hops=some(
        st.builds(
            ControlHop, url=hosts, status_code=st.integers(100, 599), location=st.none() | hosts
        )
    ),
)
controls = st.builds(ControlFailed, depth=st.integers(0, 9), url=hosts, failure=names) | st.builds(
    ControlAnswered,
    depth=st.integers(0, 9),
    url=hosts,
    address=hosts,
    dns=st.builds(
        ControlDNS, failure=failures, addresses=some(ips), ttls=some(st.integers(0, 2**31))
    ),
    http=control_http,
    endpoints=control_endpoints,
    ip_flags=st.dictionaries(ips, st.integers(0, 15), max_size=3).map(lambda d: tuple(d.items())),
    runtime=st.none() | seconds,
)

places = st.builds(
    Place,
    asn=st.none() | st.integers(1, 2**32 - 1),
    as_org_name=st.none() | words,
    cc=st.none() | st.just("KZ"),
)
times = st.datetimes().map(lambda d: d.replace(microsecond=0).isoformat() + "Z")
measurements = st.builds(
    Measurement,
    measurement_uid=names,
    run_id=names,
    input=hosts,
    measurement_start_time=times,
    test_start_time=times,
    test_runtime=seconds,
    software_name=names,
    software_version=names,
    test_version=names,
    category_code=st.none() | names,
    probe=places,
    resolver=places,
    report_id=names,
    resolver_ip=st.none() | ips,
    annotations=st.dictionaries(names, words, max_size=3).map(lambda d: tuple(d.items())),
    findings=some(st.builds(Finding, kind=names, says=words, subject=st.none() | words)),
    records=records,
    controls=some(controls),
    verdict=st.none() | verdicts,
)
