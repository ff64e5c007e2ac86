"""What a run has taught about its own network: which pages open, whether IPv6 works, and so on.

Bounded: counters and a few pages, whatever the list's length.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from measurements.schema.measurement import Finding, Measurement
from probe.experiments.kit import Elsewhere, Page
from probe.net.resolvers import Endpoint

_MAX_PAGES = 64
_MIN_NAMES = 3
# "No such name" is an answer, if maybe a lie: three blocked names do not make a resolver dead.
_ANSWERED = frozenset({None, "dns_nxdomain_error", "dns_no_answer"})
_REACHED = frozenset({None, "connection_refused", "connection_reset"})


@dataclass(slots=True, kw_only=True)
class Learned:
    """One a run. `ipv6`: False no route; None a route that nothing has proved; True proved."""

    ipv6: bool | None
    control: Elsewhere | None
    names_failed: set[str] = field(default_factory=set)
    resolver_answered: bool = False
    _quic: Page | None = None
    _pages: OrderedDict[tuple[str, str], Page] = field(default_factory=OrderedDict)

    def see(self, m: Measurement) -> None:
        """Take what a measurement teaches about the network."""
        for c in m.records.tcp_connects:
            if ":" in c.ip and c.failure in _REACHED:
                self.ipv6 = True
        for h in m.records.quic_handshakes:
            if h.failure is None and h.arm is None:
                self._quic = Page(host=h.server_name, ip=h.ip, port=h.port, scheme="https")
        for q in m.records.queries:
            if q.role != "system":
                continue
            if q.failure in _ANSWERED:
                self.resolver_answered = True
            elif len(self.names_failed) < _MIN_NAMES:
                self.names_failed.add(q.hostname)

    def findings(self, *, ipv6: bool) -> tuple[Finding, ...]:
        """What it comes to by now; about IPv6 only where that was tried."""
        found = []
        if ipv6 and self.ipv6 is not True:
            says = "This computer has no route for IPv6."
            if self.ipv6 is None:
                says = "Nothing has shown that IPv6 works on this network."
            found.append(Finding(kind="ipv6_broken", says=says))
        if not self.resolver_answered and len(self.names_failed) >= _MIN_NAMES:
            says = "This computer's resolver has answered for none of the names asked so far."
            found.append(Finding(kind="resolver_dead", says=says))
        return tuple(found)

    def pages_add(self, page: Page) -> None:
        """A page that opened."""
        self._pages[page.host, page.scheme] = page
        while len(self._pages) > _MAX_PAGES:
            self._pages.popitem(last=False)

    def elsewhere(self, host: str) -> Elsewhere | None:
        """Address C for experiments on `host`: the control, or a page that opened."""
        plain, secure = self._page("http", host), self._page("https", host)
        if self.control is not None:
            return self._beside_control(self.control, plain, secure)
        if secure is None and plain is None:
            return None
        name = (secure or plain).host  # type: ignore[union-attr]
        return Elsewhere(
            name=name,
            tls=Endpoint(secure.ip, secure.port) if secure is not None else None,
            http=Endpoint(plain.ip, plain.port) if plain is not None else None,
            is_control=False,
        )

    def quic_page(self, but: str) -> Page | None:
        """A site whose QUIC opened, of another host than `but`."""
        return self._quic if self._quic is not None and self._quic.host != but else None

    @staticmethod
    def _beside_control(control: Elsewhere, plain: Page | None, secure: Page | None) -> Elsewhere:
        """The control's own places; where it has no TLS, or nothing on port 80, those of pages."""
        http = control.http
        if plain is not None and (http is None or http.port != 80):  # noqa: PLR2004
            http = Endpoint(plain.ip, plain.port)
        if control.tls is None and secure is not None:
            there = Endpoint(secure.ip, secure.port)
            return Elsewhere(name=secure.host, tls=there, http=http, is_control=False)
        return Elsewhere(name=control.name, tls=control.tls, http=http, is_control=True)

    def page(self, but: str) -> Page | None:
        """A page that opened, of another host than `but`."""
        return self._page("https", but) or self._page("http", but)

    def _page(self, scheme: str, but: str) -> Page | None:
        for page in reversed(self._pages.values()):
            if page.scheme == scheme and page.host != but:
                return page
        return None
