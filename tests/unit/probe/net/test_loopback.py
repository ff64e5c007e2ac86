"""probe/net/loopback.py"""

import asyncio
import gc
import socket
import ssl

import dns.message
import dns.rcode
import dns.rrset
import pytest

from probe.net.failure import classify
from probe.net.loopback import (
    Accepted,
    Listeners,
    LoopbackNetwork,
    Reply,
    Respond,
    Routes,
    Secured,
    connect_local,
)
from probe.net.resolvers import Endpoint

RESOLVER = Endpoint("102.192.0.53", 53)
SERVER = Endpoint("102.195.0.1", 80)


async def greet(stream: Accepted) -> None:
    """Say hello; say what was said."""
    await stream.write(b"hello")
    stream.finish()
    await stream.read(100)


def network(tcp: int | None = None, udp: int | None = None, **more: float) -> LoopbackNetwork:
    """A server and a resolver, where they are given; 102.0.0.1 is dark."""
    routes = Routes(
        {SERVER: tcp} if tcp else {}, {RESOLVER: udp} if udp else {}, frozenset({"102.0.0.1"})
    )
    return LoopbackNetwork(routes, RESOLVER, **more)


async def test_a_mapped_endpoint_leads_to_its_server() -> None:
    """And no other port of the address does."""
    async with Listeners() as listeners:
        net = network(tcp=listeners.tcp(greet))
        stream = await net.connect_tcp(*_pair(SERVER))
        stream.set_ttl(5)
        assert b"hello" == await stream.read(100)
        assert b"" == await stream.read(100)
        stream.close()
        with pytest.raises(ConnectionRefusedError) as caught:
            await net.connect_tcp(SERVER.ip, 81)
    assert "connection_refused" == classify(caught.value)


async def test_an_address_of_this_computer_leads_nowhere() -> None:
    """A lying answer of 127.0.0.1 must not reach the user's own servers."""
    async with Listeners() as listeners:
        port = listeners.tcp(greet)
        with pytest.raises(ConnectionRefusedError):
            await network().connect_tcp("127.0.0.1", port)


async def test_a_dark_address_swallows_everything() -> None:
    """SYNs and datagrams."""
    net = network()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(net.connect_tcp("102.0.0.1", 80), 0.05)
    datagrams = await net.connect_udp("102.0.0.1", 53)
    await datagrams.send(b"?")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(datagrams.receive(), 0.05)
    datagrams.close()


async def test_a_closed_udp_port_refuses() -> None:
    """As ICMP tells it: to the receiver."""
    datagrams = await network().connect_udp(SERVER.ip, 53)
    await datagrams.send(b"?")
    with pytest.raises(ConnectionRefusedError):
        await datagrams.receive()
    datagrams.close()


async def test_a_connect_takes_a_round_trip() -> None:
    """Also where it is refused."""
    started = asyncio.get_running_loop().time()
    with pytest.raises(ConnectionRefusedError):
        await network(rtt=0.05).connect_tcp(SERVER.ip, 80)
    assert asyncio.get_running_loop().time() - started >= 0.045


async def test_a_reset_is_a_reset() -> None:
    """Not a clean end."""

    async def cut(stream: Accepted) -> None:
        await stream.read(1)
        stream.reset()

    async with Listeners() as listeners:
        stream = await network(tcp=listeners.tcp(cut)).connect_tcp(*_pair(SERVER))
        await stream.write(b"x")
        with pytest.raises(ConnectionResetError):
            await stream.read(100)
        stream.close()


# --- getaddrinfo ---


def answering(rcode: int = 0, **addresses: str) -> Respond:
    """A UDP handler: `A` and `AAAA` as given, after rubbish and another question's answer."""

    async def respond(data: bytes, reply: Reply) -> None:
        query = dns.message.from_wire(data)
        kind = query.question[0].to_text().rsplit(" ", 1)[1]
        answer = dns.message.make_response(query)
        answer.set_rcode(dns.rcode.Rcode(rcode))
        if kind in addresses:
            name = query.question[0].name
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, addresses[kind]))
        await reply(b"rubbish")
        other = dns.message.make_response(dns.message.make_query("other.example", "A"))
        await reply(other.to_wire())
        await reply(answer.to_wire())

    return respond


async def lookup(respond: Respond, host: str = "a.example") -> tuple[str, ...]:
    """What an application would get."""
    async with Listeners() as listeners:
        return await network(udp=listeners.udp(respond)).getaddrinfo(host)


async def test_applications_get_both_families() -> None:
    """IPv6 first; what does not answer the question is not listened to."""
    found = await lookup(answering(A="102.195.0.1", AAAA="2d00::1"))
    assert ("2d00::1", "102.195.0.1") == found


async def test_one_family_is_enough() -> None:
    """The other has no answer."""
    assert ("102.195.0.1",) == await lookup(answering(A="102.195.0.1"))


@pytest.mark.parametrize("host", ["102.195.0.1", "2d00::1"])
async def test_an_address_is_its_own_answer(host: str) -> None:
    """Nobody is asked."""
    assert (host,) == await network().getaddrinfo(host)


@pytest.mark.parametrize(
    ("rcode", "failure"),
    [(0, "dns_no_answer"), (2, "dns_temporary_failure"), (3, "dns_nxdomain_error")],
)
async def test_failures_are_those_of_the_c_library(rcode: int, failure: str) -> None:
    """So that the steps classify them as ever."""
    with pytest.raises(socket.gaierror) as caught:
        await lookup(answering(rcode))
    assert failure == classify(caught.value)


async def test_no_resolver_is_a_temporary_failure() -> None:
    """Its port is closed."""
    with pytest.raises(socket.gaierror) as caught:
        await network().getaddrinfo("a.example")
    assert "dns_temporary_failure" == classify(caught.value)


# --- Listeners ---


@pytest.mark.filterwarnings(
    "error::ResourceWarning", "error::pytest.PytestUnraisableExceptionWarning"
)
async def test_everything_is_closed_at_the_end() -> None:
    """Listeners, connections in use, and connections whose handler has not begun."""

    async def wait(stream: Accepted) -> None:
        await asyncio.Event().wait()

    async with Listeners() as listeners:
        port = listeners.tcp(wait)
        listeners.udp(answering())
        listeners.run(asyncio.sleep(60))
        streams = [await connect_local(port) for _ in range(3)]
        await asyncio.sleep(0)
    for stream in streams:
        assert b"" == await stream.read(1)
        stream.close()
    with pytest.raises(ConnectionRefusedError):
        await connect_local(port)
    assert 1 == len(asyncio.all_tasks())
    gc.collect()


async def test_the_bodys_exception_stays_itself() -> None:
    """The group does not wrap it."""

    async def failing() -> None:
        async with Listeners() as listeners:
            listeners.tcp(greet)
            raise KeyError

    with pytest.raises(KeyError):
        await failing()


async def test_a_bug_in_a_handler_is_loud() -> None:
    """It ends the whole, with its own name."""

    async def broken(stream: Accepted) -> None:
        raise ZeroDivisionError

    async def waiting() -> None:
        async with Listeners() as listeners:
            stream = await connect_local(listeners.tcp(broken))
            try:
                await asyncio.Event().wait()
            finally:
                stream.close()

    with pytest.raises(ExceptionGroup) as caught:
        await waiting()
    assert caught.group_contains(ZeroDivisionError)


async def test_a_handlers_network_failure_ends_its_connection_only() -> None:
    """The next is served."""

    async def serve(stream: Accepted) -> None:
        if await stream.read(1) == b"x":
            raise ConnectionResetError
        await greet(stream)

    async with Listeners() as listeners:
        port = listeners.tcp(serve)
        for said, heard in ((b"x", b""), (b"y", b"hello")):
            stream = await connect_local(port)
            await stream.write(said)
            assert heard == await stream.read(100)
            stream.close()


async def test_what_is_no_tls_is_an_oserror() -> None:
    """Which a listener takes for a failed connection."""
    failures = []

    async def serve(stream: Accepted) -> None:
        try:
            await Secured(stream, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)).handshake()
        except OSError as exc:
            failures.append(exc)

    async with Listeners() as listeners:
        stream = await connect_local(listeners.tcp(serve))
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        await stream.read(100)
        stream.close()
    assert isinstance(failures[0], ssl.SSLError)


def _pair(endpoint: Endpoint) -> tuple[str, int]:
    return endpoint.ip, endpoint.port
