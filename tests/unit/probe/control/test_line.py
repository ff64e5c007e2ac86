"""probe/control/line.py: HTTP over our own streams."""

import asyncio

import pytest
from aiohttp import web

from probe.control.line import Line, LineError
from probe.control.protocol import parse_url
from tests.unit.probe.control.outside import OTHER, SITE, Outside, endpoint, page


def line(world: Outside, url: str) -> Line:
    """One control's line."""
    return Line(parse_url(url), world.network, world.clock, world.trust)


async def test_connections_are_used_again(world: Outside) -> None:
    """Two requests, one connect; two at once, two."""
    await world.site(page("x"), (SITE, 80))
    wire = line(world, f"http://{SITE}/")
    for _ in range(2):
        assert (await wire.request("GET", "/", most=9)).body == b"x"
    assert len(world.network.attempts) == 1
    await asyncio.gather(*(wire.request("GET", "/", most=9) for _ in range(2)))
    assert len(world.network.attempts) == 2
    wire.close()


async def test_a_connection_closed_meanwhile_is_replaced(world: Outside) -> None:
    """The server's idle time is not our failure."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    world.network.routes[SITE, 80] = server.sockets[0].getsockname()[1]
    wire = line(world, f"http://{SITE}/")
    for _ in range(3):
        assert (await wire.request("GET", "/", most=9)).body == b"x"
        await asyncio.sleep(0.01)
    wire.close()
    server.close()


async def test_a_fresh_one_is_not_kept(world: Outside) -> None:
    """For measuring a pace."""
    await world.site(page("x"), (SITE, 80))
    wire = line(world, f"http://{SITE}/")
    for _ in range(2):
        await wire.request("GET", "/", most=9, fresh=True)
    assert len(world.network.attempts) == 2


async def test_shut_to_new_connections_it_goes_on_over_one_that_stands(world: Outside) -> None:
    """As a censor leaves it that remembers one of our own tries; the twin has none that stands."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        asked.set()
        await go_on.wait()
        return web.Response(text="x")

    await world.site(handler, (SITE, 80))
    wire = line(world, f"http://{SITE}/")
    async with asyncio.TaskGroup() as group:
        first = group.create_task(wire.request("GET", "/", most=9))
        await asked.wait()
        del world.network.routes[SITE, 80]
        second = group.create_task(wire.request("GET", "/", most=9))
        await asyncio.sleep(0.05)
        assert not second.done()
        go_on.set()
    assert (first.result().body, second.result().body) == (b"x", b"x")
    wire.close()
    with pytest.raises(LineError):
        await line(world, f"http://{SITE}/").request("GET", "/", most=9)


async def test_the_path_of_the_url_is_kept(world: Outside) -> None:
    """A control may live below another site."""
    seen: list[str] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(f"{request.host} {request.path}")
        return web.Response()

    await world.site(handler, (SITE, 8080))
    wire = line(world, f"http://{SITE}:8080/th/")
    await wire.request("POST", "/x/hello", b"{}", most=9)
    wire.close()
    assert seen == [f"{SITE}:8080 /th/x/hello"]


@pytest.mark.parametrize(
    ("sent", "failure"),
    [
        (b"", "eof_error"),
        (b"\x16\x03\x01", "http_invalid_response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "http_invalid_response"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000, "http_invalid_response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b"x" * 99, "message_size"),
    ],
)
async def test_failures(world: Outside, sent: bytes, failure: str) -> None:
    """Each has a word."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    world.network.routes[SITE, 80] = server.sockets[0].getsockname()[1]
    with pytest.raises(LineError) as caught:
        await line(world, f"http://{SITE}/").request("GET", "/", most=9)
    assert caught.value.failure == failure
    server.close()


async def test_addresses_are_tried_in_order(world: Outside) -> None:
    """The system's, then the fallback's; the one that worked stays."""
    await world.site(page("x"), (SITE, 80))

    async def fallback(host: str) -> tuple[str, ...]:
        return (OTHER, SITE)

    wire = line(world, "http://nowhere.invalid/")
    wire.fallback = fallback
    await wire.request("GET", "/", most=9)
    assert wire.endpoint == endpoint(SITE, 80)
    assert [ip for ip, _ in world.network.attempts] == [OTHER, SITE]
    wire.close()


async def test_those_who_wait_do_not_search_again(world: Outside) -> None:
    """One search finds none for all."""
    wire = line(world, f"http://{SITE}/")
    asked = (wire.request("GET", "/", most=9) for _ in range(9))
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert {str(error) for error in found} == {"connection_refused"}
    assert len(world.network.attempts) == 1


async def test_a_control_that_tells_an_address_each_time(world: Outside) -> None:
    """What it tells is kept, apart from the headers; not without end, and nonsense not at all."""
    told = iter(["nonsense", *(f"151.101.2.{n}" for n in range(40))])

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="x", headers={"Anyqta-Your-Address": next(told)})

    await world.site(answer, (SITE, 80))
    wire = line(world, f"http://{SITE}/")
    for _ in range(41):
        reply = await wire.request("GET", "/", most=9)
        assert "anyqta-your-address" not in reply.headers
    assert len(wire.asked_from) == 32
    assert "151.101.2.0" in wire.asked_from
    wire.close()
