"""`anyqta serve control`: the listeners around handlers.Desk, from start to a clean stop.

aiohttp serves; what it measures goes over our own sockets. Nothing about clients or URLs is written
anywhere.
"""

import asyncio
import contextlib
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from measurements.serving.buckets import Buckets, client_key
from measurements.serving.door import CountedProtocol, Doorman
from probe.control.guard import Guard, parse_networks
from probe.control.handlers import Desk, Locate, blind_logger
from probe.control.limits import Limits
from probe.control.look import Eye
from probe.control.protocol import MAX_DOWNLOAD
from probe.control.resolver import DEFAULT_RESOLVERS, Resolver, parse_server
from probe.control.visit import Sketcher
from probe.net.network import Clock, Network
from probe.net.resolvers import Endpoint
from probe.net.trust import Trust

Ready = Callable[[tuple[Endpoint, ...]], None]
_STOP_TIME = 5.0
_BACKLOG = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlConfig:
    """How to serve. With a certificate `port` speaks TLS, and `http_port` plain HTTP beside it."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: the system picks one
    tls_cert: Path | None = None
    tls_key: Path | None = None
    http_port: int | None = None
    resolvers: tuple[str, ...] = DEFAULT_RESOLVERS
    allow_private: tuple[str, ...] = ()  # CIDR
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For is believed
    limits: Limits = field(default_factory=Limits)
    sketcher: Sketcher | None = None  # the word sketch of a body; the judging room has it
    randbytes: Callable[[int], bytes] = os.urandom


async def serve(  # noqa: PLR0913 - the doors that wiring opens, and two for whoever waits outside
    config: ControlConfig,
    network: Network,
    clock: Clock,
    trust: Trust,
    location: Locate | None = None,
    *,
    ready: Ready | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until `stop` is set, or SIGTERM or SIGINT where it is not given.

    Raises ValueError for a bad resolver or network, OSError where it cannot listen or read a key.
    """
    async with running(config, network, clock, trust, location) as endpoints:
        if ready is not None:
            ready(endpoints)
        if stop is not None:
            await stop.wait()
        else:
            await _signalled()


@contextlib.asynccontextmanager
async def running(
    config: ControlConfig,
    network: Network,
    clock: Clock,
    trust: Trust,
    location: Locate | None = None,
) -> AsyncIterator[tuple[Endpoint, ...]]:
    """A control for the length of an `async with`: the endpoints it listens on, TLS first."""
    secret = config.randbytes(32)
    desk = _desk(config, network, clock, trust, location, secret)
    doorman = Doorman(
        name=lambda ip: client_key(ip, secret),
        most=config.limits.connections,
        most_per_client=config.limits.connections
        if config.trusted_proxies
        else config.limits.connections_per_client,
    )
    runner = web.AppRunner(
        desk.app(),
        access_log=None,
        logger=blind_logger(),
        handler_cancellation=True,  # who has gone away needs no answer
        keepalive_timeout=config.limits.idle_time,
        lingering_time=2.0,
        shutdown_timeout=_STOP_TIME,
    )
    await runner.setup()
    servers: list[asyncio.Server] = []
    try:
        for port, context in _listeners(config):
            servers.append(await _listen(config.host, port, context, runner, doorman))
        yield tuple(
            Endpoint(*sock.getsockname()[:2]) for server in servers for sock in server.sockets
        )
    finally:
        for server in servers:
            server.close()
        doorman.close()
        await runner.cleanup()


def _desk(
    config: ControlConfig,
    network: Network,
    clock: Clock,
    trust: Trust,
    location: Locate | None,
    secret: bytes,
) -> Desk:
    limits = config.limits
    pace = Buckets(limits.address_rate, limits.address_burst)
    guard = Guard(
        parse_networks(config.allow_private),
        admits=lambda ip: not pace.take(client_key(ip, secret), clock.monotonic()),
    )
    servers = tuple(parse_server(text) for text in config.resolvers)
    if not servers:
        raise ValueError("a control needs a resolver")
    eye = Eye(
        network=network,
        clock=clock,
        trust=trust,
        guard=guard,
        resolver=Resolver(servers, network, clock, trust),
        outgoing=asyncio.Semaphore(config.limits.outgoing),
        sketcher=config.sketcher,
        request_time=config.limits.request_time,
    )
    return Desk(
        eye=eye,
        guard=guard,
        clock=clock,
        limits=config.limits,
        secret=secret,
        noise=config.randbytes(MAX_DOWNLOAD),
        locate=location,
        trusted_proxies=frozenset(config.trusted_proxies),
    )


def _listeners(config: ControlConfig) -> list[tuple[int, ssl.SSLContext | None]]:
    """Port and TLS context of each listener."""
    if config.tls_cert is None:
        if config.tls_key is not None:
            raise ValueError("a TLS key without a certificate")
        plain = [config.port] if config.http_port is None else [config.port, config.http_port]
        return [(port, None) for port in plain]
    # No SNI callback: every name is answered with the same certificate, so that the control's own
    # address can stand as the other arm of an experiment on names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(config.tls_cert, config.tls_key)
    secure: list[tuple[int, ssl.SSLContext | None]] = [(config.port, context)]
    return secure if config.http_port is None else [*secure, (config.http_port, None)]


async def _listen(
    host: str, port: int, context: ssl.SSLContext | None, runner: web.AppRunner, doorman: Doorman
) -> asyncio.Server:
    inner = runner.server
    assert inner is not None

    def protocol() -> asyncio.Protocol:
        return CountedProtocol(inner(), doorman, context)

    loop = asyncio.get_running_loop()
    return await loop.create_server(protocol, host, port, backlog=_BACKLOG)


async def _signalled() -> None:
    """Until SIGTERM or SIGINT. Where the loop takes no signals (Windows), Ctrl-C ends it anyway."""
    stop, loop, taken = asyncio.Event(), asyncio.get_running_loop(), []
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, stop.set)
                taken.append(number)
        await stop.wait()
    finally:
        for number in taken:
            loop.remove_signal_handler(number)
