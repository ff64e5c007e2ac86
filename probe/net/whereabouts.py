"""Which network this computer is on, and whether it is paid by amount. No packet leaves; what is read
here stays in memory."""

import contextlib
import re
import shutil
import socket
import struct
import subprocess
from pathlib import Path

from probe.net import machine

_ROUTES = Path("/proc/net/route")
_HOME_BITS = 4  # groups of an IPv6 address that name the LAN
_PATIENCE = 5.0
_METERED = {1: True, 2: False, 3: True, 4: False}  # NMMetered: yes, no, guess-yes, guess-no
_BUSCTL = (
    "get-property",
    "org.freedesktop.NetworkManager",
    "/org/freedesktop/NetworkManager",
    "org.freedesktop.NetworkManager",
    "Metered",
)


def mark(routes: Path = _ROUTES) -> str | None:
    """A text that another network would give otherwise; None without a network.

    IPv4 decides where there is any: IPv6 comes some seconds later, and its addresses change.
    """
    own = machine.own_addresses()
    v4 = next((ip for ip in own if ":" not in ip), None)
    if v4 is not None:
        return f"{v4} {gateway(routes) or ''}"
    return ":".join(_groups(own[0])[:_HOME_BITS]) if own else None


def gateway(routes: Path = _ROUTES) -> str | None:
    """The interface and address of the default route (Linux)."""
    with contextlib.suppress(OSError, ValueError, struct.error):
        for line in routes.read_text("ascii").splitlines()[1:]:
            words = line.split()
            if len(words) > 7 and words[1] == words[7] == "00000000":  # noqa: PLR2004 - its columns
                return f"{words[0]} {socket.inet_ntoa(struct.pack('=L', int(words[2], 16)))}"
    return None


def _groups(ip: str) -> list[str]:
    packed = socket.inet_pton(socket.AF_INET6, ip.split("%", maxsplit=1)[0])
    return [f"{part:x}" for part in struct.unpack("!8H", packed)]


def metered() -> bool | None:
    """NetworkManager's word about the way to the Internet; None where it has none."""
    if (busctl := shutil.which("busctl")) is not None:
        found = read_busctl(_said((busctl, *_BUSCTL)))
        if found is not None:
            return found
    if (nmcli := shutil.which("nmcli")) is not None:
        return read_nmcli(_said((nmcli, "-t", "-f", "GENERAL.METERED", "device", "show")))
    return None


def read_busctl(text: str) -> bool | None:
    """Out of `u 1`."""
    found = re.fullmatch(r"u ([0-9])\s*", text)
    return _METERED.get(int(found[1])) if found else None


def read_nmcli(text: str) -> bool | None:
    """Out of `GENERAL.METERED:yes (guessed)` lines, one a device: one that is metered is enough."""
    words = re.findall(r"^GENERAL\.METERED:(yes|no)\b", text, re.MULTILINE)
    return "yes" in words if words else None


def _said(command: tuple[str, ...]) -> str:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(  # noqa: S603 - a program of this computer's, fixed words
            command, capture_output=True, text=True, timeout=_PATIENCE, check=True
        ).stdout
    return ""
