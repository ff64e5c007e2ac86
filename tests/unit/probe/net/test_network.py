"""The promises of probe/net/network.py, kept by the real network and by its fake alike."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

import pytest

from probe.net.network import Clock, Network
from probe.net.system import SystemClock, SystemNetwork
from tests.fakes.clock import FakeClock
from tests.fakes.loopback import V4, closed_port, tcp_peer, udp_peer
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import END, RESET, Peer, answers, echoes, greets, silent


class World(Protocol):
    """A network with one peer in it."""

    def tcp(self, peer: Peer) -> contextlib.AbstractAsyncContextManager[tuple[Network, int]]:
        """The network, and the port of a TCP peer on 127.0.0.1."""

    def udp(self, peer: Peer | None) -> contextlib.AbstractAsyncContextManager[tuple[Network, int]]:
        """The network, and the port of a UDP peer; None for a closed port."""


class Real:
    """SystemNetwork and servers on loopback."""

    @contextlib.asynccontextmanager
    async def tcp(self, peer: Peer) -> AsyncIterator[tuple[Network, int]]:
        async with tcp_peer(peer) as port:
            yield SystemNetwork(), port

    @contextlib.asynccontextmanager
    async def udp(self, peer: Peer | None) -> AsyncIterator[tuple[Network, int]]:
        if peer is None:
            yield SystemNetwork(), closed_port(socket.SOCK_DGRAM)
            return
        async with udp_peer(peer) as port:
            yield SystemNetwork(), port


class Faked:
    """FakeNetwork."""

    @contextlib.asynccontextmanager
    async def tcp(self, peer: Peer) -> AsyncIterator[tuple[Network, int]]:
        yield FakeNetwork(tcp={(V4, 4000): peer}), 4000

    @contextlib.asynccontextmanager
    async def udp(self, peer: Peer | None) -> AsyncIterator[tuple[Network, int]]:
        yield FakeNetwork(udp={(V4, 4000): peer} if peer else {}), 4000


@pytest.fixture(params=[Real, Faked], ids=["real", "fake"])
def world(request: pytest.FixtureRequest) -> World:
    """Both, one after the other."""
    made: World = request.param()
    return made


async def errno_of(doing: Awaitable[object]) -> int | None:
    """The errno with which it fails, None where it does not."""
    try:
        await doing
    except OSError as exc:
        return exc.errno
    return None


async def test_bytes_go_there_and_back(world: World) -> None:
    """What is written arrives, and what the peer sends is read, then the end of the stream."""
    async with world.tcp(answers(b"pong", END, after=b"ping")) as (network, port):
        stream = await network.connect_tcp(V4, port)
        await stream.write(b"ping")
        assert await stream.read(2) == b"po"
        assert await stream.read(100) == b"ng"
        assert await stream.read(100) == b""
        assert await stream.read(100) == b""
        stream.close()


async def test_reset_is_its_errno(world: World) -> None:
    """A reset while reading is ECONNRESET."""
    async with world.tcp(answers(RESET)) as (network, port):
        stream = await network.connect_tcp(V4, port)
        await stream.write(b"x")
        assert await errno_of(stream.read(100)) == errno.ECONNRESET
        stream.close()


async def test_bytes_before_the_end_are_read_first(world: World) -> None:
    """What came before the peer closed is not lost."""
    async with world.tcp(greets(b"goodbye", END)) as (network, port):
        stream = await network.connect_tcp(V4, port)
        assert await stream.read(100) == b"goodbye"
        assert await stream.read(100) == b""
        stream.close()


async def test_refused_is_its_errno(world: World) -> None:
    """A closed port is ECONNREFUSED."""
    async with world.tcp(silent) as (network, _):
        with pytest.raises(ConnectionRefusedError) as found:
            await network.connect_tcp(V4, closed_port(socket.SOCK_STREAM))
        assert found.value.errno == errno.ECONNREFUSED


@pytest.mark.parametrize("ip", ["example.org", "", "1.2.3", "256.0.0.1", "::g", "1.2.3.4\0"])
async def test_what_is_no_address_is_never_looked_up(world: World, ip: str) -> None:
    """A name where an address belongs is EINVAL, not a DNS query behind the measurement's back."""
    async with world.tcp(silent) as (network, port):
        for connect in (network.connect_tcp, network.connect_udp):
            assert await errno_of(connect(ip, port)) == errno.EINVAL


async def test_what_is_no_port_is_invalid(world: World) -> None:
    """A port of more than 16 bits is EINVAL."""
    async with world.tcp(silent) as (network, _):
        assert await errno_of(network.connect_tcp(V4, 65536)) == errno.EINVAL


async def test_silence_lasts_until_the_caller_gives_up(world: World) -> None:
    """A read with nothing to come ends by the caller's deadline; the stream still closes."""
    async with world.tcp(silent) as (network, port):
        stream = await network.connect_tcp(V4, port)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await stream.read(100)
        stream.close()


async def test_closing_twice_is_fine_and_using_after_is_not(world: World) -> None:
    """close() never raises; a closed stream gives EBADF."""
    async with world.tcp(silent) as (network, port):
        stream = await network.connect_tcp(V4, port)
        stream.close()
        stream.close()
        assert await errno_of(stream.read(1)) == errno.EBADF


async def test_hop_limit_has_its_bounds(world: World) -> None:
    """1 to 255 can be set, nothing else."""
    async with world.tcp(silent) as (network, port):
        stream = await network.connect_tcp(V4, port)
        stream.set_ttl(1)
        stream.set_ttl(255)
        for ttl in (0, 256):
            with pytest.raises(OSError, match="Invalid argument"):
                stream.set_ttl(ttl)
        stream.close()


async def test_datagrams_keep_their_borders(world: World) -> None:
    """Two sent are two received, an empty one too."""
    async with world.udp(lambda d: (d, d.upper())) as (network, port):
        sock = await network.connect_udp(V4, port)
        await sock.send(b"a")
        assert [await sock.receive(), await sock.receive()] == [b"a", b"A"]
        sock.close()
        sock.close()


async def test_closed_udp_port_is_told_on_receive(world: World) -> None:
    """ICMP port unreachable surfaces as ECONNREFUSED."""
    async with world.udp(None) as (network, port):
        sock = await network.connect_udp(V4, port)
        await sock.send(b"a")
        with pytest.raises(ConnectionRefusedError):
            await sock.receive()
        sock.close()


async def test_udp_peer_that_says_nothing(world: World) -> None:
    """A silent UDP peer is waited for until the caller gives up."""
    async with world.udp(silent) as (network, port):
        sock = await network.connect_udp(V4, port)
        await sock.send(b"a")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await sock.receive()
        sock.close()


async def test_unknown_name_is_a_gaierror() -> None:
    """.invalid never exists (RFC 6761 §6.4); the fake says so in the system's words."""
    with pytest.raises(socket.gaierror) as fake:
        await FakeNetwork().getaddrinfo("nowhere.invalid")
    assert fake.value.errno == socket.EAI_NONAME


async def test_addresses_are_given_as_they_are() -> None:
    """Both answer an address literal, or a known name, with addresses."""
    assert await SystemNetwork().getaddrinfo(V4) == (V4,)
    assert await FakeNetwork(names={"a.example": (V4,)}).getaddrinfo("a.example") == (V4,)


async def test_fake_counts_what_was_left_open() -> None:
    """Tests of steps rely on it to find leaks."""
    network = FakeNetwork(tcp={(V4, 1): silent}, udp={(V4, 2): echoes})
    stream, sock = await network.connect_tcp(V4, 1), await network.connect_udp(V4, 2)
    assert network.still_open() == 2
    stream.close()
    sock.close()
    assert network.still_open() == 0


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["real", "fake"])
def test_clocks_tell_seconds_that_do_not_go_back(clock: Clock) -> None:
    """Both clocks give seconds; the wall clock is after 2020."""
    first = clock.monotonic()
    if isinstance(clock, FakeClock):
        clock.advance(1.5)
        assert clock.monotonic() == first + 1.5
    assert clock.monotonic() >= first
    assert clock.utc() > 1_577_836_800
