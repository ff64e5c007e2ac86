"""The resolvers: what each says to whom, over UDP, TCP, TLS and HTTPS."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import cast
from urllib.parse import parse_qs, urlsplit

from tests.netlab.internet.pages import Response
from tests.netlab.model import Answer, World
from tests.netlab.wire import dnsmsg
from tests.netlab.wire.dnsmsg import Question


class Directory:
    """All names of the world."""

    def __init__(self, world: World) -> None:
        self._names = {n.name.lower(): (n.answer, dict(n.views)) for n in world.names}
        self._isp = world.isp_dns

    def answer(self, q: Question, view: str, vantage: str) -> bytes | None:
        """The message to send; None for silence."""
        if view == "isp" and self._isp:
            if self._isp == "dead":
                return None
            return dnsmsg.response(q, self._isp.upper(), [])
        entry = self._names.get(q.name)
        if entry is None:
            exists = any(n.endswith("." + q.name) for n in self._names) if q.name.count(".") < 2 else False
            return dnsmsg.response(q, "NOERROR" if exists else "NXDOMAIN", [], [dnsmsg.soa(q.name or "org")])
        honest, views = entry
        said = views.get(view) or views.get(vantage) or honest
        if said.rcode == "TIMEOUT":
            return None
        if said.rcode != "NOERROR":
            authority = [dnsmsg.soa(q.name)] if said.rcode == "NXDOMAIN" else []
            return dnsmsg.response(q, said.rcode, [], authority)
        records = self._records(q, said, view, vantage)
        return dnsmsg.response(q, "NOERROR", records, None if records else [dnsmsg.soa(q.name)])

    def _records(self, q: Question, said: Answer, view: str, vantage: str) -> list[bytes]:
        records, owner = [], b"\xc0\x0c"
        if said.cname:
            target = dnsmsg.wire_name(said.cname)
            records.append(dnsmsg.record(dnsmsg.CNAME, target, said.ttl))
            owner = target
            if q.qtype == dnsmsg.CNAME:
                return records
            if not said.a and not said.aaaa and said.cname in self._names:
                other, views = self._names[said.cname]
                said = views.get(view) or views.get(vantage) or other
        chosen = said.a if q.qtype == dnsmsg.A else said.aaaa if q.qtype == dnsmsg.AAAA else ()
        records += [dnsmsg.address_record(x, said.ttl, owner) for x in chosen]
        return records


class UdpResolver(asyncio.DatagramProtocol):
    """Port 53, datagrams."""

    def __init__(self, directory: Directory, view: str, vantage_of: dict[str, str]) -> None:
        self.directory, self.view, self.vantage_of = directory, view, vantage_of
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        q = dnsmsg.question(data)
        if q is None or self.transport is None:
            return
        answer = self.directory.answer(q, self.view, self.vantage_of.get(addr[0], "other"))
        if answer is not None:
            self.transport.sendto(answer, addr)


async def serve_stream(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    directory: Directory,
    view: str,
    vantage: str,
) -> None:
    """DNS over TCP or TLS."""
    while True:
        try:
            size = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), 15), "big")
            data = await reader.readexactly(size)
        except (asyncio.IncompleteReadError, TimeoutError):
            return
        q = dnsmsg.question(data)
        answer = directory.answer(q, view, vantage) if q is not None else None
        if answer is None:
            await asyncio.sleep(10)
            return
        writer.write(len(answer).to_bytes(2, "big") + answer)
        await writer.drain()


async def doh(directory: Directory, view: str, vantage: str, method: str, target: str, body: bytes) -> Response:
    """RFC 8484, GET and POST."""
    url = urlsplit(target)
    if url.path != "/dns-query":
        return Response(404, [("Content-Type", "text/plain")], b"not found\n")
    if method == "GET":
        text = parse_qs(url.query).get("dns", [""])[0]
        try:
            body = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            body = b""
    q = dnsmsg.question(body)
    if q is None:
        return Response(400, [("Content-Type", "text/plain")], b"bad query\n")
    answer = directory.answer(q, view, vantage)
    if answer is None:
        await asyncio.sleep(10)
        return Response(504)
    return Response(200, [("Content-Type", "application/dns-message"), ("Cache-Control", "max-age=60")], answer)
