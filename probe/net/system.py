"""The real network: non-blocking sockets on the running asyncio loop."""

import asyncio
import contextlib
import errno
import os
import socket
import threading
import time
from collections.abc import Iterator

# getaddrinfo blocks a thread for as long as the C library waits (10 s and more where DNS is
# dropped); fewer threads would make one dead name hold up the next.
_LOOKUP_THREADS = 64
_MAX_PORT = 65535


def family_of(ip: str) -> socket.AddressFamily:
    """AF_INET6 for what has a colon."""
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


# (ip, port), and for IPv6 the flow label and the scope of a link-local address as well.
_SockAddr = tuple[str, int] | tuple[str, int, int, int]


def _sockaddr(ip: str, port: int) -> _SockAddr:
    """What connect(2) takes. Never a lookup: what is no address is an OSError (EINVAL)."""
    host, _, zone = ip.partition("%")
    try:
        socket.inet_pton(family_of(host), host)
    except (OSError, ValueError):
        raise OSError(errno.EINVAL, f"not an address: {ip!r}") from None
    if not 0 <= port <= _MAX_PORT:
        raise OSError(errno.EINVAL, f"not a port: {port}")
    if ":" not in host:
        return host, port
    return host, port, 0, _scope(zone)


def _scope(zone: str) -> int:
    """The number of an interface, by its name or its digits; OSError where there is none."""
    if not zone:
        return 0
    return int(zone) if zone.isascii() and zone.isdigit() else socket.if_nametoindex(zone)


@contextlib.contextmanager
def _errors_of(sock: socket.socket) -> Iterator[None]:
    """Linux tells ICMPv6 "administratively prohibited" as EACCES, which reads as our own lack of
    rights; the same message over IPv4 is EHOSTUNREACH. So it is here. (net/ipv6/icmp.c tab_unreach)
    """
    try:
        yield
    except PermissionError as exc:
        if exc.errno == errno.EACCES and sock.family == socket.AF_INET6:
            raise OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH)) from exc
        raise


def _close(sock: socket.socket) -> None:
    """Close, and take the socket off the loop first.

    A task that was cancelled takes its own reader off the loop by number, some moments later: by
    then the number may be another connection's, which would never hear again.
    """
    fd = sock.fileno()
    if fd >= 0:
        with contextlib.suppress(RuntimeError):  # no loop runs
            loop = asyncio.get_running_loop()
            loop.remove_reader(fd)
            loop.remove_writer(fd)
    with contextlib.suppress(OSError):
        sock.close()


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
        _close(self._sock)


class SystemDatagrams:
    """A connected UDP socket as network.Datagrams."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def send(self, data: bytes) -> None:
        """See network.Datagrams."""
        with _errors_of(self._sock):
            await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def receive(self) -> bytes:
        """See network.Datagrams."""
        with _errors_of(self._sock):
            return await asyncio.get_running_loop().sock_recv(self._sock, 65535)

    def close(self) -> None:
        """See network.Datagrams."""
        _close(self._sock)


class SystemNetwork:
    """network.Network on the kernel's sockets."""

    def __init__(self) -> None:
        self._lookups = asyncio.Semaphore(_LOOKUP_THREADS)

    async def connect_tcp(self, ip: str, port: int) -> SystemStream:
        """See network.Network."""
        address = _sockaddr(ip, port)
        sock = socket.socket(family_of(ip), socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with _errors_of(sock):
                await asyncio.get_running_loop().sock_connect(sock, address)
        except BaseException:
            sock.close()
            raise
        return SystemStream(sock)

    async def connect_udp(self, ip: str, port: int) -> SystemDatagrams:
        """See network.Network."""
        address = _sockaddr(ip, port)
        sock = socket.socket(family_of(ip), socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            with _errors_of(sock):
                sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return SystemDatagrams(sock)

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        """See network.Network."""
        loop = asyncio.get_running_loop()
        await self._lookups.acquire()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def settle(found: list[str] | BaseException) -> None:
            self._lookups.release()  # the thread has ended, whether anyone still waits or not
            if answer.done():
                return
            if isinstance(found, BaseException):
                answer.set_exception(found)
            else:
                answer.set_result(found)

        def work() -> None:
            found: list[str] | BaseException
            try:
                found = _lookup(host)
            except (OSError, ValueError) as exc:
                found = exc
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, found)

        # A daemon: an executor's thread would hold up the end of the program until it is answered.
        try:
            threading.Thread(target=work, name="getaddrinfo", daemon=True).start()
        except RuntimeError as exc:
            self._lookups.release()
            raise OSError(errno.ENOMEM, "no thread can be started") from exc
        return tuple(dict.fromkeys(await answer))

    def close(self) -> None:
        """Nothing to let go of: a lookup that still waits ends by itself."""


def _lookup(host: str) -> list[str]:
    """Blocks."""
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
