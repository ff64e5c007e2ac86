"""`anyqta serve …`: the servers, put together."""

import asyncio
import os
import sys
from pathlib import Path

from measurements.verdict.sketch import shingles
from probe.engine.location import LocationDB
from probe.engine.request import ServeControlRequest
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trust import Trust


def serve_control(request: ServeControlRequest) -> None:
    """Serve the control until SIGINT or SIGTERM."""
    from probe.control.resolver import DEFAULT_RESOLVERS  # noqa: PLC0415
    from probe.control.server import ControlConfig, serve  # noqa: PLC0415 - brings aiohttp along

    ca_file = os.environ.get("SSL_CERT_FILE")
    config = ControlConfig(
        host=request.host,
        port=request.port,
        tls_cert=request.tls_cert,
        tls_key=request.tls_key,
        http_port=request.http_port,
        resolvers=(*request.doh, *request.resolvers) or DEFAULT_RESOLVERS,
        allow_private=request.allow_private,
        sketcher=shingles,
    )

    def ready(endpoints: tuple[Endpoint, ...]) -> None:
        says = ", ".join(str(e) for e in endpoints)
        sys.stderr.write(f"The control listens on {says}. Ctrl-C stops it.\n")
        sys.stderr.flush()

    async def run() -> None:
        network = SystemNetwork()
        with LocationDB.open() as location:
            trust = Trust(Path(ca_file) if ca_file else None)
            await serve(config, network, SystemClock(), trust, location.lookup, ready=ready)
        network.close()

    asyncio.run(run())
