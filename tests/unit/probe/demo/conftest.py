"""A stage for one rule: a web server over TCP and TLS behind a path with a censor."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath

import pytest

from measurements.schema.records import HTTPTransaction, TCPConnect, TLSHandshake
from probe.demo.authority import PRETEND_INTERCEPTOR, PRETEND_ROOT, Authority, pem
from probe.demo.origin import over_tcp, over_tls
from probe.demo.pages import genuine
from probe.demo.path import Path
from probe.demo.rules import Censor, Rule
from probe.net.loopback import Listeners, LoopbackNetwork, Routes
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps import http, tcp, tls

IP = "102.195.0.99"
BAD, GOOD = "banned.example", "free.example"
PAGE = genuine(GOOD, "The page", 40_000)


@dataclass(frozen=True)
class Visit:
    """What the steps recorded."""

    connect: TCPConnect
    tls: TLSHandshake | None = None
    http: HTTPTransaction | None = None

    @property
    def handshake(self) -> TLSHandshake:
        """It came to one."""
        assert self.tls is not None
        return self.tls

    @property
    def answer(self) -> HTTPTransaction:
        """It came to one."""
        assert self.http is not None
        return self.http


@dataclass(frozen=True)
class Stage:
    """The probe's side."""

    network: LoopbackNetwork
    trust: Trust

    def trace(self) -> Trace:
        clock = SystemClock()
        return Trace(self.network, clock, self.trust, clock.monotonic(), Notebook())

    async def https(self, name: str, *, hello: str = "whole", patience: float = 5.0) -> Visit:
        """Visit over TLS; `patience` is for each layer."""
        trace = self.trace()
        connect, stream = await tcp.connect(trace, IP, 443, transaction_id=1, timeout=patience)
        if stream is None:
            return Visit(connect)
        handshake, secured = await tls.handshake(
            trace,
            stream,
            IP,
            443,
            transaction_id=1,
            server_name=name,
            verify_name=name,
            hello=hello,
            timeout=patience,
        )
        if secured is None:
            stream.close()
            return Visit(connect, handshake)
        request = http.Request(
            url=f"https://{name}/",
            host=name,
            ip=IP,
            port=443,
            headers_timeout=patience,
            body_timeout=patience,
            stall_timeout=patience,
        )
        answer = await http.fetch(trace, secured, request, transaction_id=1)
        secured.close()
        return Visit(connect, handshake, answer)

    async def http(self, host: str, *, patience: float = 5.0) -> Visit:
        """Visit in the clear."""
        trace = self.trace()
        connect, stream = await tcp.connect(trace, IP, 80, transaction_id=1, timeout=patience)
        if stream is None:
            return Visit(connect)
        request = http.Request(
            url=f"http://{host}/", host=host, ip=IP, port=80, headers_timeout=patience
        )
        answer = await http.fetch(trace, stream, request, transaction_id=1)
        stream.close()
        return Visit(connect, None, answer)


Open = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
def stage(tmp_path: FilePath) -> Open:
    """`async with stage(rule) as probe`."""

    @asynccontextmanager
    async def opened(*rules: Rule, rtt: float = 0.0) -> AsyncIterator[Stage]:
        now = SystemClock().utc()
        root, interceptor = Authority(PRETEND_ROOT, now), Authority(PRETEND_INTERCEPTOR, now)
        (tmp_path / "root.pem").write_bytes(pem(root.root))
        censor = Censor(rules)
        forged = {BAD: interceptor.server_context((BAD,), tmp_path)}
        path = Path(censor, forged, rtt=rtt)
        context = root.server_context((BAD, GOOD), tmp_path)
        async with Listeners() as listeners:
            ports = {
                80: listeners.tcp(over_tcp(lambda _: PAGE)),
                443: listeners.tcp(over_tls(lambda _: PAGE, context)),
            }
            routes = Routes(
                {Endpoint(IP, p): listeners.tcp(path.to(IP, to)) for p, to in ports.items()},
                dark=censor.dark(),
            )
            network = LoopbackNetwork(routes, Endpoint(IP, 53), rtt=rtt)
            yield Stage(network, Trust(tmp_path / "root.pem"))

    return opened
