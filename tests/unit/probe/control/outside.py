"""A small outside world on loopback: names, addresses that look public, sites."""

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from probe.net.network import Datagrams, Stream
from probe.net.resolvers import Endpoint
from probe.net.system import SystemNetwork
from probe.net.trust import Trust
from tests.fakes.certificates import strict

SITE, OTHER = "93.184.216.34", "151.101.1.1"
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class MappedNetwork:
    """Leads (address, port) to ports of 127.0.0.1 and remembers every attempt; the rest refuses."""

    def __init__(self) -> None:
        self.routes: dict[tuple[str, int], int] = {}
        self.attempts: list[tuple[str, int]] = []
        self.failures: dict[str, OSError] = {}
        self.silent: set[str] = set()
        self.system = SystemNetwork()

    async def connect_tcp(self, ip: str, port: int) -> Stream:
        self.attempts.append((ip, port))
        await asyncio.sleep(0)
        if ip in self.silent:
            await asyncio.sleep(3600)
        if ip in self.failures:
            raise self.failures[ip]
        if (ip, port) in self.routes:
            return await self.system.connect_tcp("127.0.0.1", self.routes[ip, port])
        if ip.startswith("127."):
            return await self.system.connect_tcp(ip, port)
        raise ConnectionRefusedError(111, "refused")

    async def connect_udp(self, ip: str, port: int) -> Datagrams:
        return await self.system.connect_udp(ip, port)

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        return await self.system.getaddrinfo(host)


class RealClock:
    """The machine's."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def utc(self) -> float:
        return datetime.datetime.now(datetime.UTC).timestamp()


@dataclass
class Names:
    """A DNS server; a record may be a list of addresses, or a list of such lists, one an answer."""

    records: dict[str, list[str]] = field(default_factory=dict)
    later: dict[str, list[str]] = field(default_factory=dict)  # from the second question on
    silent: bool = False
    truncate: bool = False
    rcodes: dict[str, dns.rcode.Rcode] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, wire: bytes, *, over_udp: bool = True) -> bytes:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        kind = question.rdtype.name
        response = dns.message.make_response(query)
        found = self.records.get(name)
        if f"{name} {kind}" in self.asked and name in self.later:
            found = self.later[name]
        self.asked.append(f"{name} {kind}")
        if name in self.rcodes:
            response.set_rcode(self.rcodes[name])
        elif found is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif over_udp and self.truncate:
            response.flags |= dns.flags.TC
        else:
            mine = [ip for ip in found if (":" in ip) == (kind == "AAAA")]
            if mine:
                response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *mine))
        return response.to_wire()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, names: Names) -> None:
        self._names = names
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._names.silent and self._transport is not None:
            self._transport.sendto(self._names.answer(data), addr)


@contextlib.asynccontextmanager
async def dns_server(names: Names) -> AsyncIterator[int]:
    """UDP and TCP on one port of 127.0.0.1."""

    async def over_tcp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                wire = names.answer(await reader.readexactly(size), over_udp=False)
                writer.write(len(wire).to_bytes(2, "big") + wire)
        writer.close()

    server, transport = await _both(names, over_tcp)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        transport.close()
        server.close()


async def _both(
    names: Names,
    over_tcp: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> tuple[asyncio.Server, asyncio.DatagramTransport]:
    """Listening on one port with both. A port whose UDP half is somebody's already is passed over:
    the kernel hands them out for each protocol by itself."""
    loop = asyncio.get_running_loop()
    for _ in range(50):
        server = await asyncio.start_server(over_tcp, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            transport, _udp = await loop.create_datagram_endpoint(
                lambda: _Udp(names), local_addr=("127.0.0.1", port)
            )
        except OSError:
            server.close()
            continue
        return server, transport
    raise OSError("no port is free for both")


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Root")])
        self.certificate = (
            self._builder(self._name, self._key.public_key(), ca=True)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = folder / "ca.pem"
        self.pem.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool = False
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
        )
        for extension in strict(key, self._key.public_key(), ca=ca):
            builder = builder.add_extension(
                extension, critical=isinstance(extension, x509.KeyUsage)
            )
        return builder

    def issue(self, *names: str) -> tuple[Path, Path]:
        """Certificate and key files for names or addresses."""
        key = ec.generate_private_key(ec.SECP256R1())
        sans: list[x509.GeneralName] = []
        for name in names:
            try:
                sans.append(x509.IPAddress(ipaddress.ip_address(name)))
            except ValueError:
                sans.append(x509.DNSName(name))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        leaf = (
            self._builder(subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName(sans), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        stem = self.folder / names[0].replace("*", "any")
        cert, private = stem.with_suffix(".crt"), stem.with_suffix(".key")
        cert.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return cert, private

    def context(self, *names: str) -> ssl.SSLContext:
        """A server's context for names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(*names))
        return context


@dataclass
class Outside:
    """Everything that a control meets."""

    names: Names
    network: MappedNetwork
    clock: RealClock
    trust: Trust
    authority: Authority
    resolver: str
    stack: contextlib.AsyncExitStack

    async def site(
        self, handler: Handler, *endpoints: tuple[str, int], tls: ssl.SSLContext | None = None
    ) -> int:
        """A web server reachable at `endpoints`; its real port."""
        runner = web.ServerRunner(web.Server(handler, access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        self.stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = int(runner.addresses[0][1])
        self.network.routes |= dict.fromkeys(endpoints, port)
        return port

    def contacted(self) -> set[str]:
        """Every address that was tried."""
        return {ip for ip, _ in self.network.attempts}


@contextlib.asynccontextmanager
async def outside(folder: Path) -> AsyncIterator[Outside]:
    """A world with a resolver and nothing else."""
    names, authority = Names(), Authority(folder)
    async with contextlib.AsyncExitStack() as stack:
        port = await stack.enter_async_context(dns_server(names))
        network = MappedNetwork()
        stack.callback(network.system.close)
        yield Outside(
            names=names,
            network=network,
            clock=RealClock(),
            trust=Trust(authority.pem),
            authority=authority,
            resolver=f"127.0.0.1:{port}",
            stack=stack,
        )


def page(text: str, **headers: str) -> Handler:
    """A handler that always gives this page."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=text, content_type="text/html", headers=headers)

    return handler


def endpoint(ip: str, port: int) -> Endpoint:
    """Short."""
    return Endpoint(ip, port)
