"""network.Network from a script: no sockets. Verified against the real one in test_network.py."""

import asyncio
import errno
import os
import socket
from collections.abc import Mapping
from enum import Enum

from tests.fakes.peers import END, RESET, Action, Peer


class Route(Enum):
    """What becomes of packets to an address where no peer is."""

    DROPPED = "dropped"  # nothing ever comes back
    UNREACHABLE = "unreachable"  # ICMP host unreachable


Endpoint = tuple[str, int]


def os_error(number: int) -> OSError:
    """The OSError that the kernel gives for an errno (ConnectionResetError and so on)."""
    return OSError(number, os.strerror(number))


class FakeStream:
    """network.Stream to a scripted peer."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._received = b""  # by the peer
        self._pending = bytearray()
        self._end: Action | None = None
        self._news = asyncio.Event()
        self.segments: list[bytes] = []  # as they left
        self.ttls: list[int] = []
        self.closed = False
        self._act(b"")

    def _act(self, received: bytes) -> None:
        for action in self._peer(received):
            if self._end is not None:
                break
            if isinstance(action, bytes):
                self._pending += action
            else:
                self._end = action
        self._news.set()

    async def read(self, max_bytes: int) -> bytes:
        """See network.Stream."""
        while True:
            if self.closed:
                raise os_error(errno.EBADF)
            if self._pending:
                data = bytes(self._pending[:max_bytes])
                del self._pending[:max_bytes]
                return data
            if self._end is END:
                return b""
            if self._end is RESET:
                raise os_error(errno.ECONNRESET)
            self._news.clear()
            await self._news.wait()

    async def write(self, data: bytes) -> None:
        """See network.Stream."""
        if self.closed:
            raise os_error(errno.EBADF)
        if self._end is RESET:
            raise os_error(errno.EPIPE)
        self.segments.append(data)
        self._received += data
        if self._end is None:
            self._act(self._received)

    def set_ttl(self, ttl: int) -> None:
        """See network.Stream."""
        if not 1 <= ttl <= 255:
            raise os_error(errno.EINVAL)
        self.ttls.append(ttl)

    def close(self) -> None:
        """See network.Stream."""
        self.closed = True
        self._news.set()


class FakeDatagrams:
    """network.Datagrams to a scripted peer; None stands for a closed port."""

    def __init__(self, peer: Peer | Route | None) -> None:
        self._peer = peer
        self._arrived: asyncio.Queue[bytes | OSError] = asyncio.Queue()
        self.sent: list[bytes] = []
        self.closed = False

    async def send(self, data: bytes) -> None:
        """See network.Datagrams."""
        if self.closed:
            raise os_error(errno.EBADF)
        self.sent.append(data)
        if self._peer is None:
            self._arrived.put_nowait(os_error(errno.ECONNREFUSED))
        elif self._peer is Route.UNREACHABLE:
            self._arrived.put_nowait(os_error(errno.EHOSTUNREACH))
        elif not isinstance(self._peer, Route):
            for action in self._peer(data):
                assert isinstance(action, bytes)  # there is no END in UDP
                self._arrived.put_nowait(action)

    async def receive(self) -> bytes:
        """See network.Datagrams."""
        if self.closed:
            raise os_error(errno.EBADF)
        item = await self._arrived.get()
        if isinstance(item, OSError):
            raise item
        return item

    def close(self) -> None:
        """See network.Datagrams."""
        self.closed = True


class FakeNetwork:
    """network.Network where only what is listed exists: other ports are closed, names unknown.

    `connected` tells what was asked for, in order; `streams` and `datagrams` what was opened.
    """

    def __init__(
        self,
        *,
        tcp: Mapping[Endpoint, Peer | Route] | None = None,
        udp: Mapping[Endpoint, Peer | Route] | None = None,
        names: Mapping[str, tuple[str, ...] | socket.gaierror] | None = None,
    ) -> None:
        self._tcp, self._udp, self._names = dict(tcp or {}), dict(udp or {}), dict(names or {})
        self.connected: list[tuple[str, str, int]] = []
        self.streams: list[FakeStream] = []
        self.datagrams: list[FakeDatagrams] = []
        self.looked_up: list[str] = []

    async def connect_tcp(self, ip: str, port: int) -> FakeStream:
        """See network.Network."""
        _check(ip, port)
        self.connected.append(("tcp", ip, port))
        peer = self._tcp.get((ip, port))
        if peer is None:
            raise os_error(errno.ECONNREFUSED)
        if peer is Route.UNREACHABLE:
            raise os_error(errno.EHOSTUNREACH)
        while isinstance(peer, Route):
            await asyncio.Event().wait()
        stream = FakeStream(peer)
        self.streams.append(stream)
        return stream

    async def connect_udp(self, ip: str, port: int) -> FakeDatagrams:
        """See network.Network."""
        _check(ip, port)
        self.connected.append(("udp", ip, port))
        sock = FakeDatagrams(self._udp.get((ip, port)))
        self.datagrams.append(sock)
        return sock

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        """See network.Network."""
        self.looked_up.append(host)
        found = self._names.get(host)
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if isinstance(found, socket.gaierror):
            raise found
        return found

    def still_open(self) -> int:
        """How many streams and sockets nobody has closed."""
        streams = sum(not s.closed for s in self.streams)
        return streams + sum(not d.closed for d in self.datagrams)


def _check(ip: str, port: int) -> None:
    try:
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        socket.inet_pton(family, ip.partition("%")[0])
    except (OSError, ValueError):
        raise os_error(errno.EINVAL) from None
    if not 0 <= port <= 65535:
        raise os_error(errno.EINVAL)
