"""TCP connect (df-005)."""

import asyncio

from measurements.schema.records import TCPConnect
from probe.net.failure import classify
from probe.net.network import Stream
from probe.net.trace import Trace

# SYNs leave at 0, 1, 3 and 7 s (Linux tcp_syn_retries): at 5% loss each way, four of them are lost
# together once in 10,000 connects.
CONNECT_TIMEOUT = 8.0


async def connect(
    trace: Trace, ip: str, port: int, *, transaction_id: int, timeout: float = CONNECT_TIMEOUT
) -> tuple[TCPConnect, Stream | None]:
    """Connect and record it. The caller closes the stream."""
    t0 = trace.now()
    stream: Stream | None = None
    failure: str | None = None
    try:
        async with asyncio.timeout(timeout):
            stream = await trace.network.connect_tcp(ip, port)
    except OSError as exc:  # TimeoutError is one
        failure = classify(exc)
    record = TCPConnect(
        transaction_id=transaction_id,
        ip=ip,
        port=port,
        t0=t0,
        t=trace.now(),
        failure=failure,
        depth=trace.depth,
        arm=trace.arm,
    )
    trace.add(record)
    return record, stream
