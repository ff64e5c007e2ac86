"""Where a proxy is and how it is spoken to. Names are resolved at its far end, never here. Pure."""

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

Kind = Literal["socks5", "http", "https"]
_PORTS = {"socks5": 1080, "http": 8080, "https": 443}
_KINDS: dict[str, Kind] = {
    "socks5": "socks5",
    "socks5h": "socks5",
    "http": "http",
    "https": "https",
}
EXAMPLE = "socks5h://127.0.0.1:9050"
_WRONG = f"this is not a proxy's address; give one as {EXAMPLE} (Tor) or http://proxy.example:8080"


class BadProxy(ValueError):  # noqa: N818 - it says what it is
    """Not the address of a proxy; the message is for a person, and repeats no password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One proxy. `user` and `password` are shown nowhere."""

    kind: Kind
    host: str
    port: int
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        """Without who uses it."""
        return f"{self.kind}://{self.host}:{self.port}"


def parse_proxy(text: str) -> Proxy:
    """socks5h://, socks5://, http:// or https://, host and port. Raises BadProxy."""
    try:
        parts = urlsplit(text.strip())
        kind = _KINDS.get(parts.scheme)
        port = parts.port or _PORTS.get(kind or "", 0)
        host = parts.hostname
    except ValueError:
        raise BadProxy(_WRONG) from None
    if kind is None or not host:
        raise BadProxy(_WRONG)
    return Proxy(
        kind=kind,
        host=host,
        port=port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def needs_proxy(host: str) -> bool:
    """Whether a name means something only inside of Tor."""
    return host.rstrip(".").lower().endswith(".onion")


def is_here(host: str) -> bool:
    """Whether it is this computer."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
