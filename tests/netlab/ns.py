"""Network namespaces: make, enter, remove; TUN devices inside them."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_libc = ctypes.CDLL("libc.so.6", use_errno=True)


def ip(*batch: str, ns: str | None = None) -> None:
    """Run `ip` commands, one a line; those that begin with `-6 ` after the others."""
    for family, lines in (
        ("-4", [x for x in batch if not x.startswith("-6 ")]),
        ("-6", [x[3:] for x in batch if x.startswith("-6 ")]),
    ):
        if not lines:
            continue
        args = [
            "ip",
            *((family,) if family == "-6" else ()),
            *(("-n", ns) if ns else ()),
            "-batch",
            "-",
        ]
        done = subprocess.run(args, input="\n".join(lines) + "\n", text=True, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(args)}: {lines}: {done.stderr.strip()}")


@contextlib.contextmanager
def inside(ns: str) -> Iterator[None]:
    """This thread, for a while, in another network namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{ns}", os.O_RDONLY)
    try:
        _setns(there)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(there)
        os.close(home)


def _setns(fd: int) -> None:
    if _libc.setns(fd, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def sysctl(ns: str, settings: dict[str, str]) -> None:
    """Write settings below /proc/sys/net of a namespace; those that this kernel has not are passed over."""
    with inside(ns):
        for key, value in settings.items():
            with contextlib.suppress(FileNotFoundError, PermissionError):
                Path("/proc/sys/net", *key.split(".")).write_text(value)


def socket_in(ns: str, family: int, kind: int) -> socket.socket:
    """A socket that lives in that namespace, whoever uses it."""
    with inside(ns):
        return socket.socket(family, kind)


def open_tun(ns: str, name: str) -> int:
    """A TUN device in that namespace; the descriptor reads and writes whole IP packets."""
    with inside(ns):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return fd


def existing(prefix: str) -> list[str]:
    """The namespaces whose name begins so."""
    try:
        return sorted(p.name for p in Path("/run/netns").iterdir() if p.name.startswith(prefix))
    except FileNotFoundError:
        return []


def remove(names: Sequence[str]) -> None:
    """Delete namespaces and what /etc/netns holds for them."""
    for name in names:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        folder = Path("/etc/netns", name)
        for file in folder.glob("*") if folder.exists() else ():
            file.unlink()
        with contextlib.suppress(OSError):
            folder.rmdir()


def remove_stale() -> None:
    """Remove what labs left behind whose process is gone (killed with SIGKILL)."""
    for name in existing("aq"):
        pid = name[2:].split("-")[0].split("x")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            remove([name])
