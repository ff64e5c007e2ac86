"""TLS handshake (df-006) over a connected stream, through ssl.MemoryBIO.

Nothing is verified during the handshake, so that a bad chain is seen whole; it is judged afterwards
against the bundled list.
"""

import asyncio
import contextlib
import functools
import ssl
from dataclasses import replace

from measurements.schema.records import TLSHandshake
from probe.net.failure import EndOfStream, classify
from probe.net.network import Stream
from probe.net.trace import Trace

# The ClientHello is retransmitted some five times within this (RTO 0.2 s, doubled): a silence is
# not a lost packet.
HANDSHAKE_TIMEOUT = 6.0
_READ = 16384
_RECORD_HEADER = 5  # RFC 8446 §5.1: type, version, length
# OpenSSL's whole list, as browsers too speak CBC and RSA key exchange: with Python's shorter one
# old but genuine servers refuse, and an old interception box does not show its certificate.
_CIPHERS = "DEFAULT:@SECLEVEL=1"
_OP_LEGACY_SERVER_CONNECT = 0x4  # ssl has the name since Python 3.12
_BETWEEN_SEGMENTS = 0.05  # lets each leave on its own
_DER = 2  # _ssl.ENCODING_DER


@functools.cache
def _context(alpn: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= _OP_LEGACY_SERVER_CONNECT
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


class TLSStream:
    """Bytes inside TLS, with the network.Stream calls."""

    def __init__(self, stream: Stream, server_name: str, alpn: tuple[str, ...]) -> None:
        self.stream = stream
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        if "\0" in server_name:
            raise ValueError("a name with a zero byte")  # ssl would raise a TypeError
        self.tls = _context(alpn).wrap_bio(
            self.incoming, self.outgoing, server_hostname=server_name or None
        )
        self.last_operation = ""
        self.reads = self.writes = self.bytes_sent = self.bytes_received = 0

    async def handshake(self, hello: str, server_name: str) -> None:
        """Run the handshake to its end. Raises OSError (ssl.SSLError is one)."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush(hello, server_name)
                await self._fill()
            except ssl.SSLError:
                with contextlib.suppress(OSError):  # our alert may come too late
                    await self._flush("whole", server_name)
                raise
            else:
                await self._flush(hello, server_name)
                return

    async def _flush(self, hello: str, server_name: str) -> None:
        data = self.outgoing.read()
        if not data:
            return
        first, *others = shape(data, hello, server_name) if not self.writes else (data,)
        await self.stream.write(first)
        self.writes += 1
        self.bytes_sent += len(first)
        self.last_operation = f"write_{self.writes}"
        for segment in others:
            await asyncio.sleep(_BETWEEN_SEGMENTS)
            await self.stream.write(segment)
            self.bytes_sent += len(segment)

    async def _fill(self) -> None:
        data = await self.stream.read(_READ)
        if not data:
            raise EndOfStream
        self.reads += 1
        self.bytes_received += len(data)
        self.last_operation = f"read_{self.reads}"
        self.incoming.write(data)

    async def read(self, max_bytes: int) -> bytes:
        """The next decrypted bytes; b"" at the end."""
        while True:
            try:
                return self.tls.read(max_bytes)
            except ssl.SSLWantReadError:
                await self._flush("whole", "")
                try:
                    await self._fill()
                except EndOfStream:
                    return b""
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def write(self, data: bytes) -> None:
        """Encrypt and send."""
        self.tls.write(data)
        await self._flush("whole", "")

    def set_ttl(self, ttl: int) -> None:
        """See network.Stream."""
        self.stream.set_ttl(ttl)

    def close(self) -> None:
        """Close the connection under it."""
        self.stream.close()

    def chain(self) -> tuple[bytes, ...]:
        """The peer's certificates as it sent them, DER, leaf first."""
        if hasattr(self.tls, "get_unverified_chain"):  # Python 3.13
            return tuple(self.tls.get_unverified_chain() or ())
        # Before 3.13 the same method exists on the object beneath, and gives certificate objects.
        inner = self.tls._sslobj  # type: ignore[attr-defined]  # noqa: SLF001
        return tuple(c.public_bytes(_DER) for c in inner.get_unverified_chain() or ())


def shape(data: bytes, hello: str, server_name: str) -> tuple[bytes, ...]:
    """The ClientHello as it leaves: whole, split in two segments inside the name, or fragmented.

    Fragmented: one TLS record becomes two, cut inside the name (RFC 8446 §5.1 allows it).
    """
    if hello == "whole":
        return (data,)
    name = server_name.encode()
    found = data.find(name) if name else -1
    middle = found + len(name) // 2 if found > _RECORD_HEADER else len(data) // 2
    if hello == "fragmented":
        kind, payload = data[:3], data[_RECORD_HEADER:]
        cut = middle - _RECORD_HEADER
        parts = (payload[:cut], payload[cut:])
        return tuple(kind + len(part).to_bytes(2, "big") + part for part in parts)
    return data[:middle], data[middle:]


async def handshake(  # noqa: PLR0913 - each is a factor that an experiment varies
    trace: Trace,
    stream: Stream,
    ip: str,
    port: int,
    *,
    transaction_id: int,
    server_name: str,
    verify_name: str | None = None,
    hello: str = "whole",
    alpn: tuple[str, ...] = ("http/1.1",),
    timeout: float = HANDSHAKE_TIMEOUT,
) -> tuple[TLSHandshake, TLSStream | None]:
    """Handshake with `server_name` as SNI ("" for none), judge the chain for `verify_name`.

    `verify_name` None: the chain is kept and not judged (no_tls_verify). The stream is None where
    the handshake did not end; where only the chain is bad it is there, beside the failure.
    """
    t0 = trace.now()
    failure: str | None = None
    secure: TLSStream | None = None
    done = False
    try:
        secure = TLSStream(stream, server_name, alpn)
        async with asyncio.timeout(timeout):
            await secure.handshake(hello, server_name)
        done = True
    except (OSError, ValueError) as exc:  # ValueError: a name that TLS cannot carry
        failure = classify(exc)
    record = TLSHandshake(
        transaction_id=transaction_id,
        ip=ip,
        port=port,
        server_name=server_name,
        t0=t0,
        t=trace.now(),
        failure=failure,
        no_tls_verify=verify_name is None,
        hello=hello,
        depth=trace.depth,
        arm=trace.arm,
    )
    if secure is not None:
        record = replace(
            record,
            last_operation=secure.last_operation,
            bytes_sent=secure.bytes_sent,
            bytes_received=secure.bytes_received,
        )
        if done:
            record = _completed(trace, record, secure, verify_name)
    trace.add(record)
    return record, secure if done else None


def _completed(
    trace: Trace, record: TLSHandshake, secure: TLSStream, verify_name: str | None
) -> TLSHandshake:
    """`record` with what was agreed on, and the chain judged."""
    chain, cipher = secure.chain(), secure.tls.cipher()
    return replace(
        record,
        failure=None if verify_name is None else trace.trust.failure(chain, verify_name),
        tls_version=secure.tls.version() or "",
        cipher_suite=cipher[0] if cipher else "",
        negotiated_protocol=secure.tls.selected_alpn_protocol() or "",
        peer_certificates=chain,
    )
