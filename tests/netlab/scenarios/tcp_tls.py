"""Addresses and TLS: what is cut, what is forged, what is slowed."""

from __future__ import annotations

from tests.netlab.model import (
    Drop,
    Expect,
    Fin,
    Freeze,
    Intercept,
    Page,
    Reset,
    Rule,
    Scenario,
    Throttle,
    Unreachable,
)
from tests.netlab.scenarios.build import ALERT, Options, Spot, domain, pair


def tcp(mechanism: str, trigger: str = "ip") -> Expect:
    """Blocked by address."""
    return Expect("blocked", "tcp", mechanism, trigger=trigger, locus="network")


def tls(mechanism: str, trigger: str | None = "sni") -> Expect:
    """Blocked in the handshake."""
    return Expect("blocked", "tls", mechanism, trigger=trigger, locus="network")


SLOW = Expect(
    "throttled",
    "tls",
    "throttling",
    also=(("http", "throttling"), ("tcp", "throttling")),
    locus="network",
)
_BIG: Options = {"https": Page(size=400_000), "http": Page(size=400_000)}


plain: Options = {"http": Page()}
_TCP: list[Scenario] = [
    *pair(
        "ip-drop",
        tcp("timeout"),
        "All packets to the address are dropped.",
        twin="other",
        rules=lambda s: (Rule(Drop(), ip=s.ips),),
    ),
    *pair(
        "ip-drop-http",
        tcp("timeout"),
        "The same, http.",
        twin="other",
        scheme="http",
        site=plain,
        rules=lambda s: (Rule(Drop(), ip=s.ips),),
    ),
    *pair(
        "port-drop",
        tcp("timeout", "ip_port"),
        "Only port 443 of the address is dropped.",
        twin="other",
        site=plain,
        rules=lambda s: (Rule(Drop(), ip=s.ips, port=443, proto="tcp"),),
    ),
    *pair(
        "port80-drop",
        tcp("timeout", "ip_port"),
        "Only port 80 is dropped, and the URL is http.",
        twin="other",
        scheme="http",
        site=plain,
        rules=lambda s: (Rule(Drop(), ip=s.ips, port=80, proto="tcp"),),
    ),
    *pair(
        "ip-refused",
        tcp("refused"),
        "A forged RST answers the SYN.",
        twin="other",
        rules=lambda s: (Rule(Reset(), ip=s.ips, proto="tcp"),),
    ),
    *pair(
        "port-refused-http",
        tcp("refused", "ip_port"),
        "A forged RST answers the SYN on port 80.",
        twin="other",
        scheme="http",
        site=plain,
        rules=lambda s: (Rule(Reset(), ip=s.ips, port=80, proto="tcp"),),
    ),
    *pair(
        "ip-prohibited",
        tcp("unreachable"),
        "ICMP administratively prohibited from a router.",
        twin="other",
        rules=lambda s: (Rule(Unreachable(), ip=s.ips),),
    ),
    *pair(
        "ip-drop-dual",
        tcp("timeout"),
        "Both families are dropped.",
        twin="other",
        families="46",
        rules=lambda s: (Rule(Drop(), ip=s.ips),),
    ),
    *pair(
        "v6-drop",
        Expect("accessible", partial=(("tcp", "timeout"),)),
        "IPv6 alone is dropped; the page opens over IPv4.",
        twin="other",
        families="46",
        rules=lambda s: (Rule(Drop(), ip=s.v6),),
    ),
    *pair(
        "v6-refused",
        Expect("accessible", partial=(("tcp", "refused"),)),
        "IPv6 alone is refused.",
        twin="other",
        families="46",
        rules=lambda s: (Rule(Reset(), ip=s.v6, proto="tcp"),),
    ),
    *pair(
        "v6only-drop",
        tcp("timeout"),
        "The site has IPv6 only, and that is dropped.",
        twin="other",
        families="6",
        rules=lambda s: (Rule(Drop(), ip=s.v6),),
    ),
]


def _silence(s: Spot) -> tuple[Rule, ...]:
    return (Rule(Drop(), sni=(s.name, s.www), residual=120.0, rearm=True),)


_TLS: list[Scenario] = [
    *pair(
        "kz-silence",
        tls("timeout"),
        "Kazakhstan: silence after ClientHello, the 4-tuple dead for 120 s, re-armed by any packet.",
        rules=_silence,
    ),
    *pair(
        "kz-silence-h2",
        tls("timeout"),
        "The same where the site speaks HTTP/2.",
        rules=_silence,
        site={"h2": True},
    ),
    *pair(
        "kz-silence-v6",
        tls("timeout"),
        "The same on a site with both families.",
        rules=_silence,
        families="46",
    ),
    *pair(
        "kz-silence-v6only",
        tls("timeout"),
        "The same on a site with IPv6 only.",
        rules=_silence,
        families="6",
    ),
    *pair(
        "kz-from-http",
        tls("timeout"),
        "http:// that redirects to the https:// that is cut.",
        rules=_silence,
        scheme="http",
    ),
    *pair(
        "sni-first-segment",
        tls("timeout"),
        "A filter that reads the first segment only.",
        rules=lambda s: (Rule(Drop(), sni=(s.name,), reassemble=False),),
    ),
    *pair(
        "sni-reset",
        tls("reset"),
        "RST on the name, in-path.",
        rules=lambda s: (Rule(Reset(), sni=(s.name,)),),
    ),
    *pair(
        "sni-reset-both",
        tls("reset"),
        "RST to both sides.",
        rules=lambda s: (Rule(Reset("both"), sni=(s.name,)),),
    ),
    *pair(
        "sni-reset-race",
        tls("reset"),
        "Three RSTs from beside the path, racing the server.",
        rules=lambda s: (Rule(Reset(in_path=False, count=3), sni=(s.name,)),),
    ),
    *pair("sni-eof", tls("eof"), "A forged FIN.", rules=lambda s: (Rule(Fin(), sni=(s.name,)),)),
    *pair(
        "sni-alert",
        tls("alert"),
        "A forged TLS alert.",
        rules=lambda s: (Rule(ALERT, sni=(s.name,)),),
    ),
    *pair(
        "sni-suffix",
        tls("reset"),
        "The rule covers all names below; the URL is www.",
        rules=lambda s: (Rule(Reset(), sni=(s.name,), suffix=True),),
        host=f"www.{domain('sni-suffix')}",
    ),
    *pair(
        "sni-and-ip",
        tls("reset", "sni_and_ip"),
        "Spain: only this name at this address together.",
        rules=lambda s: (Rule(Reset(), sni=(s.name,), ip=s.ips),),
    ),
    *pair(
        "sni-and-ip-drop",
        tls("timeout", "sni_and_ip"),
        "The same by silence.",
        rules=lambda s: (Rule(Drop(), sni=(s.name,), ip=s.ips),),
    ),
    *pair(
        "sni-sometimes",
        tls("timeout", None),
        "A censor that misses a quarter of the time.",
        rules=lambda s: (Rule(Drop(), sni=(s.name,), probability=0.75),),
    ),
    *pair(
        "sni-sometimes-reset",
        tls("reset", None),
        "The same by RST.",
        rules=lambda s: (Rule(Reset(), sni=(s.name,), probability=0.75),),
    ),
    *pair(
        "sni-residual-3tuple",
        tls("reset"),
        "Afterwards the address and port are dead for all names for 20 s (the scenario's "
        "own figure; 90 to 180 s outside). The twin lives at that address.",
        rules=lambda s: (Rule(Reset(), sni=(s.name,), residual=20.0, scope="3tuple"),),
    ),
    *pair(
        "sni-residual-drop",
        tls("timeout"),
        "The same by silence, 15 s.",
        rules=lambda s: (Rule(Drop(), sni=(s.name,), residual=15.0, scope="3tuple"),),
    ),
    *pair(
        "mitm-isca",
        tls("mitm"),
        "Intercepted under the Kazakh root of 2020, content served.",
        rules=lambda s: (Rule(Intercept("isca"), sni=(s.name,)),),
    ),
    *pair(
        "mitm-isca-http",
        tls("mitm"),
        "Reached through an http:// redirect.",
        scheme="http",
        rules=lambda s: (Rule(Intercept("isca"), sni=(s.name,)),),
    ),
    *pair(
        "mitm-qaznet",
        tls("mitm"),
        "Intercepted under the Qaznet root of 2019.",
        rules=lambda s: (Rule(Intercept("qaznet"), sni=(s.name,)),),
    ),
    *pair(
        "mitm-expired",
        tls("mitm"),
        "Intercepted with an intermediate that has expired.",
        rules=lambda s: (Rule(Intercept("isca_expired"), sni=(s.name,)),),
    ),
    *pair(
        "mitm-antivirus",
        Expect("blocked", "tls", "mitm"),
        "Intercepted under an antivirus maker's root: hardly the State.",
        rules=lambda s: (Rule(Intercept("antivirus"), sni=(s.name,)),),
    ),
    *pair(
        "mitm-corporate",
        Expect("blocked", "tls", "mitm"),
        "Intercepted by an office's appliance.",
        rules=lambda s: (Rule(Intercept("corporate"), sni=(s.name,)),),
    ),
    *pair(
        "quic-sni",
        Expect("accessible", partial=(("quic", "timeout"),)),
        "HTTP/3 is dropped by name, TCP is free.",
        site={"h3": True},
        rules=lambda s: (Rule(Drop(), sni=(s.name,), quic=True),),
        twin="other",
    ),
    *pair(
        "quic-ip",
        Expect("accessible", partial=(("quic", "timeout"),)),
        "UDP 443 of the address is dropped, TCP is free.",
        site={"h3": True},
        rules=lambda s: (Rule(Drop(), ip=s.ips, port=443, proto="udp"),),
        twin="other",
    ),
]


_SLOW: list[Scenario] = [
    *pair(
        "throttle-sni",
        SLOW,
        "A policer of 130 kbit/s keyed on the name.",
        site=_BIG,
        rules=lambda s: (Rule(Throttle(kbps=130), sni=(s.name,)),),
    ),
    *pair(
        "throttle-sni-shaper",
        SLOW,
        "A shaper of 150 kbit/s keyed on the name.",
        site=_BIG,
        rules=lambda s: (Rule(Throttle(kbps=150, shaper=True), sni=(s.name,)),),
    ),
    *pair(
        "throttle-ip",
        SLOW,
        "A policer of 150 kbit/s on the address.",
        site=_BIG,
        twin="other",
        rules=lambda s: (Rule(Throttle(kbps=150), ip=s.ips, proto="tcp"),),
    ),
    *pair(
        "throttle-http",
        SLOW,
        "A policer of 140 kbit/s keyed on the Host.",
        site=_BIG,
        scheme="http",
        rules=lambda s: (Rule(Throttle(kbps=140), host=(s.name,)),),
    ),
    *pair(
        "freeze-sni",
        SLOW,
        "The connection freezes after 16 KB.",
        site=_BIG,
        rules=lambda s: (Rule(Freeze(after_bytes=16_000), sni=(s.name,)),),
    ),
    *pair(
        "freeze-ip",
        SLOW,
        "The connection freezes after 25 packets of the address.",
        site=_BIG,
        twin="other",
        rules=lambda s: (Rule(Freeze(after_packets=25), ip=s.ips, proto="tcp"),),
    ),
]


SCENARIOS = [*_TCP, *_TLS, *_SLOW]
