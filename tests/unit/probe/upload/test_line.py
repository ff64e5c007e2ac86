"""The way to a collector: proxies that resolve, nothing of the environment, words for what fails."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
from aiohttp import web

from probe.upload.answers import MOST_ANSWER, Reply
from probe.upload.line import Line, NotReached
from probe.upload.proxies import Proxy, parse_proxy
from tests.fakes.certificates import leaf, root
from tests.fakes.collector import serving
from tests.fakes.proxies import NAME, FakeProxy, proxying


def page(text: str = "here") -> web.Application:
    """Says one thing to everybody."""
    app = web.Application()

    async def get(request: web.Request) -> web.Response:
        return web.Response(text=f"{text} {request.headers.get('Cookie')}", headers={"X-A": "1"})

    app.router.add_get("/x", get)
    return app


async def no_sleep(_: float) -> None:
    """At once."""


async def get(url: str, proxy: Proxy | None = None, tls: ssl.SSLContext | None = None) -> Reply:
    """/x of it."""
    context = tls or ssl.create_default_context()
    async with Line(url, proxy=proxy, tls=context, sleep=no_sleep) as line:
        return await line.get("/x")


async def failing(url: str, proxy: Proxy | None = None) -> NotReached:
    """How it cannot be reached."""
    with pytest.raises(NotReached) as caught:
        await get(url, proxy)
    return caught.value


@pytest.fixture
def no_lookups(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every name that anybody in this process asks the system for."""
    asked: list[object] = []
    real = socket.getaddrinfo

    def lookup(host: object, *rest: object, **more: object) -> object:
        if host not in {"127.0.0.1", None}:
            asked.append(host)
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return asked


async def test_directly() -> None:
    """Headers in lower case."""
    async with serving(page()) as url:
        reply = await get(url)
    assert (200, b"here None", "1") == (reply.status, reply.body, reply.headers["x-a"])


@pytest.mark.parametrize("kind", ["socks5h", "socks5", "http"])
async def test_the_proxy_gets_a_name_and_no_packet_asks_for_it(
    kind: str, no_lookups: list[object]
) -> None:
    """Not an address: whoever watches the DNS of this computer learns nothing."""
    proxy = FakeProxy()
    async with serving(page()) as url, proxying(proxy, kind) as there:
        proxy.names["collector.invalid"] = int(url.rpartition(":")[2])
        reply = await get("http://collector.invalid:8080", parse_proxy(there))
    assert 200 == reply.status
    ((asked),) = proxy.asked
    assert (NAME, "collector.invalid", 8080) == (asked.kind, asked.host, asked.port)
    assert [] == no_lookups


@pytest.mark.parametrize("kind", ["socks5h", "http", "https"])
async def test_tls_through_a_proxy(kind: str, tmp_path: Path) -> None:
    """The certificate is checked for the collector's own name, at this end; with an https:// proxy
    there is TLS inside of TLS."""
    proxy, trusted = FakeProxy(), ssl.create_default_context()
    server = leaf("collector.invalid").server_context(tmp_path)
    trusted.load_verify_locations(cadata=root().chain[0])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        await writer.drain()
        writer.close()

    there = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server)
    outer = leaf("127.0.0.1").server_context(tmp_path) if kind == "https" else None
    async with there, proxying(proxy, kind, tls=outer) as through:
        port = there.sockets[0].getsockname()[1]
        proxy.names = {"collector.invalid": port, "other.invalid": port}
        reply = await get("https://collector.invalid", parse_proxy(through), trusted)
        assert b"hi" == reply.body
        with pytest.raises(NotReached, match="certificate is not valid"):
            await get("https://other.invalid", parse_proxy(through), trusted)


async def test_collectors_are_kept_apart_in_tor() -> None:
    """Another user name for each; that of the proxy's address, where it has one."""
    proxy = FakeProxy()
    async with serving(page()) as url, proxying(proxy, "socks5h") as there:
        port = int(url.rpartition(":")[2])
        proxy.names = {"a.invalid": port, "b.invalid": port}
        for name in ("a", "b", "a"):
            await get(f"http://{name}.invalid", parse_proxy(there))
        first, second, third = (asked.user for asked in proxy.asked)
        assert (True, True) == (first == third, first != second)
        proxy.wants = ("me", "secret")
        mine = there.replace("://", "://me:secret@")
        assert 200 == (await get("http://a.invalid", parse_proxy(mine))).status
        refused = await failing("http://a.invalid", parse_proxy(there))
    assert "wants a password" in str(refused)


@pytest.mark.parametrize("kind", ["socks5h", "http"])
async def test_a_proxy_that_cannot_reach_it_or_is_not_there(kind: str) -> None:
    """Told apart; neither is the collector's fault."""
    proxy = FakeProxy()
    async with proxying(proxy, kind) as there:
        refused = await failing("https://nobody.invalid", parse_proxy(there))
    assert "proxy" in str(refused)
    gone = await failing("https://nobody.invalid", parse_proxy(there))
    assert "cannot be reached: is it running?" in str(gone)
    assert not gone.connected


async def test_an_onion_without_a_proxy(no_lookups: list[object]) -> None:
    """Its name is not asked for anywhere."""
    exc = await failing("http://abc.onion")
    assert "Tor" in str(exc)
    assert [] == no_lookups


async def test_the_environment_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """No silent proxy: neither instead of ours, nor where none was asked for."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(page()) as url:
        assert 200 == (await get(url)).status


async def test_three_tries() -> None:
    """Where no connection comes about; with pauses."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with serving(page()) as url:
        pass
    async with Line(url, proxy=None, tls=ssl.create_default_context(), sleep=sleep) as line:
        with pytest.raises(NotReached, match="nobody answers there"):
            await line.get("/x")
    assert 2 == len(slept)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "broke before it answered"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "cut short"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_ANSWER + 70_000), "too long"),
    ],
)
async def test_half_an_answer(raw: bytes, says: str) -> None:
    """Connected, and no whole answer: not tried again at once, something may have arrived."""
    connections = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Line(url, proxy=None, tls=ssl.create_default_context(), sleep=no_sleep) as line:
            with pytest.raises(NotReached) as caught:
                await line.post("/x", b"much", "text/plain")
    exc = caught.value
    assert says in str(exc)
    assert (True, 1) == (exc.connected, len(connections))


async def test_no_cookies() -> None:
    """What a collector sets is not told to it again."""
    app = web.Application()

    async def give(request: web.Request) -> web.Response:
        response = web.Response(text=str(request.headers.get("Cookie")))
        response.set_cookie("id", "you")
        return response

    app.router.add_get("/x", give)
    async with (
        serving(app) as url,
        Line(url, proxy=None, tls=ssl.create_default_context(), sleep=no_sleep) as line,
    ):
        assert [b"None", b"None"] == [(await line.get("/x")).body for _ in range(2)]
