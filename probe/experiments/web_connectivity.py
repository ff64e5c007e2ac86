"""The base visit: one URL as a browser would open it, redirect by redirect, with every address tried.

After OONI's Web Connectivity (ts-017): all resolvers, TCP and TLS to every address that anyone
returned, the page over one. A hop whose host was seen before is not looked up again.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urljoin, urlsplit

from measurements.schema.measurement import Control, ControlAnswered
from measurements.schema.records import DNSQuery, HTTPTransaction, TCPConnect, TLSHandshake
from probe.experiments.kit import Kit, Permits
from probe.experiments.lookups import look_up
from probe.net.network import Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.steps import http, tcp, tls

NAME = "web_connectivity"
VERSION = "1.0.0"
MAX_REDIRECTS = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Eight is more than any site of the test lists needs; each costs a connection, and politeness counts.
MAX_ADDRESSES = 8
_PORTS = {"http": 80, "https": 443}
# What a censor leaves after it has acted on a hello or a request.
_WAKING = frozenset({"generic_timeout_error", "connection_reset", "eof_error"})


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
        return _is_address(self.host)

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def locate(url: str) -> Location | None:
    """None for what no browser opens."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
        if not _is_address(host):
            host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in _PORTS or not host:
        return None
    scheme = parts.scheme.lower()
    return Location(url=url, scheme=scheme, host=host, port=port or _PORTS[scheme])


@dataclass(slots=True)
class Visited:
    """What a visit has gathered besides its records."""

    controls: list[Control] = field(default_factory=list)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    addresses: dict[str, list[str]] = field(default_factory=dict)  # host -> in order of preference
    own: dict[str, set[str]] = field(default_factory=dict)  # host -> what the system gave


@dataclass(slots=True)
class _Opened:
    """One address: what became of it, and the stream that can carry a request."""

    ip: str
    stream: Stream | None = None
    transaction_id: int = 0
    good: bool = False  # a request over it would be answered by the site, as far as TLS tells


async def visit(
    trace: Trace, kit: Kit, url: str, permits: Permits, *, ask: bool = True
) -> tuple[Control, ...]:
    """Visit `url` to its end; `ask` the control what it sees of it.

    All that is seen is in the trace's notebook; the control's answers are returned.
    """
    gathered = Visited()
    ended = False
    async with asyncio.TaskGroup() as background:
        here: Location | None = locate(url)
        depth = 0
        while here is not None and depth <= MAX_REDIRECTS:
            hop = _Hop(trace.at(depth), kit, here, gathered, permits, ask=ask)
            transaction = await hop.run(background, lambda: ended)
            here = _next(transaction, gathered) if transaction is not None else None
            depth += 1
        ended = True
    return tuple(gathered.controls)


def _next(transaction: HTTPTransaction, gathered: Visited) -> Location | None:
    """Where the answer sends us; cookies are kept on the way."""
    host = urlsplit(transaction.url).hostname or ""
    for name, value in transaction.headers:
        if name.lower() == "set-cookie":
            _keep_cookie(gathered.cookies.setdefault(host, {}), value)
    location = (transaction.header("location") or "").strip()
    if transaction.status_code not in REDIRECTS or not location:
        return None
    if "://" in location.split("?")[0]:
        return locate(location)
    try:
        return locate(urljoin(transaction.url, location))
    except ValueError:
        return None


def _keep_cookie(jar: dict[str, str], header: str) -> None:
    try:
        parsed = SimpleCookie(header)
    except CookieError:
        return
    for name, morsel in parsed.items():
        if len(jar) < 50 and len(morsel.value) < 4096:  # noqa: PLR2004 - RFC 6265 §6.1
            jar[name] = morsel.value


class _Hop:
    """One URL of the way."""

    def __init__(  # noqa: PLR0913 - all of a visit's parts
        self,
        trace: Trace,
        kit: Kit,
        here: Location,
        gathered: Visited,
        permits: Permits,
        *,
        ask: bool,
    ) -> None:
        self._trace, self._kit, self._here, self._gathered = trace, kit, here, gathered
        self._permits, self._ask = permits, ask

    async def run(
        self, background: asyncio.TaskGroup, visit_ended: Callable[[], bool]
    ) -> HTTPTransaction | None:
        """Look up, connect, fetch; the page, if there was one."""
        here, known = self._here, self._gathered.addresses
        seen_before = here.host in known
        if not seen_before:
            await self._look_up(background, visit_ended)
        addresses = known[here.host][:MAX_ADDRESSES]
        async with asyncio.TaskGroup() as group:
            asking = None
            if self._ask and self._kit.control is not None and not seen_before:
                asking = group.create_task(self._ask_control(addresses))
            fetched = group.create_task(self._fetch_claimed(addresses))
        if asking is not None:
            self._gathered.controls.append(asking.result())
            await self._try_controls_addresses(asking.result(), set(addresses))
        return fetched.result()

    def _endpoints(self, addresses: Iterable[str]) -> frozenset[Endpoint]:
        """What a hop connects to."""
        here = self._here
        ports = {here.port, 443} if self._proves else {here.port}
        return frozenset(Endpoint(ip, port) for ip in addresses for port in ports)

    @property
    def _proves(self) -> bool:
        """An http:// URL's addresses are asked for the name's certificate too."""
        return self._here.scheme == "http" and self._here.port == _PORTS["http"]

    async def _fetch_claimed(self, addresses: list[str]) -> HTTPTransaction | None:
        """Fetch while the addresses are ours; leave word of what may have woken a censor."""
        endpoints = self._endpoints(addresses)
        await self._permits.claim(endpoints)
        try:
            async with asyncio.TaskGroup() as group:
                fetched = group.create_task(self._fetch_from(addresses, group))
            return fetched.result()
        finally:
            self._leave_word()
            self._permits.release(endpoints)

    def _leave_word(self) -> None:
        records, depth = self._trace.notebook.records(), self._trace.depth
        for r in (*records.tls_handshakes, *records.http_transactions):
            if r.depth == depth and r.arm == self._trace.arm and r.failure in _WAKING:
                self._permits.suspect(Endpoint(r.ip, r.port))

    async def _look_up(
        self, background: asyncio.TaskGroup, visit_ended: Callable[[], bool]
    ) -> None:
        here = self._here
        if here.is_literal:
            self._gathered.addresses[here.host] = [here.host]
            self._gathered.own[here.host] = {here.host}
            return
        answers = await look_up(self._trace, self._kit, here.host, background, visit_ended)
        self._gathered.addresses[here.host] = _in_order(answers)
        self._gathered.own[here.host] = {
            ip for q in answers if q.role == "system" for ip in q.addresses
        }

    async def _ask_control(self, addresses: Iterable[str]) -> Control:
        here = self._here
        ports = {here.port, 443} if here.port in {80, 443} else {here.port}
        endpoints = tuple(Endpoint(ip, port) for ip in addresses for port in sorted(ports))
        assert self._kit.control is not None
        return await self._kit.control(here.url, endpoints, self._trace.depth)

    async def _try_controls_addresses(self, control: Control, tried: set[str]) -> None:
        """Addresses that only the control was told are tried too: they may work where ours do not."""
        if not isinstance(control, ControlAnswered) or self._here.is_literal:
            return
        new = [ip for ip in control.dns.addresses if ip not in tried and _may_connect(ip)]
        if not new or len(tried) >= MAX_ADDRESSES:
            return
        endpoints = self._endpoints(new[:2])
        await self._permits.claim(endpoints)
        try:
            async with asyncio.TaskGroup() as group:
                for ip in new[:2]:
                    group.create_task(self._close_after(ip))
        finally:
            self._leave_word()
            self._permits.release(endpoints)

    async def _close_after(self, ip: str) -> None:
        opened = await self._open(ip)
        if opened.stream is not None:
            opened.stream.close()

    async def _fetch_from(
        self, addresses: list[str], group: asyncio.TaskGroup
    ) -> HTTPTransaction | None:
        """Try all addresses; fetch over the first of the system's that is good, else over the best."""
        own = self._gathered.own[self._here.host]
        ready: asyncio.Queue[_Opened] = asyncio.Queue()

        async def open_one(ip: str) -> None:
            ready.put_nowait(await self._open(ip))

        for ip in addresses:
            group.create_task(open_one(ip))
            if self._proves:
                group.create_task(self._prove(ip))
        waiting, spare = set(addresses), list[_Opened]()
        chosen: _Opened | None = None
        while waiting and chosen is None:
            opened = await ready.get()
            waiting.discard(opened.ip)
            if opened.good and (opened.ip in own or not (waiting & own)):
                chosen = opened
            elif opened.stream is not None:
                spare.append(opened)
            if chosen is None and not (waiting & own) and (not waiting or any(o.good for o in spare)):
                chosen = _best(spare, own)
        result = await self._fetch(chosen) if chosen is not None else None
        while waiting:
            opened = await ready.get()
            waiting.discard(opened.ip)
            spare.append(opened)
        for opened in spare:
            if opened.stream is not None:
                opened.stream.close()
        return result

    async def _open(self, ip: str) -> _Opened:
        """Connect, and for https shake hands."""
        here, tid = self._here, self._trace.transaction()
        _, stream = await tcp.connect(self._trace, ip, here.port, transaction_id=tid)
        if stream is None or here.scheme == "http":
            return _Opened(ip, stream, tid, good=stream is not None)
        record, secure = await self._shake(stream, ip, here.port, tid)
        if secure is None:
            stream.close()
        return _Opened(ip, secure, tid, good=record.failure is None)

    async def _shake(
        self, stream: Stream, ip: str, port: int, tid: int
    ) -> tuple[TLSHandshake, tls.TLSStream | None]:
        here = self._here
        return await tls.handshake(
            self._trace,
            stream,
            ip,
            port,
            transaction_id=tid,
            server_name="" if here.is_literal else here.host,
            verify_name=here.host,
        )

    async def _prove(self, ip: str) -> None:
        """For http://: does the address show a good certificate for the name?"""
        tid = self._trace.transaction()
        record: TCPConnect
        record, stream = await tcp.connect(self._trace, ip, 443, transaction_id=tid)
        if stream is None:
            return
        _, secure = await self._shake(stream, ip, 443, record.transaction_id)
        (secure or stream).close()

    async def _fetch(self, opened: _Opened) -> HTTPTransaction:
        here = self._here
        jar = self._gathered.cookies.get(here.host, {})
        headers = http.BROWSER_HEADERS
        if jar:
            cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
            headers = (*headers, ("Cookie", cookie))
        request = http.Request(
            url=here.url, host=here.authority, ip=opened.ip, port=here.port, headers=headers
        )
        assert opened.stream is not None
        try:
            return await http.fetch(
                self._trace,
                opened.stream,
                request,
                transaction_id=opened.transaction_id,
                alpn="http/1.1" if here.scheme == "https" else "",
            )
        finally:
            opened.stream.close()


def _best(spare: list[_Opened], own: set[str]) -> _Opened | None:
    """The good ones first, then the system's: a page behind a bad certificate is evidence as well."""
    usable = [o for o in spare if o.stream is not None]
    usable.sort(key=lambda o: (not o.good, o.ip not in own))
    for o in usable[:1]:
        spare.remove(o)
        return o
    return None


def _in_order(answers: list[DNSQuery]) -> list[str]:
    """Addresses to try: the system's first, then those that others were told; families in turn."""
    found: dict[str, None] = {}
    for wanted in ("system", "configured", "public"):
        for q in answers:
            if q.role == wanted:
                found |= dict.fromkeys(q.addresses)
    own = {ip for q in answers if q.role == "system" for ip in q.addresses}
    usable = [ip for ip in found if _may_connect(ip)]
    mine, others = [ip for ip in usable if ip in own], [ip for ip in usable if ip not in own]
    return _in_turn(mine) + _in_turn(others)


def _in_turn(addresses: list[str]) -> list[str]:
    """IPv4 and IPv6 by turns, so that a cap hides no family."""
    v4 = [ip for ip in addresses if ":" not in ip]
    v6 = [ip for ip in addresses if ":" in ip]
    out: list[str] = []
    while v4 or v6:
        out += v4[:1] + v6[:1]
        v4, v6 = v4[1:], v6[1:]
    return out


def _may_connect(ip: str) -> bool:
    """Never this computer, its LAN, or an address that cannot be a site's: an answer must not make
    the probe knock on a home's own doors."""
    try:
        return ipaddress.ip_address(ip).is_global
    except ValueError:
        return False
