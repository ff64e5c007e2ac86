"""Everything honest as one process: `python -m tests.netlab.internet SETUP.pickle`; says `ready` when all listen."""

from __future__ import annotations

import asyncio
import gc
import logging
import pickle
import signal
import socket
import sys
from pathlib import Path

from tests.netlab import places
from tests.netlab.internet.http import serve
from tests.netlab.internet.pages import Response
from tests.netlab.internet.resolve import Directory, UdpResolver, doh, serve_stream
from tests.netlab.internet.sites import Acceptor, Client, SiteHost, listener
from tests.netlab.model import Site
from tests.netlab.pki import Pki
from tests.netlab.setup import InternetSetup

_ISP_OWN = (places.BLOCKPAGE4, places.BLOCKPAGE6)


class Internet:
    """Resolvers and sites of one world."""

    def __init__(self, setup: InternetSetup) -> None:
        self.world, self.prefix = setup.world, setup.prefix
        self.pki = Pki(setup.pki)
        self.directory = Directory(self.world)
        self.vantage_of = {
            places.PROBE_PUBLIC4: "probe",
            places.PROBE6: "probe",
            places.CONTROL4: "control",
            places.CONTROL6: "control",
        }
        self.kept: list[object] = []

    def ns_of(self, address: str) -> str:
        """The namespace that holds an address."""
        return f"{self.prefix}-isp" if address in _ISP_OWN else f"{self.prefix}-net"

    async def start(self) -> None:
        """Listen everywhere."""
        await self._resolver("isp", places.ISP_RESOLVER4, places.ISP_RESOLVER6, "dns.isp.kz", f"{self.prefix}-isp")
        for view, (v4, v6, name) in places.RESOLVERS.items():
            await self._resolver(view, v4, v6, name, f"{self.prefix}-net")
        by_address: dict[str, list[Site]] = {}
        for site in self.world.sites:
            for address in (*site.v4, *site.v6):
                by_address.setdefault(address, []).append(site)
        for address, sites in by_address.items():
            host = SiteHost(self.ns_of(address), address, sites, self.pki, self.vantage_of)
            host.start()
            self.kept.append(host)
            for site in sites:
                if site.h3:
                    from tests.netlab.internet.h3 import serve_h3

                    await serve_h3(host, site)
                    break

    async def _resolver(self, view: str, v4: str, v6: str, name: str, ns: str) -> None:
        loop = asyncio.get_running_loop()
        names = [name, v4, v6]
        for address in (v4, v6):
            udp = listener(ns, address, 53, socket.SOCK_DGRAM)
            await loop.create_datagram_endpoint(lambda: UdpResolver(self.directory, view, self.vantage_of), sock=udp)
            stream, web = self._stream(view), self._doh(view)
            self.kept.append(Acceptor(listener(ns, address, 53), stream))
            self.kept.append(Acceptor(listener(ns, address, 853), stream, self.pki.context(names, alpn=("dot",))))
            self.kept.append(
                Acceptor(
                    listener(ns, address, 443),
                    web,
                    self.pki.context(names, alpn=("h2", "http/1.1")),
                )
            )

    def _stream(self, view: str) -> Client:
        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
            await serve_stream(reader, writer, self.directory, view, self.vantage_of.get(peer, "other"))

        return client

    def _doh(self, view: str) -> Client:
        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
            async def handler(method: str, target: str, _: dict[str, str], body: bytes) -> Response:
                return await doh(self.directory, view, self.vantage_of.get(peer, "other"), method, target, body)

            await serve(reader, writer, handler)

        return client


async def main(path: str) -> None:
    """Serve until SIGTERM."""
    setup: InternetSetup = pickle.loads(Path(path).read_bytes())  # noqa: S301  our own parent's
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # clients that leave early are no news
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    internet = Internet(setup)
    await internet.start()
    gc.freeze()
    print("ready", flush=True)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
