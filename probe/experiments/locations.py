"""A URL as a visit needs it, where an answer leads to next, and the cookies on the way.

Law: a redirect leads only to where a browser would follow it and a public site can be; a cookie
goes back to the host that set it and to no other, and a `Secure` one only inside TLS.
"""

import ipaddress
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urljoin, urlsplit

from measurements.schema.records import HTTPTransaction
from probe.control.guard import good_port, is_public

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PORTS = {"http": 80, "https": 443}
_MAX_COOKIES, _MAX_COOKIE = 50, 4096  # RFC 6265 §6.1


@dataclass(frozen=True, slots=True)
class Location:
    """A URL taken apart."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def is_literal(self) -> bool:
        """The host is an address."""
        return is_address(self.host)

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def proves(self) -> bool:
        """An http:// URL whose addresses are asked for the name's certificate too."""
        return self.scheme == "http" and self.port == PORTS["http"]


def is_address(host: str) -> bool:
    """An IPv4 or IPv6 address, no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _international(host: str) -> str:
    """The A-labels that browsers send (UTS 46, non-transitional). Raises UnicodeError."""
    import idna  # noqa: PLC0415 - 10 ms that most runs never need

    return idna.encode(host, uts46=True, transitional=False).decode("ascii")


def locate(url: str) -> Location | None:
    """None for what no browser opens."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
        if not is_address(host):
            host = host if host.isascii() else _international(host)
    except (ValueError, UnicodeError):
        return None
    scheme = parts.scheme.lower()
    if scheme not in PORTS or not host or "%" in host:
        return None
    return Location(url=url, scheme=scheme, host=host, port=port or PORTS[scheme])


def redirect_of(answer: HTTPTransaction) -> Location | None:
    """Where the answer sends us; None where nowhere, or where we do not go."""
    location = (answer.header("location") or "").strip()
    if answer.status_code not in REDIRECTS or not location:
        return None
    try:
        here = locate(urljoin(answer.url, location))
    except ValueError:
        return None
    if here is None or not good_port(here.port):
        return None
    return None if here.is_literal and not is_public(here.host) else here


@dataclass(slots=True)
class Cookies:
    """Of one visit, by host: the `Domain` that a site asks for is not honoured."""

    _jars: dict[str, dict[str, tuple[str, bool]]] = field(default_factory=dict)

    def keep(self, answer: HTTPTransaction) -> None:
        """Take what the answer sets."""
        parts = urlsplit(answer.url)
        jar = self._jars.setdefault(parts.hostname or "", {})
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                _keep(jar, value)

    def header(self, here: Location) -> str | None:
        """What goes along with a request; None for nothing."""
        jar = self._jars.get(here.host, {})
        sent = [
            f"{n}={v}" for n, (v, secure) in jar.items() if here.scheme == "https" or not secure
        ]
        return "; ".join(sent) or None


def _keep(jar: dict[str, tuple[str, bool]], header: str) -> None:
    try:
        parsed = SimpleCookie(header)
    except CookieError:
        return
    for name, morsel in parsed.items():
        if len(jar) < _MAX_COOKIES and len(morsel.value) < _MAX_COOKIE:
            jar[name] = (morsel.value, bool(morsel["secure"]))
