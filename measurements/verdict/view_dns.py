"""What the DNS table looks at: what this computer's resolver said, beside what others were told."""

from dataclasses import dataclass
from functools import cached_property

from measurements.schema.measurement import Finding as EnvironmentFinding
from measurements.schema.records import DNSQuery, HTTPTransaction, TLSHandshake
from measurements.verdict.fingerprints import PageKind, classify
from measurements.verdict.observe import Hop
from measurements.verdict.standing import Standing, Standings

EXPERIMENT = "dns_transports"
NXDOMAIN, NO_ANSWER, SERVFAIL, REFUSED, TIMEOUT = (
    "nxdomain",
    "no_answer",
    "servfail",
    "refused",
    "timeout",
)

_KIND = {
    "dns_nxdomain_error": NXDOMAIN,
    "dns_name_error": NXDOMAIN,  # the test helper's dialect
    "android_dns_cache_no_data": NXDOMAIN,  # Android hides the real error, most often this one
    "dns_no_answer": NO_ANSWER,
    "dns_servfail_error": SERVFAIL,
    "dns_server_misbehaving": SERVFAIL,
    "dns_server_failure": SERVFAIL,
    "dns_non_recoverable_failure": SERVFAIL,
    "dns_temporary_failure": SERVFAIL,
    "dns_refused_error": REFUSED,
    "generic_timeout_error": TIMEOUT,
    "timed_out": TIMEOUT,
    "connection_refused": REFUSED,
    "dns_lookup_error": SERVFAIL,
}
_VAGUE = frozenset({"dns_temporary_failure", "dns_non_recoverable_failure", "dns_lookup_error"})


def kind_of(failure: str | None) -> str | None:
    """The word for a DNS failure; None for success and for what is only our own trouble."""
    return _KIND.get(failure) if failure else None


# Names that a small resolver need not know (RFC 2606).
_RESERVED = frozenset({"example.com", "example.org", "example.net"})


@dataclass(frozen=True, kw_only=True)
class DNSView:
    """One hop's DNS."""

    hop: Hop
    environment: tuple[EnvironmentFinding, ...]
    arms: dict[str, list[DNSQuery]]
    arm_handshakes: tuple[TLSHandshake, ...]
    foreign_pages: tuple[HTTPTransaction, ...]  # what a doubtful address serves under the name
    page_is_the_sites: bool  # the page fetched from the system's address is the control's

    @cached_property
    def system(self) -> tuple[DNSQuery, ...]:
        """Questions as applications ask them."""
        return tuple(q for q in self.hop.queries if q.role == "system")

    @cached_property
    def configured(self) -> tuple[DNSQuery, ...]:
        """The same resolver asked directly, the first answers only."""
        return tuple(q for q in self.hop.queries if q.role == "configured" and not q.late)

    @cached_property
    def _standings(self) -> Standings:
        return Standings(hop=self.hop, extra=self.arm_handshakes)

    def standing_of(self, ip: str) -> Standing:
        """What an address is to the host, by all that was seen."""
        return self._standings.of(ip)

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """What each address of the system is."""
        found = {}
        for ip in self.hop.system_addresses:
            what = self.standing_of(ip)
            doubted = what in {Standing.UNKNOWN, Standing.FOREIGN}
            if doubted and self.page_is_the_sites and self.fetched_from(ip):
                what = Standing.LIKELY
            found[ip] = what
        return found

    def fetched_from(self, ip: str) -> bool:
        """The page came from that address."""
        return self.hop.fetch is not None and self.hop.fetch.ip == ip

    def _all(self, *what: Standing) -> bool:
        return bool(self.standings) and all(s in what for s in self.standings.values())

    @cached_property
    def genuine(self) -> bool:
        """At least one address is the site's."""
        return any(s in {Standing.GENUINE, Standing.LIKELY} for s in self.standings.values())

    @cached_property
    def everywhere_bogon(self) -> bool:
        """The world is told the same useless address."""
        return self._all(Standing.EVERYWHERE_BOGON, Standing.BOGON) and any(
            s is Standing.EVERYWHERE_BOGON for s in self.standings.values()
        )

    @cached_property
    def bogon(self) -> bool:
        """Nothing but bogons, which nobody else was told."""
        return self._all(Standing.BOGON)

    @cached_property
    def foreign(self) -> bool:
        """Nothing but other people's machines (and bogons)."""
        return self._all(Standing.FOREIGN, Standing.BOGON)

    @cached_property
    def doubtful(self) -> bool:
        """Addresses that nothing proves and nothing refutes."""
        return bool(self.standings) and not self.genuine

    @cached_property
    def failed(self) -> bool:
        """The system's lookup gave no address."""
        return bool(self.system) and not self.hop.system_addresses

    @cached_property
    def kind(self) -> str | None:
        """How the system's lookup failed; the configured resolver's own word where it has one."""
        if not self.failed:
            return None
        vague = all(q.failure in _VAGUE for q in self.system if q.failure)
        direct = [kind_of(q.failure) for q in self.configured if q.failure]
        if vague or kind_of(self.system[0].failure) is None:
            told = [k for k in direct if k and k != NO_ANSWER] or [k for k in direct if k]
            if told:
                return told[0]
        if vague and self.system[0].t - self.system[0].t0 > 4.0:
            return TIMEOUT  # the C library waited for an answer that never came
        return kind_of(self.system[0].failure)

    @cached_property
    def configured_works(self) -> bool:
        """The same resolver, asked directly, gave the site's own address."""
        good = self.outside_addresses
        return any(not q.failure and set(q.addresses) & good for q in self.configured)

    @cached_property
    def no_ipv6(self) -> bool:
        """All its addresses are IPv6, and nothing here ever reached one: a C library then says that
        there are none."""
        told = self.outside_addresses
        reached = any(":" in c.ip and c.failure is None for c in self.hop.connects)
        return bool(told) and all(":" in ip for ip in told) and not reached

    @cached_property
    def outside_addresses(self) -> set[str]:
        """Addresses from outside this network's sight: the control's, encrypted resolvers'."""
        encrypted = {
            ip
            for name, queries in self.arms.items()
            if name.startswith(("doh", "dot")) and name.endswith("_t")
            for q in queries
            for ip in q.addresses
        }
        return set(self.hop.control_addresses) | self.hop.encrypted_addresses | encrypted

    @cached_property
    def outside_ok(self) -> bool:
        """The name has a proper address, seen from outside."""
        return any(self.standing_of(ip) is Standing.GENUINE for ip in self.outside_addresses)

    @cached_property
    def elsewhere_ok(self) -> bool:
        """Another resolver, asked from here in the clear, gives an address proved by certificate."""
        return any(
            self.standing_of(ip) is Standing.GENUINE
            for q in self.hop.queries
            if q.role == "public" and not q.late
            for ip in q.addresses
        )

    @cached_property
    def contrast(self) -> bool:
        """The same name resolves when the vantage or the resolver changes."""
        return self.outside_ok or self.elsewhere_ok or self.hop.passed_outside

    @cached_property
    def control_failure(self) -> str | None:
        """How the control's lookup failed."""
        answered = self.hop.answered
        return kind_of(answered.dns.failure) if answered is not None else None

    @cached_property
    def encrypted_nxdomain(self) -> bool:
        """An encrypted resolver says that the name does not exist."""
        return any(
            q.engine in {"doh", "dot"} and kind_of(q.failure) == NXDOMAIN for q in self.hop.queries
        )

    @cached_property
    def down_outside(self) -> bool:
        """The name has no address seen from outside either."""
        if self.contrast:
            return False
        return self.control_failure is not None or (
            self.hop.answered is None and self.encrypted_nxdomain
        )

    def found(self, kind: str) -> bool:
        """The environment gate found that, for everything or for this host."""
        return any(f.kind == kind and f.subject in {None, self.hop.host} for f in self.environment)

    @cached_property
    def alive(self) -> bool | None:
        """The resolver answers for other names; None where that was not asked."""
        control = [q for name, qs in self.arms.items() if name == "udp_c" for q in qs]
        if not control:
            return None
        return any(
            q.failure is None or kind_of(q.failure) in {NO_ANSWER, NXDOMAIN} for q in control
        )

    @cached_property
    def denies_all(self) -> bool:
        """It denies the control's own name as well, which exists: we are talking to it."""
        others = [
            q for q in self.arms.get("udp_c", []) if q.hostname.rstrip(".").lower() not in _RESERVED
        ]
        return bool(others) and all(kind_of(q.failure) in {NXDOMAIN, NO_ANSWER} for q in others)

    @cached_property
    def silent_for_all(self) -> bool:
        """Not even an error came back for other names."""
        control = [q for name, qs in self.arms.items() if name == "udp_c" for q in qs]
        return bool(control) and all(kind_of(q.failure) == TIMEOUT for q in control)

    @cached_property
    def repeated(self) -> bool:
        """The lie came again each time that it was asked for."""
        asked = self.arms.get("udp_t", [])
        return len(asked) >= 3 and not any(set(q.addresses) & self.outside_addresses for q in asked)

    @cached_property
    def conflict(self) -> bool:
        """One question to this computer's resolver had two answers that do not agree."""
        return self._conflict({"system", "configured"})

    @cached_property
    def public_conflict(self) -> bool:
        """One question to a public resolver had two answers that do not agree."""
        return self._conflict({"public", "other"})

    def _conflict(self, roles: set[str]) -> bool:
        every = (*self.hop.queries, *(q for qs in self.arms.values() for q in qs))
        late = {(_question(q), _told(q)) for q in every if q.late and q.role in roles}
        if not late:
            return False
        first: dict[_Question, set[_Told]] = {}
        for q in every:
            if not q.late:
                first.setdefault(_question(q), set()).add(_told(q))
        return any(_differs(a, b) for question, a in late for b in first.get(question, ()))

    @cached_property
    def dark_answered(self) -> bool:
        """An address where no resolver is answered for this name."""
        return any(q.failure is None or q.rcode is not None for q in self.arms.get("dark_t", []))

    @cached_property
    def dark_answers_all(self) -> bool:
        """It answered for an innocent name as well: all of port 53 is diverted."""
        return any(q.failure is None or q.rcode is not None for q in self.arms.get("dark_c", []))

    @cached_property
    def public_lies(self) -> bool:
        """A public resolver, asked in the clear, gave no address of the site's, though it has one."""
        asked = [
            q for q in self.hop.queries if q.role == "public" and q.engine == "udp" and not q.late
        ]
        told = [q for q in asked if q.query_type == "A" and (q.addresses or q.failure)]
        return (
            bool(told)
            and self.outside_ok
            and not any(
                self.standing_of(ip) in {Standing.GENUINE, Standing.LIKELY, Standing.UNKNOWN}
                for q in told
                for ip in q.addresses
            )
        )

    @cached_property
    def blockpage_there(self) -> bool:
        """The foreign address serves a block page under the site's name: one by its looks, or any page
        where the machine is not plainly another site (which has a good certificate for other names)."""
        ips = {ip for ip, s in self.standings.items() if s is not Standing.BOGON}
        pages = [p for p in self.foreign_pages if p.ip in ips and p.status_code is not None]
        if any(_looks_blocked(p) for p in pages):
            return True
        shown = (*self.hop.handshakes, *self.arm_handshakes)
        other_site = any(h.ip in ips and h.failure == "ssl_invalid_hostname" for h in shown)
        return bool(pages) and not other_site

    @cached_property
    def blockpage_known(self) -> bool:
        """One of the addresses serves a page that is a block page by its looks."""
        ips = {ip for ip, s in self.standings.items() if s is not Standing.BOGON}
        return any(_looks_blocked(p) for p in self.foreign_pages if p.ip in ips)

    @cached_property
    def strange_page(self) -> bool:
        """What it serves is no page of the site's for this country: it is a block page by its looks,
        or others here are told the very addresses that outsiders are told, so there are none."""
        ips = {ip for ip, s in self.standings.items() if s is not Standing.BOGON}
        pages = [p for p in self.foreign_pages if p.ip in ips and p.status_code is not None]
        if self.blockpage_known:
            return True
        told = {ip for q in self._others for ip in q.addresses}
        one_for_all = bool(told & set(self.hop.control_addresses))
        return one_for_all and any((p.status_code or 0) < 400 for p in pages)

    @cached_property
    def _others(self) -> tuple[DNSQuery, ...]:
        """Questions to resolvers that are not this network's."""
        arms = (q for qs in self.arms.values() for q in qs)
        every = (*self.hop.queries, *arms)
        return tuple(q for q in every if q.role in {"public", "other"} and not q.late)

    @cached_property
    def experimented(self) -> bool:
        """The change-one-thing arms were run."""
        return bool(self.arms)

    @property
    def words(self) -> dict[str, str]:
        """See rule.View."""
        return {
            "host": self.hop.host,
            "addresses": ", ".join(self.hop.system_addresses[:4]) or "no address",
            "kind": self.kind or "failed",
            "outside": ", ".join(sorted(self.outside_addresses)[:4]) or "none",
        }

    @property
    def transactions(self) -> tuple[int, ...]:
        """See rule.View."""
        own = [q.transaction_id for q in (*self.system, *self.configured)]
        return tuple(
            dict.fromkeys(own + [q.transaction_id for qs in self.arms.values() for q in qs])
        )[:24]


def _looks_blocked(p: HTTPTransaction) -> bool:
    return classify(p).kind is PageKind.BLOCKPAGE


_Question = tuple[int, str, str, str]
_Told = tuple[frozenset[str], str | None]


def _question(q: DNSQuery) -> _Question:
    return q.transaction_id, q.hostname, q.query_type, q.resolver_address


def _told(q: DNSQuery) -> _Told:
    return frozenset(q.addresses), q.failure


def _differs(a: _Told, b: _Told) -> bool:
    """Two answers contradict each other; a set that shares an address was only dealt otherwise."""
    (some, failure), (others, failed) = a, b
    if some and others:
        return some.isdisjoint(others)
    return (failure, bool(some)) != (failed, bool(others))
