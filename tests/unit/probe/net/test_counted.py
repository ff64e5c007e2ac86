"""What is counted covers what the kernel moved, on real sockets."""

import asyncio
import socket

from probe.net.counted import Count, CountedNetwork
from probe.net.system import SystemNetwork


async def test_a_stream_and_a_datagram() -> None:
    """Payload both ways, and more than that for headers; the stream works as it did."""
    count = Count()
    network = CountedNetwork(SystemNetwork(), count)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5000))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        stream = await network.connect_tcp("127.0.0.1", server.sockets[0].getsockname()[1])
        stream.set_ttl(64)
        await stream.write(b"x" * 5000)
        found = b""
        while chunk := await stream.read(65536):
            found += chunk
        stream.close()
    assert 5000 == len(found)
    assert 10_640 < count.total < 15_000
    before = count.total
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        one = await network.connect_udp("127.0.0.1", peer.getsockname()[1])
        await one.send(b"question")
        _, sender = await asyncio.to_thread(peer.recvfrom, 100)
        peer.sendto(b"answer", sender)
        assert b"answer" == await one.receive()
        one.close()
    assert 14 + 2 * 48 <= count.total - before < 200
    assert ("127.0.0.1",) == await network.getaddrinfo("127.0.0.1")
    assert count.total - before > 500


def test_over_the_limit() -> None:
    """Told at each step beyond it, not at it; without a limit never."""
    told: list[int] = []
    count = Count(100, lambda: told.append(1))
    count.add(100)
    assert [] == told
    count.add(1)
    assert [1] == told
    Count(None, lambda: told.append(2)).add(10**12)
    assert [1] == told
