"""Is an address really the site's? (methods.md §1.2: first hit wins; a certificate beats all.)"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

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


@dataclass(frozen=True, kw_only=True)
class Standings:
    """What each address is to the hop's host; what that takes is looked for once, not for each.

    `extra`: handshakes of experiments, which prove as well.
    """

    hop: Hop
    extra: tuple[TLSHandshake, ...] = ()

    def of(self, ip: str) -> Standing:
        """What `ip` is."""
        if ip not in self._known:
            self._known[ip] = self._look(ip)
        return self._known[ip]

    @cached_property
    def _known(self) -> dict[str, Standing]:
        return {}

    def _look(self, ip: str) -> Standing:
        if is_bogon(ip):
            # a good chain from a private address is the site's own network, or a proxy that changes nothing
            if ip in self._shown_good:
                return Standing.GENUINE
            told = ip in self._control
            return Standing.EVERYWHERE_BOGON if told else Standing.BOGON
        if ip in self._proved or ip in self._control:
            return Standing.GENUINE
        if self._is_foreign(ip):  # an encrypted resolver may be lied to as well
            return Standing.FOREIGN
        if ip in self.hop.encrypted_addresses:
            return Standing.GENUINE
        return Standing.LIKELY if self._shares_network(ip) else Standing.UNKNOWN

    @cached_property
    def _control(self) -> frozenset[str]:
        return frozenset(self.hop.control_addresses)

    @cached_property
    def _shown(self) -> tuple[TLSHandshake, ...]:
        """What addresses showed us under the host's name."""
        return tuple(
            h for h in (*self.hop.handshakes, *self.extra) if h.server_name == self.hop.sni
        )

    @cached_property
    def _shown_good(self) -> frozenset[str]:
        return frozenset(h.ip for h in self._shown if h.failure is None and not h.no_tls_verify)

    @cached_property
    def _shown_foreign(self) -> frozenset[str]:
        return frozenset(h.ip for h in self._shown if h.failure in _NOT_THEIRS)

    @cached_property
    def _proved(self) -> frozenset[str]:
        """A good chain for the host's name came from these addresses, to us or to the control."""
        answered = self.hop.answered
        if answered is None:
            return self._shown_good
        flagged = [ip for ip, flags in answered.ip_flags if flags & VALID_FOR_DOMAIN]
        seen = [e.ip for e in answered.endpoints if e.tls_done and e.tls_failure is None]
        return self._shown_good.union(flagged, seen)

    @cached_property
    def site_has_good_tls(self) -> bool:
        """Somewhere a good chain for the name is served: so a bad one elsewhere means something."""
        ips = {h.ip for h in (*self.hop.handshakes, *self.extra)} | self._control
        if self.hop.answered is not None:
            ips |= {e.ip for e in self.hop.answered.endpoints}
        return not self._proved.isdisjoint(ips)

    def _is_foreign(self, ip: str) -> bool:
        """A good certificate for the name exists elsewhere, and this machine has shown another one,
        to the control or, in no network of the site's, to us.

        An address that answers nobody may be an old one of the site's, one that answers only here a
        node for this country, and a chain of the right name with wrong dates is a neglected machine
        of its own: they prove nothing.
        """
        if not self.site_has_good_tls:
            return False
        theirs = self.hop.control_endpoint(ip, self.hop.tls_port)
        if theirs is not None and theirs.tls_done and theirs.tls_failure in _NOT_THEIRS:
            return True
        return ip in self._shown_foreign and not self._shares_network(ip)

    def _shares_network(self, ip: str) -> bool:
        """Same /16 (IPv6: /32) or the same AS as what the control or an encrypted resolver got."""
        if _prefix(ip) in self._good_prefixes:
            return True
        return self._asn_of.get(ip) in self._good_asns

    @cached_property
    def _good(self) -> frozenset[str]:
        return self._control | self.hop.encrypted_addresses

    @cached_property
    def _good_prefixes(self) -> frozenset[str]:
        return frozenset(map(_prefix, self._good))

    @cached_property
    def _asn_of(self) -> dict[str, int]:
        return {a.value: a.asn for q in self.hop.queries for a in q.answers if a.asn}

    @cached_property
    def _good_asns(self) -> frozenset[int | None]:
        return frozenset(self._asn_of[ip] for ip in self._good if ip in self._asn_of)


def _prefix(ip: str) -> str:
    return ":".join(ip.split(":")[:2]) if ":" in ip else ".".join(ip.split(".")[:2])
