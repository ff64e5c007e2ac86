"""`anyqta serve collector`: listeners and workers around app.Desk, from start to a clean stop."""

import asyncio
import contextlib
import os
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from aiohttp import web

from measurements.collector.app import Clock, Desk, Locate
from measurements.collector.config import CollectorConfig
from measurements.collector.disk import Disk
from measurements.collector.gate import Gate, parse_networks
from measurements.collector.identity import Identity, IdentityError
from measurements.collector.log import Log
from measurements.collector.metrics import CONTENT_TYPE, Metrics
from measurements.collector.pool import Pool
from measurements.collector.process import CannotStartError
from measurements.collector.worker import Judge, WorkerConfig
from measurements.serving.door import CountedProtocol, Doorman
from measurements.store.errors import StoreError

Address = tuple[str, int]
Ready = Callable[[tuple[Address, ...]], None]
_BACKLOG = 1024
_MINUTE = 60.0
_WAIT_TIME = 60.0


class CollectorError(Exception):
    """It cannot serve; the message is for the operator."""


async def serve(  # noqa: PLR0913 - the doors that wiring opens, and one for whoever waits outside
    config: CollectorConfig,
    clock: Clock,
    log: Log,
    judge: Judge | None,
    locate: Locate | None,
    *,
    secret: bytes,
    ready: Ready | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Raises CollectorError. `secret` is for this process only."""
    stop = asyncio.Event()
    log.say("started", version=config.software_version, mode=config.mode, workers=config.workers)
    with _signals(stop), log.hushed():
        try:
            async with running(config, clock, log, judge, locate, secret=secret) as addresses:
                log.say("ready", listens=[f"{host}:{port}" for host, port in addresses])
                if ready is not None:
                    ready(addresses)
                await stop.wait()
                log.say("stopping")
        except BaseExceptionGroup as group:  # of `running`'s tasks
            raise _told(group) or group from None
    log.say("stopped")


def _told(group: BaseExceptionGroup[BaseException]) -> CollectorError | None:
    for exc in group.exceptions:
        told = _told(exc) if isinstance(exc, BaseExceptionGroup) else exc
        if isinstance(told, CollectorError):
            return told
    return None


@contextlib.asynccontextmanager
async def running(
    config: CollectorConfig,
    clock: Clock,
    log: Log,
    judge: Judge | None,
    locate: Locate | None,
    *,
    secret: bytes,
) -> AsyncIterator[tuple[Address, ...]]:
    """A collector for the length of an `async with`: where it listens, the metrics last."""
    identity = prepare(config)
    desk = _desk(config, clock, log, judge, locate, identity, secret)
    context = _tls(config)
    async with asyncio.TaskGroup() as tasks, contextlib.AsyncExitStack() as stack:
        minutes = tasks.create_task(_minutes(desk))
        stack.callback(minutes.cancel)
        stack.callback(_count, desk)
        stack.push_async_callback(desk.pool.stop)
        try:
            await desk.pool.start(tasks)
        except CannotStartError as exc:
            raise CollectorError(str(exc)) from None
        addresses = await _listen(stack, desk, context)
        if config.metrics is not None:
            addresses += await _listen_metrics(stack, desk, config.metrics)
        stack.callback(desk.stopping.set)
        with _reloading(config, context, log):
            yield tuple(addresses)


def prepare(config: CollectorConfig) -> Identity:
    """Make, or check, the database and the key. Raises CollectorError, with what to do."""
    try:
        disk = Disk(config.db)
        try:
            disk.write()
        finally:
            disk.close()
        return Identity.load_or_make(config.key_path)
    except StoreError as exc:
        raise CollectorError(str(exc)) from exc
    except IdentityError as exc:
        raise CollectorError(str(exc)) from exc


def _desk(  # noqa: PLR0913, PLR0917 - what `running` was given, and the key
    config: CollectorConfig,
    clock: Clock,
    log: Log,
    judge: Judge | None,
    locate: Locate | None,
    identity: Identity,
    secret: bytes,
) -> Desk:
    try:
        proxies = parse_networks(config.trusted_proxies)
    except ValueError as exc:
        raise CollectorError(f"--trusted-proxy: {exc}") from exc
    worker = WorkerConfig(
        db=config.db,
        lock=config.lock_path,
        collector=identity.public,
        mode=config.mode,
        k=config.k,
        window_days=config.window_days,
        limits=config.limits,
    )
    pool = Pool(worker, judge, count=config.workers, say=log.say, wait_time=_WAIT_TIME)
    metrics = Metrics()
    metrics.watch("anyqta_queue", "Submissions that wait for a worker", lambda: pool.waiting)
    metrics.watch("anyqta_workers", "Worker processes", lambda: pool.alive)
    metrics.watch("anyqta_worker_restarts", "Workers that died", lambda: pool.restarts)
    metrics.watch("anyqta_database_bytes", "The file and its log", lambda: _size(config.db))
    return Desk(
        config=config,
        identity=identity,
        clock=clock,
        gate=Gate(config.limits, secret, clock.monotonic),
        pool=pool,
        metrics=metrics,
        log=log,
        locate=locate,
        proxies=proxies,
    )


# --- listening -----------------------------------------------------------------------------------


async def _listen(
    stack: contextlib.AsyncExitStack, desk: Desk, context: ssl.SSLContext | None
) -> list[Address]:
    config, limits = desk.config, desk.config.limits
    doorman = Doorman(
        name=desk.gate.name,
        most=limits.connections,
        most_per_client=limits.connections
        if config.trusted_proxies
        else limits.connections_per_client,
    )
    desk.metrics.watch("anyqta_connections", "Open connections", lambda: doorman.open)
    runner = web.AppRunner(
        desk.app(),
        access_log=None,
        logger=desk.log.logger(),
        auto_decompress=False,
        keepalive_timeout=limits.idle_time,
        max_line_size=limits.header_field,
        max_field_size=limits.header_field,
        max_headers=limits.header_fields,
        lingering_time=2.0,
        shutdown_timeout=limits.stop_time,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    inner = runner.server
    assert inner is not None

    def protocol() -> asyncio.Protocol:
        return CountedProtocol(inner(), doorman, context)

    try:
        server = await asyncio.get_running_loop().create_server(
            protocol, config.host, config.port, backlog=_BACKLOG
        )
    except OSError as exc:
        raise CollectorError(_cannot_listen(config.host, config.port, exc)) from exc
    stack.callback(doorman.close)
    stack.callback(server.close)
    return [sock.getsockname()[:2] for sock in server.sockets]


async def _listen_metrics(
    stack: contextlib.AsyncExitStack, desk: Desk, where: Address
) -> list[Address]:
    async def show(request: web.Request) -> web.Response:
        return web.Response(body=desk.metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application()
    app.router.add_get("/metrics", show)
    runner = web.AppRunner(app, access_log=None, logger=desk.log.logger(), shutdown_timeout=1.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, *where).start()
    except OSError as exc:
        raise CollectorError(_cannot_listen(*where, exc)) from exc
    return [tuple(address[:2]) for address in runner.addresses]


def _cannot_listen(host: str, port: int, exc: OSError) -> str:
    return (
        f"cannot listen on {host}:{port}: {os.strerror(exc.errno) if exc.errno else exc}."
        " Another program may have it: name another --port, or end that program."
    )


def _tls(config: CollectorConfig) -> ssl.SSLContext | None:
    if config.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(config.tls_cert, config.tls_key)
    except (OSError, ssl.SSLError) as exc:
        raise CollectorError(
            f"{config.tls_cert} and {config.tls_key} are no certificate and its key,"
            f" or cannot be read ({exc.strerror or type(exc).__name__})"
        ) from exc
    return context


# --- signals, minutes ----------------------------------------------------------------------------


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _reloading(config: CollectorConfig, context: ssl.SSLContext | None, log: Log) -> Iterator[None]:
    """On SIGHUP the certificate is read again; new connections get it."""

    def reload() -> None:
        if context is None or config.tls_cert is None:
            return
        try:
            context.load_cert_chain(config.tls_cert, config.tls_key)
        except (OSError, ssl.SSLError):
            log.say("certificate not reloaded", file=str(config.tls_cert))
        else:
            log.say("certificate reloaded")

    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGHUP, reload)
    except (RuntimeError, ValueError):  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


async def _minutes(desk: Desk) -> None:
    while True:
        await asyncio.sleep(_MINUTE)
        _count(desk)


def _count(desk: Desk) -> None:
    counted = desk.metrics.minute()
    if counted:
        desk.log.say("minute", **counted)


def _size(db: Path) -> int:
    return sum(
        path.stat().st_size for path in (db, db.with_name(f"{db.name}-wal")) if path.exists()
    )
