"""What this computer knows of itself: its addresses, its way out, its hosts file. No packet leaves.

A UDP socket that is "connected" asks the kernel's routing table and sends nothing.
"""

import contextlib
import getpass
import ipaddress
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_WINDOWS_HOSTS = "System32/drivers/etc/hosts"
HOSTS = (
    Path(os.environ.get("SYSTEMROOT", "C:/Windows"), _WINDOWS_HOSTS)
    if sys.platform == "win32"
    else Path("/etc/hosts")
)
_PROCESSES = Path("/proc")
_PATIENCE = 3.0
# Programs that change the packets of all others, so that a filter does not see what it looks for: what
# is measured beside them is not what the network does. (A proxy that only a browser uses is none.)
_BYPASS = re.compile(
    r"(nfqws2?|tpws|dvtws2?|winws2?|zapret2?|goodbyedpi|youtubeunblock|dpitunnel[a-z-]*|ciadpi|byedpi)"
    r"(\.exe)?"
)
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
    return frozenset(found) | interface_v6()


def interface_v6() -> frozenset[str]:
    """The IPv6 addresses of every interface (Linux); read from a file, without any socket."""
    found = set[str]()
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
    """The interface that has the first of `own` (IPv4; Linux, macOS): where traffic leaves, also where
    a VPN brings its own routing rules."""
    for _, name in _interfaces():
        address = _address_of(name)
        if address is not None and address in own:
            return name
    if sys.platform == "darwin" and (route := shutil.which("route")) is not None:
        return interface_in(_said((route, "-n", "get", _OUTSIDE[0][1])))
    return None


def interface_in(said: str) -> str | None:
    """Out of what macOS' `route get` says."""
    found = re.search(r"^\s*interface: (\S+)$", said, re.MULTILINE)
    return found[1] if found else None


def _said(command: tuple[str, ...]) -> str:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(  # noqa: S603 - the system's own, fixed words
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        ).stdout
    return ""


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


def bypass_tools(processes: Path = _PROCESSES) -> tuple[str, ...]:
    """Which of them run here, by the names of their processes."""
    if processes.is_dir():
        return bypass_among(_names_in(processes))
    words = (
        ("tasklist", "/FO", "CSV", "/NH") if sys.platform == "win32" else ("ps", "-Axo", "comm=")
    )
    program = shutil.which(words[0])
    if program is None:
        return ()
    said = _said((program, *words[1:]))
    return bypass_among(line.split('","')[0].strip(' "') for line in said.splitlines())


def _names_in(processes: Path) -> Iterable[str]:
    for path in processes.glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            yield path.read_text("utf-8", "replace").strip()


def bypass_among(names: Iterable[str]) -> tuple[str, ...]:
    """Of the names (or paths) of processes."""
    last = (re.split(r"[/\\]", name)[-1].lower() for name in names)
    return tuple(sorted({name for name in last if _BYPASS.fullmatch(name)}))


def proxies() -> dict[str, str]:
    """As the environment has them, else (Windows, macOS) the system's settings; by variable name."""
    import urllib.request  # noqa: PLC0415 - rarely needed, and slow

    with contextlib.suppress(OSError, ValueError):
        found = urllib.request.getproxies()
        return {f"{name}_proxy": url for name, url in found.items() if name != "no"}
    return {}
