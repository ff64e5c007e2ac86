"""DNS over HTTPS (RFC 8484) to a server that is reached by its address, over HTTP/2 or HTTP/1.1.

One connection serves many questions of many targets: it is not what is measured. Each question is
recorded in the trace of the target that asks it.
"""

import asyncio
import base64
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from measurements.schema.records import DNSQuery
from probe.net.failure import EndOfStream, classify
from probe.net.network import Clock, Network, Stream
from probe.net.resolvers import Endpoint
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps import dns
from probe.steps.http import Request, fetch
from probe.steps.tls import TLSStream, handshake

_MIME = "application/dns-message"
_TIMEOUT = 5.0
_CONNECT_TIMEOUT = 4.0
_MAX_ANSWER = 65535
_MAX_ADDRESSES = 4
# A server that could not be reached is not tried again for so many seconds: a run of 500 targets
# must not wait for it 500 times.
_REST = 30.0
_AT_ONCE = 32  # questions on one connection; servers allow 100 or more (RFC 9113 §6.5.2)


class DoHError(OSError):
    """The server answered, and not with a DNS message; `failure` is for the record."""

    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass(slots=True)
class _Exchange:
    """One question on an HTTP/2 connection."""

    done: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)  # it is done, or nobody reads
    status: int = 0
    body: bytearray = field(default_factory=bytearray)
    failed: bool = False

    def end(self, *, failed: bool) -> None:
        """No more will come."""
        self.failed = self.failed or (failed and not self.done.is_set())
        self.done.set()
        self.news.set()


class _H2:
    """One HTTP/2 connection, shared by all who ask."""

    def __init__(self, stream: TLSStream, authority: str, path: str) -> None:
        self._stream, self._authority, self._path = stream, authority, path
        self._conn = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._exchanges: dict[int, _Exchange] = {}
        self._write = asyncio.Lock()
        self._somebody_reads, self._heard = False, 0
        self._room = asyncio.Semaphore(_AT_ONCE)
        self.closed = False

    async def start(self) -> None:
        """Send the preface."""
        self._conn.initiate_connection()
        await self._flush()

    async def _flush(self) -> None:
        async with self._write:
            data = self._conn.data_to_send()
            if data:
                await self._stream.write(data)

    async def ask(self, wire: bytes) -> bytes:
        """POST a message. Raises OSError."""
        async with self._room:
            return await self._ask(wire)

    async def _ask(self, wire: bytes) -> bytes:
        if self.closed:
            raise EndOfStream
        number = self._conn.get_next_available_stream_id()
        exchange, heard = _Exchange(), self._heard
        self._exchanges[number] = exchange
        try:
            self._conn.send_headers(
                number,
                [
                    (":method", "POST"),
                    (":scheme", "https"),
                    (":authority", self._authority),
                    (":path", self._path),
                    ("accept", _MIME),
                    ("content-type", _MIME),
                    ("content-length", str(len(wire))),
                ],
            )
            self._conn.send_data(number, wire, end_stream=True)
            await self._flush()
            await self._read_until(exchange)
        except asyncio.CancelledError:  # the asker's deadline
            if heard == self._heard:  # not a byte came meanwhile: it is gone, for all
                self._end()
            raise
        except h2.exceptions.ProtocolError as exc:
            self._end()  # for those who wait as well
            raise DoHError("http_invalid_response") from exc
        finally:
            self._exchanges.pop(number, None)
        if exchange.failed:
            raise EndOfStream
        if exchange.status != 200:  # noqa: PLR2004
            raise DoHError(f"http_request_failed: {exchange.status}")
        return bytes(exchange.body)

    async def _read_until(self, exchange: _Exchange) -> None:
        """One of those who wait reads for all; when it has its answer, another goes on."""
        while not exchange.done.is_set():
            if self._somebody_reads:
                exchange.news.clear()
                await exchange.news.wait()
                continue
            self._somebody_reads = True
            try:
                await self._read(exchange)
            finally:
                self._somebody_reads = False
                for waiting in self._exchanges.values():
                    waiting.news.set()

    async def _read(self, exchange: _Exchange) -> None:
        while not exchange.done.is_set():
            try:
                data = await self._stream.read(65536)
            except OSError:
                self._end()
                raise
            if not data:
                self._end()
                return
            self._heard += 1
            self._take(data)
            await self._flush()

    def _end(self) -> None:
        self.closed = True
        for exchange in self._exchanges.values():
            exchange.end(failed=True)

    def _take(self, data: bytes) -> None:
        for event in self._conn.receive_data(data):
            number = getattr(event, "stream_id", None)
            exchange = self._exchanges.get(number) if number else None
            if isinstance(event, h2.events.ConnectionTerminated):
                self.closed = True
                for unseen, other in self._exchanges.items():  # RFC 9113 §6.8: never answered
                    if unseen > (event.last_stream_id or 0):
                        other.end(failed=True)
            elif isinstance(event, h2.events.DataReceived):  # of a question given up as well
                self._conn.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if exchange is None:
                continue
            if isinstance(event, h2.events.ResponseReceived):
                exchange.status = _status(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                exchange.body += event.data[: _MAX_ANSWER - len(exchange.body)]
            elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
                exchange.end(failed=isinstance(event, h2.events.StreamReset))

    def close(self) -> None:
        """Close the connection."""
        self._end()
        self._stream.close()


def _status(headers: object) -> int:
    for name, value in headers or ():  # type: ignore[attr-defined]
        if name in {":status", b":status"}:
            text = value.decode() if isinstance(value, bytes) else value
            return int(text) if text.isdigit() else 0
    return 0


class DoHServer:
    """A DoH server of a run. Where `url` has a name, this computer's resolver is asked for it: a
    wrong answer is no harm, as the certificate must be good for the name."""

    def __init__(self, url: str, network: Network, clock: Clock, trust: Trust) -> None:
        parts = urlsplit(url)
        self.url, self._host = url, parts.hostname or ""
        self._port = parts.port or 443
        self._is_literal = self._host.replace(".", "").isdigit() or ":" in self._host
        bracketed = f"[{self._host}]" if ":" in self._host else self._host
        self._authority = bracketed if self._port == 443 else f"{bracketed}:{self._port}"  # noqa: PLR2004
        self._path = parts.path or "/dns-query"
        self._network, self._clock, self._trust = network, clock, trust
        self._h2: _H2 | None = None
        self._connecting = asyncio.Lock()
        self._rests_until = 0.0
        self._failure = ""

    async def query(self, trace: Trace, hostname: str, query_type: str, role: str) -> DNSQuery:
        """Ask and record. A failure is a result."""
        question = dns.Question(
            hostname=hostname,
            query_type=query_type,
            resolver=Endpoint(self._host, self._port),
            role=role,
        )
        t0 = trace.now()
        try:
            query = dns.ask(question)
            query.id = 0  # RFC 8484 §4.1: so that answers can be cached
            async with asyncio.timeout(_TIMEOUT):
                body = await self._ask(query.to_wire())
        except (OSError, ValueError) as exc:  # ValueError: a name that DNS cannot carry
            failure = exc.failure if isinstance(exc, DoHError) else classify(exc)
            return dns.failed_query(
                trace, question, engine="doh", address=self.url, failure=failure, t0=t0
            )
        return dns.doh_record(trace, question, url=self.url, t0=t0, query=query, body=body)

    async def _ask(self, wire: bytes) -> bytes:
        if self._clock.monotonic() < self._rests_until:
            raise DoHError(self._failure)
        for again in (True, True, False):  # the kept one is gone, connect, ask
            kept = self._h2
            if kept is not None and not kept.closed:
                try:
                    return await kept.ask(wire)
                except DoHError:
                    raise
                except OSError:  # the kept connection had gone
                    kept.closed = True
                    if not again:
                        raise
                    continue
            stream = await self._connect()
            if stream is None:
                continue
            try:
                return await self._ask_http1(stream, wire)
            finally:
                stream.close()
        raise EndOfStream

    async def _connect(self) -> TLSStream | None:
        """A stream for HTTP/1.1; None where there is now an HTTP/2 connection instead."""
        async with self._connecting:
            if self._h2 is not None and not self._h2.closed:
                return None
            if self._clock.monotonic() < self._rests_until:
                raise DoHError(self._failure)
            try:
                stream, alpn = await self._dial()
            except OSError as exc:
                self._failure = exc.failure if isinstance(exc, DoHError) else classify(exc)
                self._rests_until = self._clock.monotonic() + _REST
                raise
            if alpn != "h2":
                return stream
            if self._h2 is not None:
                self._h2.close()
            self._h2 = _H2(stream, self._authority, self._path)
            try:
                await self._h2.start()
            except BaseException:
                self._h2.close()
                raise
            return None

    async def _dial(self) -> tuple[TLSStream, str]:
        aside = Trace(self._network, self._clock, self._trust, 0.0, Notebook())
        async with asyncio.timeout(_CONNECT_TIMEOUT):
            ip, raw = await self._reach()
        try:
            record, secure = await handshake(
                aside,
                raw,
                ip,
                self._port,
                transaction_id=0,
                server_name="" if self._is_literal else self._host,
                verify_name=self._host,
                alpn=("h2", "http/1.1"),
                timeout=_CONNECT_TIMEOUT,
            )
        except BaseException:  # the asker's deadline
            raw.close()
            raise
        if secure is None or record.failure is not None:
            raw.close()
            raise DoHError(record.failure or "ssl_failed_handshake")
        return secure, record.negotiated_protocol

    async def _reach(self) -> tuple[str, Stream]:
        """A connection to the first of its addresses that takes one. Raises OSError."""
        ips = (self._host,) if self._is_literal else await self._network.getaddrinfo(self._host)
        for ip in ips[:_MAX_ADDRESSES]:
            try:
                return ip, await self._network.connect_tcp(ip, self._port)
            except OSError:
                if ip == ips[:_MAX_ADDRESSES][-1]:
                    raise
        raise DoHError("dns_no_answer")

    async def _ask_http1(self, stream: TLSStream, wire: bytes) -> bytes:
        """GET over HTTP/1.1 (RFC 8484 §4.1): one question, one connection."""
        encoded = base64.urlsafe_b64encode(wire).decode().rstrip("=")
        joint = "&" if "?" in self.url else "?"
        request = Request(
            url=f"{self.url}{joint}dns={encoded}",
            host=self._authority,
            ip=self._host,
            port=self._port,
            headers=(("Accept", _MIME),),
            max_body=_MAX_ANSWER,
        )
        aside = Trace(self._network, self._clock, self._trust, 0.0, Notebook())
        answer = await fetch(aside, stream, request, transaction_id=0)
        if answer.failure is not None:
            raise DoHError(answer.failure)
        if answer.status_code != 200:  # noqa: PLR2004
            raise DoHError(f"http_request_failed: {answer.status_code}")
        return answer.body or b""

    def close(self) -> None:
        """Close what is open."""
        if self._h2 is not None:
            self._h2.close()
