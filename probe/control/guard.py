"""What an open control may connect to: public addresses, and 80, 443 or the URL's own port.

Every connection of the control's measuring goes through GuardedNetwork, which is handed addresses,
never names: what was checked is what is connected to, so that a name which changes its address
between check and use (DNS rebinding) gains nothing.
"""

import errno
import ipaddress
from collections.abc import Callable, Iterable

from probe.net.network import Datagrams, Network, Stream

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA's special-purpose registries (RFC 6890 and its updates), multicast, reserved, and what clouds
# put in public space (168.63.129.16 is Azure's host agent).
_NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
# Only global unicast is public at all (RFC 4291 §2.4): that leaves out loopback, v4-mapped, NAT64
# (64:ff9b::/96 and 64:ff9b:1::/48), unique local, link-local, multicast. Of it, these are not: IETF
# protocol assignments with Teredo and ORCHID, documentation, 6to4 (which embeds any IPv4 address).
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
# Ports that no browser opens, because another protocol's server would read the request as its own
# (fetch.spec.whatwg.org, "port blocking").
_BAD_PORTS = frozenset(
    (
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95,
        101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161,
        179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563,
        587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
        6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    )
)  # fmt: skip


def is_public(ip: str) -> bool:
    """Is `ip` an address of the public Internet? False for what is no address."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None or address not in _PUBLIC_V6:
        return False
    return not any(address in network for network in _NOT_PUBLIC_V6)


def parse_networks(texts: Iterable[str]) -> tuple[IPNetwork, ...]:
    """CIDR notations. Raises ValueError."""
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in texts)


class Guard:
    """Which addresses may be contacted."""

    def __init__(
        self,
        allowed: tuple[IPNetwork, ...] = (),
        admits: Callable[[str], bool] = lambda ip: True,
    ) -> None:
        """`allowed`: networks that are open although not public, for labs and demonstrations.

        `admits` is asked before each connection to a public address: not too many to one.
        """
        self._allowed = allowed
        self._admits = admits
        self._own: set[str] = set()

    def add_own(self, ip: str) -> None:
        """An address of this machine: what listens there may trust those who come from inside."""
        self._own.add(ip)

    def allows(self, ip: str) -> bool:
        """May `ip` be contacted?"""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return False
        if any(address in network for network in self._allowed):
            return True
        return is_public(ip) and ip not in self._own

    def admits(self, ip: str) -> bool:
        """May `ip` be contacted once more, now?"""
        return self.allows(ip) and (not is_public(ip) or self._admits(ip))


def good_port(port: int) -> bool:
    """May a URL with this port be measured?"""
    return port not in _BAD_PORTS


class RefusedError(PermissionError):
    """The guard's no. Its errno makes it permission_denied: our own doing, evidence of nothing."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "the control does not connect there")


class GuardedNetwork:
    """network.Network behind a Guard: TCP only, to allowed addresses and `ports` only."""

    def __init__(self, network: Network, guard: Guard, ports: frozenset[int]) -> None:
        self._network, self._guard, self._ports = network, guard, ports

    async def connect_tcp(self, ip: str, port: int) -> Stream:
        """See network.Network. Raises RefusedError before anything is sent."""
        if port not in self._ports or not self._guard.admits(ip):
            raise RefusedError
        return await self._network.connect_tcp(ip, port)

    async def connect_udp(self, ip: str, port: int) -> Datagrams:
        """Never."""
        raise RefusedError

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        """Never: the control resolves once, by its own resolver."""
        raise RefusedError
