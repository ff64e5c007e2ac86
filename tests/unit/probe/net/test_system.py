"""What only the real sockets do: options, families, threads, and leaving nothing behind."""

import asyncio
import contextlib
import errno
import os
import socket
import threading
import time

import pytest

from probe.net import system
from probe.net.system import SystemClock, SystemNetwork, family_of
from tests.fakes.loopback import V4, V6, tcp_peer, udp_peer
from tests.fakes.peers import answers, echoes, silent


def open_files() -> int:
    """How many descriptors this process has."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the plainest way


def test_family() -> None:
    """By the colon."""
    assert (family_of(V4), family_of(V6)) == (socket.AF_INET, socket.AF_INET6)


async def test_ipv6() -> None:
    """TCP and UDP over IPv6, with a scope given as a number and as a name."""
    network = SystemNetwork()
    async with tcp_peer(answers(b"yes"), ip=V6) as port:
        for ip in (V6, f"{V6}%1", f"{V6}%lo"):
            stream = await network.connect_tcp(ip, port)
            await stream.write(b"?")
            assert await stream.read(10) == b"yes" if ip == V6 else True
            stream.set_ttl(7)
            stream.close()
    async with udp_peer(echoes, ip=V6) as port:
        sock = await network.connect_udp(V6, port)
        await sock.send(b"x")
        assert await sock.receive() == b"x"
        sock.close()


async def test_unknown_interface_is_an_os_error() -> None:
    """A link-local address on an interface that is gone."""
    with pytest.raises(OSError, match=r"interface|No such device"):
        await SystemNetwork().connect_udp("fe80::1%nowhere0", 53)


async def test_options() -> None:
    """Nagle is off, the hop limit is what was set."""
    async with tcp_peer(silent) as port:
        stream = await SystemNetwork().connect_tcp(V4, port)
        stream.set_ttl(5)
        assert stream._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert stream._sock.getsockopt(socket.IPPROTO_IP, socket.IP_TTL) == 5
        stream.close()


async def test_cancelled_connect_closes_its_socket() -> None:
    """A connect that the deadline ends leaves no descriptor (a full backlog drops the SYN)."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind((V4, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):  # until the backlog is full
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((V4, port))
        before = open_files()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.03):
                await SystemNetwork().connect_tcp(V4, port)
        assert open_files() == before


async def test_closing_under_a_cancelled_read_spares_the_next_connection() -> None:
    """The kernel reuses the descriptor at once; the new connection still hears its peer.

    A cancelled sock_recv takes its reader off the loop by number, after the task was told.
    """
    network = SystemNetwork()
    async with tcp_peer(silent) as quiet, tcp_peer(answers(b"heard")) as port:
        first = await network.connect_tcp(V4, quiet)
        number = first._sock.fileno()
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(first.read(1))
            await asyncio.sleep(0)
            reading.cancel()
            first.close()
            sock = socket.socket()
            assert sock.fileno() == number
            sock.setblocking(False)
            sock.connect_ex((V4, port))
            second = system.SystemStream(sock)
            got = group.create_task(second.read(10))
            await asyncio.sleep(0.01)
            await second.write(b"?")
            async with asyncio.timeout(2):
                assert await got == b"heard"
            second.close()


async def test_icmpv6_prohibited_is_unreachable() -> None:
    """EACCES over IPv6 is what a router said, not what we lack; over IPv4 it stays."""
    with socket.socket(socket.AF_INET6) as six, socket.socket() as four:
        with pytest.raises(OSError, match="No route") as found, system._errors_of(six):
            raise PermissionError(errno.EACCES, "")
        assert found.value.errno == errno.EHOSTUNREACH
        with pytest.raises(PermissionError), system._errors_of(four):
            raise PermissionError(errno.EACCES, "")


async def test_slow_lookup_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lookups run side by side, on daemons; one that was given up ends in silence."""
    free = threading.Event()
    names: list[str] = []

    def lookup(host: str) -> list[str]:
        names.append(host)
        if host == "slow.example":
            free.wait(5)
        return [V4, V4, V6]

    monkeypatch.setattr(system, "_lookup", lookup)
    network = SystemNetwork()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await network.getaddrinfo("slow.example")
    assert await network.getaddrinfo("fast.example") == (V4, V6)
    assert names == ["slow.example", "fast.example"]
    assert all(t.daemon for t in threading.enumerate() if t.name == "getaddrinfo")
    free.set()
    for thread in threading.enumerate():
        if thread.name == "getaddrinfo":
            thread.join(5)
    await asyncio.sleep(0)
    network.close()


async def test_names_that_no_packet_carries() -> None:
    """They fail as lookups do: gaierror or ValueError, never a hang."""
    for host in ("a" * 64 + ".example", "a\0b.example"):
        with pytest.raises((ValueError, socket.gaierror)):
            await SystemNetwork().getaddrinfo(host)


def test_clock_is_the_machines() -> None:
    """Both count seconds."""
    clock = SystemClock()
    assert abs(clock.utc() - time.time()) < 1
    assert abs(clock.monotonic() - time.monotonic()) < 1
