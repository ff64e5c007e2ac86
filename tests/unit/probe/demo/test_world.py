"""probe/demo/world.py: what a visitor from home, and one from abroad, meet at each target."""

import asyncio
import gc
from pathlib import Path as FilePath
from urllib.parse import urlsplit

import pytest

from measurements.schema.measurement import ControlAnswered
from measurements.schema.records import HTTPTransaction, Records
from probe.control.client import ControlClient, Download, Hello
from probe.demo.world import DemoWorld
from probe.net.network import Clock, Network
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps import dns, http, tcp, tls

OK = (None, None, None, 200)

# What getaddrinfo, connect, handshake end in at home, and the status of the answer.
AT_HOME: dict[str, tuple[str | None, str | None, str | None, int | None]] = {
    "https://pretend-selftanu.example/": (None, None, "generic_timeout_error", None),
    "https://pretend-radio.example/": (None, None, "connection_reset", None),
    "https://pretend-mail.example/": (None, None, "ssl_unknown_authority", 200),
    "https://pretend-party.example/": (None, None, "eof_error", None),
    "https://pretend-vpn.example/": ("dns_nxdomain_error", None, None, None),
    "https://pretend-archive.example/": (None, "connection_refused", None, None),
    "https://pretend-video.example/": (None, "connection_refused", None, None),
    "https://pretend-messenger.example/": (None, "generic_timeout_error", None, None),
    "http://forum.example/": (None, None, None, 302),
    "https://streaming.example/": (None, None, None, 451),
    "https://tickets.example/": (None, None, None, 403),
    "https://expired.example/": (None, None, "ssl_invalid_certificate", 200),
    "https://gone.example/": (None, "connection_refused", None, None),
}
ABROAD = {url: AT_HOME[url] for url in ("https://expired.example/", "https://gone.example/")}


async def visit(world: DemoWorld, network: Network, url: str) -> Records:
    """One plain visit with the real steps, giving up soon."""
    clock = SystemClock()
    trace = Trace(network, clock, world.trust, clock.monotonic(), Notebook())
    parts = urlsplit(url)
    host, port = parts.hostname or "", 443 if parts.scheme == "https" else 80
    found = await dns.system_lookup(trace, host)
    if found.addresses:
        await _connect(trace, url, Endpoint(found.addresses[-1], port), host)
    return trace.notebook.records()


async def _connect(trace: Trace, url: str, at: Endpoint, host: str) -> None:
    _, stream = await tcp.connect(trace, at.ip, at.port, transaction_id=1, timeout=2.0)
    if stream is None:
        return
    request = http.Request(url=url, host=host, ip=at.ip, port=at.port, body_timeout=2.0)
    try:
        if at.port == 80:
            await http.fetch(trace, stream, request, transaction_id=1)
            return
        _, secured = await tls.handshake(
            trace,
            stream,
            at.ip,
            at.port,
            transaction_id=1,
            server_name=host,
            verify_name=host,
            timeout=2.0,
        )
        if secured is not None:
            await http.fetch(trace, secured, request, transaction_id=1)
    finally:
        stream.close()


def outline(records: Records) -> tuple[str | None, str | None, str | None, int | None]:
    """As in AT_HOME."""
    return (
        records.queries[0].failure,
        next((c.failure for c in records.tcp_connects), None),
        next((h.failure for h in records.tls_handshakes), None),
        next((a.status_code for a in records.http_transactions), None),
    )


async def all_visits(world: DemoWorld, network: Network) -> dict[str, Records]:
    """Every target at once."""
    records = await asyncio.gather(*(visit(world, network, url) for url in world.targets))
    return dict(zip(world.targets, records, strict=True))


def page(records: Records) -> HTTPTransaction:
    """The answer."""
    return records.http_transactions[0]


async def test_home_meets_the_censor_and_abroad_does_not() -> None:
    """Every target ends as its role says, and only there."""
    async with DemoWorld(SystemClock()) as world:
        home = await all_visits(world, world.network)
        abroad = await all_visits(world, world.control_network)
    for url in world.targets:
        assert AT_HOME.get(url, OK) == outline(home[url]), url
        assert ABROAD.get(url, OK) == outline(abroad[url]), url
    library = "http://library.example/"
    assert page(home[library]).body_length == page(abroad[library]).body_length
    assert page(home[library]).headers == page(abroad[library]).headers
    assert page(home[library]).body != page(abroad[library]).body
    books = "http://pretend-books.example/"
    assert page(home[books]).body != page(abroad[books]).body
    photos = "https://pretend-photos.example/"
    assert page(home[photos]).body_is_truncated
    assert not page(abroad[photos]).body_is_truncated
    news = "https://cdn-news.example/"
    assert home[news].queries[0].addresses != abroad[news].queries[0].addresses
    assert page(home[news]).body == page(abroad[news]).body


async def test_the_resolvers_answer_as_announced() -> None:
    """Public resolvers by UDP and DoH; the provider's has its own view."""
    async with DemoWorld(SystemClock()) as world:
        clock = SystemClock()
        trace = Trace(world.network, clock, world.trust, clock.monotonic(), Notebook())

        async def asked(resolver: Endpoint) -> str | None:
            question = dns.Question(
                hostname="pretend-vpn.example", query_type="A", resolver=resolver, role="public"
            )
            return (await dns.udp_query(trace, question)).failure

        assert [None, None] == [await asked(resolver) for resolver in world.resolvers]
        assert "dns_nxdomain_error" == await asked(world.configured_resolvers[0])
        for url in world.doh:
            ip = urlsplit(url).hostname or ""
            assert 400 == page(await _fetch_literal(world, url, ip)).status_code


async def _fetch_literal(world: DemoWorld, url: str, ip: str) -> Records:
    """A DoH server reached by its address, whose certificate holds for it."""
    clock = SystemClock()
    trace = Trace(world.network, clock, world.trust, clock.monotonic(), Notebook())
    await _connect(trace, url, Endpoint(ip, 443), ip)
    assert trace.notebook.records().tls_handshakes[0].failure is None
    return trace.notebook.records()


async def test_the_world_is_quick_to_start_and_leaves_nothing() -> None:
    """No task, no file, no trusted root once it is over."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with DemoWorld(SystemClock()) as world:
        assert loop.time() - started < 1.0
        file = world.trust_file
        assert file.exists()
        Trust(file)
        stream = await world.network.connect_tcp("102.195.0.1", 443)
    stream.close()
    assert not file.exists()
    assert not file.parent.exists()
    assert 1 == len(asyncio.all_tasks())
    gc.collect()


async def test_a_failed_start_leaves_nothing(tmp_path: FilePath) -> None:
    """What had been started is stopped."""

    class Broken:
        def utc(self) -> float:
            raise ZeroDivisionError

        def monotonic(self) -> float:
            return 0.0

    clock: Clock = Broken()
    with pytest.raises(ZeroDivisionError):
        async with DemoWorld(clock):
            pass
    assert 1 == len(asyncio.all_tasks())


def test_every_target_is_told_in_plain_words() -> None:
    """For the list that is shown before the demo runs."""
    assert DemoWorld.targets == tuple(role.url for role in DemoWorld.roles)
    assert all(role.says for role in DemoWorld.roles)
    assert len(DemoWorld.targets) >= 14


async def test_the_control_is_the_real_one_and_sees_past_the_censor() -> None:
    """The probe's own client finds it by its name, through the probe's own network."""
    async with (
        DemoWorld(SystemClock()) as world,
        ControlClient(
            (world.control_url,),
            world.network,
            SystemClock(),
            world.trust,
            resolvers=world.doh,
        ) as client,
    ):
        hello = await client.hello()
        assert isinstance(hello, Hello)
        assert (True, world.place.asn, "ZZ") == (hello.genuine, hello.asn, hello.cc)
        silenced = Endpoint("102.195.0.5", 443)
        seen = await client.ask("https://pretend-selftanu.example/", [silenced])
        lied_about = await client.ask("https://pretend-vpn.example/", [])
        gone = await client.ask("https://gone.example/", [])
        noise = await client.download(100_000)
    assert isinstance(seen, ControlAnswered)
    assert isinstance(lied_about, ControlAnswered)
    assert isinstance(gone, ControlAnswered)
    assert isinstance(noise, Download)
    at = seen.endpoint(silenced.ip, 443)
    assert at is not None
    assert (None, True, None) == (at.tcp_failure, at.tls_done, at.tls_failure)
    assert 200 == seen.http.status_code
    assert ("102.195.0.8",) == lied_about.dns.addresses
    assert "connection_refused" == gone.http.failure
