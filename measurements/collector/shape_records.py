"""Of shape.py: what a document's values may be, and what was seen on the wire (OONI's df-001 to df-008)."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

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
Tags: TypeAlias = (
    Annotated[tuple[Annotated[str, Meta(max_length=256)], ...], Meta(max_length=32)] | None
)
Value: TypeAlias = Annotated[str, Meta(max_length=65_536)]
Nothing: TypeAlias = Annotated[dict[Key, None], Meta(max_length=0)]


class Part(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Of a document. `gc=False`: none of them holds a cycle."""


class Answer(Part):
    """df-002's answer."""

    answer_type: Annotated[str, Meta(max_length=16)] | None = None
    as_org_name: Name = None
    asn: Uint32 | None = None
    hostname: Text = None
    ipv4: Address | None = None
    ipv6: Address | None = None
    ttl: Uint32 | None = None


class Query(Part):
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


class Opened(Part):
    """How a connect went."""

    failure: Failure = None
    success: bool | None = None


class Connect(Part):
    """df-005."""

    ip: Address
    port: Annotated[int, Meta(ge=0, le=65_535)]
    status: Opened
    t: Seconds = None
    t0: Seconds = None
    tags: Tags = None
    transaction_id: Count = None


class Binary(Part):
    """df-001's object."""

    data: Annotated[str, Meta(max_length=786_432)]
    format: Literal["base64"]


class Certificate(Part):
    """The same, smaller."""

    data: Annotated[str, Meta(max_length=87_384)]
    format: Literal["base64"]


class Handshake(Part):
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


class Asked(Part):
    """df-001's request."""

    url: Url
    body: Annotated[str, Meta(max_length=0)] | None = None
    body_is_truncated: bool | None = None
    headers: Mapping = None
    headers_list: Pairs = None
    method: Annotated[str, Meta(max_length=16)] | None = None
    x_transport: Word = None


class Got(Part):
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


class Features(Part):
    """What stands in for a body."""

    links: _Feature
    shingles: Annotated[list[Uint32], Meta(max_length=96)]
    signs: Annotated[list[Annotated[str, Meta(max_length=120)]], Meta(max_length=64)]
    text_length: _Feature


class Transaction(Part):
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


class Event(Part):
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


class Experiments(Part):
    """Of the arms."""

    network_events: Events = None
    queries: Queries = None
    quic_handshakes: Handshakes = None
    requests: Requests = None
    tcp_connect: Connects = None
    tls_handshakes: Handshakes = None
