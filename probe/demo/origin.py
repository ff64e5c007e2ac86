"""Web servers of the pretend Internet: one request a connection, over TCP or TLS, through h11."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import h11

from measurements.schema.records import Headers
from probe.net.loopback import Accepted, Secured, Serve, ServerStream

_PATIENCE = 20.0  # for a whole request; then for the client's end
_MAX_REQUEST = 65536

HTML: Headers = (
    ("Server", "pretend/1.0"),
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-cache"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a server is asked. `host` is without the port."""

    method: str
    host: str
    target: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answers; Content-Length and Connection are added to the headers."""

    status: int
    body: bytes
    headers: Headers = HTML

    def to_bytes(self) -> bytes:
        """As it stands on the wire; what a censor injects is made with this too."""
        lines = [f"HTTP/1.1 {self.status} Pretend"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", "Connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


def redirect(location: str, status: int = 301) -> Response:
    """Go elsewhere."""
    body = f'<html><head><title>Moved</title></head><a href="{location}">Moved</a></html>'
    return Response(status, body.encode(), (*HTML, ("Location", location)))


Answer: TypeAlias = Callable[[Request], Response]


def over_tcp(answer: Answer) -> Serve:
    """A server without TLS."""

    async def serve(stream: Accepted) -> None:
        await _serve_request(stream, answer)

    return serve


def over_tls(answer: Answer, context: ssl.SSLContext) -> Serve:
    """A server with TLS."""

    async def serve(stream: Accepted) -> None:
        secured = Secured(stream, context)
        async with asyncio.timeout(_PATIENCE):
            await secured.handshake()
        await _serve_request(secured, answer)

    return serve


def by_server_name(contexts: Mapping[str, ssl.SSLContext]) -> ssl.SSLContext:
    """One context for all names of an address; the first is for clients that name none of them."""
    first = next(iter(contexts.values()))

    def choose(tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        tls.context = contexts.get(name or "", first)

    # mypy's stubs know only that the callback is given an SSLSocket or SSLObject.
    first.sni_callback = choose
    return first


async def _serve_request(stream: ServerStream, answer: Answer) -> None:
    async with asyncio.timeout(_PATIENCE):
        request = await _read_request(stream)
    if request is None:
        return
    await stream.write(answer(request).to_bytes())
    stream.finish()
    # A close with unread bytes would be a RST, and could overtake the answer.
    async with asyncio.timeout(_PATIENCE):
        while await stream.read(_MAX_REQUEST):
            pass


async def _read_request(stream: ServerStream) -> Request | None:
    """The request; None where the client sent something else, or nothing."""
    parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_REQUEST)
    head: h11.Request | None = None
    body = b""
    try:
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                parser.receive_data(await stream.read(_MAX_REQUEST))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _request(head, body)
            else:
                return None
    except h11.RemoteProtocolError:
        return None


def _request(head: h11.Request, body: bytes) -> Request:
    host = dict(head.headers).get(b"host", b"")
    return Request(
        method=head.method.decode("ascii"),
        host=host.decode("latin-1").partition(":")[0].lower(),
        target=head.target.decode("latin-1"),
        body=body,
    )
