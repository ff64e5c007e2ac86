"""probe/control/client.py: several controls, hostile ones among them."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from measurements.schema.measurement import ControlAnswered, ControlFailed
from probe.control.client import ControlClient, Download, Hello, NoHello, Patience
from probe.control.server import ControlConfig, running
from tests.unit.probe.control.outside import OTHER, SITE, Handler, Outside, endpoint, page
from tests.unit.probe.control.served import control

OONI_ANSWER: dict[str, Any] = {
    "tcp_connect": {f"{SITE}:443": {"status": True, "failure": None}},
    "tls_handshake": {f"{SITE}:443": {"server_name": "e.kz", "status": True, "failure": None}},
    "quic_handshake": {},
    "http_request": {
        "body_length": 5,
        "discovered_h3_endpoint": "",
        "failure": None,
        "title": "Hi",
        "headers": {"Server": "x"},
        "status_code": 200,
    },
    "http3_request": None,
    "dns": {"failure": None, "addrs": [SITE]},
    "ip_info": {SITE: {"asn": 1, "flags": 11}},
}


def client(world: Outside, *urls: str, **patience: float) -> ControlClient:
    """A client over the world's network."""
    return ControlClient(
        urls,
        world.network,
        world.clock,
        world.trust,
        resolvers=(world.resolver,),
        patience=Patience(**patience),
    )


def answering(**changes: object) -> tuple[Handler, list[str]]:
    """A plain oohelperd, and what it was asked."""
    asked: list[str] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        if request.method != "POST":
            return web.Response(status=400, headers={"Server": "oohelperd/3.23"})
        question = json.loads(await request.read())
        if "http_request" not in question:
            return web.Response(status=400, headers={"Server": "oohelperd/3.23"})
        asked.append(question["http_request"])
        return web.json_response(OONI_ANSWER | changes)

    return handler, asked


async def helper(world: Outside, handler: Handler, ip: str = OTHER) -> str:
    """A control made by a test, at `ip`:80."""
    await world.site(handler, (ip, 80))
    return f"http://{ip}/"


async def test_it_asks_ours(world: Outside) -> None:
    """Over real sockets, and everything comes back."""
    world.names.records["e.kz"] = [SITE]
    await world.site(page("<title>Hi</title>"), (SITE, 80))
    async with control(world) as served, client(world, served.url) as asking:
        assert asking.control_address() is None
        answer = await asking.ask("http://e.kz/", [endpoint(SITE, 80)], depth=2)
        assert isinstance(answer, ControlAnswered)
        assert (answer.depth, answer.url, answer.address) == (2, "http://e.kz/", served.url)
        assert answer.http.title == "Hi"
        assert answer.runtime is not None
        assert asking.control_address() == endpoint("127.0.0.1", served.port)


async def test_it_asks_oonis(world: Outside) -> None:
    """A plain oohelperd does, and says hello in its way."""
    handler, _ = answering()
    async with client(world, await helper(world, handler)) as asking:
        answer = await asking.ask("https://e.kz/", [])
        assert isinstance(answer, ControlAnswered)
        assert answer.http.shingles == ()
        hello = await asking.hello()
        assert asking.asked_from() == frozenset()
    assert isinstance(hello, Hello)
    assert not hello.genuine
    assert hello.utc is not None


async def test_equal_questions_are_asked_once(world: Outside) -> None:
    """At the same time, and later in the run; another endpoint is another question."""
    handler, asked = answering()
    async with client(world, await helper(world, handler)) as asking:
        await asyncio.gather(*(asking.ask("https://e.kz/", []) for _ in range(9)))
        again = await asking.ask("https://e.kz/", [], depth=1)
        assert again.depth == 1
        assert len(asked) == 1
        await asking.ask("https://e.kz/", [endpoint(SITE, 443)])
        assert len(asked) == 2
        assert asking._asking == {}


def say(status: int, body: bytes, kind: str, **headers: str) -> Handler:
    """A handler that always says the same."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type=kind, headers=headers)

    return handler


async def never(request: web.BaseRequest) -> web.StreamResponse:
    """Takes the question and sits on it."""
    await asyncio.sleep(3600)
    return web.Response()


HOSTILE = {
    "portal page": (say(200, b"<html>Log in</html>", "text/html"), "json_parse_error"),
    "portal redirect": (
        say(302, b"", "text/html", Location="http://login.local/"),
        "http_request_failed: 302",
    ),
    "other json": (say(200, b'{"ok": true}', "application/json"), "json_parse_error"),
    "huge": (say(200, b"x" * 3_000_000, "application/json"), "message_size"),
    "nested": (say(200, b"[" * 100_000, "application/json"), "json_parse_error"),
    "wrong types": (
        say(200, b'{"http_request": {"headers": 1}, "dns": {"addrs": 2}}', "application/json"),
        "json_parse_error",
    ),
    "broken": (say(500, b"", "text/plain"), "http_request_failed: 500"),
    "silent": (never, "generic_timeout_error"),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_control_is_a_failure_and_the_next_is_asked(
    world: Outside, kind: str
) -> None:
    """Portals, garbage, floods, silence; none is asked again at once."""
    bad, failure = HOSTILE[kind]
    good, asked = answering()
    first, second = await helper(world, bad, SITE), await helper(world, good)
    async with client(world, first, second, each=0.5) as asking:
        answer = await asking.ask("https://e.kz/", [])
        assert isinstance(answer, ControlAnswered)
        assert answer.address == second
        before = len(world.network.attempts)
        await asking.ask("https://f.kz/", [])
        assert all(ip == OTHER for ip, _ in world.network.attempts[before:])
    assert len(asked) == 2
    async with client(world, first, each=0.5) as asking:
        failed = await asking.ask("https://e.kz/", [], depth=3)
    assert failed == ControlFailed(depth=3, url="https://e.kz/", failure=failure)


async def test_nobody_there(world: Outside) -> None:
    """After three failures it is told at once while all rest; without controls it says so."""
    async with client(world, "http://1.0.0.1/") as asking:
        for _ in range(5):
            answer = await asking.ask("https://e.kz/", [])
            assert answer == ControlFailed(
                depth=0, url="https://e.kz/", failure="connection_refused"
            )
        assert len(world.network.attempts) == 3
        assert isinstance(await asking.hello(), NoHello)
    async with client(world) as asking:
        none = await asking.ask("https://e.kz/", [])
        assert isinstance(none, ControlFailed)
        assert none.failure == "unknown_failure: no control"
        assert asking.reached() is None


async def test_a_rested_control_is_tried_again(world: Outside) -> None:
    """After a pause; and well again, it is the first."""
    handler, _ = answering()
    async with client(world, f"http://{OTHER}/") as asking:
        for _ in range(3):
            await asking.ask("https://e.kz/", [])
        await helper(world, handler)
        assert isinstance(await asking.ask("https://e.kz/", []), ControlFailed)
        asking._helpers[0].rests_until = 0.0
        assert isinstance(await asking.ask("https://e.kz/", []), ControlAnswered)


def busy(times: int, status: int, after: str) -> tuple[Handler, list[str]]:
    """Refuses so many times, then answers."""
    good, asked = answering()
    left = iter(range(times))

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        if next(left, None) is not None:
            return web.Response(status=status, headers={"Retry-After": after})
        return await good(request)

    return handler, asked


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_control_is_waited_for(world: Outside, status: int) -> None:
    """As long as it asks, within the time."""
    handler, _ = busy(2, status, "0")
    async with client(world, await helper(world, handler)) as asking:
        assert isinstance(await asking.ask("https://e.kz/", []), ControlAnswered)


async def test_a_busy_control_is_not_waited_for_too_long(world: Outside) -> None:
    """The next is asked; the first is not given up."""
    handler, _ = busy(1, 429, "60")
    good, _ = answering()
    first, second = await helper(world, handler, SITE), await helper(world, good)
    async with client(world, first, second) as asking:
        answers = [await asking.ask(f"https://{h}.kz/", []) for h in "ab"]
    assert [getattr(a, "address", None) for a in answers] == [second, first]


async def test_a_refused_question_rests_nobody(world: Outside) -> None:
    """400 is about the question."""
    async with client(world, await helper(world, say(400, b"", "text/plain"))) as asking:
        for _ in range(2):
            answer = await asking.ask("https://e.kz/", [])
            assert isinstance(answer, ControlFailed)
            assert answer.failure == "http_request_failed: 400"
        assert asking._willing()


async def test_hello(world: Outside) -> None:
    """The clock, our network, and a nonce that only a control can hash."""
    async with control(world) as served, client(world, served.url) as asking:
        hello = await asking.hello()
        assert asking.asked_from() == {"127.0.0.1"}
    assert isinstance(hello, Hello)
    assert hello.genuine
    assert hello.utc is not None
    assert abs(hello.utc - world.clock.utc()) < 5
    assert (hello.asn, hello.cc) == (64500, "KZ")
    assert 0 < hello.round_trip < 5


@pytest.mark.parametrize("kind", ["portal page", "portal redirect", "other json"])
async def test_a_portal_is_recognised(world: Outside, kind: str) -> None:
    """It answers, but not as a control."""
    async with client(world, await helper(world, HOSTILE[kind][0])) as asking:
        hello = await asking.hello()
    assert isinstance(hello, NoHello)
    assert hello.portal


async def test_a_portal_with_a_false_certificate(world: Outside) -> None:
    """TLS shows it."""
    await world.site(page("x"), (OTHER, 443), tls=world.authority.context("portal.local"))
    async with client(world, f"https://{OTHER}/") as asking:
        hello = await asking.hello()
    assert hello == NoHello(failure="ssl_invalid_hostname", portal=True)


async def test_download(world: Outside) -> None:
    """As many bytes as asked for, with their pace, over a connection of its own."""
    async with control(world) as served, client(world, served.url) as asking:
        got = await asking.download(300_000)
        assert isinstance(got, Download)
        assert got.size == 300_000
        assert got.pace[-1][1] == 300_000
        assert got.endpoint == endpoint("127.0.0.1", served.port)
        assert isinstance(await asking.download(0), ControlFailed)


async def test_a_control_by_name_over_tls(world: Outside) -> None:
    """Its name through the encrypted resolver where the system's does not know it."""
    cert, key = world.authority.issue("control.test")
    config = ControlConfig(port=0, tls_cert=cert, tls_key=key, resolvers=(world.resolver,))
    async with running(config, world.network, world.clock, world.trust) as endpoints:
        world.network.routes[OTHER, 443] = endpoints[0].port
        world.names.records["control.test"] = [OTHER]
        async with client(world, "https://control.test/") as asking:
            hello = await asking.hello()
            assert isinstance(hello, Hello)
            reached = asking.reached()
            assert reached is not None
            assert (reached.name, reached.endpoint) == ("control.test", endpoint(OTHER, 443))


async def test_answers_are_bounded(world: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of any length fills no memory."""
    monkeypatch.setattr("probe.control.client._KEPT", 3)
    handler, _ = answering()
    async with client(world, await helper(world, handler)) as asking:
        for number in range(9):
            await asking.ask(f"https://e{number}.kz/", [])
        assert len(asking._answers) == 3
