"""Real peers on loopback, driven by the scripts of peers.py, and the trace of a test."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from typing import cast

from probe.net.network import Network
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from tests.fakes.peers import END, RESET, Peer

V4, V6 = "127.0.0.1", "::1"
_TRUST: list[Trust] = []


def new_trace(network: Network | None = None, *, trust: Trust | None = None) -> Trace:
    """A trace on the real network (or `network`), whose zero is now."""
    if not _TRUST:
        _TRUST.append(Trust())
    clock = SystemClock()
    return Trace(
        network=network or SystemNetwork(),
        clock=clock,
        trust=trust or _TRUST[0],
        zero=clock.monotonic(),
        notebook=Notebook(),
    )


class _Connection(asyncio.Protocol):
    def __init__(self, peer: Peer, open_: set[asyncio.Transport], seen: list[bytes]) -> None:
        self._peer, self._open, self._seen = peer, open_, seen
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(transport)
        self._act(b"")

    def data_received(self, data: bytes) -> None:
        self._seen.append(data)
        self._received += data
        self._act(self._received)

    def eof_received(self) -> bool:
        return True  # keep our side: a peer decides for itself when it ends

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._open.discard(self._transport)

    def _act(self, received: bytes) -> None:
        assert self._transport is not None
        for action in self._peer(received):
            if isinstance(action, bytes):
                self._transport.write(action)
            elif action is END:
                self._transport.close()
                return
            elif action is RESET:
                reset(self._transport.get_extra_info("socket"))
                self._transport.abort()
                return


def reset(sock: socket.socket) -> None:
    """Make the next close of `sock` an RST (SO_LINGER with 0 seconds)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextlib.asynccontextmanager
async def tcp_peer(
    peer: Peer, *, ip: str = V4, port: int = 0, seen: list[bytes] | None = None
) -> AsyncIterator[int]:
    """A TCP server that follows `peer`; gives its port. `seen` gets what each read brought."""
    open_: set[asyncio.Transport] = set()
    kept = seen if seen is not None else []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(peer, open_, kept), ip, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await _few_turns()  # for connections that were just accepted
        for transport in tuple(open_):
            transport.abort()
        await _few_turns()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, peer: Peer, seen: list[bytes]) -> None:
        self._peer, self._seen = peer, seen
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # in 3.11 only in spirit

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self._seen.append(data)
        for action in self._peer(data):
            assert isinstance(action, bytes)
            self._transport.sendto(action, addr)


@contextlib.asynccontextmanager
async def udp_peer(
    peer: Peer, *, ip: str = V4, port: int = 0, seen: list[bytes] | None = None
) -> AsyncIterator[int]:
    """A UDP server that follows `peer`; gives its port."""
    kept = seen if seen is not None else []
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Datagrams(peer, kept), local_addr=(ip, port)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
        await _few_turns()


@contextlib.asynccontextmanager
async def both_peers(datagrams: Peer, stream: Peer, *, ip: str = V4) -> AsyncIterator[int]:
    """A UDP and a TCP server on one port, as resolvers have them. Where one of the two is somebody's
    already, another port is tried."""
    for _ in range(50):
        async with contextlib.AsyncExitStack() as stack:
            port = await stack.enter_async_context(udp_peer(datagrams, ip=ip))
            try:
                await stack.enter_async_context(tcp_peer(stream, ip=ip, port=port))
            except OSError:
                continue
            yield port
            return
    raise OSError("no port is free for both")


async def _few_turns() -> None:
    """Let the loop do what it has put off."""
    for _ in range(4):
        await asyncio.sleep(0)


def closed_port(kind: socket.SocketKind, ip: str = V4) -> int:
    """A port on which nobody listens."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    with socket.socket(family, kind) as sock:
        sock.bind((ip, 0))
        return int(sock.getsockname()[1])
