"""TLS handshakes: what is agreed on, what is wrong with a chain, and what really leaves."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.schema.records import TLSHandshake
from probe.net.trust import Trust
from probe.steps import tls
from probe.steps.tls import TLSStream, handshake, shape
from tests.fakes.certificates import Identity, issue, leaf, root, trust_in
from tests.fakes.loopback import V4, V6, new_trace, tcp_peer
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import END, RESET, Action, Peer, answers, silent

NAME = "site.example"
ALERT_UNRECOGNIZED_NAME = b"\x15\x03\x03\x00\x02\x02\x70"  # RFC 6066 §3: fatal, 112


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """One that trusts our root."""
    return trust_in(root(), tmp_path_factory.mktemp("trust"))


class Seen:
    """What a TLS server learnt of its client."""

    def __init__(self) -> None:
        self.server_name: str | None = "never asked"


@contextlib.asynccontextmanager
async def tls_server(
    folder: Path, identity: Identity, *, ip: str = V4, alpn: str = "", newest: bool = True
) -> AsyncIterator[tuple[int, Seen]]:
    """A TLS server that says hello; gives its port."""
    context, seen = identity.server_context(folder), Seen()
    context.maximum_version = ssl.TLSVersion.TLSv1_3 if newest else ssl.TLSVersion.TLSv1_2
    if alpn:
        context.set_alpn_protocols([alpn])

    def note(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> None:
        seen.server_name = name

    context.sni_callback = note

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(b"hello")
            await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, ip, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        server.close()
        await asyncio.sleep(0.01)


async def shake(
    port: int,
    *,
    ip: str = V4,
    trust: Trust | None = None,
    sni: str = NAME,
    verify: str | None = NAME,
    hello: str = "whole",
    patience: float = 2.0,
) -> tuple[TLSHandshake, bytes]:
    """One handshake, and the first bytes inside it."""
    trace = new_trace(trust=trust)
    stream = await trace.network.connect_tcp(ip, port)
    try:
        record, secure = await handshake(
            trace,
            stream,
            ip,
            port,
            transaction_id=3,
            server_name=sni,
            verify_name=verify,
            hello=hello,
            timeout=patience,
        )
        assert trace.notebook.records().tls_handshakes == (record,)
        return record, await secure.read(5) if secure else b""
    finally:
        stream.close()
        await asyncio.sleep(0)


@pytest.mark.parametrize("ip", [V4, V6])
@pytest.mark.parametrize("newest", [False, True])
async def test_success(tmp_path: Path, trust: Trust, ip: str, *, newest: bool) -> None:
    """TLS 1.2 and 1.3: version, suite, ALPN, bytes, and the chain in the order it was sent."""
    identity = leaf(NAME)
    async with tls_server(tmp_path, identity, ip=ip, alpn="http/1.1", newest=newest) as (
        port,
        seen,
    ):
        record, inside = await shake(port, ip=ip, trust=trust)
    assert record.failure is None
    assert record.tls_version == ("TLSv1.3" if newest else "TLSv1.2")
    assert record.cipher_suite
    assert record.negotiated_protocol == "http/1.1"
    assert record.peer_certificates == identity.chain
    assert len(identity.chain) == 2
    assert record.bytes_sent > 300
    assert record.bytes_received > 500
    # The last word is the server's in TLS 1.2, our Finished in 1.3.
    assert record.last_operation[:-1] == ("write_" if newest else "read_")
    assert (record.server_name, record.no_tls_verify, record.hello) == (NAME, False, "whole")
    assert (seen.server_name, inside) == (NAME, b"hello")


YESTERDAY = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("identity", "failure"),
    [
        (leaf(NAME, until=YESTERDAY), "ssl_invalid_certificate"),
        (leaf("other.example"), "ssl_invalid_hostname"),
        (issue(NAME, sans=(NAME,)), "ssl_unknown_authority"),
        (issue(NAME, issue("Forger", ca=True), sans=(NAME,)), "ssl_unknown_authority"),
    ],
    ids=["expired", "wrong host", "self-signed", "unknown authority"],
)
async def test_bad_chain(tmp_path: Path, trust: Trust, identity: Identity, failure: str) -> None:
    """The handshake ends, the chain is kept whole, the stream can be used, the failure is told."""
    async with tls_server(tmp_path, identity) as (port, _):
        record, inside = await shake(port, trust=trust)
        assert (record.failure, inside) == (failure, b"hello")
        assert record.peer_certificates == identity.chain
        unjudged, _ = await shake(port, trust=trust, verify=None)
        assert (unjudged.failure, unjudged.no_tls_verify) == (None, True)


async def test_no_sni(tmp_path: Path, trust: Trust) -> None:
    """ "" sends no name."""
    async with tls_server(tmp_path, leaf(NAME)) as (port, seen):
        record, _ = await shake(port, trust=trust, sni="")
    assert (record.failure, record.server_name, seen.server_name) == (None, "", None)


async def test_address_as_host(tmp_path: Path, trust: Trust) -> None:
    """An address is never sent as a name (RFC 6066 §3), and is looked for in the certificate."""
    async with tls_server(tmp_path, leaf(V4, V6)) as (port, seen):
        for ip in (V4, V6):
            record, _ = await shake(port, trust=trust, sni=ip, verify=ip)
            assert (record.failure, seen.server_name) == (None, None)


async def test_another_name_is_sent_than_is_verified(tmp_path: Path, trust: Trust) -> None:
    """The arms of an experiment vary one, not the other."""
    async with tls_server(tmp_path, leaf(NAME)) as (port, seen):
        record, _ = await shake(port, trust=trust, sni="innocent.example")
    assert (record.failure, seen.server_name) == (None, "innocent.example")


@pytest.mark.parametrize("hello", ["split", "fragmented"])
async def test_shaped_hello_is_understood(tmp_path: Path, trust: Trust, hello: str) -> None:
    """A real server puts the pieces together."""
    async with tls_server(tmp_path, leaf(NAME)) as (port, seen):
        record, inside = await shake(port, trust=trust, hello=hello)
    assert (record.failure, record.hello) == (None, hello)
    assert (seen.server_name, inside) == (NAME, b"hello")


def records_in(data: bytes) -> list[bytes]:
    """The payloads of the TLS records in `data`."""
    found = []
    while data:
        assert data[0] == 22  # handshake
        size = int.from_bytes(data[3:5], "big")
        found.append(data[5 : 5 + size])
        data = data[5 + size :]
    return found


async def wire(hello: str) -> list[bytes]:
    """What a server reads, read by read, until the client gives up."""
    seen: list[bytes] = []
    async with tcp_peer(silent, seen=seen) as port:
        record, _ = await shake(port, hello=hello, patience=0.15)
    assert (record.failure, record.last_operation) == ("generic_timeout_error", "write_1")
    assert record.bytes_sent == len(b"".join(seen))
    return seen


async def test_whole_hello_on_the_wire() -> None:
    """One segment, one record, the name in it."""
    (only,) = await wire("whole")
    (payload,) = records_in(only)
    assert NAME.encode() in payload


async def test_split_hello_on_the_wire() -> None:
    """Two segments, neither with the whole name; together one record."""
    first, second = await wire("split")
    assert NAME.encode() not in first
    assert NAME.encode() not in second
    (payload,) = records_in(first + second)
    assert NAME.encode() in payload


async def test_fragmented_hello_on_the_wire() -> None:
    """Two records, neither with the whole name; together one ClientHello."""
    first, second = records_in(b"".join(await wire("fragmented")))
    assert NAME.encode() not in first
    assert NAME.encode() not in second
    assert NAME.encode() in first + second
    assert (first[0], int.from_bytes(first[1:4], "big") + 4) == (1, len(first + second))


@given(st.binary(min_size=40, max_size=700), st.sampled_from(["", "a.example", "x"]))
def test_shapes_lose_nothing(payload: bytes, name: str) -> None:
    """Whatever is in the hello, the pieces make it up, and none is empty."""
    data = b"\x16\x03\x01" + len(payload).to_bytes(2, "big") + payload
    assert b"".join(shape(data, "split", name)) == data
    assert all(shape(data, "split", name))
    assert b"".join(records_in(b"".join(shape(data, "fragmented", name)))) == payload


@pytest.mark.parametrize(
    ("peer", "failure"),
    [
        (silent, "generic_timeout_error"),
        (answers(RESET), "connection_reset"),
        (answers(END), "eof_error"),
        (answers(b"\x16\x03\x03\x01", END), "eof_error"),
        (answers(ALERT_UNRECOGNIZED_NAME), "ssl_failed_handshake: TLSV1_UNRECOGNIZED_NAME"),
        (answers(ALERT_UNRECOGNIZED_NAME, END), "ssl_failed_handshake: TLSV1_UNRECOGNIZED_NAME"),
        (answers(b"HTTP/1.1 403 Forbidden\r\n\r\n"), "ssl_failed_handshake: WRONG_VERSION_NUMBER"),
        (answers(b"HTTP/1.1 403 No\r\n\r\n", RESET), "ssl_failed_handshake: WRONG_VERSION_NUMBER"),
    ],
)
async def test_failures(peer: Peer, failure: str) -> None:
    """Each ending has its failure, and no stream."""
    async with tcp_peer(peer) as port:
        record, inside = await shake(port, patience=0.05)
    assert record.failure == failure or (
        # the RST may overtake what came before it
        failure.endswith("NUMBER") and record.failure == "connection_reset"
    )
    assert (record.peer_certificates, record.tls_version, inside) == ((), "", b"")


@pytest.mark.parametrize("name", ["a" * 64 + ".example", ".example", "a..b", "a\0b", "ü" * 99])
async def test_name_that_tls_cannot_carry(name: str) -> None:
    """A failure of this computer; nothing was sent."""
    seen: list[bytes] = []
    async with tcp_peer(silent, seen=seen) as port:
        record, _ = await shake(port, sni=name)
    assert (record.failure, seen) == ("invalid_argument", [])


async def test_reading_inside(tmp_path: Path, trust: Trust) -> None:
    """After close_notify reads give b"", again and again; writes reach the server."""
    async with tls_server(tmp_path, leaf(NAME)) as (port, _):
        trace = new_trace(trust=trust)
        stream = await trace.network.connect_tcp(V4, port)
        record, secure = await handshake(
            trace, stream, V4, port, transaction_id=1, server_name=NAME, alpn=()
        )
        assert secure is not None
        assert (record.negotiated_protocol, record.no_tls_verify) == ("", True)
        await secure.write(b"bye")
        secure.set_ttl(64)
        assert await secure.read(100) == b"hello"
        secure.close()


async def test_end_inside_without_notice(tmp_path: Path) -> None:
    """A TCP end without close_notify reads as the end: HTTP says whether something is missing."""
    context = leaf(NAME).server_context(tmp_path)
    server_in, server_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(server_in, server_out, server_side=True)
    length = [0]

    def peer(received: bytes) -> list[Action]:
        server_in.write(received[length[0] :])
        length[0] = len(received)
        with contextlib.suppress(ssl.SSLWantReadError):
            server.do_handshake()
            server.write(b"part")
            return [server_out.read(), END]
        data = server_out.read()
        return [data] if data else []

    network = FakeNetwork(tcp={(V4, 443): peer})
    trace = new_trace(network)
    stream = await network.connect_tcp(V4, 443)
    _, secure = await handshake(trace, stream, V4, 443, transaction_id=1, server_name=NAME)
    assert secure is not None
    assert [await secure.read(10) for _ in range(3)] == [b"part", b"", b""]


async def test_cancelled() -> None:
    """The caller's deadline gets through; there is no record of what did not end."""
    trace = new_trace(FakeNetwork(tcp={(V4, 443): silent}))
    stream = await trace.network.connect_tcp(V4, 443)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await handshake(trace, stream, V4, 443, transaction_id=1, server_name=NAME)
    assert trace.notebook.records().tls_handshakes == ()
    assert len(asyncio.all_tasks()) == 1


def test_contexts_are_shared() -> None:
    """Making one costs milliseconds: there is one for each ALPN list."""
    assert tls._context(("h2",)) is tls._context(("h2",))
    assert tls._context(("h2",)) is not tls._context(())


def server_hello() -> bytes:
    """The start of a genuine answer, for the fuzzer to spoil."""
    return bytes.fromhex("160303007a0200007603") + bytes(116)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.just(server_hello())), max_size=4))
def test_random_bytes_never_raise(pieces: list[bytes]) -> None:
    """Whatever a peer says, the handshake has a failure and ends."""

    async def run() -> TLSHandshake:
        network = FakeNetwork(tcp={(V4, 443): answers(*pieces, END)})
        stream = await network.connect_tcp(V4, 443)
        record, secure = await handshake(
            new_trace(network), stream, V4, 443, transaction_id=1, server_name=NAME
        )
        assert secure is None
        return record

    assert asyncio.run(run()).failure is not None


async def test_stream_is_a_stream() -> None:
    """TLSStream has the calls of network.Stream, and hands them on."""
    network = FakeNetwork(tcp={(V4, 443): silent})
    under = await network.connect_tcp(V4, 443)
    stream = TLSStream(under, "", ())
    stream.set_ttl(3)
    stream.close()
    assert (under.ttls, under.closed) == ([3], True)
