"""probe/control/handlers.py: what the control answers, over real sockets."""

import asyncio

import aiohttp
import pytest

from probe.control.handlers import blind_logger
from probe.control.protocol import echo
from probe.control.server import ControlConfig, running
from tests.unit.probe.control.outside import SITE, Outside, page
from tests.unit.probe.control.served import Control, control


async def test_it_speaks_oonis_protocol(world: Outside) -> None:
    """The keys that miniooni reads, in the old dialect, and ours beside."""
    world.names.records["e.kz"] = [SITE]
    await world.site(page("<title>Hi</title>"), (SITE, 80))
    async with control(world) as asked:
        status, answer = await asked.ask(
            "http://e.kz/",
            tcp_connect=[f"{SITE}:80", "151.101.1.1:80"],
            http_request_headers={"User-Agent": ["x"]},
            x_quic_enabled=False,
        )
    assert status == 200
    assert answer["tcp_connect"][f"{SITE}:80"]["status"] is True
    assert answer["tcp_connect"]["151.101.1.1:80"] == {
        "status": False,
        "failure": "connection_refused_error",
        "x_failure": "connection_refused",
    }
    assert answer["http_request"]["title"] == "Hi"
    assert answer["http_request"]["x_stable"] is True
    assert answer["dns"]["addrs"] == [SITE]
    assert answer["ip_info"][SITE] == {"asn": 15133, "flags": 3}
    assert answer["quic_handshake"] == {}
    assert answer["http3_request"] is None
    for key in ("body_length", "discovered_h3_endpoint", "failure", "headers", "status_code"):
        assert key in answer["http_request"]


async def test_every_get_is_answered_as_itself(world: Outside) -> None:
    """Any Host, any path: our own word, never a redirect."""
    async with control(world) as asked:
        for path in ("/", "/login", "/a/b?c"):
            async with asked.session.get(
                asked.url + path, headers={"Host": "blocked.kz"}, allow_redirects=False
            ) as response:
                assert response.status == 200
                assert response.headers["x-anyqta"] == "control"
                assert response.headers["Server"] == "anyqta"
                assert (await response.json())["message"] == "Hello OONItarian!"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "http_request"),
        ({"http_request": "ftp://e.kz/"}, "http and https"),
        ({"http_request": "http://u:p@e.kz/"}, "password"),
        ({"http_request": "http://e.kz:25/"}, "port"),
        ({"http_request": "http://e.kz/", "tcp_connect": ["x"]}, "IP:PORT"),
        ([], "object"),
    ],
)
async def test_bad_questions_get_reasons(world: Outside, document: object, says: str) -> None:
    """A 400 with one plain sentence."""
    async with control(world) as asked:
        status, answer = await asked.post("/", document)
    assert status == 400
    assert says in answer["error"]


async def test_large_questions_are_refused(world: Outside) -> None:
    """Before they are read."""
    async with control(world) as asked:
        status, _ = await asked.ask("http://e.kz/", padding="x" * 100_000)
    assert status == 413


async def test_private_targets_are_refused_unless_opened(world: Outside) -> None:
    """--allow-private opens what it names."""
    port = await world.site(page("inside"))
    url = f"http://127.0.0.1:{port}/"
    async with control(world) as asked:
        assert (await asked.ask(url))[1]["http_request"]["x_failure"] == "dns_bogon_error"
    assert world.contacted() == set()
    async with control(world, ControlConfig(allow_private=("127.0.0.0/8",))) as asked:
        assert (await asked.ask(url))[1]["http_request"]["status_code"] == 200


async def test_a_client_may_not_ask_too_often(world: Outside) -> None:
    """429 and when to come back."""
    async with control(world, client_burst=2.0, client_rate=0.5) as asked:
        seen = [await asked.post("/x/hello", {"nonce": "a"}) for _ in range(3)]
        async with asked.session.get(asked.url) as response:
            assert response.headers["Retry-After"] == "2"
    assert [status for status, _ in seen] == [200, 200, 429]


async def test_a_host_is_not_asked_too_often(world: Outside) -> None:
    """Whoever wants it; other hosts go on."""
    world.names.records |= {"e.kz": [SITE], "f.kz": [SITE]}
    async with control(world, target_burst=1.0) as asked:
        statuses = [(await asked.ask(f"http://{h}/"))[0] for h in ("e.kz", "e.kz", "f.kz")]
    assert statuses == [200, 429, 200]


async def test_only_so_many_at_once(world: Outside) -> None:
    """503 for the rest, and room again afterwards."""
    world.names.records["e.kz"] = [SITE]
    world.network.silent.add(SITE)
    async with control(world, running=2, request_time=0.5) as asked:
        answers = await asyncio.gather(*(asked.ask("http://e.kz/") for _ in range(5)))
        assert sorted(status for status, _ in answers) == [200, 200, 503, 503, 503]
        assert (await asked.ask("http://e.kz/"))[0] == 200


async def test_a_control_without_network_says_so(world: Outside) -> None:
    """503, never an answer about the site."""
    config = ControlConfig(port=0, resolvers=("https://9.9.9.9/dns-query",))
    async with (
        running(config, world.network, world.clock, world.trust) as endpoints,
        aiohttp.ClientSession() as session,
    ):
        asked = Control(f"http://127.0.0.1:{endpoints[0].port}", endpoints[0].port, session)
        assert (await asked.ask("http://e.kz/"))[0] == 503


async def test_hello(world: Outside) -> None:
    """The nonce hashed, the time, and where the client comes from."""
    async with control(world) as asked:
        status, answer = await asked.post("/x/hello", {"nonce": "abc"})
        assert (await asked.post("/x/hello", {"nonce": ""}))[0] == 400
        assert (await asked.post("/x/hello", {"nonce": 1}))[0] == 400
    assert status == 200
    assert answer["nonce_echo"] == echo("abc")
    assert answer["utc"].endswith("Z")
    assert (answer["asn"], answer["cc"]) == (64500, "KZ")


async def test_a_trusted_proxy_names_the_client(world: Outside) -> None:
    """Its last word only, and only where the operator trusts it."""
    headers = {"X-Forwarded-For": f"127.0.0.1, {SITE}"}
    for trusted, cc in (((), "KZ"), (("127.0.0.1",), "US")):
        config = ControlConfig(trusted_proxies=trusted)
        async with (
            control(world, config) as asked,
            asked.session.post(asked.url + "/x/hello", json={"nonce": "a"}, headers=headers) as r,
        ):
            assert (await r.json())["cc"] == cc
            assert r.headers["Anyqta-Your-Address"] == (SITE if trusted else "127.0.0.1")
            assert r.headers["Cache-Control"] == "no-store"


async def test_the_asker_is_told_its_address(world: Outside) -> None:
    """With every answer to a probe, a refusal too; not with what an experiment's GET records."""
    async with control(world) as asked:
        for method, path in (("POST", "/"), ("POST", "/x/hello"), ("GET", "/x/bytes?n=9")):
            async with asked.session.request(method, asked.url + path) as response:
                assert response.headers["Anyqta-Your-Address"] == "127.0.0.1"
        async with asked.session.get(asked.url + "/any") as response:
            assert "Anyqta-Your-Address" not in response.headers


async def test_a_proxy_that_names_no_address(world: Outside) -> None:
    """Nothing is told then."""
    config = ControlConfig(trusted_proxies=("127.0.0.1",))
    headers = {"X-Forwarded-For": "unknown"}
    async with (
        control(world, config) as asked,
        asked.session.post(asked.url + "/x/hello", json={"nonce": "a"}, headers=headers) as r,
    ):
        assert "Anyqta-Your-Address" not in r.headers


async def test_bytes(world: Outside) -> None:
    """As many as asked for, incompressible, and not without end."""
    async with control(world, client_bytes_burst=200_000.0) as asked:
        async with asked.session.get(asked.url + "/x/bytes?n=100000") as response:
            assert response.status == 200
            assert len(set(await response.read())) == 256
        async with asked.session.get(asked.url + "/x/bytes?n=150000") as response:
            assert response.status == 429
        for n in ("", "0", "-1", "x", "99999999999999"):
            async with asked.session.get(f"{asked.url}/x/bytes?n={n}") as response:
                assert response.status == 400


async def test_bugs_are_loud_and_say_nothing_of_the_client(
    world: Outside, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 500 with the place of the bug in the log."""

    async def broken(*question: object) -> None:
        raise ExceptionGroup("two", [RuntimeError(repr(question)), ValueError(repr(question))])

    monkeypatch.setattr("probe.control.look.Eye.look", broken)
    async with control(world) as asked:
        assert (await asked.ask("http://secret.kz/"))[0] == 500
    assert "RuntimeError" in caplog.text
    assert "handlers.py" in caplog.text
    assert "secret.kz" not in caplog.text
    assert blind_logger() is blind_logger()
