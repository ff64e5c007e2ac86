"""HTTP/1.1 and HTTP/2 over asyncio streams, spoken by hand so that every misbehaviour can be had."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate
from typing import cast

import h2.config
import h2.connection
import h2.events
from tests.netlab.internet.pages import Response

Handler = Callable[[str, str, dict[str, str], bytes], Awaitable[Response]]
_FILLER = bytes(range(256)) * 32
_REASONS = {
    200: "OK",
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    421: "Misdirected Request",
    451: "Unavailable For Legal Reasons",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def abort(writer: asyncio.StreamWriter) -> None:
    """Close with RST."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def serve_h1(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
    """Answer requests until the client has no more."""
    while True:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            return
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        if len(words) < 3:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        headers = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in lines[1:] if x)}
        body = await reader.readexactly(int(headers.get("content-length", "0") or 0))
        response = await handler(words[0], words[1], headers, body)
        keep = headers.get("connection", "").lower() != "close" and words[2] == "HTTP/1.1"
        if not await _answer_h1(writer, response, words[0], keep):
            return


async def _answer_h1(writer: asyncio.StreamWriter, r: Response, method: str, keep: bool) -> bool:
    if r.delay:
        await asyncio.sleep(r.delay)
    keep = keep and r.length != "close" and not r.after
    size = r.stream or len(r.body)
    lines = [
        f"HTTP/1.1 {r.status} {_REASONS.get(r.status, 'Unknown')}",
        f"Date: {formatdate(usegmt=True)}",
    ]
    lines += [f"{k}: {v}" for k, v in r.headers]
    if r.length == "known":
        lines.append(f"Content-Length: {size}")
    elif r.length == "chunked":
        lines.append("Transfer-Encoding: chunked")
    lines.append("Connection: keep-alive" if keep else "Connection: close")
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
    if method != "HEAD":
        async for piece in pieces(r):
            if r.length == "chunked":
                writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            else:
                writer.write(piece)
            await writer.drain()
        if r.length == "chunked":
            writer.write(b"0\r\n\r\n")
    await writer.drain()
    if r.after == "rst":
        await asyncio.sleep(0.3)
        abort(writer)
    return keep


async def pieces(r: Response) -> AsyncIterator[bytes]:
    """The body in pieces."""
    if not r.stream:
        if r.body:
            yield r.body
        return
    left = r.stream
    while left > 0:
        piece = _FILLER[: min(left, len(_FILLER))]
        left -= len(piece)
        if r.pace:
            await asyncio.sleep(r.pace)
        yield piece


class H2Connection:
    """One HTTP/2 connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
        self.reader, self.writer, self.handler = reader, writer, handler
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self.window = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until the client goes."""
        self.h2.initiate_connection()
        self._flush()
        try:
            while data := await self.reader.read(65536):
                for event in self.h2.receive_data(data):
                    self._event(event)
                self._flush()
        finally:
            for task in self.tasks:
                task.cancel()

    def _flush(self) -> None:
        data = self.h2.data_to_send()
        if data and not self.writer.is_closing():
            self.writer.write(data)

    def _event(self, event: object) -> None:
        if isinstance(event, h2.events.RequestReceived):
            headers = dict(cast("list[tuple[str, str]]", event.headers))
            self.requests[event.stream_id or 0] = (headers, bytearray())
        elif isinstance(event, h2.events.DataReceived):
            self.requests[event.stream_id or 0][1].extend(event.data or b"")
            self.h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        elif isinstance(event, h2.events.WindowUpdated):
            self.window.set()
        if isinstance(event, (h2.events.StreamEnded,)):
            task = asyncio.ensure_future(self._respond(event.stream_id or 0))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _respond(self, stream: int) -> None:
        headers, body = self.requests.pop(stream)
        headers["host"] = headers.get(":authority", "")
        r = await self.handler(headers.get(":method", "GET"), headers.get(":path", "/"), headers, bytes(body))
        if r.delay:
            await asyncio.sleep(r.delay)
        out = [
            (":status", str(r.status)),
            ("date", formatdate(usegmt=True)),
            *((k.lower(), v) for k, v in r.headers),
        ]
        if r.length == "known":
            out.append(("content-length", str(r.stream or len(r.body))))
        self.h2.send_headers(stream, out)
        async for piece in pieces(r):
            await self._send(stream, piece)
        self.h2.end_stream(stream)
        self._flush()

    async def _send(self, stream: int, data: bytes) -> None:
        while data:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if room <= 0:
                self.window.clear()
                self._flush()
                await self.window.wait()
                continue
            self.h2.send_data(stream, data[:room])
            data = data[room:]
            self._flush()
            await self.writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
    """Whichever version the client negotiated."""
    tls = writer.get_extra_info("ssl_object")
    if tls is not None and tls.selected_alpn_protocol() == "h2":
        await H2Connection(reader, writer, handler).run()
    else:
        await serve_h1(reader, writer, handler)
