"""Which measurements may be shared at all. Pure."""

import ipaddress
from typing import Protocol
from urllib.parse import urlsplit

from measurements.schema.verdict import Verdict
from measurements.schema.words import Locus, Mechanism
from probe.consent.record import Sharing

_PRIVATE_NAMES = frozenset(
    [
        "localhost",
        "local",
        "localdomain",
        "lan",
        "home",
        "home.arpa",
        "internal",
        "intranet",
        "corp",
        "private",
        "invalid",
    ]
)

# An antivirus makes its root for each computer, a company's box has its serial number in it.
_INTERCEPTED_HERE = (Locus.LOCAL, Mechanism.MITM)


class HasInput(Protocol):
    """A measurement, or the line that a list has of it."""

    @property
    def input(self) -> str:
        """The URL that was measured."""
        ...


def may_share(m: HasInput, *, source: str, sharing: Sharing | None) -> str | None:
    """None: it may; else the reason, in words for the volunteer."""
    if sharing is None or not sharing.upload:
        return "you have not agreed to share; to agree: anyqta consent share"
    if source != "run":
        return f"it was not measured here (it comes from: {source})"
    verdict: Verdict | None = getattr(m, "verdict", None)
    if verdict is not None and (verdict.locus, verdict.mechanism) == _INTERCEPTED_HERE:
        return (
            "a program on this computer or a box of its network opens TLS here; that tells nothing of"
            " the provider, and its certificate can tell this computer from others"
        )
    return reason_of_url(m.input)


def reason_of_url(url: str) -> str | None:
    """Why this URL is nobody else's business; None where it is public and plain."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "its URL cannot be read"
    if parts.scheme not in {"http", "https"} or not host:
        return "its URL is not a web address"
    if parts.username is not None or parts.password is not None:
        return "its URL holds a user name or a password"
    return _reason_of_host(host.rstrip(".").lower())


def _reason_of_host(host: str) -> str | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        private = "." not in host or any(host.endswith(f".{name}") for name in _PRIVATE_NAMES)
        return "its site is inside a private network" if private else None
    inner = getattr(address, "ipv4_mapped", None) or address
    return None if inner.is_global else "its address is inside a private network"
