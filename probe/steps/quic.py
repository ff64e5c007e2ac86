"""QUIC version 1: one handshake (df-006 with network "udp"), and a ping that needs no handshake.

The handshake is aioquic's sans-io connection over our own socket, clock and timers. Nothing is
verified in it; the chain is judged afterwards, as in TLS.
"""

import asyncio
import itertools
import os
from typing import TYPE_CHECKING

from measurements.schema.codec_records import join_endpoint
from measurements.schema.records import NetworkEvent, QUICHandshake
from probe.net.failure import classify
from probe.net.network import Datagrams
from probe.net.trace import Trace

if TYPE_CHECKING:
    from aioquic.quic.connection import QuicConnection

# aioquic's first timeout is 0.3 s, doubled: the Initial leaves at 0, 0.3, 0.9, 2.1 and 4.5 s.
HANDSHAKE_TIMEOUT = 5.0
PING_RETRIES = (0.0, 0.5, 1.0)
PING_TIMEOUT = 3.0

_LONG_HEADER = 0x80
_CID_LENGTH = 8
_MIN_DATAGRAM = 1200  # RFC 9000 §14.1
_GREASE_VERSION = 0x1A2A3A4A  # RFC 9000 §15: nobody will ever speak it

# RFC 9000 §20.1
_NO_ERROR, _INTERNAL_ERROR, _CONNECTION_REFUSED, _VERSION_NEGOTIATION_ERROR = 0x0, 0x1, 0x2, 0x11
_CRYPTO_ERRORS = range(0x100, 0x200)


async def handshake(  # noqa: PLR0913 - each is a factor that an experiment varies
    trace: Trace,
    ip: str,
    port: int,
    *,
    transaction_id: int,
    server_name: str,
    verify_name: str | None = None,
    timeout: float = HANDSHAKE_TIMEOUT,
) -> QUICHandshake:
    """Handshake for h3 with `server_name` as SNI ("" for none), judge the chain for `verify_name`.

    `verify_name` None: the chain is kept and not judged. The connection is closed at once.
    """
    t0 = trace.now()
    attempt = _Attempt(trace, (ip, port), server_name)
    failure: str | None
    try:
        async with asyncio.timeout(timeout):
            failure = await attempt.run(timeout)
    except (OSError, ValueError) as exc:
        failure = classify(exc)
    t = trace.now()
    if failure is None and verify_name is not None:
        failure = trace.trust.failure(attempt.chain, verify_name)
    record = QUICHandshake(
        transaction_id=transaction_id,
        ip=ip,
        port=port,
        server_name=server_name,
        t0=t0,
        t=t,
        failure=failure,
        negotiated_protocol=attempt.alpn,
        peer_certificates=attempt.chain,
        depth=trace.depth,
        arm=trace.arm,
    )
    trace.add(record)
    return record


class _Attempt:
    """One connection, from the first Initial to its end."""

    def __init__(self, trace: Trace, peer: tuple[str, int], server_name: str) -> None:
        self._trace, self._peer, self._server_name = trace, peer, server_name
        self._other_versions = False  # a Version Negotiation packet came
        self.alpn = ""
        self.chain: tuple[bytes, ...] = ()

    async def run(self, timeout: float) -> str | None:
        """The failure, None for a whole handshake. Raises OSError; ValueError for a bad name."""
        # Here, not above: 40 ms and 3 MB that a start without QUIC need not pay.
        from aioquic.quic.configuration import QuicConfiguration  # noqa: PLC0415
        from aioquic.quic.connection import QuicConnection  # noqa: PLC0415
        from aioquic.quic.packet import QuicProtocolVersion  # noqa: PLC0415

        self._server_name.encode("ascii")  # aioquic would raise in the middle
        configuration = QuicConfiguration(
            alpn_protocols=["h3"],
            idle_timeout=timeout + 1,  # our own deadline comes first
            server_name=self._server_name or None,
            supported_versions=[QuicProtocolVersion.VERSION_1],
            verify_mode=0,  # ssl.CERT_NONE
        )
        quic = QuicConnection(configuration=configuration)
        sock = await self._trace.network.connect_udp(*self._peer)
        try:
            quic.connect(self._peer, now=self._now())
            return await self._converse(quic, sock)
        finally:
            sock.close()

    def _now(self) -> float:
        return self._trace.clock.monotonic()

    async def _converse(self, quic: "QuicConnection", sock: Datagrams) -> str | None:
        """Send what is due, take what comes, until aioquic says how it ended."""
        while True:
            await self._flush(quic, sock)
            done, failure = self._end_of(quic)
            if done:
                if failure is None:  # RFC 9000 §10.2: the server need not wait for us
                    quic.close(error_code=_NO_ERROR)
                    await self._flush(quic, sock)
                return failure
            due = quic.get_timer()
            try:
                async with asyncio.timeout(None if due is None else max(0.0, due - self._now())):
                    data = await sock.receive()
            except TimeoutError:
                quic.handle_timer(now=self._now())
                continue
            self._other_versions |= data[:1] >= b"\x80" and data[1:5] == bytes(4)
            try:
                quic.receive_datagram(data, self._peer, now=self._now())
            except Exception as exc:  # noqa: BLE001 - forged Initials reach aioquic's parsers
                return f"unknown_failure: {type(exc).__name__}"

    async def _flush(self, quic: "QuicConnection", sock: Datagrams) -> None:
        for data, _ in quic.datagrams_to_send(now=self._now()):
            await sock.send(data)

    def _end_of(self, quic: "QuicConnection") -> tuple[bool, str | None]:
        """Whether it has ended, and the failure."""
        from aioquic.quic import events  # noqa: PLC0415 - see run()

        while (event := quic.next_event()) is not None:
            if isinstance(event, events.HandshakeCompleted):
                self.alpn = event.alpn_protocol or ""
                self.chain = _chain(quic)
                return True, None
            if isinstance(event, events.ConnectionTerminated):
                # aioquic tells "no version in common" as an internal error.
                if self._other_versions and event.error_code == _INTERNAL_ERROR:
                    return True, "quic_incompatible_version"
                return True, failure_of_close(event.error_code)
        return False, None


def _chain(quic: "QuicConnection") -> tuple[bytes, ...]:
    """The peer's certificates, DER, leaf first. aioquic has no public way to them."""
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - see run()

    leaf = quic.tls._peer_certificate  # noqa: SLF001
    others = quic.tls._peer_certificate_chain  # noqa: SLF001
    return tuple(c.public_bytes(Encoding.DER) for c in ([leaf] if leaf else []) + others)


def failure_of_close(code: int) -> str:
    """The failure for a connection that was closed with this error code before it stood."""
    if code in _CRYPTO_ERRORS:  # RFC 9001 §4.8: a TLS alert
        from aioquic.tls import AlertDescription  # noqa: PLC0415 - see _Attempt.run

        alert = code - _CRYPTO_ERRORS.start
        known = {int(a): a.name for a in AlertDescription}
        return f"ssl_failed_handshake: {known.get(alert, f'alert_{alert}').upper()}"
    if code == _CONNECTION_REFUSED:
        return "connection_refused"
    if code == _VERSION_NEGOTIATION_ERROR:
        return "quic_incompatible_version"
    return f"unknown_failure: quic_error_{code:#x}"


async def version_negotiation_ping(
    trace: Trace, ip: str, port: int, *, transaction_id: int, timeout: float = PING_TIMEOUT
) -> NetworkEvent:
    """Does anything speak QUIC there? A packet of an unknown version asks (RFC 9000 §6.1).

    It carries no name, so that only a rule on the address, the port or all of QUIC can touch it.
    """
    t0, failure, size = trace.now(), None, None
    # As dnspython's ids and aioquic's: what an off-path attacker must not guess.
    ours, theirs = os.urandom(_CID_LENGTH), os.urandom(_CID_LENGTH)
    try:
        async with asyncio.timeout(timeout):
            size = await _ping(trace, ip, port, _probe(ours, theirs), (ours, theirs))
    except OSError as exc:
        failure = classify(exc)
    event = NetworkEvent(
        transaction_id=transaction_id,
        operation="quic_version_negotiation",
        t=trace.now(),
        t0=t0,
        address=join_endpoint(ip, port),
        num_bytes=size,
        failure=failure,
        depth=trace.depth,
        arm=trace.arm,
    )
    trace.add(event)
    return event


def _probe(ours: bytes, theirs: bytes) -> bytes:
    """A long header of a reserved version, filled up to the least size that must be answered."""
    head = bytes([_LONG_HEADER | 0x40]) + _GREASE_VERSION.to_bytes(4, "big")
    head += bytes([len(theirs)]) + theirs + bytes([len(ours)]) + ours
    return head.ljust(_MIN_DATAGRAM, b"\0")


async def _ping(trace: Trace, ip: str, port: int, probe: bytes, cids: tuple[bytes, bytes]) -> int:
    """Send, again after a while, and wait; the size of the answer."""
    sock = await trace.network.connect_udp(ip, port)
    try:
        waits = [*(b - a for a, b in itertools.pairwise(PING_RETRIES)), None]
        for wait in waits:
            await sock.send(probe)
            try:
                async with asyncio.timeout(wait):
                    while not is_version_negotiation(data := await sock.receive(), *cids):
                        pass
            except TimeoutError:
                continue
            return len(data)
    finally:
        sock.close()
    raise TimeoutError


def is_version_negotiation(data: bytes, ours: bytes, theirs: bytes) -> bool:
    """Does it answer our packet? Its connection ids are ours, exchanged (RFC 9000 §17.2.1)."""
    wanted = bytes([len(ours)]) + ours + bytes([len(theirs)]) + theirs
    return (
        bool(data)
        and data[0] >= _LONG_HEADER
        and data[1:5] == bytes(4)
        and (data[5 : 5 + len(wanted)] == wanted)
    )
