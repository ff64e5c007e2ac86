"""The demo's world: all is started in `async with DemoWorld(clock)`, and all is stopped after it.

Two views of one Internet: the probe's goes through the censor's path, the control's does not.
"""

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path as FilePath
from types import TracebackType
from typing import Self

from measurements.schema.measurement import Place
from probe.control.server import ControlConfig, running
from probe.control.visit import Sketcher
from probe.demo.authority import PRETEND_INTERCEPTOR, PRETEND_ROOT, Authority, pem, write
from probe.demo.cast import (
    BLOCK_PAGE_SERVER,
    CONTROL,
    CONTROL_NAME,
    ISP_RESOLVER,
    ISP_ZONE,
    PUBLIC_RESOLVERS,
    ROLES,
    RULES,
    SITES,
    ZONE,
    Role,
    Site,
    place_of,
)
from probe.demo.origin import (
    Answer,
    Request,
    Response,
    by_server_name,
    over_tcp,
    over_tls,
    redirect,
)
from probe.demo.pages import block_page, nobody_here
from probe.demo.path import Path
from probe.demo.resolver import Resolver
from probe.demo.rules import Censor, Intercept
from probe.net.loopback import LOCALHOST, Listeners, LoopbackNetwork, Respond, Routes, Serve
from probe.net.network import Clock
from probe.net.resolvers import Endpoint
from probe.net.trust import Trust

RTT = 0.02
_DNS, _HTTP, _HTTPS, _DOT = 53, 80, 443, 853


@dataclass(slots=True)
class _View:
    """The routes of one vantage, as they are laid."""

    tcp: dict[Endpoint, int] = field(default_factory=dict)
    udp: dict[Endpoint, int] = field(default_factory=dict)


class DemoWorld:
    """A pretend Internet. The attributes are there inside of `async with`."""

    roles: tuple[Role, ...] = ROLES
    targets: tuple[str, ...] = tuple(role.url for role in ROLES)
    resolvers: tuple[Endpoint, ...] = tuple(Endpoint(ip, _DNS) for ip in PUBLIC_RESOLVERS)
    configured_resolvers: tuple[Endpoint, ...] = (Endpoint(ISP_RESOLVER, _DNS),)
    doh: tuple[str, ...] = tuple(f"https://{ip}/dns-query" for ip in PUBLIC_RESOLVERS)
    control_url: str = f"https://{CONTROL_NAME}"
    place: Place = place_of(ISP_RESOLVER)

    network: LoopbackNetwork
    control_network: LoopbackNetwork
    trust_file: FilePath
    trust: Trust

    def __init__(
        self,
        clock: Clock,
        *,
        sketcher: Sketcher | None = None,
        rtt: float = RTT,
        folder: FilePath | None = None,
    ) -> None:
        """`sketcher`: the control's word sketch of a body, which the judging room has. `folder`: where
        its certificates lie meanwhile, in a folder of their own; otherwise the system's for what is
        temporary."""
        self._clock, self._sketcher, self._rtt, self._within = clock, sketcher, rtt, folder
        self._censor = Censor(RULES)
        self._stack = AsyncExitStack()
        self._home, self._abroad = _View(), _View()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            folder = FilePath(stack.enter_context(self._temporary()))
            self._listeners = await stack.enter_async_context(Listeners())
            self._build(folder)
            await self._open_control(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, exc, trace)

    def _temporary(self) -> "tempfile.TemporaryDirectory[str]":
        # With `dir` None the system's folder is looked for, by writing there.
        return tempfile.TemporaryDirectory("-pretend", ".", self._within)

    def place_of(self, ip: str) -> Place:
        """The pretend network of an address: what a location file would say."""
        return place_of(ip)

    def _build(self, folder: FilePath) -> None:
        now = self._clock.utc()
        self._root = Authority(PRETEND_ROOT, now)
        interceptor = Authority(PRETEND_INTERCEPTOR, now)
        forged = {
            rule.sni: interceptor.server_context((rule.sni,), folder)
            for rule in RULES
            if isinstance(rule.action, Intercept) and rule.sni
        }
        self._path = Path(self._censor, forged, rtt=self._rtt)
        self._folder = folder
        self.trust_file = folder / "pretend-root.pem"
        write(self.trust_file, pem(self._root.root))
        self.trust = Trust(self.trust_file)
        for ip, sites in _by_address():
            self._open_sites(ip, sites)
        self._open_resolvers()
        warning = over_tcp(lambda _: block_page())
        self._open(BLOCK_PAGE_SERVER, _HTTP, warning, warning)
        self.network = LoopbackNetwork(
            Routes(self._home.tcp, self._home.udp, self._censor.dark()),
            self.configured_resolvers[0],
            rtt=self._rtt,
        )
        self.control_network = LoopbackNetwork(
            Routes(self._abroad.tcp, self._abroad.udp), self.resolvers[0]
        )

    def _open(self, ip: str, port: int, home: Serve, abroad: Serve) -> None:
        """A server at `ip`:`port`, which may show visitors from home something else."""
        there = self._listeners.tcp(abroad)
        here = there if home is abroad else self._listeners.tcp(home)
        self._abroad.tcp[Endpoint(ip, port)] = there
        self._home.tcp[Endpoint(ip, port)] = self._listeners.tcp(self._path.to(ip, here))

    def _open_sites(self, ip: str, sites: tuple[Site, ...]) -> None:
        context = by_server_name({site.name: self._context(site) for site in sites})
        for port in (_HTTP, _HTTPS):
            abroad = _answer(sites, port, at_home=False)
            home = abroad
            if any(site.seen_at_home for site in sites):
                home = _answer(sites, port, at_home=True)
            serves = {
                answer: over_tls(answer, context) if port == _HTTPS else over_tcp(answer)
                for answer in (home, abroad)
            }
            self._open(ip, port, serves[home], serves[abroad])

    def _context(self, site: Site) -> ssl.SSLContext:
        names = (site.name, f"www.{site.name}")
        return self._root.server_context(names, self._folder, expired=site.expired)

    def _open_resolvers(self) -> None:
        isp = Resolver(ISP_ZONE)
        self._open_resolver(ISP_RESOLVER, isp, isp.over_udp(self._censor, rtt=self._rtt))
        public = Resolver(ZONE)
        for ip, name in PUBLIC_RESOLVERS.items():
            self._open_resolver(ip, public, public.over_udp(self._censor, rtt=self._rtt))
            context = self._root.server_context((name, ip), self._folder)
            dot, doh = public.over_tls(context), over_tls(public.over_https, context)
            self._open(ip, _DOT, dot, dot)
            self._open(ip, _HTTPS, doh, doh)

    def _open_resolver(self, ip: str, resolver: Resolver, home: Respond) -> None:
        where, tcp = Endpoint(ip, _DNS), resolver.over_tcp()
        self._home.udp[where] = self._listeners.udp(home)
        self._abroad.udp[where] = self._listeners.udp(resolver.over_udp())
        self._open(ip, _DNS, tcp, tcp)

    async def _open_control(self, stack: AsyncExitStack) -> None:
        """The real control server, on the other side of the censor."""
        certificate = self._root.certificate_file((CONTROL_NAME, CONTROL), self._folder)
        config = ControlConfig(
            host=LOCALHOST,
            port=0,
            tls_cert=certificate,
            http_port=0,
            resolvers=self.doh,
            sketcher=self._sketcher,
        )
        endpoints = await stack.enter_async_context(
            running(config, self.control_network, self._clock, self.trust, _locate)
        )
        for port, listening in zip((_HTTPS, _HTTP), endpoints, strict=True):
            where = Endpoint(CONTROL, port)
            self._abroad.tcp[where] = listening.port
            self._home.tcp[where] = self._listeners.tcp(self._path.to(CONTROL, listening.port))


def _locate(ip: str) -> Place:
    """What the control knows of an address: whoever comes from this computer is at home."""
    return place_of(ISP_RESOLVER if ip == LOCALHOST else ip)


def _by_address() -> Iterator[tuple[str, tuple[Site, ...]]]:
    """Every address with the sites that live there."""
    pairs = sorted(((ip, site) for site in SITES for ip in site.addresses), key=itemgetter(0))
    for ip, group in groupby(pairs, key=itemgetter(0)):
        yield ip, tuple(site for _, site in group)


def _answer(sites: tuple[Site, ...], port: int, *, at_home: bool) -> Answer:
    """What the server of `sites` answers at `port`."""
    known = {name: site for site in sites for name in (site.name, f"www.{site.name}")}

    def answer(request: Request) -> Response:
        site = known.get(request.host)
        if site is None:
            return nobody_here()
        if site.https and port == _HTTP:
            return redirect(f"https://{site.name}{request.target}")
        return (site.seen_at_home if at_home else None) or site.page

    return answer
