"""The door to the world: what a step may ask of a network, a clock and chance, and nothing else."""

from typing import Protocol


class Stream(Protocol):
    """A connected TCP stream. Errors are OSErrors with their errno."""

    async def read(self, max_bytes: int) -> bytes:
        """The next bytes; b"" at the end of the stream."""
        ...

    async def write(self, data: bytes) -> None:
        """Hand all of `data` to the kernel. Nagle is off: each call leaves as its own segment."""
        ...

    def set_ttl(self, ttl: int) -> None:
        """The hop limit of packets that leave from now on."""
        ...

    def close(self) -> None:
        """Close; never raises, may be called twice."""
        ...


class Datagrams(Protocol):
    """A UDP socket connected to one peer."""

    async def send(self, data: bytes) -> None:
        """Send one datagram."""
        ...

    async def receive(self) -> bytes:
        """The next datagram. ICMP errors surface as OSErrors (ECONNREFUSED …)."""
        ...

    def close(self) -> None:
        """Close; never raises, may be called twice."""
        ...


class Network(Protocol):
    """Where connections come from. Each opens on a fresh source port."""

    async def connect_tcp(self, ip: str, port: int) -> Stream:
        """Connect; raises OSError. The caller owns the deadline."""
        ...

    async def connect_udp(self, ip: str, port: int) -> Datagrams:
        """A socket for one peer; raises OSError where there is no route."""
        ...

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        """What applications on this computer get: addresses in the system's order.

        Raises socket.gaierror.
        """
        ...


class Clock(Protocol):
    """Time, told."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def utc(self) -> float:
        """Wall clock: seconds since 1970, UTC."""
        ...
