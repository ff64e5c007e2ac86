"""The path to a server: a round trip, and a censor that watches every connection's first bytes."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from probe.demo.rules import (
    Action,
    Censor,
    Fin,
    Freeze,
    Inject,
    Intercept,
    Reset,
    Rule,
    Silence,
    Throttle,
)
from probe.demo.wire import Name, Sight, read_name
from probe.net.loopback import Accepted, Secured, Serve, ServerStream, connect_local

_READ = 65536
_ENOUGH = 16_384  # bytes after which no censor waits for a name any more
_PIECE = 2048

Deliver: TypeAlias = Callable[[ServerStream, bytes], Awaitable[None]]


class Path:
    """From the probe to the pretend Internet. `forged`: the interceptor's TLS, by name."""

    def __init__(
        self, censor: Censor, forged: Mapping[str, ssl.SSLContext], *, rtt: float = 0.0
    ) -> None:
        self._censor, self._forged, self._half = censor, forged, rtt / 2
        self._unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._unverified.check_hostname = False
        self._unverified.verify_mode = ssl.CERT_NONE

    def to(self, ip: str, port: int) -> Serve:
        """What to do with a connection to `ip`, whose server listens at the local `port`."""

        async def carry(client: Accepted) -> None:
            rule = self._censor.on_connect(ip)
            first = b""
            if rule is None:
                first, rule = await self._first_bytes(client, ip)
                await asyncio.sleep(self._half)
            await self._apply(rule, client, first, port)

        return carry

    async def _first_bytes(self, client: Accepted, ip: str) -> tuple[bytes, Rule | None]:
        """All that the client sends until a name can be read, and the rule that it meets."""
        data, segments = b"", 0
        while chunk := await client.read(_READ):
            data, segments = data + chunk, segments + 1
            seen = read_name(data)
            if isinstance(seen, Name):
                return data, self._censor.on_name(seen, ip, in_first_segment=segments == 1)
            if seen is Sight.NOTHING or len(data) > _ENOUGH:
                break
        return data, None

    async def _apply(self, rule: Rule | None, client: Accepted, first: bytes, port: int) -> None:
        match rule.action if rule else None:
            case Reset():
                client.reset()
            case Fin():
                client.finish()
                await _drain(client)
            case Silence():
                await _drain(client)
            case Inject(data):
                await client.write(data)
                client.finish()
                await _drain(client)
            case Intercept():
                await self._intercept(rule, client, first, port)
            case action:
                await self._relay(client, await connect_local(port), first, _deliver(action))

    async def _intercept(
        self, rule: Rule | None, client: Accepted, first: bytes, port: int
    ) -> None:
        """Both ends in the clear in between. A name without a forged certificate is a bug."""
        name = rule.sni if rule and rule.sni else ""
        outer = Secured(client, self._forged[name], received=first)
        await outer.handshake()
        origin = await connect_local(port)
        try:
            inner = Secured(origin, self._unverified, server_name=name)
            await inner.handshake()
            await self._relay(outer, inner, b"", _plainly)
        finally:
            origin.close()

    async def _relay(
        self, client: ServerStream, origin: ServerStream, first: bytes, deliver: Deliver
    ) -> None:
        """Both directions until both have ended; an error in either resets both.

        Neither socket is closed while the other direction still waits for it: asyncio would go on
        watching the number, which is soon another socket's.
        """
        try:
            if first:
                await origin.write(first)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(client, origin, _plainly))
                group.create_task(self._pump(origin, client, deliver))
        except* OSError:
            client.reset()
            origin.reset()
        finally:
            origin.close()

    async def _pump(self, source: ServerStream, sink: ServerStream, deliver: Deliver) -> None:
        while chunk := await source.read(_READ):
            await asyncio.sleep(self._half)
            await deliver(sink, chunk)
        if not isinstance(deliver, _Frozen):
            sink.finish()


async def _drain(client: Accepted) -> None:
    """Take what comes, until the client gives up."""
    while await client.read(_READ):
        pass


async def _plainly(sink: ServerStream, chunk: bytes) -> None:
    await sink.write(chunk)


class _Slowed:
    """A token bucket: `burst` bytes at once, then `kbps`."""

    def __init__(self, throttle: Throttle) -> None:
        self._rate, self._free = throttle.kbps * 1000 / 8, throttle.burst

    async def __call__(self, sink: ServerStream, chunk: bytes) -> None:
        for at in range(0, len(chunk), _PIECE):
            piece = chunk[at : at + _PIECE]
            owed = max(0, len(piece) - self._free)
            self._free = max(0, self._free - len(piece))
            await asyncio.sleep(owed / self._rate)
            await sink.write(piece)


class _Frozen:
    """Lets `after` bytes through, and then neither bytes nor the end."""

    def __init__(self, freeze: Freeze) -> None:
        self._left = freeze.after

    async def __call__(self, sink: ServerStream, chunk: bytes) -> None:
        if passing := chunk[: self._left]:
            await sink.write(passing)
        self._left -= len(passing)


def _deliver(action: Action | None) -> Deliver:
    match action:
        case Throttle():
            return _Slowed(action)
        case Freeze():
            return _Frozen(action)
        case _:
            return _plainly
