"""A network of one computer: public-looking addresses that are really servers on 127.0.0.1.

`LoopbackNetwork` is the client's end (network.Network): its table says which address and port leads
to which local port, and what is not in the table leads nowhere. `Listeners` is the servers' end.
Nothing here can leave the computer: every socket is bound or connected to 127.0.0.1.
"""

import asyncio
import contextlib
import errno
import ipaddress
import os
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self, TypeAlias

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype

from probe.net.network import Datagrams, Stream
from probe.net.resolvers import Endpoint
from probe.net.system import SystemNetwork, SystemStream

LOCALHOST = "127.0.0.1"
# Linux gives up a connect that nobody answers after six SYNs (tcp_syn_retries).
_SYN_PATIENCE = 127.0
# resolv.conf(5): two attempts of five seconds.
_LOOKUP_ATTEMPTS, _LOOKUP_PATIENCE = 2, 5.0
_READ = 65536
# A record cut short cannot be read at all: servers that care for a slow start send small ones.
_RECORD = 1400


@dataclass(frozen=True, slots=True)
class Routes:
    """Where endpoints lead. What is neither mapped nor dark refuses, as a closed port does."""

    tcp: Mapping[Endpoint, int] = field(default_factory=dict)
    udp: Mapping[Endpoint, int] = field(default_factory=dict)
    dark: frozenset[str] = frozenset()  # addresses that swallow every packet


class LoopbackNetwork:
    """network.Network over `routes`; applications ask `resolver`. A connect takes `rtt` seconds."""

    def __init__(self, routes: Routes, resolver: Endpoint, *, rtt: float = 0.0) -> None:
        self._routes, self._resolver, self._rtt = routes, resolver, rtt
        self._system = SystemNetwork()

    async def connect_tcp(self, ip: str, port: int) -> Stream:
        """See network.Network."""
        if ip in self._routes.dark:
            await asyncio.sleep(_SYN_PATIENCE)
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        await asyncio.sleep(self._rtt)
        local = self._routes.tcp.get(Endpoint(ip, port))
        if local is None:
            raise _refused()
        return await self._system.connect_tcp(LOCALHOST, local)

    async def connect_udp(self, ip: str, port: int) -> Datagrams:
        """See network.Network."""
        local = self._routes.udp.get(Endpoint(ip, port))
        if ip in self._routes.dark:
            return _Unanswered(refuses=False)
        if local is None:
            return _Unanswered(refuses=True)
        return await self._system.connect_udp(LOCALHOST, local)

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        """See network.Network. IPv6 first, as RFC 6724 §10.3 has it."""
        with contextlib.suppress(ValueError):
            return (str(ipaddress.ip_address(host)),)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._lookup(host, kind)) for kind in ("AAAA", "A")]
        answers = tuple(task.result() for task in tasks)
        found = tuple(address for answer in answers for address in _addresses(answer))
        if not found:
            raise _no_address(answers)
        return found

    async def _lookup(self, host: str, kind: str) -> dns.message.Message | None:
        """The resolver's first answer over UDP; None where there is none."""
        query = dns.message.make_query(host, kind)
        for _ in range(_LOOKUP_ATTEMPTS):
            datagrams = await self.connect_udp(self._resolver.ip, self._resolver.port)
            try:
                async with asyncio.timeout(_LOOKUP_PATIENCE):
                    await datagrams.send(query.to_wire())
                    return await _answer_to(query, datagrams)
            except OSError:  # TimeoutError is one
                continue
            finally:
                datagrams.close()
        return None


async def _answer_to(query: dns.message.QueryMessage, datagrams: Datagrams) -> dns.message.Message:
    """The first datagram that answers `query`."""
    while True:
        with contextlib.suppress(dns.exception.DNSException):
            message = dns.message.from_wire(await datagrams.receive())
            if query.is_response(message):
                return message


def _addresses(message: dns.message.Message | None) -> tuple[str, ...]:
    kinds = (dns.rdatatype.A, dns.rdatatype.AAAA)
    sets = [rrset for rrset in message.answer if rrset.rdtype in kinds] if message else []
    return tuple(item.to_text() for rrset in sets for item in rrset)


def _no_address(answers: tuple[dns.message.Message | None, ...]) -> socket.gaierror:
    """glibc's error for answers without an address."""
    rcodes = {answer.rcode() for answer in answers if answer is not None}
    if dns.rcode.NXDOMAIN in rcodes:
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if dns.rcode.NOERROR in rcodes:
        return socket.gaierror(socket.EAI_NODATA, "No address associated with hostname")
    return socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def _refused() -> ConnectionRefusedError:
    return ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))


class _Unanswered:
    """network.Datagrams to where nobody is: a closed port (ICMP), or a black hole."""

    def __init__(self, *, refuses: bool) -> None:
        self._refuses = refuses

    async def send(self, data: bytes) -> None:
        """It leaves."""

    async def receive(self) -> bytes:
        """Nothing comes."""
        if self._refuses:
            raise _refused()
        await asyncio.Event().wait()
        return b""  # not reached: the event is nobody's

    def close(self) -> None:
        """Nothing is open."""


# --- the servers' end ---


class ServerStream(Stream, Protocol):
    """What a server has in hand: a stream that it may also end in the ways that a network can."""

    def finish(self) -> None:
        """FIN: no more bytes from here, while reading goes on. Never raises."""
        ...

    def reset(self) -> None:
        """RST, and closed. Never raises."""
        ...


class Accepted(SystemStream):
    """A TCP socket as ServerStream: one that came in, or one that leads on to another server."""

    def finish(self) -> None:
        """See ServerStream."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """See ServerStream. SO_LINGER of zero seconds turns the close into a RST (socket(7))."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


async def connect_local(port: int) -> Accepted:
    """A connection to a server on this computer."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (LOCALHOST, port))
    except BaseException:
        sock.close()
        raise
    return Accepted(sock)


class Secured:
    """A ServerStream inside TLS, as server or as client of `under`."""

    def __init__(
        self,
        under: ServerStream,
        context: ssl.SSLContext,
        *,
        server_name: str | None = None,
        received: bytes = b"",
    ) -> None:
        """A client where `server_name` is given, a server where it is not.

        `received`: what was read from `under` already.
        """
        self._under = under
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._incoming.write(received)
        self._tls = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_name is None,
            server_hostname=server_name or None,
        )

    async def handshake(self) -> None:
        """To its end. Raises OSError (ssl.SSLError is one); an alert has then been sent."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                await self._flush()
                raise
            else:
                return await self._flush()

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._under.write(data)

    async def _fill(self) -> None:
        data = await self._under.read(_READ)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def read(self, max_bytes: int) -> bytes:
        """See network.Stream."""
        while True:
            try:
                return self._tls.read(max_bytes)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def write(self, data: bytes) -> None:
        """See network.Stream."""
        for at in range(0, len(data), _RECORD):
            self._tls.write(data[at : at + _RECORD])
        await self._flush()

    def set_ttl(self, ttl: int) -> None:
        """See network.Stream."""
        self._under.set_ttl(ttl)

    def finish(self) -> None:
        """See ServerStream. No close_notify: many real servers send none either."""
        self._under.finish()

    def reset(self) -> None:
        """See ServerStream."""
        self._under.reset()

    def close(self) -> None:
        """See network.Stream."""
        self._under.close()


Serve: TypeAlias = Callable[[Accepted], Coroutine[None, None, None]]
Reply: TypeAlias = Callable[[bytes], Awaitable[None]]
Respond: TypeAlias = Callable[[bytes, Reply], Coroutine[None, None, None]]


class Listeners:
    """Servers on 127.0.0.1, each on a port that the system picks; all end with the `async with`.

    A handler's OSError ends its connection only; anything else is a bug, and ends the whole.
    """

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if isinstance(exc, asyncio.CancelledError):  # maybe the group's own, after a bug
            await self._group.__aexit__(kind, exc, trace)
        else:  # the body's exception stays itself: the group would wrap it
            await self._group.__aexit__(None, None, None)

    def tcp(self, serve: Serve) -> int:
        """Serve each connection with `serve`; the port."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        port = _bind(sock)
        sock.listen(512)
        self._start(self._accept(sock, serve), sock.close)
        return port

    def udp(self, respond: Respond) -> int:
        """Hand each datagram to `respond`; the port."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port = _bind(sock)
        self._start(self._receive(sock, respond), sock.close)
        return port

    def run(self, job: Coroutine[None, None, None]) -> None:
        """Another server, which ends with these."""
        self._start(job, lambda: None)

    def _start(self, job: Coroutine[None, None, None], close: Callable[[], object]) -> None:
        """Run `job`, then `close`: also where it is cancelled before its first step."""

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            close()

        task = self._group.create_task(job)
        self._tasks.add(task)
        task.add_done_callback(done)

    async def _accept(self, sock: socket.socket, serve: Serve) -> None:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(sock)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = Accepted(connection)
            self._start(_guarded(stream, serve), stream.close)

    async def _receive(self, sock: socket.socket, respond: Respond) -> None:
        loop = asyncio.get_running_loop()
        while True:
            data, sender = await loop.sock_recvfrom(sock, _READ)

            async def reply(answer: bytes, to: tuple[str, int] = sender) -> None:
                with contextlib.suppress(OSError):  # the asker has gone
                    await loop.sock_sendto(sock, answer, to)

            self._start(respond(data, reply), lambda: None)


def _bind(sock: socket.socket) -> int:
    try:
        sock.setblocking(False)
        sock.bind((LOCALHOST, 0))
    except BaseException:
        sock.close()
        raise
    return int(sock.getsockname()[1])


async def _guarded(stream: Accepted, serve: Serve) -> None:
    with contextlib.suppress(OSError):  # the client left, or sent what is no TLS
        await serve(stream)
