"""Proxies on real sockets: SOCKS5 (RFC 1928, 1929) and HTTP CONNECT. They note what they are asked."""

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

NO_AUTH, USER_PASSWORD = 0, 2
V4, NAME, V6 = 1, 3, 4


@dataclass
class Asked:
    """One CONNECT: `host` as it arrived, `kind` of it (1 IPv4, 3 a name, 4 IPv6), the user."""

    kind: int
    host: str
    port: int
    user: str = ""


@dataclass
class FakeProxy:
    """`names` say which port of loopback stands behind a name; others are not reached."""

    names: dict[str, int] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    wants: tuple[str, str] | None = None  # user and password, or none

    tasks: set["asyncio.Task[object]"] = field(default_factory=set)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: str
    ) -> None:
        """One connection, whatever becomes of it."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await (self.http if kind in {"http", "https"} else self.socks)(reader, writer)
        finally:
            writer.close()
            self.tasks.discard(task)

    async def socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        user = password = ""
        if USER_PASSWORD in methods:
            writer.write(bytes((5, USER_PASSWORD)))
            _, size = await reader.readexactly(2)
            user = (await reader.readexactly(size)).decode()
            (size,) = await reader.readexactly(1)
            password = (await reader.readexactly(size)).decode()
            good = self.wants in {None, (user, password)}
            writer.write(bytes((1, 0 if good else 1)))
            if not good:
                return
        else:
            writer.write(bytes((5, NO_AUTH)))
        _, _, _, kind = await reader.readexactly(4)
        host = await _host(reader, kind)
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(Asked(kind, host, port, user))
        there = self.names.get(host)
        code = 0 if there is not None else 4
        writer.write(bytes((5, code, 0, 1, 0, 0, 0, 0, 0, 0)))
        await writer.drain()
        if there is not None:
            await _relay(reader, writer, there)

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: CONNECT host:port, or a whole URL in the request line."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        where = target if method == "CONNECT" else target.split("/")[2]
        host, _, port = where.rpartition(":")
        self.asked.append(Asked(NAME, host or where, int(port or 80), method))
        there = self.names.get(host or where)
        if there is None:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        elif method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await _relay(reader, writer, there)
        else:
            rest = target.split("/", 3)[3]
            line, _, others = head.partition(b"\r\n")
            again = line.replace(target.encode(), b"/" + rest.encode()) + b"\r\n" + others
            await _relay(reader, writer, there, again)
        await writer.drain()


async def _host(reader: asyncio.StreamReader, kind: int) -> str:
    if kind == NAME:
        (size,) = await reader.readexactly(1)
        return (await reader.readexactly(size)).decode()
    return str(ipaddress.ip_address(await reader.readexactly(4 if kind == V4 else 16)))


async def _relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, first: bytes = b""
) -> None:
    there, to = await asyncio.open_connection("127.0.0.1", port)
    to.write(first)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(reader, to))
            group.create_task(_pump(there, writer))
    finally:
        to.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, RuntimeError):  # TLS may be closing
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()


@contextlib.asynccontextmanager
async def proxying(
    proxy: FakeProxy, kind: str, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """On loopback; its URL, of `kind` socks5h, socks5, http, or https (then with `tls`)."""
    server = await asyncio.start_server(
        lambda reader, writer: proxy.serve(reader, writer, kind), "127.0.0.1", 0, ssl=tls
    )
    try:
        yield f"{kind}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        left = [*proxy.tasks]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await server.wait_closed()
