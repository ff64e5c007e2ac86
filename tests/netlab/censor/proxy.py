"""The intercepting proxy: it answers the connections that the forwarder spliced into the local stack.

`python -m tests.netlab.censor.proxy SETUP.pickle`. It listens on every address at once; its own connections to the real servers
leave from the ISP's namespace.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import signal
import socket
import ssl
import sys
from pathlib import Path

from tests.netlab.censor.rules import RuleBook, Seen
from tests.netlab.internet.sites import Acceptor, listener, peek_name, pump_both, reset
from tests.netlab.model import Intercept, Rule, Tamper
from tests.netlab.ns import socket_in
from tests.netlab.pki import Pki
from tests.netlab.setup import ProxySetup
from tests.netlab.wire import hello
from tests.netlab.wire.packets import TCP


class Proxy:
    """Terminates, alters, relays."""

    def __init__(self, setup: ProxySetup) -> None:
        self.prefix, self.pki = setup.prefix, Pki(setup.pki)
        rules = [r for r in setup.world.rules if isinstance(r.action, (Intercept, Tamper))]
        self.book = RuleBook([Rule(**{**vars(r), "probability": 1.0}) for r in rules])
        self.trust = ssl.create_default_context(cafile=str(self.pki.root_file))

    def start(self) -> list[Acceptor]:
        """Listen on ports 80 and 443 of every address."""
        ns = f"{self.prefix}-cens"
        kept = []
        for address in ("0.0.0.0", "::"):
            kept.append(Acceptor(listener(ns, address, 443), self._never, gate=self._intercept))
            kept.append(Acceptor(listener(ns, address, 80), self._tamper))
        return kept

    async def _never(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        """TLS connections are taken over in the gate."""

    @staticmethod
    def _seen(address: str, port: int) -> Seen:
        packed = socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
        return Seen(6 if ":" in address else 4, TCP, packed, port)

    async def _upstream(
        self, address: str, port: int, context: ssl.SSLContext | None, name: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        sock = socket_in(
            f"{self.prefix}-isp",
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_STREAM,
        )
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
        return await asyncio.open_connection(sock=sock, ssl=context, server_hostname=name if context else None)

    async def _intercept(self, conn: socket.socket, peer: str) -> bool:
        address, port = conn.getsockname()[:2]
        name = await peek_name(conn) or ""
        rule = self.book.name("sni", name, self._seen(address, port)) or self.book.first_packet(self._seen(address, port))
        if rule is None or not isinstance(rule.action, Intercept):
            reset(conn)
            return False
        verify = ssl.create_default_context(cafile=str(self.pki.root_file))
        verify.check_hostname = False
        try:
            up_reader, up_writer = await self._upstream(address, port, verify, name or "none.invalid")
        except (OSError, ssl.SSLError):
            reset(conn)
            return False
        context = self.pki.context([name or address], f"by:{rule.action.ca}")
        reader = asyncio.StreamReader(limit=262144)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, conn, ssl=context)
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            await pump_both(reader, writer, up_reader, up_writer)
            writer.close()
        finally:
            up_writer.close()
        return False

    async def _tamper(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        address, port = writer.get_extra_info("sockname")[:2]
        request = await reader.readuntil(b"\r\n\r\n")
        found = hello.http_request(request)
        seen = self._seen(address, port)
        rule = self.book.name("host", found[0], seen, found[1]) if found else None
        up_reader, up_writer = await self._upstream(address, port, None, "")
        with contextlib.closing(up_writer):
            lines = [x for x in request.split(b"\r\n") if not x.lower().startswith((b"connection:", b"accept-encoding:"))]
            up_writer.write(b"\r\n".join([*lines[:-2], b"Connection: close", b"", b""]))
            head = await up_reader.readuntil(b"\r\n\r\n")
            body = await up_reader.read(-1)
            if rule is not None and isinstance(rule.action, Tamper):
                body = body.replace(rule.action.old, rule.action.new)
            kept = [x for x in head.split(b"\r\n")[:-2] if not x.lower().startswith(b"content-length:")]
            writer.write(b"\r\n".join([*kept, b"Content-Length: %d" % len(body), b"", b""]) + body)
            await writer.drain()


async def main(path: str) -> None:
    """Serve until SIGTERM."""
    setup: ProxySetup = pickle.loads(Path(path).read_bytes())  # noqa: S301  our own parent's
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    kept = Proxy(setup).start()
    print("ready", flush=True)
    await stop.wait()
    kept.clear()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
