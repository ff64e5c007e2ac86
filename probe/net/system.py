"""The real network: non-blocking sockets on the running asyncio loop."""

import asyncio
import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor

# getaddrinfo blocks a thread for as long as the C library waits (10 s and more where DNS is
# dropped); fewer threads would make one dead name hold up the next.
_LOOKUP_THREADS = 64


def family_of(ip: str) -> socket.AddressFamily:
    """AF_INET6 for what has a colon."""
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


class SystemStream:
    """A TCP socket as network.Stream."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def read(self, max_bytes: int) -> bytes:
        """See network.Stream."""
        return await asyncio.get_running_loop().sock_recv(self._sock, max_bytes)

    async def write(self, data: bytes) -> None:
        """See network.Stream."""
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

    def set_ttl(self, ttl: int) -> None:
        """See network.Stream."""
        if self._sock.family == socket.AF_INET6:
            self._sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
        else:
            self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)

    def close(self) -> None:
        """See network.Stream. A plain FIN, as any browser would send."""
        with contextlib.suppress(OSError):
            self._sock.close()


class SystemDatagrams:
    """A connected UDP socket as network.Datagrams."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def send(self, data: bytes) -> None:
        """See network.Datagrams."""
        await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def receive(self) -> bytes:
        """See network.Datagrams."""
        return await asyncio.get_running_loop().sock_recv(self._sock, 65535)

    def close(self) -> None:
        """See network.Datagrams."""
        with contextlib.suppress(OSError):
            self._sock.close()


class SystemNetwork:
    """network.Network on the kernel's sockets."""

    def __init__(self) -> None:
        self._lookups: ThreadPoolExecutor | None = None

    async def connect_tcp(self, ip: str, port: int) -> SystemStream:
        """See network.Network."""
        sock = socket.socket(family_of(ip), socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(sock, (ip, port))
        except BaseException:
            sock.close()
            raise
        return SystemStream(sock)

    async def connect_udp(self, ip: str, port: int) -> SystemDatagrams:
        """See network.Network."""
        sock = socket.socket(family_of(ip), socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.connect((ip, port))
        except BaseException:
            sock.close()
            raise
        return SystemDatagrams(sock)

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        """See network.Network."""
        if self._lookups is None:
            self._lookups = ThreadPoolExecutor(_LOOKUP_THREADS, "getaddrinfo")
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._lookups, _lookup, host)
        return tuple(dict.fromkeys(found))

    def close(self) -> None:
        """Let go of the lookup threads; those still waiting end by themselves."""
        if self._lookups is not None:
            self._lookups.shutdown(wait=False, cancel_futures=True)


def _lookup(host: str) -> list[str]:
    infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(info[4][0]).split("%")[0] for info in infos]


class SystemClock:
    """network.Clock on the machine's clocks. Only wiring makes one."""

    def monotonic(self) -> float:
        """See network.Clock."""
        return time.monotonic()

    def utc(self) -> float:
        """See network.Clock."""
        return time.time()  # noqa: TID251 - this is the clock that everything else is told
