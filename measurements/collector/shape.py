"""The shape of a document as our own probes write it, for msgspec: parsed and checked in one go.

No second schema. Whatever does not fit here, a key too many or a value that is rare, is left to
measurement.schema.json, which decides and has the words; whatever fits here fits there as well
(tests/unit/measurements/collector/test_swift.py holds the two together). Patterns and addresses are
looked at in swift.py.
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger

_MIB_AND_MORE = 589_824
Key: TypeAlias = Annotated[str, Meta(max_length=512)]
Word: TypeAlias = Annotated[str, Meta(max_length=64)] | None
Id: TypeAlias = Annotated[str, Meta(max_length=120)] | None
Name: TypeAlias = Annotated[str, Meta(max_length=512)] | None
Text: TypeAlias = Annotated[str, Meta(max_length=2048)] | None
Url: TypeAlias = Annotated[str, Meta(max_length=8192)]
Short: TypeAlias = Annotated[str, Meta(max_length=1024)]
Failure: TypeAlias = Annotated[str, Meta(max_length=2116)] | None
Address: TypeAlias = Annotated[str, Meta(max_length=64)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=604_800)] | None
Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)] | None
Bytes: TypeAlias = Annotated[int, Meta(ge=0, lt=10**15)] | None  # as codec_values.number
Length: TypeAlias = Annotated[int, Meta(ge=-1, le=2**53)] | None
Uint32: TypeAlias = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Code: TypeAlias = Annotated[int, Meta(ge=-1, le=999)]
Tags: TypeAlias = Annotated[list[Annotated[str, Meta(max_length=256)]], Meta(max_length=32)] | None
Value: TypeAlias = Annotated[str, Meta(max_length=65_536)]
Nothing: TypeAlias = Annotated[dict[Key, None], Meta(max_length=0)]


class _Part(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Of a document. `gc=False`: none of them holds a cycle."""


class Answer(_Part):
    """df-002's answer."""

    answer_type: Annotated[str, Meta(max_length=16)] | None = None
    as_org_name: Name = None
    asn: Uint32 | None = None
    hostname: Text = None
    ipv4: Address | None = None
    ipv6: Address | None = None
    ttl: Uint32 | None = None


class Query(_Part):
    """df-002."""

    answers: Annotated[list[Answer], Meta(max_length=256)] | None = None
    engine: Word = None
    failure: Failure = None
    hostname: Text = None
    query_type: Annotated[str, Meta(max_length=16)] | None = None
    raw_response: Annotated[str, Meta(max_length=87_384)] | None = None
    rcode: Annotated[int, Meta(ge=0, le=4095)] | None = None
    resolver_address: Text = None
    resolver_hostname: None = None
    resolver_port: None = None
    t: Seconds = None
    t0: Seconds = None
    tags: Tags = None
    transaction_id: Count = None


class Opened(_Part):
    """How a connect went."""

    failure: Failure = None
    success: bool | None = None


class Connect(_Part):
    """df-005."""

    ip: Address
    port: Annotated[int, Meta(ge=0, le=65_535)]
    status: Opened
    t: Seconds = None
    t0: Seconds = None
    tags: Tags = None
    transaction_id: Count = None


class Binary(_Part):
    """df-001's object. `format` is looked at in swift.py."""

    data: Annotated[str, Meta(max_length=786_432)]
    format: str


class Certificate(_Part):
    """The same, smaller."""

    data: Annotated[str, Meta(max_length=87_384)]
    format: str


class Handshake(_Part):
    """df-006."""

    t: Seconds
    address: Address | None = None
    cipher_suite: Word = None
    failure: Failure = None
    negotiated_protocol: Word = None
    network: Word = None
    no_tls_verify: bool | None = None
    peer_certificates: Annotated[list[Certificate], Meta(max_length=32)] | None = None
    server_name: Name = None
    t0: Seconds = None
    tags: Tags = None
    tls_version: Word = None
    transaction_id: Count = None
    x_bytes_received: Bytes = None
    x_bytes_sent: Bytes = None
    x_hello: Word = None
    x_last_operation: Word = None


Pairs: TypeAlias = Annotated[list[tuple[Value, Value]], Meta(max_length=512)] | None
Mapping: TypeAlias = Annotated[dict[Key, Value], Meta(max_length=512)] | None


class Asked(_Part):
    """df-001's request."""

    url: Url
    body: Annotated[str, Meta(max_length=0)] | None = None
    body_is_truncated: bool | None = None
    headers: Mapping = None
    headers_list: Pairs = None
    method: Annotated[str, Meta(max_length=16)] | None = None
    x_transport: Word = None


class Got(_Part):
    """df-001's response."""

    body: Annotated[str, Meta(max_length=_MIB_AND_MORE)] | Binary | None = None
    body_is_truncated: bool | None = None
    code: Annotated[int, Meta(ge=0, le=999)] | None = None
    headers: Mapping = None
    headers_list: Pairs = None
    x_body_length: Count = None
    x_body_sha256: Address | None = None
    x_title: Text = None


_Feature: TypeAlias = Annotated[int, Meta(ge=0, le=2**21)]


class Features(_Part):
    """What stands in for a body."""

    links: _Feature
    shingles: Annotated[list[Uint32], Meta(max_length=96)]
    signs: Annotated[list[Annotated[str, Meta(max_length=120)]], Meta(max_length=64)]
    text_length: _Feature


class Transaction(_Part):
    """df-001."""

    request: Asked
    address: Address | None = None
    alpn: Word = None
    failure: Failure = None
    network: Word = None
    response: Got | None = None
    t: Seconds = None
    t0: Seconds = None
    tags: Tags = None
    transaction_id: Count = None
    x_features: Features | None = None


class Event(_Part):
    """df-008."""

    operation: Word
    t: Seconds
    address: Name = None
    failure: Failure = None
    num_bytes: Count = None
    t0: Seconds = None
    tags: Tags = None
    transaction_id: Count = None


Queries: TypeAlias = Annotated[list[Query], Meta(max_length=1000)] | None
Connects: TypeAlias = Annotated[list[Connect], Meta(max_length=1000)] | None
Handshakes: TypeAlias = Annotated[list[Handshake], Meta(max_length=1000)] | None
Requests: TypeAlias = Annotated[list[Transaction], Meta(max_length=500)] | None
Events: TypeAlias = Annotated[list[Event], Meta(max_length=20_000)] | None


class Experiments(_Part):
    """Of the arms."""

    network_events: Events = None
    queries: Queries = None
    quic_handshakes: Handshakes = None
    requests: Requests = None
    tcp_connect: Connects = None
    tls_handshakes: Handshakes = None


class HelperDNS(_Part):
    """A control's lookup."""

    addrs: Annotated[list[Key], Meta(max_length=256)] | None = None
    failure: Failure = None
    x_failure: Failure | UnsetType = UNSET
    x_ttls: Annotated[list[Uint32], Meta(max_length=256)] | None = None


class HelperHop(_Part):
    """A redirect that a control followed."""

    status_code: Code
    url: Url | None
    location: Url | None = None


class HelperHTTP(_Part):
    """A control's fetch."""

    body_length: Length = None
    discovered_h3_endpoint: Word = None
    failure: Failure = None
    headers: Mapping = None
    status_code: Code | None = None
    title: Text = None
    x_body_length: Length = None
    x_body_sha256: Address | None = None
    x_body_total: Length = None
    x_failure: Failure | UnsetType = UNSET
    x_headers_list: Pairs = None
    x_hops: Annotated[list[HelperHop], Meta(max_length=64)] | None = None
    x_runtime: Seconds = None
    x_shingles: (
        Annotated[list[Annotated[int, Meta(ge=0, le=2**63 - 1)]], Meta(max_length=1024)] | None
    ) = None
    x_stable: bool | None = None


class HelperInfo(_Part):
    """What a control says of an address."""

    asn: Count = None
    flags: Uint32 | None = None


class HelperTCP(_Part):
    """A control's connect."""

    failure: Failure = None
    status: bool | None = None
    x_failure: Failure | UnsetType = UNSET


class HelperTLS(_Part):
    """A control's handshake."""

    failure: Failure = None
    server_name: Name = None
    status: bool | None = None
    x_chain_sha256: Annotated[list[Address], Meta(max_length=32)] | None = None
    x_failure: Failure | UnsetType = UNSET


class Helper(_Part):
    """A control's answer, all keys of it: where one is missing, OONI's is meant."""

    dns: HelperDNS
    http_request: HelperHTTP
    ip_info: Annotated[dict[Address, HelperInfo], Meta(max_length=256)]
    quic_handshake: Nothing
    tcp_connect: Annotated[dict[Address, HelperTCP], Meta(max_length=256)]
    tls_handshake: Annotated[dict[Address, HelperTLS], Meta(max_length=256)]
    x_runtime: Seconds = None
    http3_request: None = None


class Said(_Part):
    """An answer of a control, or that there was none. `answer` is a Helper."""

    depth: Annotated[int, Meta(ge=0, le=64)]
    url: Url
    address: Url | None = None
    answer: Raw = Raw()
    failure: Failure = None


class Noticed(_Part):
    """Something about the computer."""

    kind: Word
    says: Text
    subject: Text = None


class Proof(_Part):
    """A piece of evidence."""

    rule_id: Name = None
    says: Text = None
    transactions: (
        Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=4096)] | None
    ) = None


class Layered(_Part):
    """A layer's outcome."""

    outcome: Outcome
    mechanism: Mechanism | None = None
    trigger: Trigger | None = None


class InPart(_Part):
    """Interference that keeps nobody out."""

    layer: Layer
    mechanism: Mechanism
    where: Text = None


class Claimed(_Part):
    """The sender's verdict."""

    status: Status
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None
    evidence: Annotated[list[Proof], Meta(max_length=256)] | None = None
    label: Text = None
    layer: Layer | None = None
    layers: dict[Layer, Layered] | None = None
    locus: Locus | None = None
    mechanism: Mechanism | None = None
    partial: Annotated[list[InPart], Meta(max_length=64)] | None = None
    reason: Text = None
    rules_version: Uint32 | None = None
    summary: Text = None
    trigger: Trigger | None = None


class Keys(_Part):
    """test_keys. `control` says again what `x_controls` says of the first hop."""

    x_controls: Annotated[list[Said], Meta(max_length=64)]
    accessible: bool | None = None
    agent: Word = None
    blocking: bool | Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    client_resolver: Address | None = None
    control: Raw = Raw()
    control_failure: Failure = None
    network_events: Events = None
    queries: Queries = None
    quic_handshakes: Handshakes = None
    requests: Requests = None
    socksproxy: None = None
    tcp_connect: Connects = None
    tls_handshakes: Handshakes = None
    x_dns_duplicate_responses: Queries = None
    x_environment: Annotated[list[Noticed], Meta(max_length=64)] | None = None
    x_experiments: Experiments | None = None
    x_verdict: Claimed | None = None


class Backend(_Part):
    """A control's URL."""

    address: Url | None = None
    type: Word = None


class Helpers(_Part):
    """The controls' URLs."""

    backend: Backend | None = None


class Document(_Part):
    """The whole."""

    input: Annotated[str, Meta(min_length=1, max_length=2048)]
    measurement_start_time: Address
    measurement_uid: Annotated[str, Meta(min_length=1, max_length=120)]
    probe_asn: Word
    probe_cc: Word
    test_keys: Keys
    test_name: str
    annotations: Annotated[dict[Key, Short], Meta(max_length=64)] | None = None
    data_format_version: Word = None
    extensions: Annotated[dict[Key, Uint32], Meta(max_length=64)] | None = None
    probe_ip: Address | None = None
    probe_network_name: Name = None
    report_id: Id = None
    resolver_asn: Word = None
    resolver_ip: Address | None = None
    resolver_network_name: Name = None
    software_name: Word = None
    software_version: Word = None
    test_helpers: Helpers | None = None
    test_runtime: Seconds = None
    test_start_time: Address | None = None
    test_version: Word = None
    x_category_code: Annotated[str, Meta(max_length=32)] | None = None
    x_resolver_cc: Word = None
    x_run_id: Id = None
