"""The wire to one control: HTTP/1.1 over our own streams, connections kept and used again.

Over probe/net like all else, so that the address that was reached is known (an experiment needs it)
and the demonstration's pretended network holds for the control too. Redirects are never followed: a
control does not redirect, a captive portal does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import h11

from probe.control.dial import BriefNotebook, dial, is_address
from probe.control.protocol import YOUR_ADDRESS, Target, told_address
from probe.net.failure import EndOfStream, classify
from probe.net.network import Clock, Network, Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.net.trust import Trust
from probe.steps.http import target_of

_LOOKUP_TIMEOUT = 8.0
_DIAL_TIMEOUT = 6.0
_ADDRESSES = 6  # of one control, tried in order
_IDLE = 10.0  # servers close idle connections; one older than this is not used again
_READ = 65536
_MAX_HEADERS = 32 * 1024
_MOST_TOLD = 32  # addresses of one line in a run; a control that tells more is not to be heard

Fallback = Callable[[str], Awaitable[tuple[str, ...]]]


class LineError(Exception):
    """No answer; `failure` is a df-007 string."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back. `pace` is (seconds since the request, bytes of body so far)."""

    status: int
    headers: dict[str, str]  # names in lower case; of one name the last
    body: bytes
    seconds: float
    pace: tuple[tuple[float, int], ...] = ()


@dataclass(slots=True)
class _Kept:
    """An open connection."""

    endpoint: Endpoint
    stream: Stream
    http: h11.Connection
    since: float


@dataclass(slots=True)
class Line:
    """One control. Making one connects to nothing."""

    target: Target
    network: Network
    clock: Clock
    trust: Trust
    fallback: Fallback | None = None
    endpoint: Endpoint | None = None  # the last one that was reached
    asked_from: set[str] = field(default_factory=set)  # as this control told; in memory only
    _idle: list[_Kept] = field(default_factory=list)
    _addresses: tuple[str, ...] = ()
    _lost: tuple[float, str] | None = None  # when the last search found no way, and why
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _busy: int = 0  # requests that go on
    _done: asyncio.Event = field(default_factory=asyncio.Event)  # the next of them that ends

    async def request(
        self, method: str, path: str, body: bytes = b"", *, most: int, fresh: bool = False
    ) -> Reply:
        """Ask; at most `most` bytes of body are taken. Raises LineError. The caller owns the time.

        A kept connection may have been closed meanwhile: then once more, on a new one.
        """
        while True:
            kept = None if fresh else self._reuse()
            reused = kept is not None
            kept = kept or await (self._open() if fresh else self._open_or_wait())
            done = False
            self._busy += 1
            try:
                reply = await self._exchange(kept, method, path, body, most)
                done = True
            except (OSError, h11.RemoteProtocolError) as exc:
                if reused:
                    fresh = True
                    continue
                wrong = isinstance(exc, h11.RemoteProtocolError)
                raise LineError("http_invalid_response" if wrong else classify(exc)) from exc
            finally:
                if not (done and not fresh and self._keep(kept)):
                    kept.stream.close()
                self._busy -= 1
                self._done.set()
                self._done = asyncio.Event()
            return reply

    async def _open_or_wait(self) -> _Kept:
        """A censor that remembers one of our own tries may shut the control's address to new connections
        for a while (methods.md §1.18). Those that stand go on working: one of them is waited for."""
        try:
            return await self._open()
        except LineError:
            while self._busy:
                await self._done.wait()
                kept = self._reuse()
                if kept is not None:
                    return kept
            raise

    def _reuse(self) -> _Kept | None:
        now = self.clock.monotonic()
        while self._idle:
            kept = self._idle.pop()
            if now - kept.since < _IDLE:
                return kept
            kept.stream.close()
        return None

    def _keep(self, kept: _Kept) -> bool:
        """Ready for another request? Only where both sides are done and nothing is left over."""
        try:
            kept.http.start_next_cycle()
        except h11.LocalProtocolError:
            return False
        if kept.http.trailing_data[0]:
            return False
        kept.since = self.clock.monotonic()
        self._idle.append(kept)
        return True

    async def _open(self) -> _Kept:
        """A new connection, to the address that worked last, or to the first that works."""
        if self.endpoint is None:
            since = self.clock.monotonic()
            async with self._opening:  # one finds the way, or finds none, for all who wait
                if self._lost is not None and self._lost[0] >= since:
                    raise LineError(self._lost[1])
                if self.endpoint is None:
                    return await self._search()
        stream = await self._dial(self.endpoint)
        if isinstance(stream, str):
            self.endpoint = None
            raise LineError(stream)
        return self._kept(self.endpoint, stream)

    async def _search(self) -> _Kept:
        """Try every address; where the system's are none or no good, those of the fallback."""
        failure = "dns_no_answer"
        for lookup in (self._system_lookup, self._fallback_lookup):
            try:
                addresses = await lookup()
            except OSError as exc:
                failure = classify(exc)
                continue
            for ip in addresses[:_ADDRESSES]:
                endpoint = Endpoint(ip, self.target.port)
                stream = await self._dial(endpoint)
                if not isinstance(stream, str):
                    self.endpoint = endpoint
                    return self._kept(endpoint, stream)
                failure = stream
        self._lost = (self.clock.monotonic(), failure)
        raise LineError(failure)

    async def _system_lookup(self) -> tuple[str, ...]:
        if is_address(self.target.host):
            return (self.target.host,)
        async with asyncio.timeout(_LOOKUP_TIMEOUT):
            return await self.network.getaddrinfo(self.target.host)

    async def _fallback_lookup(self) -> tuple[str, ...]:
        if self.fallback is None or is_address(self.target.host):
            return ()
        return await self.fallback(self.target.host)

    async def _dial(self, endpoint: Endpoint) -> Stream | str:
        trace = Trace(self.network, self.clock, self.trust, 0.0, BriefNotebook())
        name = self.target.host if self.target.scheme == "https" else None
        return await dial(trace, endpoint, name=name, patience=_DIAL_TIMEOUT)

    def _kept(self, endpoint: Endpoint, stream: Stream) -> _Kept:
        http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEADERS)
        return _Kept(endpoint, stream, http, self.clock.monotonic())

    async def _exchange(self, kept: _Kept, method: str, path: str, body: bytes, most: int) -> Reply:
        headers = [
            ("Host", self.target.authority),
            ("User-Agent", "anyqta"),
            ("Accept", "application/json"),
            ("Content-Length", str(len(body))),
        ]
        if body:
            headers.append(("Content-Type", "application/json"))
        base = target_of(self.target.url).partition("?")[0].rstrip("/")
        request = h11.Request(method=method, target=base + path, headers=headers)
        http, started = kept.http, self.clock.monotonic()
        head = http.send(request) or b""
        content = http.send(h11.Data(data=body)) or b""
        http.send(h11.EndOfMessage())
        await kept.stream.write(head + content)
        return await self._read(kept, most, started)

    async def _read(self, kept: _Kept, most: int, started: float) -> Reply:
        status, headers, body = 0, dict[str, str](), bytearray()
        pace: list[tuple[float, int]] = []
        while True:
            event = kept.http.next_event()
            if event is h11.NEED_DATA:
                data = await kept.stream.read(_READ)
                if not data and not status:
                    raise EndOfStream
                kept.http.receive_data(data)
            elif isinstance(event, h11.Response):
                status = event.status_code
                headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in event.headers}
                self._note(headers.pop(YOUR_ADDRESS.lower(), None))
            elif isinstance(event, h11.Data):
                body += event.data
                pace.append((self.clock.monotonic() - started, len(body)))
                if len(body) > most:
                    raise LineError("message_size")
            elif isinstance(event, h11.EndOfMessage):
                return Reply(
                    status=status,
                    headers=headers,
                    body=bytes(body),
                    seconds=self.clock.monotonic() - started,
                    pace=tuple(pace),
                )
            elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                raise EndOfStream

    def _note(self, told: str | None) -> None:
        address = told_address(told)
        if address is not None and len(self.asked_from) < _MOST_TOLD:
            self.asked_from.add(address)

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().stream.close()
