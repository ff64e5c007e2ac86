"""Which resolvers this computer is set to use, and how an address with a port is written."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

RESOLV_CONF = Path("/etc/resolv.conf")
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """An address and a port."""

    ip: str
    port: int

    def __str__(self) -> str:
        """ip:port, IPv6 in brackets."""
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


def parse_endpoint(text: str, default_port: int) -> Endpoint:
    """`IP`, `IP:PORT`, `[IPv6]:PORT` or bare IPv6. Raises ValueError with what is wrong."""
    host, port = text.strip(), default_port
    if host.startswith("["):
        host, closed, rest = host[1:].partition("]")
        if not closed:
            raise ValueError(f"{text!r} is not an IP address: the bracket is open")
        if rest:
            port = _port(rest[1:] if rest.startswith(":") else "")
    elif host.count(":") == 1:
        host, _, digits = host.partition(":")
        port = _port(digits)
    try:
        return Endpoint(str(ipaddress.ip_address(host)), port)
    except ValueError:
        raise ValueError(f"{text!r} is not an IP address, with or without :PORT") from None


def _port(digits: str) -> int:
    if digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) <= _MAX_PORT:
        return int(digits)
    raise ValueError(f"{digits!r} is not a port (1 to 65535)")


def configured(path: Path = RESOLV_CONF) -> tuple[Endpoint, ...]:
    """The nameservers of resolv.conf(5); none where there is no such file (Windows, Android)."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append(parse_endpoint(words[1], 53))
            except ValueError:
                continue
    return tuple(dict.fromkeys(found))
