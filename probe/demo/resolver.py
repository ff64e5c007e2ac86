"""DNS resolvers of the pretend Internet, over UDP, TCP, TLS and HTTPS."""

import asyncio
import base64
import binascii
import ssl
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from probe.demo.origin import Request, Response
from probe.demo.rules import Censor, ForgeAnswer
from probe.net.failure import EndOfStream
from probe.net.loopback import Accepted, Reply, Respond, Secured, Serve, ServerStream

_TTL = 300
_PATIENCE = 10.0


class Resolver:
    """Answers from `zone`: addresses by name; what is not in it does not exist."""

    def __init__(self, zone: Mapping[str, tuple[str, ...]]) -> None:
        self._zone = zone

    def answer(self, wire: bytes) -> bytes | None:
        """The answer to a question; None for what is none."""
        query = _parse(wire)
        if query is None:
            return None
        return _answer(query, self._zone.get(_qname(query))).to_wire()

    def over_udp(self, censor: Censor | None = None, *, rtt: float = 0.0) -> Respond:
        """A UDP server, and the censor who sits before it."""

        async def respond(data: bytes, reply: Reply) -> None:
            query = _parse(data)
            forgery = censor.on_question(_qname(query)) if censor and query else None
            if forgery is not None and query is not None:
                await asyncio.sleep(rtt / 2)
                await reply(forge(query, forgery))
                if forgery.swallow:
                    return
            await asyncio.sleep(rtt if forgery is None else rtt / 2)
            if (honest := self.answer(data)) is not None:
                await reply(honest)

        return respond

    def over_tcp(self) -> Serve:
        """A server as RFC 7766 has it."""

        async def serve(stream: Accepted) -> None:
            await self._serve(stream)

        return serve

    def over_tls(self, context: ssl.SSLContext) -> Serve:
        """A server as RFC 7858 has it."""

        async def serve(stream: Accepted) -> None:
            secured = Secured(stream, context)
            async with asyncio.timeout(_PATIENCE):
                await secured.handshake()
            await self._serve(secured)

        return serve

    def over_https(self, request: Request) -> Response:
        """The answer of RFC 8484, to GET or POST, at any path."""
        wire = request.body if request.method == "POST" else _from_target(request.target)
        answer = self.answer(wire)
        if answer is None:
            return Response(400, b"no DNS message", (("Content-Type", "text/plain"),))
        return Response(200, answer, (("Content-Type", "application/dns-message"),))

    async def _serve(self, stream: ServerStream) -> None:
        while True:
            async with asyncio.timeout(_PATIENCE):
                size = int.from_bytes(await _exactly(stream, 2), "big")
                answer = self.answer(await _exactly(stream, size))
            if answer is None:
                return
            await stream.write(len(answer).to_bytes(2, "big") + answer)


def forge(query: dns.message.QueryMessage, forgery: ForgeAnswer) -> bytes:
    """The censor's answer to `query`."""
    return _answer(query, None if forgery.address is None else (forgery.address,)).to_wire()


def _parse(wire: bytes) -> dns.message.QueryMessage | None:
    try:
        message = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError):
        return None
    if not isinstance(message, dns.message.QueryMessage) or message.flags & dns.flags.QR:
        return None
    return message if message.question else None


def _qname(query: dns.message.QueryMessage) -> str:
    return query.question[0].name.to_text(omit_final_dot=True).lower()


def _answer(
    query: dns.message.QueryMessage, addresses: tuple[str, ...] | None
) -> dns.message.Message:
    message = dns.message.make_response(query, recursion_available=True)
    if addresses is None:
        message.set_rcode(dns.rcode.NXDOMAIN)
        return message
    asked = query.question[0]
    wanted = [
        address
        for address in addresses
        if asked.rdtype == (dns.rdatatype.AAAA if ":" in address else dns.rdatatype.A)
    ]
    for address in wanted:  # a set each: dnspython shuffles what is inside of one
        message.answer.append(dns.rrset.from_text(asked.name, _TTL, "IN", asked.rdtype, address))
    return message


def _from_target(target: str) -> bytes:
    encoded = parse_qs(urlsplit(target).query).get("dns", [""])[0]
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except binascii.Error:
        return b""


async def _exactly(stream: ServerStream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = await stream.read(size - len(data))
        if not chunk:
            raise EndOfStream
        data += chunk
    return data
