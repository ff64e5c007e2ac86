"""Who may come in: a listener that counts connections, in all and for each client, TLS or not.

They are counted before the TLS handshake, which asyncio's own servers do not allow: otherwise
anyone could hold as many half-open handshakes as there are file descriptors. aiohttp closes a
connection without a whole request after its keep-alive time.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

_HANDSHAKE_TIME = 10.0
_SHUTDOWN_TIME = 5.0


@dataclass(slots=True)
class Doorman:
    """Counts connections by a name that does not give the client away."""

    name: Callable[[str], bytes]
    most: int
    most_per_client: int
    _open: Counter[bytes] = field(default_factory=Counter)
    _handshakes: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def open(self) -> int:
        """Connections, in all."""
        return self._open.total()

    def enter(self, ip: str) -> bytes | None:
        """The client's name, or None where the house or the client's share of it is full."""
        name = self.name(ip)
        if self._open.total() >= self.most or self._open[name] >= self.most_per_client:
            return None
        self._open[name] += 1
        return name

    def leave(self, name: bytes) -> None:
        """One connection of `name` has ended."""
        self._open[name] -= 1
        if self._open[name] <= 0:
            del self._open[name]

    def shake_hands(self, handshake: "asyncio.Task[None]") -> None:
        """Own a handshake's task."""
        self._handshakes.add(handshake)
        handshake.add_done_callback(self._handshakes.discard)

    def close(self) -> None:
        """End the handshakes that are still going on."""
        for task in self._handshakes:
            task.cancel()


class CountedProtocol(asyncio.Protocol):
    """Hands everything to `inner`, once the doorman has let the connection in and TLS stands."""

    def __init__(
        self, inner: asyncio.Protocol, doorman: Doorman, context: ssl.SSLContext | None = None
    ) -> None:
        self._inner, self._doorman, self._context = inner, doorman, context
        self._name: bytes | None = None
        self._connected = False
        self._early = bytearray()  # what comes with the end of the handshake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        raw = cast(asyncio.Transport, transport)
        peer = raw.get_extra_info("peername")
        self._name = self._doorman.enter(str(peer[0]) if peer else "")
        if self._name is None:
            raw.abort()
        elif self._context is None:
            self._connect(raw)
        else:
            raw.pause_reading()
            loop = asyncio.get_running_loop()
            self._doorman.shake_hands(loop.create_task(self._secure(raw, self._context)))

    async def _secure(self, raw: asyncio.Transport, context: ssl.SSLContext) -> None:
        try:
            secure = await asyncio.get_running_loop().start_tls(
                raw,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=_HANDSHAKE_TIME,
                ssl_shutdown_timeout=_SHUTDOWN_TIME,
            )
        except (OSError, asyncio.CancelledError):  # no TLS, too slow, or we are closing
            raw.abort()
            self._leave()
            return
        if secure is None:  # it was closing already
            self._leave()
        elif self._name is not None:
            self._connect(secure)

    def _connect(self, transport: asyncio.Transport) -> None:
        self._connected = True
        self._inner.connection_made(transport)
        if self._early:
            self._inner.data_received(bytes(self._early))
            self._early.clear()

    def _leave(self) -> None:
        if self._name is not None:
            self._doorman.leave(self._name)
            self._name = None

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._leave()
        if self._connected:
            self._connected = False
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._connected:
            self._inner.data_received(data)
        elif self._name is not None:
            self._early += data

    def eof_received(self) -> bool | None:
        """See asyncio.Protocol."""
        return self._inner.eof_received() if self._connected else None

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._inner.resume_writing()
