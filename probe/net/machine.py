"""What this computer knows of itself: its addresses, its way out, its hosts file. No packet leaves.

A UDP socket that is "connected" asks the kernel's routing table and sends nothing.
"""

import contextlib
import getpass
import ipaddress
import socket
import struct
from pathlib import Path

HOSTS = Path("/etc/hosts")
_IF_INET6 = Path("/proc/net/if_inet6")
_OUTSIDE = ((socket.AF_INET, "8.8.8.8"), (socket.AF_INET6, "2001:4860:4860::8888"))
_SIOCGIFADDR = 0x8915  # netdevice(7)
_HOME_PREFIX = 64  # a LAN is one such network (RFC 4291 §2.5.4)


def own_addresses() -> tuple[str, ...]:
    """The addresses from which packets to the Internet leave; none where there is no route."""
    found = []
    for family, there in _OUTSIDE:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((there, 53))
            found.append(str(sock.getsockname()[0]))
    return tuple(found)


def all_addresses() -> frozenset[str]:
    """Those, and of every interface (Linux), IPv6 with its temporary ones. They change: ask again."""
    found = {*own_addresses(), *(ip for _, name in _interfaces() if (ip := _address_of(name)))}
    with contextlib.suppress(OSError, ValueError):
        for line in _IF_INET6.read_text("ascii").splitlines():
            found.add(str(ipaddress.IPv6Address(bytes.fromhex(line.split()[0]))))
    return frozenset(found)


def own_names() -> tuple[str, ...]:
    """What this computer and its user are called, and where the user's files are."""
    found = [socket.gethostname(), socket.gethostname().partition(".")[0]]
    with contextlib.suppress(OSError, KeyError, ImportError):
        found.append(getpass.getuser())
    with contextlib.suppress(RuntimeError):
        found.append(str(Path.home()))
    return tuple(dict.fromkeys(name for name in found if name.strip("/")))


def is_inside(ip: str, own: tuple[str, ...]) -> bool:
    """Is `ip` this computer's, or in the home's network?

    Private addresses are for others to tell; this is about public ones, which every computer of a
    home with IPv6 has.
    """
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(ip)
        for mine in own:
            bits = _HOME_PREFIX if ":" in mine else 32
            if address in ipaddress.ip_network(f"{mine}/{bits}", strict=False):
                return True
    return False


def default_interface(own: tuple[str, ...]) -> str | None:
    """The interface that has the first of `own` (IPv4; Linux): where traffic leaves, also where a
    VPN brings its own routing rules."""
    for _, name in _interfaces():
        address = _address_of(name)
        if address is not None and address in own:
            return name
    return None


def _interfaces() -> list[tuple[int, str]]:
    try:
        return socket.if_nameindex()
    except (OSError, AttributeError):
        return []


def _address_of(interface: str) -> str | None:
    try:
        import fcntl  # noqa: PLC0415 - not on Windows

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            asked = struct.pack("256s", interface.encode()[:15])
            return socket.inet_ntoa(fcntl.ioctl(sock, _SIOCGIFADDR, asked)[20:24])
    except (ImportError, OSError):
        return None


def hosts_file(path: Path = HOSTS) -> dict[str, str]:
    """Names to addresses, the first line of each, as the C library reads them."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in path.read_text("utf-8", "replace").splitlines():
            words = line.split("#")[0].split()
            for name in words[1:]:
                found.setdefault(name.lower(), words[0])
    return found
