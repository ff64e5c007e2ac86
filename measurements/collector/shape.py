"""The shape of a document as our own probes write it, for msgspec: parsed and checked in one go.

No second schema. Whatever does not fit here, a key too many or a value that is rare, is left to
measurement.schema.json, which decides and has the words; whatever fits here fits there as well
(tests/unit/measurements/collector/test_swift.py holds the two together). Patterns and addresses are
looked at in swift.py. What was seen on the wire is in shape_records.py.
"""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from measurements.collector.shape_records import (
    Address,
    Code,
    Connects,
    Count,
    Events,
    Experiments,
    Failure,
    Handshakes,
    Id,
    Key,
    Length,
    Mapping,
    Name,
    Nothing,
    Pairs,
    Part,
    Queries,
    Requests,
    Seconds,
    Short,
    Text,
    Uint32,
    Url,
    Word,
)
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger


class HelperDNS(Part):
    """A control's lookup."""

    addrs: Annotated[list[Key], Meta(max_length=256)] | None = None
    failure: Failure = None
    x_failure: Failure | UnsetType = UNSET
    x_ttls: Annotated[list[Uint32], Meta(max_length=256)] | None = None


class HelperHop(Part):
    """A redirect that a control followed."""

    status_code: Code
    url: Url | None
    location: Url | None = None


class HelperHTTP(Part):
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


class HelperInfo(Part):
    """What a control says of an address."""

    asn: Count = None
    flags: Uint32 | None = None


class HelperTCP(Part):
    """A control's connect."""

    failure: Failure = None
    status: bool | None = None
    x_failure: Failure | UnsetType = UNSET


class HelperTLS(Part):
    """A control's handshake."""

    failure: Failure = None
    server_name: Name = None
    status: bool | None = None
    x_chain_sha256: Annotated[list[Address], Meta(max_length=32)] | None = None
    x_failure: Failure | UnsetType = UNSET


class Helper(Part):
    """A control's answer, all keys of it: where one is missing, OONI's is meant."""

    dns: HelperDNS
    http_request: HelperHTTP
    ip_info: Annotated[dict[Address, HelperInfo], Meta(max_length=256)]
    quic_handshake: Nothing
    tcp_connect: Annotated[dict[Address, HelperTCP], Meta(max_length=256)]
    tls_handshake: Annotated[dict[Address, HelperTLS], Meta(max_length=256)]
    x_runtime: Seconds = None
    http3_request: None = None


class Said(Part):
    """An answer of a control, or that there was none."""

    depth: Annotated[int, Meta(ge=0, le=64)]
    url: Url
    address: Url | None = None
    answer: Helper | UnsetType = UNSET
    failure: Failure = None


class Noticed(Part):
    """Something about the computer."""

    kind: Word
    says: Text
    subject: Text = None


class Proof(Part):
    """A piece of evidence."""

    rule_id: Name = None
    says: Text = None
    transactions: (
        Annotated[list[Annotated[int, Meta(ge=0, le=2**53)]], Meta(max_length=4096)] | None
    ) = None


class Layered(Part):
    """A layer's outcome."""

    outcome: Outcome
    mechanism: Mechanism | None = None
    trigger: Trigger | None = None


class InPart(Part):
    """Interference that keeps nobody out."""

    layer: Layer
    mechanism: Mechanism
    where: Text = None


class Claimed(Part):
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


class Keys(Part):
    """test_keys. `control` says again what `x_controls` says of the first hop."""

    x_controls: Annotated[list[Said], Meta(max_length=64)]
    accessible: bool | None = None
    agent: Word = None
    blocking: bool | Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    client_resolver: Address | None = None
    control: Helper | UnsetType | None = UNSET
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


class Backend(Part):
    """A control's URL."""

    address: Url | None = None
    type: Word = None


class Helpers(Part):
    """The controls' URLs."""

    backend: Backend | None = None


class Document(Part):
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
