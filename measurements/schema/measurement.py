"""One measurement: who, where, when, what was seen here, what the control saw, what it means."""

from dataclasses import dataclass
from typing import TypeAlias

from measurements.schema.records import Headers, Records
from measurements.schema.verdict import Verdict

# ip_info flags of OONI's test helper (oohelperd): who gave the address and whether TLS proved it.
RESOLVED_BY_PROBE, RESOLVED_BY_CONTROL, IS_BOGON, VALID_FOR_DOMAIN = 1, 2, 4, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlEndpoint:
    """The control's TCP and TLS result for one ip:port. No `tls_done`: TLS was not tried."""

    ip: str
    port: int
    tcp_failure: str | None = None
    tls_done: bool = False
    tls_failure: str | None = None
    server_name: str = ""
    chain_sha256: tuple[str, ...] = ()  # x_: of each DER, leaf first


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlHop:
    """One answer on the control's way through redirects (x_)."""

    url: str
    status_code: int
    location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlHTTP:
    """The control's fetch: the last answer after redirects. Lengths and codes are -1 on failure."""

    failure: str | None = None
    status_code: int = -1
    title: str = ""
    headers: Headers = ()
    body_length: int = -1  # of the first 512 KiB, as the probe keeps them
    body_total: int | None = None  # x_: the whole body's, as announced, where it is longer
    body_sha256: str | None = None  # x_: of what body_length counts
    shingles: tuple[int, ...] = ()  # a bottom-k sketch of the body's words, see verdict/compare
    stable: bool | None = None  # x_: a second fetch gave the same body
    runtime: float | None = None  # seconds that its download took
    hops: tuple[ControlHop, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlDNS:
    """The control's lookup."""

    failure: str | None = None
    addresses: tuple[str, ...] = ()
    ttls: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAnswered:
    """What the control saw of one URL at about the same time."""

    depth: int
    url: str
    address: str  # the control's URL
    dns: ControlDNS
    http: ControlHTTP
    endpoints: tuple[ControlEndpoint, ...] = ()
    ip_flags: tuple[tuple[str, int], ...] = ()
    runtime: float | None = None  # seconds until the answer came

    def endpoint(self, ip: str, port: int) -> ControlEndpoint | None:
        """What the control saw of ip:port; None where it did not look."""
        return next((e for e in self.endpoints if e.ip == ip and e.port == port), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFailed:
    """No control answered; `failure` is of the last one tried."""

    depth: int
    url: str
    failure: str


NO_RECORDS = Records()

Control: TypeAlias = ControlAnswered | ControlFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about this computer or its network that changes what results mean.

    `kind`: offline captive_portal clock_skew vpn proxy bypass_tool hosts_entry resolver_dead ipv6_broken
    udp53_blocked control_unreachable tries_left_out. `subject` is the name or address concerned, if any.
    """

    kind: str
    says: str
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A network, never an address."""

    asn: int | None = None
    as_org_name: str | None = None
    cc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A whole measurement of one input. Times are ISO 8601 UTC; `test_runtime` is seconds."""

    measurement_uid: str
    run_id: str
    input: str
    measurement_start_time: str
    test_start_time: str
    test_runtime: float
    software_name: str
    software_version: str
    test_name: str = "web_connectivity"
    test_version: str = "1.0.0"
    category_code: str | None = None
    probe: Place = Place()
    resolver: Place = Place()
    report_id: str = ""
    resolver_ip: str | None = None
    annotations: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    records: Records = NO_RECORDS
    controls: tuple[Control, ...] = ()
    verdict: Verdict | None = None

    def control(self, depth: int) -> Control | None:
        """What the control said of the hop at `depth`; None where it was not asked."""
        return next((c for c in self.controls if c.depth == depth), None)
