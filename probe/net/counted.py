"""A network that counts: what a measurement costs a volunteer who pays for data, about.

Payload as handed to and taken from the kernel, and for what it adds in headers an estimate that is
rather too high: a volunteer's limit is then kept with room to spare.
"""

from collections.abc import Callable

from probe.net.network import Datagrams, Network, Stream

_SEGMENT = 1300  # payload of a full packet, cautiously
_TCP, _UDP = 80, 56  # headers of a packet (IPv6, options), and its acknowledgement in part
_CONNECT = 8 * 80  # both handshakes' packets, one of them repeated
_LOOKUP = 500  # two questions and answers by the C library
_ACK = 70


class Count:
    """Bytes so far; tells at each step that goes over `limit`."""

    def __init__(self, limit: int | None = None, over: Callable[[], object] = lambda: None) -> None:
        """`over` is called each time that more than `limit` is there."""
        self.total = 0
        self.limit = limit
        self.over = over

    def add(self, count: int) -> None:
        """So many more."""
        self.total += count
        if self.limit is not None and self.total > self.limit:
            self.over()

    def tcp(self, payload: int) -> None:
        """Payload of a stream, with its packets' headers and acknowledgements."""
        self.add(payload + (_TCP + _ACK) * (1 + payload // _SEGMENT))


class _CountedStream:
    def __init__(self, stream: Stream, count: Count) -> None:
        self._stream = stream
        self._count = count

    async def read(self, max_bytes: int) -> bytes:
        """See network.Stream."""
        data = await self._stream.read(max_bytes)
        self._count.tcp(len(data))
        return data

    async def write(self, data: bytes) -> None:
        """See network.Stream."""
        self._count.tcp(len(data))
        await self._stream.write(data)

    def set_ttl(self, ttl: int) -> None:
        """See network.Stream."""
        self._stream.set_ttl(ttl)

    def close(self) -> None:
        """See network.Stream."""
        self._stream.close()


class _CountedDatagrams:
    def __init__(self, socket: Datagrams, count: Count) -> None:
        self._socket = socket
        self._count = count

    async def send(self, data: bytes) -> None:
        """See network.Datagrams."""
        self._count.add(len(data) + _UDP)
        await self._socket.send(data)

    async def receive(self) -> bytes:
        """See network.Datagrams."""
        data = await self._socket.receive()
        self._count.add(len(data) + _UDP)
        return data

    def close(self) -> None:
        """See network.Datagrams."""
        self._socket.close()


class CountedNetwork:
    """network.Network, counting."""

    def __init__(self, network: Network, count: Count) -> None:
        """Around another one."""
        self._network = network
        self._count = count

    async def connect_tcp(self, ip: str, port: int) -> Stream:
        """See network.Network."""
        self._count.add(_CONNECT)
        return _CountedStream(await self._network.connect_tcp(ip, port), self._count)

    async def connect_udp(self, ip: str, port: int) -> Datagrams:
        """See network.Network."""
        return _CountedDatagrams(await self._network.connect_udp(ip, port), self._count)

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        """See network.Network."""
        self._count.add(_LOOKUP)
        return await self._network.getaddrinfo(host)
