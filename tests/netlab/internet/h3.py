"""HTTP/3 for the sites that have it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent
from tests.netlab.internet.http import pieces
from tests.netlab.internet.pages import Request, respond
from tests.netlab.internet.sites import SiteHost, listener
from tests.netlab.model import Site


class H3Server(QuicConnectionProtocol):
    """One connection."""

    def __init__(self, *args: Any, host: SiteHost, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.host = host
        self.http: H3Connection | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def quic_event_received(self, event: QuicEvent) -> None:
        """Start HTTP/3, answer requests."""
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic)
        if self.http is None:
            return
        for item in self.http.handle_event(event):
            if isinstance(item, HeadersReceived):
                task = asyncio.ensure_future(self._respond(item))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def _respond(self, item: HeadersReceived) -> None:
        headers = {k.decode(): v.decode("latin-1") for k, v in item.headers}
        name = headers.get(":authority", "")
        site = self.host.site(name)
        r = respond(
            Request(
                headers.get(":method", "GET"),
                "https",
                name,
                headers.get(":path", "/"),
                headers,
                "other",
                site,
            )
        )
        assert self.http is not None
        out = [
            (b":status", str(r.status).encode()),
            *((k.lower().encode(), v.encode("latin-1")) for k, v in r.headers),
        ]
        with contextlib.suppress(Exception):  # the client may be gone
            self.http.send_headers(item.stream_id, out)
            async for piece in pieces(r):
                self.http.send_data(item.stream_id, piece, end_stream=False)
                self.transmit()
            self.http.send_data(item.stream_id, b"", end_stream=True)
            self.transmit()


async def serve_h3(host: SiteHost, site: Site) -> None:
    """Listen on UDP 443 at the host's address."""
    configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False)
    chain = host.pki.for_site(site.names, site.cert)
    configuration.certificate, configuration.certificate_chain = chain[0], chain[1:]
    configuration.private_key = host.pki.key
    sock = listener(host.ns, host.address, 443, 2)

    def create(*args: Any, **kwargs: Any) -> H3Server:  # noqa: ANN401
        return H3Server(*args, host=host, **kwargs)

    def server() -> QuicServer:
        return QuicServer(configuration=configuration, create_protocol=create)

    await asyncio.get_running_loop().create_datagram_endpoint(server, sock=sock)
