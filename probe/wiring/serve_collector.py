"""`anyqta serve collector`, put together."""

import asyncio
import os
import resource
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from measurements.collector.config import CollectorConfig, Limits
from measurements.collector.log import Log
from measurements.collector.server import Address, CollectorError, serve
from measurements.schema.measurement import Place
from measurements.verdict.judge import judge
from probe.engine.location import LocationDB
from probe.engine.request import ServeCollectorRequest
from probe.net.system import SystemClock

__all__ = ["CollectorError", "serve_collector"]

_BURST = 50.0  # seconds of a rate that the operator chose
_FILES = 16_384


def serve_collector(request: ServeCollectorRequest) -> None:
    """Collect until SIGINT or SIGTERM. Raises CollectorError."""
    os.umask(0o077)
    _more_files()
    config = config_of(request)
    judged = judge if request.judge else None
    clock = SystemClock()
    log = Log(sys.stderr, clock.utc)

    def ready(addresses: tuple[Address, ...]) -> None:
        if sys.stderr.isatty():
            says = ", ".join(f"{host}:{port}" for host, port in addresses)
            sys.stderr.write(f"The collector listens on {says}. Ctrl-C stops it.\n")

    async def run() -> None:
        with LocationDB.open() as location:

            def locate(ip: str) -> Place:
                found = location.lookup(ip)
                return Place(asn=found.asn, cc=found.cc)

            await serve(config, clock, log, judged, locate, secret=os.urandom(32), ready=ready)

    asyncio.run(run())


def config_of(request: ServeCollectorRequest) -> CollectorConfig:
    """What was asked for, with the usual values for the rest."""
    limits = Limits()
    if request.max_rate is not None:
        limits = replace(limits, rate=request.max_rate, burst=request.max_rate * _BURST)
    if request.client_rate is not None:
        chosen = request.client_rate
        limits = replace(limits, client_rate=chosen, client_burst=chosen * _BURST)
    if request.sender_rate is not None:
        chosen = request.sender_rate
        limits = replace(limits, sender_rate=chosen, sender_burst=chosen * _BURST)
    return CollectorConfig(
        db=request.db.expanduser().absolute(),
        host=request.host,
        port=request.port,
        tls_cert=request.tls_cert,
        tls_key=request.tls_key,
        metrics=request.metrics,
        mode=request.mode,
        k=request.k,
        window_days=request.window_days,
        ooni=request.ooni,
        workers=request.workers or os.cpu_count() or 1,
        trusted_proxies=request.trusted_proxies,
        software_version=_version(),
        limits=limits,
    )


def _version() -> str:
    try:
        return version("anyqta")
    except PackageNotFoundError:
        return ""


def _more_files() -> None:
    """As many open files as the system lets us have: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
