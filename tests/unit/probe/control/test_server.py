"""probe/control/server.py: listening, bounds, stopping, and no word about anyone."""

import asyncio
import contextlib
import logging
import ssl

import aiohttp
import pytest

from probe.control.limits import Limits
from probe.control.server import ControlConfig, running, serve
from tests.unit.probe.control.outside import Outside
from tests.unit.probe.control.served import control


async def test_a_slow_client_is_cut_off(world: Outside) -> None:
    """Half a request, or half a body, holds nothing for long."""
    async with control(world, idle_time=0.3, read_time=0.3) as asked:
        for start in (b"", b"POST / HTTP/1.1\r\nHos", b"POST / HTTP/1.1\r\nHost: a\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", asked.port)
            writer.write(start)
            async with asyncio.timeout(2.0):
                assert await reader.read() == b""
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", asked.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
        async with asyncio.timeout(2.0):
            assert b"408" in await reader.readline()
        writer.close()


async def test_connections_are_counted(world: Outside) -> None:
    """A client with its share open gets no more."""
    async with control(world, connections_per_client=3) as asked:
        opened = [await asyncio.open_connection("127.0.0.1", asked.port) for _ in range(3)]
        await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_connection("127.0.0.1", asked.port)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        for _, each in [*opened, (reader, writer)]:
            each.close()


async def test_half_open_handshakes_are_counted_and_end(
    world: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before TLS stands: or anyone could use up all file descriptors."""
    monkeypatch.setattr("measurements.serving.door._HANDSHAKE_TIME", 0.3)
    cert, key = world.authority.issue("control.test")
    config = ControlConfig(
        port=0,
        tls_cert=cert,
        tls_key=key,
        resolvers=(world.resolver,),
        limits=Limits(connections_per_client=2),
    )
    async with running(config, world.network, world.clock, world.trust) as endpoints:
        port = endpoints[0].port
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(0.2):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        async with asyncio.timeout(2.0):
            for waiting, _ in opened:
                with contextlib.suppress(ConnectionError):
                    assert await waiting.read() == b""
        again, writing = await asyncio.open_connection("127.0.0.1", port)
        writing.write(b"GET / HTTP/1.1\r\n\r\n")  # no TLS
        with contextlib.suppress(ConnectionError):
            await again.read()
        left = await asyncio.open_connection("127.0.0.1", port)  # still open when we stop
        for each in (writer, writing, *(w for _, w in opened)):
            each.close()
    left[1].close()


async def test_any_name_completes_tls(world: Outside) -> None:
    """The control stands as address C: every SNI, every Host; plain HTTP beside it."""
    cert, key = world.authority.issue("control.test")
    config = ControlConfig(
        port=0, http_port=0, tls_cert=cert, tls_key=key, resolvers=(world.resolver,)
    )
    context = ssl.create_default_context(cafile=str(world.authority.pem))
    context.check_hostname = False
    async with running(config, world.network, world.clock, world.trust) as endpoints:
        for name in ("control.test", "blocked.kz", "xn--80ao21a.kz", None):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", endpoints[0].port, ssl=context, server_hostname=name or ""
            )
            writer.write(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            assert b"x-anyqta: control" in (await reader.read())
            writer.close()
            await writer.wait_closed()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{endpoints[1].port}/") as response,
        ):
            assert response.status == 200


async def test_nothing_is_logged(
    world: Outside, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither clients nor URLs, not from garbage either."""
    caplog.set_level(logging.DEBUG)
    async with control(world) as asked:
        await asked.ask("http://secret.kz/")
        reader, writer = await asyncio.open_connection("127.0.0.1", asked.port)
        writer.write(b"GARBAGE secret.kz\r\n\r\n")
        await reader.read()
        writer.close()
    written = caplog.text + "".join(capfd.readouterr())
    assert "secret.kz" not in written
    assert "127.0.0.1" not in written.replace("listening on", "")


async def test_serve_stops_when_told(world: Outside) -> None:
    """And says where it listens."""
    stop, heard = asyncio.Event(), list[object]()

    def ready(endpoints: object) -> None:
        heard.append(endpoints)
        stop.set()

    config = ControlConfig(port=0, resolvers=(world.resolver,))
    async with asyncio.timeout(5.0):
        await serve(config, world.network, world.clock, world.trust, ready=ready, stop=stop)
    assert len(heard) == 1


@pytest.mark.parametrize(
    "config",
    [
        ControlConfig(resolvers=()),
        ControlConfig(resolvers=("dns.google",)),
        ControlConfig(allow_private=("nonsense",)),
    ],
)
async def test_a_bad_configuration_is_told(world: Outside, config: ControlConfig) -> None:
    """Before anything listens."""
    with pytest.raises(ValueError, match=r".+"):
        await serve(config, world.network, world.clock, world.trust)
