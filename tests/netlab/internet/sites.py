"""The sites' listeners: TCP behaviours before TLS, certificates by name, relays, HTTP/3."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable

from tests.netlab.internet.http import serve
from tests.netlab.internet.pages import Request, Response, respond
from tests.netlab.model import Site
from tests.netlab.ns import socket_in
from tests.netlab.pki import Pki
from tests.netlab.wire import hello

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter, str], Awaitable[None]]


def listener(ns: str, address: str, port: int, kind: int = socket.SOCK_STREAM) -> socket.socket:
    """A bound socket in that namespace."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket_in(ns, family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setblocking(False)
    sock.bind((address, port))
    if kind == socket.SOCK_STREAM:
        sock.listen(512)
    return sock


def reset(sock: socket.socket) -> None:
    """Close with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Acceptor:
    """Accepts on one socket; each connection becomes a task."""

    def __init__(
        self,
        sock: socket.socket,
        client: Client,
        context: ssl.SSLContext | None = None,
        gate: Callable[[socket.socket, str], Awaitable[bool]] | None = None,
    ) -> None:
        self.sock, self.client, self.context, self.gate = sock, client, context, gate
        self.loop = asyncio.get_running_loop()
        self.tasks: set[asyncio.Task[None]] = set()
        self.loop.add_reader(sock.fileno(), self._accept)

    def _accept(self) -> None:
        for _ in range(64):
            try:
                conn, peer = self.sock.accept()
            except (BlockingIOError, OSError):
                return
            task = self.loop.create_task(self._serve(conn, str(peer[0])))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _serve(self, conn: socket.socket, peer: str) -> None:
        conn.setblocking(False)
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer: asyncio.StreamWriter | None = None
        try:
            if self.gate is not None and not await self.gate(conn, peer):
                return
            reader = asyncio.StreamReader(limit=262144)
            protocol = asyncio.StreamReaderProtocol(reader)
            tls: dict[str, object] = {"ssl": self.context, "ssl_handshake_timeout": 30} if self.context else {}
            transport, _ = await self.loop.connect_accepted_socket(lambda: protocol, conn, **tls)  # type: ignore[arg-type]
            writer = asyncio.StreamWriter(transport, protocol, reader, self.loop)
            await self.client(reader, writer, peer)
        except (OSError, ssl.SSLError, EOFError, TimeoutError, ValueError, KeyError):
            conn.close()
        except Exception as error:
            if type(error).__module__.split(".")[0] not in ("h2", "hpack", "hyperframe"):
                raise
        finally:
            if writer is not None:
                writer.close()


async def peek_name(conn: socket.socket) -> str | None:
    """The SNI that a client is about to send, without taking it from the socket."""
    for _ in range(500):
        with contextlib.suppress(BlockingIOError):
            data = conn.recv(8192, socket.MSG_PEEK)
            if not data:
                return None
            with contextlib.suppress(hello.Incomplete):
                return hello.tls_name(data)
        await asyncio.sleep(0.01)
    return None


class SiteHost:
    """All sites at one address, as one server would hold them."""

    def __init__(self, ns: str, address: str, sites: list[Site], pki: Pki, vantage_of: dict[str, str]) -> None:
        self.ns, self.address, self.sites, self.pki, self.vantage_of = (
            ns,
            address,
            sites,
            pki,
            vantage_of,
        )
        self.by_name = {name: site for site in sites for name in site.names}
        self.visits: dict[str, int] = {}
        self.acceptors: list[Acceptor] = []

    def site(self, host: str | None) -> Site:
        """The site of a name, or the first one."""
        name = (host or "").split(":")[0].lower().rstrip(".")
        return self.by_name.get(name) or self.sites[0]

    def start(self) -> None:
        """Listen on every port that a site here wants."""
        first = self.sites[0]
        client = self._relay(first.relay) if first.relay else None
        for port in {s.http_port for s in self.sites if s.http is not None}:
            sock = listener(self.ns, self.address, port)
            self.acceptors.append(Acceptor(sock, client or self._serve("http"), gate=self._gate))
        for port in {s.https_port for s in self.sites if s.https is not None}:
            sock = listener(self.ns, self.address, port)
            if client is not None:
                self.acceptors.append(Acceptor(sock, client))
            else:
                self.acceptors.append(Acceptor(sock, self._serve("https"), self._context(), self._tls_gate))

    def _site_context(self, site: Site) -> ssl.SSLContext:
        return self.pki.context(site.names, site.cert, ("h2", "http/1.1") if site.h2 else ("http/1.1",))

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
            if name is not None and name.lower() not in self.by_name and self.sites[0].sni_policy == "alert":
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            tls.context = self._site_context(self.site(name))
            return None

        context.sni_callback = choose
        context.set_alpn_protocols(["h2", "http/1.1"] if any(s.h2 for s in self.sites) else ["http/1.1"])
        file = self.pki.folder / f"d{id(self)}.pem"
        chain = self.pki.for_site(self.sites[0].names, self.sites[0].cert)
        from tests.netlab.pki import key_pem, pem

        file.write_bytes(key_pem(self.pki.key) + pem(*chain))
        context.load_cert_chain(file)
        file.unlink()
        return context

    async def _gate(self, conn: socket.socket, peer: str) -> bool:
        vantage, site = self.vantage_of.get(peer, "other"), self.sites[0]
        count = self.visits[peer] = self.visits.get(peer, 0) + 1
        refused = (vantage == "control" and site.refuse_control == "reset") or (vantage == "probe" and site.refuse_probe)
        if refused or count <= site.flaky:
            reset(conn)
            return False
        return True

    async def _tls_gate(self, conn: socket.socket, peer: str) -> bool:
        if not await self._gate(conn, peer):
            return False
        if self.sites[0].sni_policy == "reset":
            name = await peek_name(conn)
            if name not in self.by_name:
                reset(conn)
                return False
        return True

    def _serve(self, scheme: str) -> Client:
        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
            async def handler(method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
                host = headers.get("host", "")
                vantage = self.vantage_of.get(peer, "other")
                return respond(Request(method, scheme, host, target, headers, vantage, self.site(host), body))

            await serve(reader, writer, handler)

        return client

    def _relay(self, address: str) -> Client:
        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
            port = writer.get_extra_info("sockname")[1]
            sock = socket_in(self.ns, socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
            other_reader, other_writer = await asyncio.open_connection(sock=sock)
            await pump_both(reader, writer, other_reader, other_writer)

        return client


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the end."""
    with contextlib.suppress(OSError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()  # TLS knows no half-closed stream


async def pump_both(
    a: asyncio.StreamReader,
    b: asyncio.StreamWriter,
    c: asyncio.StreamReader,
    d: asyncio.StreamWriter,
) -> None:
    """Two streams back to back."""
    try:
        await asyncio.gather(pump(a, d), pump(c, b))
    finally:
        d.close()
