"""The addresses of the pretend Internet. Public-looking on purpose: a probe treats private ones as bogons."""

from __future__ import annotations

import ipaddress

PROBE4, PROBE6 = "192.168.1.2", "2a00:5da0:1:1::2"
PROBE_PUBLIC4 = "92.46.10.77"  # what the home router turns 192.168.1.2 into
HOME4, HOME6 = "192.168.1.1", "2a00:5da0:1:1::1"
HOME_WAN4, HOME_WAN6 = "92.46.10.1", "2a00:5da0:1:2::1"
CENSOR4, CENSOR6 = "92.46.10.2", "2a00:5da0:1:2::2"
ISP4, ISP6 = "92.46.53.1", "2a00:5da0:1:3::1"
ISP_RESOLVER4, ISP_RESOLVER6 = "92.46.53.10", "2a00:5da0:1:3::53"
BLOCKPAGE4, BLOCKPAGE6 = "92.46.53.80", "2a00:5da0:1:3::80"
ISP_TRANSIT4, TRANSIT_ISP4 = "95.59.170.1", "95.59.170.2"
ISP_TRANSIT6, TRANSIT_ISP6 = "2a00:5da0:ff::1", "2a00:5da0:ff::2"
TRANSIT_NET4, NET4 = "62.115.40.1", "62.115.40.2"
TRANSIT_NET6, NET6 = "2001:2034::1", "2001:2034::2"
TRANSIT_CTL4, CONTROL4 = "185.199.110.1", "185.199.110.53"
TRANSIT_CTL6, CONTROL6 = "2a0a:e5c0::1", "2a0a:e5c0::53"
CONTROL_NAME = "control.anyqta.net"

RESOLVERS = {
    "google": ("8.8.8.8", "2001:4860:4860::8888", "dns.google"),
    "cloudflare": ("1.1.1.1", "2606:4700:4700::1111", "one.one.one.one"),
    "quad9": ("9.9.9.9", "2620:fe::fe", "dns.quad9.net"),
}
POOLS4 = (
    "93.184.0.0/16",
    "151.101.0.0/16",
    "104.16.0.0/14",
    "104.154.0.0/16",
    "172.67.0.0/16",
    "67.199.248.0/24",
    "52.35.0.0/16",
    "83.224.65.0/24",
    "130.192.182.0/24",
    "178.248.0.0/16",
    "195.82.0.0/16",
)
POOLS6 = ("2606:2800::/32", "2a04:4e42::/32")


def packed(address: str) -> bytes:
    """An address as bytes."""
    return ipaddress.ip_address(address).packed


def vantage(address: str) -> str:
    """Who a client address is: probe, control or other."""
    if address in (PROBE_PUBLIC4, PROBE4, PROBE6):
        return "probe"
    return "control" if address in (CONTROL4, CONTROL6) else "other"
