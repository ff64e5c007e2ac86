"""What an address or a host name is by itself: special-purpose ranges, registrable domains.

The table is ours because Python's `ipaddress.is_private` and `is_global` changed their answers in
3.11.4, 3.12 and 3.13: the same measurement must give the same verdict under each.
Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, with RFC 6666, 8215, 9602,
9637, 9780), IPv6 address space registry, read 2026-11; publicsuffix.org/list.
"""

from functools import lru_cache
from importlib.resources import files
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

# Not reachable for everybody, by the registry; exceptions follow.
_SPECIAL_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private use, RFC 1918
        "100.64.0.0/10",  # shared address space, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "169.254.0.0/16",  # link local, RFC 3927
        "172.16.0.0/12",  # private use, RFC 1918
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890
        "192.0.2.0/24",  # TEST-NET-1, RFC 5737
        "192.88.99.0/24",  # 6to4 relay anycast, taken out of service by RFC 7526
        "192.168.0.0/16",  # private use, RFC 1918
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "198.51.100.0/24",  # TEST-NET-2, RFC 5737
        "203.0.113.0/24",  # TEST-NET-3, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112; with limited broadcast, RFC 8190
    )
)
_GLOBAL_V4 = (IPv4Network("192.0.0.9/32"), IPv4Network("192.0.0.10/32"))  # PCP, TURN anycast

# Only 2000::/3 is global unicast (RFC 4291 §2.4): all else is special without being listed. Inside:
_UNICAST_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # IETF protocol assignments, with Teredo 2001::/32 (a favourite of the GFW)
        "2001:db8::/32",  # documentation, RFC 3849
        "3fff::/20",  # documentation, RFC 9637
    )
)
_GLOBAL_V6 = tuple(
    IPv6Network(net)
    for net in (
        "2001:1::1/128",  # PCP anycast, RFC 7723
        "2001:1::2/128",  # TURN anycast, RFC 8155
        "2001:1::3/128",  # DNS-SD SRP anycast, RFC 9665
        "2001:3::/32",  # AMT, RFC 7450
        "2001:4:112::/48",  # AS112, RFC 7535
        "2001:20::/28",  # ORCHIDv2, RFC 7343
        "2001:30::/28",  # drone remote ID tags, RFC 9374
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")  # RFC 8215: an operator's own
_6TO4 = IPv6Network("2002::/16")  # RFC 3056


def _parse(ip: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(ip.strip().strip("[]"))
    except ValueError:
        return None


def is_nat64(ip: str) -> bool:
    """Whether `ip` was made by DNS64 out of an IPv4 address (RFC 6052, RFC 8215).

    Normal on an IPv6-only network; the control never sees it.
    """
    address = _parse(ip)
    return isinstance(address, IPv6Address) and (address in _NAT64 or address in _NAT64_LOCAL)


def embedded_ipv4(ip: str) -> str | None:
    """The IPv4 address inside an IPv4-mapped, 64:ff9b::/96 or 6to4 address; None without one."""
    address = _parse(ip)
    if not isinstance(address, IPv6Address):
        return None
    v4 = _embedded(address)
    return str(v4) if v4 is not None else None


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address(int(address) >> 80 & 0xFFFFFFFF)
    return None


def is_bogon(ip: str) -> bool:
    """Whether no public web site can be at `ip`. What is not an address is no bogon.

    A mapped, NAT64 or 6to4 address is what the IPv4 address inside is; one of an operator's own
    NAT64 (RFC 8215) is not a bogon.
    """
    return _known_bogon(ip) if len(ip) <= _MAX_ADDRESS else _is_bogon(ip)


def _is_bogon(ip: str) -> bool:
    address = _parse(ip)
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is None:
            return _is_bogon_v6(address)
        address = inner
    if address is None or any(address in net for net in _GLOBAL_V4):
        return False
    return any(address in net for net in _SPECIAL_V4)


_MAX_ADDRESS = 45  # characters; what is longer is not worth remembering
_known_bogon = lru_cache(4096)(_is_bogon)


def _is_bogon_v6(address: IPv6Address) -> bool:
    if address in _NAT64_LOCAL:
        return False
    if address not in _UNICAST_V6:
        return True
    if any(address in net for net in _GLOBAL_V6):
        return False
    return any(address in net for net in _SPECIAL_V6)


def _load_suffixes() -> frozenset[str]:
    text = files("measurements.verdict").joinpath("public_suffixes.txt").read_text("ascii")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))


_SUFFIXES = _load_suffixes()
_MAX_LABELS = 127  # RFC 1035: 255 octets cannot hold more


def canonical_host(host: str) -> str:
    """`host` in lower case, without the final dot, with A-labels where the name is international.

    What IDNA refuses comes back in lower case: a strange name is still a name.
    """
    name = host.strip().rstrip(".").lower()
    if name.isascii():
        return name
    import idna  # 10 ms that most runs never need  # noqa: PLC0415

    try:
        return idna.encode(name, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError, ValueError, IndexError):
        return name


def registrable_domain(host: str) -> str | None:
    """The public suffix and one label more ("eTLD+1"); None for an address or a bare suffix.

    The algorithm of publicsuffix.org/list: the longest rule wins, an exception rule beats all, an
    unknown top level is a suffix. Private rules count: a.github.io and b.github.io are two sites.
    """
    name = canonical_host(host)
    labels = name.split(".")
    if not name or not all(labels) or len(labels) > _MAX_LABELS or _parse(name) is not None:
        return None
    size = _suffix_size(labels)
    return ".".join(labels[-size - 1 :]) if len(labels) > size else None


def _suffix_size(labels: list[str]) -> int:
    """How many labels of the name are its public suffix."""
    for start in range(len(labels)):
        name = ".".join(labels[start:])
        if f"!{name}" in _SUFFIXES:
            return len(labels) - start - 1
        parent = ".".join(labels[start + 1 :])
        if name in _SUFFIXES or (parent and f"*.{parent}" in _SUFFIXES):
            return len(labels) - start
    return 1


def same_site(host: str, other: str) -> bool:
    """Whether two hosts are one site's: the same name, or the same registrable domain."""
    if canonical_host(host) == canonical_host(other):
        return bool(canonical_host(host))
    domain = registrable_domain(host)
    return domain is not None and domain == registrable_domain(other)
