"""Who may come in: a listener that counts connections, in all and for each client.

aiohttp closes a connection without a whole request after its keep-alive time; how many there may be
it does not say.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

Name = Callable[[str], bytes]


@dataclass(slots=True)
class Doorman:
    """Counts connections by a name that does not give the client away."""

    name: Name
    most: int
    most_per_client: int
    _open: Counter[bytes] = field(default_factory=Counter)

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


class CountedProtocol(asyncio.Protocol):
    """Hands everything to `inner`, if the doorman lets the connection in."""

    def __init__(self, inner: asyncio.Protocol, doorman: Doorman) -> None:
        self._inner, self._doorman = inner, doorman
        self._name: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        peer = transport.get_extra_info("peername")
        self._name = self._doorman.enter(str(peer[0]) if peer else "")
        if self._name is None:
            assert isinstance(transport, asyncio.WriteTransport)
            transport.abort()
        else:
            self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self._name is not None:
            self._doorman.leave(self._name)
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._name is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """See asyncio.Protocol."""
        return self._inner.eof_received() if self._name is not None else None

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self._inner.resume_writing()
