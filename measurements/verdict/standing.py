"""Is an address really the site's? (methods.md §1.2: first hit wins; a certificate beats all.)"""

from enum import StrEnum

from measurements.schema.measurement import VALID_FOR_DOMAIN
from measurements.schema.records import TLSHandshake
from measurements.verdict.addresses import is_bogon
from measurements.verdict.observe import Hop

_NOT_THEIRS = frozenset({"ssl_unknown_authority", "ssl_invalid_hostname"})


class Standing(StrEnum):
    """What is known of an address."""

    GENUINE = "genuine"  # proved by TLS, or the control got the same, or an encrypted resolver did
    LIKELY = "likely"  # same network as a genuine one
    BOGON = "bogon"  # no server on the Internet has it, and nobody else was told it
    EVERYWHERE_BOGON = "everywhere_bogon"  # the whole world is told it: the site is misconfigured
    FOREIGN = "foreign"  # someone else's machine
    UNKNOWN = "unknown"


def standing(hop: Hop, ip: str, extra: tuple[TLSHandshake, ...] = ()) -> Standing:
    """What `ip` is to the hop's host. `extra`: handshakes of experiments, which prove as well."""
    control = set(hop.control_addresses)
    if is_bogon(ip):
        # a good chain from a private address is the site's own network, or a proxy that changes nothing
        if _shown_good(hop, ip, extra):
            return Standing.GENUINE
        return Standing.EVERYWHERE_BOGON if ip in control else Standing.BOGON
    if proved_by_tls(hop, ip, extra) or ip in control:
        return Standing.GENUINE
    if _is_foreign(hop, ip, extra):  # an encrypted resolver may be lied to as well
        return Standing.FOREIGN
    if ip in hop.encrypted_addresses:
        return Standing.GENUINE
    return Standing.LIKELY if _shares_network(hop, ip, control) else Standing.UNKNOWN


def _shown(hop: Hop, ip: str, extra: tuple[TLSHandshake, ...]) -> tuple[TLSHandshake, ...]:
    """What that address showed us under the host's name."""
    return (*hop.handshakes_to(ip), *(h for h in extra if h.ip == ip and h.server_name == hop.sni))


def _shown_good(hop: Hop, ip: str, extra: tuple[TLSHandshake, ...]) -> bool:
    return any(h.failure is None and not h.no_tls_verify for h in _shown(hop, ip, extra))


def proved_by_tls(hop: Hop, ip: str, extra: tuple[TLSHandshake, ...] = ()) -> bool:
    """A good chain for the host's name came from that address, to us or to the control."""
    if _shown_good(hop, ip, extra):
        return True
    if hop.answered is None:
        return False
    if any(flags & VALID_FOR_DOMAIN for known, flags in hop.answered.ip_flags if known == ip):
        return True
    return any(e.ip == ip and e.tls_done and e.tls_failure is None for e in hop.answered.endpoints)


def site_has_good_tls(hop: Hop, extra: tuple[TLSHandshake, ...] = ()) -> bool:
    """Somewhere a good chain for the name is served: so a bad one elsewhere means something."""
    ips = {h.ip for h in (*hop.handshakes, *extra)} | set(hop.control_addresses)
    if hop.answered is not None:
        ips |= {e.ip for e in hop.answered.endpoints}
    return any(proved_by_tls(hop, ip, extra) for ip in ips)


def _is_foreign(hop: Hop, ip: str, extra: tuple[TLSHandshake, ...]) -> bool:
    """A good certificate for the name exists elsewhere, and this machine has shown another one, to
    the control or, in no network of the site's, to us.

    An address that answers nobody may be an old one of the site's, one that answers only here a node
    for this country, and a chain of the right name with wrong dates is a neglected machine of its own:
    they prove nothing.
    """
    if not site_has_good_tls(hop, extra):
        return False
    theirs = hop.control_endpoint(ip, hop.tls_port)
    if theirs is not None and theirs.tls_done and theirs.tls_failure in _NOT_THEIRS:
        return True
    near = _shares_network(hop, ip, set(hop.control_addresses))
    return not near and any(h.failure in _NOT_THEIRS for h in _shown(hop, ip, extra))


def _shares_network(hop: Hop, ip: str, control: set[str]) -> bool:
    """Same /16 (IPv6: /32) or the same AS as what the control or an encrypted resolver got."""
    good = control | hop.encrypted_addresses
    if any(_prefix(ip) == _prefix(other) for other in good):
        return True
    asn_of = {a.value: a.asn for q in hop.queries for a in q.answers if a.asn}
    return ip in asn_of and asn_of[ip] in {asn_of.get(other) for other in good} - {None}


def _prefix(ip: str) -> str:
    return ":".join(ip.split(":")[:2]) if ":" in ip else ".".join(ip.split(".")[:2])
