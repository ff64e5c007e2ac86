"""Records of network operations, one class for each of OONI's df-00x formats.

Times `t0` and `t` are seconds since the measurement's start. `failure` is a df-007 string, None for
success. `transaction_id` joins the records of one connection. `arm` is None on the base visit.
Sources: github.com/ooni/spec/tree/master/data-formats.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """Which arm of which change-one-thing experiment an operation belongs to."""

    experiment: str
    name: str
    repetition: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DNSAnswer:
    """One resource record of an answer (df-002)."""

    answer_type: str  # A AAAA CNAME SOA …
    value: str  # address or name
    ttl: int | None = None
    asn: int | None = None
    as_org_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DNSQuery:
    """One DNS question and one answer to it (df-002). A later answer to it is a record of its own.

    `engine`: getaddrinfo udp tcp dot doh. `role`: system (what applications use), configured (the
    system's resolver, asked directly), public, other.
    """

    transaction_id: int
    engine: str
    role: str
    resolver_address: str
    hostname: str
    query_type: str
    t0: float
    t: float
    failure: str | None = None
    rcode: int | None = None
    answers: tuple[DNSAnswer, ...] = ()
    raw_response: bytes | None = None
    late: bool = False  # came after the first answer to the same question
    depth: int = 0
    arm: Arm | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The A and AAAA values, in the order of the answer."""
        return tuple(a.value for a in self.answers if a.answer_type in {"A", "AAAA"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TCPConnect:
    """One TCP connect (df-005)."""

    transaction_id: int
    ip: str
    port: int
    t0: float
    t: float
    failure: str | None = None
    depth: int = 0
    arm: Arm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TLSHandshake:
    """One TLS handshake (df-006), always completed without verifying and judged afterwards.

    `failure` is ssl_unknown_authority, ssl_invalid_hostname or ssl_invalid_certificate where the
    handshake ended but the chain is bad against the bundled list. `last_operation` is the last read
    or write, counted: write_1 is the ClientHello. `hello`: whole, split (two TCP segments, cut in
    the name), fragmented (two TLS records).
    """

    transaction_id: int
    ip: str
    port: int
    server_name: str  # "" for no SNI
    t0: float
    t: float
    failure: str | None = None
    tls_version: str = ""
    cipher_suite: str = ""
    negotiated_protocol: str = ""
    peer_certificates: tuple[bytes, ...] = ()  # DER, leaf first
    no_tls_verify: bool = False
    hello: str = "whole"
    last_operation: str = ""
    bytes_sent: int = 0
    bytes_received: int = 0
    depth: int = 0
    arm: Arm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QUICHandshake:
    """One QUIC handshake (df-006 with network "udp"); fields as in TLSHandshake."""

    transaction_id: int
    ip: str
    port: int
    server_name: str
    t0: float
    t: float
    failure: str | None = None
    negotiated_protocol: str = ""
    peer_certificates: tuple[bytes, ...] = ()
    depth: int = 0
    arm: Arm | None = None


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyFeatures:
    """What judging needs of a body, without the body: no word of the page is in it.

    `shingles` is a sketch as ControlHTTP has it; () where the body was never known. `text_length`
    and `links` are of the page as a person sees it. `signs` names what was found of fingerprints.txt
    (verdict/page_signs): the phrases are ours, not the page's.
    """

    shingles: tuple[int, ...] = ()
    text_length: int = 0
    links: int = 0
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPTransaction:
    """One HTTP request and what came back (df-001).

    `body` holds at most 512 KiB, after content decoding; `body_length` is its length in bytes.
    `body_is_truncated`: the server had more than the cap, or more was announced than arrived.
    `features` stand in for a body that is not here; where there is one, it counts.
    """

    transaction_id: int
    url: str
    ip: str
    port: int
    t0: float
    t: float
    failure: str | None = None
    method: str = "GET"
    request_headers: Headers = ()
    status_code: int | None = None
    headers: Headers = ()
    body: bytes | None = None
    body_length: int = 0
    body_is_truncated: bool = False
    body_sha256: str | None = None
    title: str | None = None
    alpn: str = ""
    depth: int = 0
    arm: Arm | None = None
    features: BodyFeatures | None = None

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case; None where there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkEvent:
    """One event on a connection (df-008); bytes_received_cumulative samples show a pace."""

    transaction_id: int
    operation: str
    t: float
    t0: float | None = None
    address: str | None = None
    num_bytes: int | None = None
    failure: str | None = None
    depth: int = 0
    arm: Arm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """All that was seen, in the order in which it ended."""

    queries: tuple[DNSQuery, ...] = ()
    tcp_connects: tuple[TCPConnect, ...] = ()
    tls_handshakes: tuple[TLSHandshake, ...] = ()
    quic_handshakes: tuple[QUICHandshake, ...] = ()
    http_transactions: tuple[HTTPTransaction, ...] = ()
    network_events: tuple[NetworkEvent, ...] = ()

    def __add__(self, other: "Records") -> "Records":
        """Both, in order."""
        return Records(
            queries=self.queries + other.queries,
            tcp_connects=self.tcp_connects + other.tcp_connects,
            tls_handshakes=self.tls_handshakes + other.tls_handshakes,
            quic_handshakes=self.quic_handshakes + other.quic_handshakes,
            http_transactions=self.http_transactions + other.http_transactions,
            network_events=self.network_events + other.network_events,
        )
