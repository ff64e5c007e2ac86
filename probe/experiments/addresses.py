"""Which of the addresses that anyone returned are connected to, and in which order."""

from collections.abc import Callable, Iterable

from measurements.schema.records import DNSQuery
from probe.control.guard import is_public

# More than any site of the test lists needs; each costs a connection, and politeness counts.
MAX_ADDRESSES = 8

Inside = Callable[[str], bool]


def may_connect(ip: str, inside: Inside) -> bool:
    """Never this computer, its LAN, or an address that cannot be a site's: an answer must not make
    the probe knock on a home's own doors. `inside`: the home's public addresses."""
    return is_public(ip) and not inside(ip)


def usable(addresses: Iterable[str], inside: Inside) -> list[str]:
    """Those that may be connected to."""
    return [ip for ip in addresses if may_connect(ip, inside)]


def own_of(answers: list[DNSQuery]) -> set[str]:
    """What the system was told, as an application would have been."""
    return {ip for q in answers if q.role == "system" for ip in q.addresses}


def in_order(answers: list[DNSQuery], inside: Inside) -> list[str]:
    """Addresses to try: the system's first, then those that others were told; families in turn."""
    found: dict[str, None] = {}
    for wanted in ("system", "configured", "public"):
        for q in answers:
            if q.role == wanted:
                found |= dict.fromkeys(q.addresses)
    own = own_of(answers)
    good = usable(found, inside)
    return in_turn(ip for ip in good if ip in own) + in_turn(ip for ip in good if ip not in own)


def in_turn(addresses: Iterable[str]) -> list[str]:
    """IPv4 and IPv6 by turns, so that a cap hides no family."""
    kept = list(addresses)
    v4 = [ip for ip in kept if ":" not in ip]
    v6 = [ip for ip in kept if ":" in ip]
    out: list[str] = []
    while v4 or v6:
        out += v4[:1] + v6[:1]
        v4, v6 = v4[1:], v6[1:]
    return out
