"""What a lab world is made of: sites, names, rules, links. Frozen data only; it travels between processes by pickle."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Vantage = Literal["probe", "control", "other"]
Scope = Literal["flow", "3tuple"]


# --- what the censor does -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drop:
    """Silence: the packet that triggers and everything after it in the flow, both ways."""


@dataclass(frozen=True)
class Reset:
    """Forged RST. In-path: the trigger is swallowed; on-path: it goes on, and `count` RSTs race the server's answer."""

    to: Literal["client", "server", "both"] = "client"
    in_path: bool = True
    count: int = 1
    ttl: int = 60


@dataclass(frozen=True)
class Fin:
    """Forged FIN+ACK: a clean end of stream."""

    in_path: bool = True


@dataclass(frozen=True)
class DnsForge:
    """A forged DNS answer. `swallow`: the query never reaches the resolver; else the honest answer follows."""

    rcode: Literal["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"] = "NOERROR"
    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    swallow: bool = False
    ttl: int = 600
    delay: float = 0.0
    qtypes: tuple[int, ...] = ()  # empty: every type


@dataclass(frozen=True)
class DnsDivert:
    """Every port-53 packet goes to this resolver instead; its answers come back under the asked resolver's address."""

    to4: str
    to6: str = ""


@dataclass(frozen=True)
class Inject:
    """Bytes forged as the server's answer (block page, redirect, TLS alert), then FIN. In-path: the request is swallowed."""

    data: bytes
    fin: bool = True
    in_path: bool = True


@dataclass(frozen=True)
class Unreachable:
    """ICMP administratively prohibited, from the censor's own address."""

    code4: int = 13
    code6: int = 1


@dataclass(frozen=True)
class Throttle:
    """A slower flow. Rate by policer (drops) or shaper (queues); or plain extra delay and loss, as OONI's lab does it."""

    kbps: float = 0.0
    shaper: bool = False
    burst: int = 12_000
    delay: float = 0.0
    loss: float = 0.0


@dataclass(frozen=True)
class Freeze:
    """Silence in both directions once the server has sent so much."""

    after_bytes: int = 0
    after_packets: int = 0


@dataclass(frozen=True)
class Intercept:
    """Man in the middle with a certificate of its own authority, content served through it."""

    ca: Literal["isca", "qaznet", "isca_expired", "antivirus", "corporate"] = "isca"


@dataclass(frozen=True)
class Tamper:
    """The response is altered on its way: `old` becomes `new` in the body (Content-Length is set right)."""

    old: bytes
    new: bytes


Action = Drop | Reset | Fin | DnsForge | DnsDivert | Inject | Unreachable | Throttle | Freeze | Intercept | Tamper


@dataclass(frozen=True)
class Rule:
    """When all given conditions hold, do `action`. Without a name condition it is decided on the first packet of a flow."""

    action: Action
    qname: tuple[str, ...] = ()
    sni: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    path: str = ""  # prefix of the request target, with host or ip
    payload: bytes = b""
    ip: tuple[str, ...] = ()
    port: int = 0
    proto: Literal["", "tcp", "udp"] = ""
    quic: bool = False  # the SNI condition reads QUIC Initials instead of TCP
    suffix: bool = False  # also the names below the given ones
    family: Literal[0, 4, 6] = 0
    probability: float = 1.0
    reassemble: bool = True  # False: sees names in the first segment only
    residual: float = 0.0  # seconds for which the action goes on after the trigger
    scope: Scope = "flow"
    rearm: bool = False
    label: str = ""


# --- the honest side ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """What a site answers; `kind` names a function of internet/pages.py, the rest are its parameters."""

    kind: str = "static"
    status: int = 200
    title: str = ""
    size: int = 14_000
    location: str = ""
    delay: float = 0.0
    count: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Site:
    """One server: its names, addresses, what listens, and how it behaves for whom."""

    names: tuple[str, ...]
    v4: tuple[str, ...] = ()
    v6: tuple[str, ...] = ()
    http: Page | None = Page("to_https")
    https: Page | None = Page()
    probe_page: Page | None = None  # instead, for the probe's address
    control_page: Page | None = None
    http_port: int = 80
    https_port: int = 443
    cert: Literal["valid", "expired", "wrong_host", "self_signed", "unknown_ca", "not_yet"] = "valid"
    h2: bool = False
    h3: bool = False
    sni_policy: Literal["any", "alert", "reset", "421"] = "any"
    refuse_control: Literal["", "reset", "silence"] = ""
    refuse_probe: Literal["", "reset"] = ""
    flaky: int = 0  # so many first connections of each client are reset
    relay: str = ""  # TLS pass-through to this address instead of a site


@dataclass(frozen=True)
class Answer:
    """What a resolver says about a name."""

    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    cname: str = ""
    rcode: Literal["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "TIMEOUT"] = "NOERROR"
    ttl: int = 300


@dataclass(frozen=True)
class Name:
    """A name's honest answer, and the exceptions by resolver view (isp google cloudflare quad9) or asking vantage (control)."""

    name: str
    answer: Answer
    views: tuple[tuple[str, Answer], ...] = ()


@dataclass(frozen=True)
class Link:
    """The path between probe and Internet, as the forwarder makes it."""

    rtt: float = 0.040
    access_share: float = 0.25  # part of the delay that lies before the censor
    jitter: float = 0.0
    loss_up: float = 0.0
    loss_down: float = 0.0
    seed: int = 1
    kbps: float = 0.0
    shaper: bool = True


@dataclass(frozen=True)
class World:
    """Everything a lab needs."""

    sites: tuple[Site, ...] = ()
    names: tuple[Name, ...] = ()
    rules: tuple[Rule, ...] = ()
    link: Link = Link()
    silent: tuple[str, ...] = ()  # routed nowhere, for everybody
    silent_to_control: tuple[str, ...] = ()
    isp_dns: Literal["", "dead", "servfail", "nxdomain"] = ""
    hosts: tuple[tuple[str, str], ...] = ()  # lines of the probe's /etc/hosts
    no_v6: Literal["", "none", "broken"] = ""
    unplugged: bool = False

    def with_link(self, **changes: float | int) -> World:
        """The same world over another path."""
        return replace(self, link=replace(self.link, **changes))  # type: ignore[arg-type]


# --- scenarios ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expect:
    """The truth, in the words of CONTRACT §1."""

    status: str
    layer: str | None = None
    mechanism: str | None = None
    also: tuple[tuple[str | None, str | None], ...] = ()  # other (layer, mechanism) that are as true
    also_status: tuple[str, ...] = ()  # other statuses that are as true
    trigger: str | None = None
    locus: str | None = None
    partial: tuple[tuple[str, str], ...] = ()  # (layer, mechanism) that must be told


@dataclass(frozen=True)
class Scenario:
    """One situation whose truth is known."""

    name: str
    url: str
    kind: Literal["censored", "benign"]
    expect: Expect
    why: str
    sites: tuple[Site, ...] = ()
    names: tuple[Name, ...] = ()
    rules: tuple[Rule, ...] = ()
    silent: tuple[str, ...] = ()
    silent_to_control: tuple[str, ...] = ()
    shared: bool = True
    control: Literal["ours", "ooni", "none", "down", "clock"] = "ours"
    world: World = field(default_factory=World)  # of its own, when not shared
    group: str = ""  # scenarios of one group share one world of their own (the first one's)
    exit_status: int = 0  # what the product may exit with instead of measuring, when not shared
