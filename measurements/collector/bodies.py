"""Reading a request's body: not more than allowed, not slower than allowed, and memory counted."""

import asyncio
from collections.abc import AsyncIterator, Set
from contextlib import asynccontextmanager

from aiohttp import web

from measurements.collector.gate import Gate
from measurements.collector.jobs import Refusal, Refused
from measurements.collector.pool import BUSY


@asynccontextmanager
async def body(
    request: web.Request,
    gate: Gate,
    *,
    most: int,
    stopping: asyncio.Event,
    encodings: Set[str] = frozenset({"identity"}),
) -> AsyncIterator[bytes]:
    """The body, whose memory is counted until the end of the block. Raises Refused."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in encodings:
        raise Refused(415, "encoding", "this Content-Encoding is not taken here")
    if (request.content_length or 0) > most:
        raise _too_large(most)
    chunks: list[bytes] = []
    held = 0
    try:
        async for chunk in _chunks(request, gate):
            if stopping.is_set() or not gate.hold(len(chunk)):
                raise _as_raised(BUSY)
            held += len(chunk)
            chunks.append(chunk)
            if held > most:
                raise _too_large(most)
        yield chunks[0] if len(chunks) == 1 else b"".join(chunks)
    finally:
        gate.release(held)


async def _chunks(request: web.Request, gate: Gate) -> AsyncIterator[bytes]:
    limits = gate.limits
    loop = asyncio.get_running_loop()
    deadline, received = loop.time() + limits.body_time, 0
    while True:
        try:
            async with asyncio.timeout_at(deadline + received / limits.body_rate):
                chunk = await request.content.readany()
        except TimeoutError:
            raise Refused(408, "too_slow", "the request's body came too slowly") from None
        if not chunk:
            return
        received += len(chunk)
        yield chunk


def _too_large(most: int) -> Refused:
    return Refused(413, "too_large", f"the request's body has more than {most} bytes")


def _as_raised(refusal: Refusal) -> Refused:
    return Refused(refusal.status, refusal.code, refusal.says, refusal.retry_after)
