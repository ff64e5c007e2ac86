"""The base visit: a URL as a browser would open it, redirect by redirect, every address tried.

After OONI's Web Connectivity (ts-017): all resolvers, TCP and TLS to every address that anyone
returned, the page over one. A hop whose host was seen before is not looked up again.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field

from measurements.schema.measurement import Control, ControlAnswered
from measurements.schema.records import HTTPTransaction, TCPConnect, TLSHandshake
from probe.experiments import quic
from probe.experiments.addresses import MAX_ADDRESSES, in_order, own_of, usable
from probe.experiments.kit import Kit, Permits
from probe.experiments.locations import Cookies, Location, locate, redirect_of
from probe.experiments.lookups import look_up
from probe.net.network import Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.steps import http, tcp, tls

NAME = "web_connectivity"
VERSION = "1.0.0"
MAX_REDIRECTS = 10
# What a censor leaves after it has acted on a hello or a request.
_WAKING = frozenset({"generic_timeout_error", "connection_reset", "eof_error"})


@dataclass(slots=True)
class Visited:
    """What a visit has gathered besides its records."""

    controls: list[Control] = field(default_factory=list)
    cookies: Cookies = field(default_factory=Cookies)
    addresses: dict[str, list[str]] = field(default_factory=dict)  # host -> in order of preference
    own: dict[str, set[str]] = field(default_factory=dict)  # host -> what the system gave
    # (host, port) -> the address that gave a page there: a further hop goes to it alone, so that a
    # site that redirects in circles does not bring its name onto the wire eight times each round.
    served: dict[tuple[str, int], str] = field(default_factory=dict)
    over_quic: set[str] = field(default_factory=set)  # names that were tried


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
    gathered.cookies.keep(transaction)
    return redirect_of(transaction)


class _Hop:
    """One URL of the way."""

    def __init__(
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
        if (served := self._gathered.served.get((here.host, here.port))) is not None:
            addresses = [served]
        async with asyncio.TaskGroup() as group:
            asking = None
            if self._ask and self._kit.control is not None and not seen_before:
                asking = group.create_task(self._ask_control(addresses))
            fetched = group.create_task(self._fetch_claimed(addresses))
        page = fetched.result()
        if page is not None and page.status_code is not None:
            self._gathered.served[here.host, here.port] = page.ip
            if page.failure is None and quic.offered(page) and self._first_over_quic():
                background.create_task(quic.run(self._trace, self._kit, page.ip, here.host))
        if asking is not None:
            self._gathered.controls.append(asking.result())
            await self._try_controls_addresses(asking.result(), set(addresses))
        return page

    def _first_over_quic(self) -> bool:
        """QUIC is tried once a name."""
        host, tried = self._here.host, self._gathered.over_quic
        first = host not in tried and not self._here.is_literal
        tried.add(host)
        return first

    def _endpoints(self, addresses: Iterable[str]) -> frozenset[Endpoint]:
        """What a hop connects to."""
        here = self._here
        ports = {here.port, 443} if here.proves else {here.port}
        return frozenset(Endpoint(ip, port) for ip in addresses for port in ports)

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
        met: tuple[TLSHandshake | HTTPTransaction, ...] = (
            *records.tls_handshakes,
            *records.http_transactions,
        )
        for r in met:
            if r.depth == depth and r.arm == self._trace.arm and r.failure in _WAKING:
                self._permits.suspect(Endpoint(r.ip, r.port))

    async def _look_up(
        self, background: asyncio.TaskGroup, visit_ended: Callable[[], bool]
    ) -> None:
        here = self._here
        if here.is_literal:
            self._gathered.addresses[here.host] = usable([here.host], self._kit.inside)
            self._gathered.own[here.host] = {here.host}
            return
        answers = await look_up(self._trace, self._kit, here.host, background, visit_ended)
        self._gathered.addresses[here.host] = in_order(answers, self._kit.inside)
        self._gathered.own[here.host] = own_of(answers)

    async def _ask_control(self, addresses: Iterable[str]) -> Control:
        here = self._here
        ports = {here.port, 443} if here.port in {80, 443} else {here.port}
        endpoints = tuple(Endpoint(ip, port) for ip in addresses for port in sorted(ports))
        assert self._kit.control is not None
        return await self._kit.control(here.url, endpoints, self._trace.depth)

    async def _try_controls_addresses(self, control: Control, tried: set[str]) -> None:
        """Addresses that only the control was told may work where ours do not: try them too."""
        if not isinstance(control, ControlAnswered) or self._here.is_literal:
            return
        new = [ip for ip in usable(control.dns.addresses, self._kit.inside) if ip not in tried]
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
        """Try all addresses; fetch over the first good one of the system's, else over the best."""
        ready: asyncio.Queue[_Opened] = asyncio.Queue()
        opened: list[_Opened] = []  # every stream here is closed by us, whatever happens

        async def open_one(ip: str) -> None:
            one = await self._open(ip)
            opened.append(one)
            ready.put_nowait(one)

        for ip in addresses:
            group.create_task(open_one(ip))
            if self._here.proves:
                group.create_task(self._prove(ip))
        try:
            chosen = await self._choose(ready, set(addresses))
            result = await self._fetch(chosen) if chosen is not None else None
            while len(opened) < len(addresses):
                await ready.get()
        finally:
            for one in opened:
                if one.stream is not None:
                    one.stream.close()
        return result

    async def _choose(self, ready: asyncio.Queue[_Opened], waiting: set[str]) -> _Opened | None:
        """The first good one of the system's; where none of these is, the best of all."""
        own = self._gathered.own[self._here.host]
        spare: list[_Opened] = []
        while waiting:
            one = await ready.get()
            waiting.discard(one.ip)
            spare.append(one)
            if one.good and one.ip in own:
                return one
            if not (waiting & own) and (not waiting or any(o.good for o in spare)):
                return _best(spare, own)
        return None

    async def _open(self, ip: str) -> _Opened:
        """Connect, and for https shake hands."""
        here, tid = self._here, self._trace.transaction()
        _, stream = await tcp.connect(self._trace, ip, here.port, transaction_id=tid)
        if stream is None or here.scheme == "http":
            return _Opened(ip, stream, tid, good=stream is not None)
        secure: tls.TLSStream | None = None
        try:
            record, secure = await self._shake(stream, ip, here.port, tid)
        finally:
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
        with closing(stream):
            await self._shake(stream, ip, 443, record.transaction_id)

    async def _fetch(self, opened: _Opened) -> HTTPTransaction:
        here = self._here
        headers = http.BROWSER_HEADERS
        if (cookie := self._gathered.cookies.header(here)) is not None:
            headers = (*headers, ("Cookie", cookie))
        request = http.Request(
            url=here.url, host=here.authority, ip=opened.ip, port=here.port, headers=headers
        )
        assert opened.stream is not None
        with closing(opened.stream):
            return await http.fetch(
                self._trace,
                opened.stream,
                request,
                transaction_id=opened.transaction_id,
                alpn="http/1.1" if here.scheme == "https" else "",
            )


def _best(spare: list[_Opened], own: set[str]) -> _Opened | None:
    """The good ones first, then the system's: a page behind a bad certificate is evidence too."""
    carrying = [o for o in spare if o.stream is not None]
    return min(carrying, key=lambda o: (not o.good, o.ip not in own), default=None)
