"""A control in a process of its own, over the real network code, asked by a client in ours."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from aiohttp import web

from measurements.schema.measurement import ControlAnswered
from probe.control.client import ControlClient, Hello
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trust import Trust
from tests.unit.probe.control.outside import Authority, Names, dns_server

REPOSITORY = Path(__file__).parent.parent.parent
SERVE = """
import asyncio, sys
from pathlib import Path
from measurements.verdict.sketch import shingles
from probe.control.server import ControlConfig, serve
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trust import Trust

cert, key, ca, resolver = sys.argv[1:]
config = ControlConfig(
    port=0, tls_cert=Path(cert), tls_key=Path(key), resolvers=(resolver,),
    allow_private=("127.0.0.0/8",), sketcher=shingles,
)
ready = lambda endpoints: print(endpoints[0].port, flush=True)
asyncio.run(serve(config, SystemNetwork(), SystemClock(), Trust(Path(ca)), ready=ready))
"""


@pytest_asyncio.fixture
async def authority(tmp_path: Path) -> Authority:
    """A certificate authority for the control and the site."""
    return Authority(tmp_path)


@pytest_asyncio.fixture
async def site(authority: Authority) -> AsyncIterator[tuple[str, int]]:
    """An https site on loopback, and its resolver's address."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="<title>Hi</title> many words here", content_type="text/html")

    names = Names(records={"site.test": ["127.0.0.1"]})
    runner = web.ServerRunner(web.Server(handler, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.context("site.test")).start()
    async with dns_server(names) as port:
        yield f"127.0.0.1:{port}", int(runner.addresses[0][1])
    await runner.cleanup()


async def test_a_control_serves_and_stops(authority: Authority, site: tuple[str, int]) -> None:
    """It measures a site over TLS, says hello, and ends cleanly and silently on SIGTERM."""
    resolver, port = site
    cert, key = authority.issue("127.0.0.1")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(cert), str(key), str(authority.pem), resolver,
        cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    own_port = int(await process.stdout.readline())
    network, trust = SystemNetwork(), Trust(authority.pem)
    url = f"https://127.0.0.1:{own_port}/"
    try:
        async with ControlClient((url,), network, SystemClock(), trust) as client:
            target = f"https://site.test:{port}/"
            answer = await client.ask(target, [Endpoint("127.0.0.1", port)])
            assert isinstance(answer, ControlAnswered)
            assert answer.http.status_code == 200
            assert answer.http.shingles
            seen = answer.endpoint("127.0.0.1", port)
            assert seen is not None
            assert (seen.tls_failure, len(seen.chain_sha256)) == (None, 1)
            hello = await client.hello()
            assert isinstance(hello, Hello)
            assert hello.genuine
            process.send_signal(signal.SIGTERM)  # with a connection still open
            async with asyncio.timeout(10.0):
                out, err = await process.communicate()
    finally:
        network.close()
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    assert (out, err) == (b"", b"")
