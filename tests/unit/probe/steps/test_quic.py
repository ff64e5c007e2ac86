"""QUIC handshakes with aioquic's own server, and the ping that needs none."""

import asyncio
import contextlib
import datetime as dt
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aioquic.asyncio.server import serve
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.packet import encode_quic_version_negotiation
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.schema.records import QUICHandshake
from probe.net.trust import Trust
from probe.steps import quic
from tests.fakes.certificates import Identity, issue, leaf, root, trust_in
from tests.fakes.loopback import V4, V6, closed_port, new_trace, udp_peer
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import Action, Peer, silent

NAME = "site.example"


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """One that trusts our root."""
    return trust_in(root(), tmp_path_factory.mktemp("trust"))


@contextlib.asynccontextmanager
async def quic_server(
    folder: Path, identity: Identity, *, ip: str = V4, alpn: str = "h3"
) -> AsyncIterator[int]:
    """An aioquic server; gives its port."""
    configuration = QuicConfiguration(is_client=False, alpn_protocols=[alpn])
    configuration.load_cert_chain(*identity.write(folder))
    server = await serve(ip, 0, configuration=configuration)
    try:
        assert server._transport is not None
        yield server._transport.get_extra_info("sockname")[1]
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
    patience: float = 2.0,
) -> QUICHandshake:
    """One handshake, found in the notebook too."""
    trace = new_trace(trust=trust)
    record = await quic.handshake(
        trace, ip, port, transaction_id=3, server_name=sni, verify_name=verify, timeout=patience
    )
    assert trace.notebook.records().quic_handshakes == (record,)
    return record


@pytest.mark.parametrize("ip", [V4, V6])
async def test_success(tmp_path: Path, trust: Trust, ip: str) -> None:
    """ALPN h3, and the chain in the order it was sent."""
    identity = leaf(NAME)
    async with quic_server(tmp_path, identity, ip=ip) as port:
        record = await shake(port, ip=ip, trust=trust)
    assert record.failure is None
    assert record.negotiated_protocol == "h3"
    assert record.peer_certificates == identity.chain
    assert (record.ip, record.port, record.server_name, record.transaction_id) == (
        ip,
        port,
        NAME,
        3,
    )
    assert 0 <= record.t0 < record.t


@pytest.mark.parametrize(
    ("identity", "failure"),
    [
        (leaf(NAME, until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)), "ssl_invalid_certificate"),
        (leaf("other.example"), "ssl_invalid_hostname"),
        (issue(NAME, sans=(NAME,)), "ssl_unknown_authority"),
    ],
    ids=["expired", "wrong host", "self-signed"],
)
async def test_bad_chain(tmp_path: Path, trust: Trust, identity: Identity, failure: str) -> None:
    """Judged afterwards, as in TLS; not judged where no name is given."""
    async with quic_server(tmp_path, identity) as port:
        record = await shake(port, trust=trust)
        assert (record.failure, record.peer_certificates) == (failure, identity.chain)
        assert (await shake(port, trust=trust, verify=None)).failure is None


async def test_no_sni_and_address(tmp_path: Path, trust: Trust) -> None:
    """Without a name, and with an address for one."""
    async with quic_server(tmp_path, leaf(NAME, V4)) as port:
        for sni, verify in (("", NAME), (V4, V4)):
            record = await shake(port, trust=trust, sni=sni, verify=verify)
            assert record.failure is None


async def test_alert(tmp_path: Path) -> None:
    """A server without h3 refuses with a TLS alert."""
    async with quic_server(tmp_path, leaf(NAME), alpn="hq-interop") as port:
        record = await shake(port)
    assert (record.failure or "").startswith("ssl_failed_handshake: ")


async def test_silence_is_asked_again() -> None:
    """Nothing comes: the Initial is repeated by aioquic's timer, then it is a timeout."""
    seen: list[bytes] = []
    async with udp_peer(silent, seen=seen) as port:
        record = await shake(port, patience=0.4)
    assert record.failure == "generic_timeout_error"
    assert len(seen) >= 2
    assert all(len(datagram) >= 1200 for datagram in seen)


async def test_port_unreachable() -> None:
    """ICMP is connection_refused."""
    record = await shake(closed_port(socket.SOCK_DGRAM))
    assert record.failure == "connection_refused"


def negotiates(*versions: int) -> Peer:
    """A server that speaks only these versions."""

    def peer(wire: bytes) -> Sequence[Action]:
        theirs_end = 6 + wire[5]
        theirs, ours = wire[6:theirs_end], wire[theirs_end + 1 :][: wire[theirs_end]]
        return (encode_quic_version_negotiation(theirs, ours, list(versions)),)

    return peer


async def test_no_common_version() -> None:
    """A server of another version says so."""
    async with udp_peer(negotiates(0x6B3343CF)) as port:
        assert (await shake(port)).failure == "quic_incompatible_version"


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (0x2, "connection_refused"),
        (0x11, "quic_incompatible_version"),
        (0x128, "ssl_failed_handshake: HANDSHAKE_FAILURE"),
        (0x170, "ssl_failed_handshake: UNRECOGNIZED_NAME"),
        (0x1FE, "ssl_failed_handshake: ALERT_254"),
        (0x1, "unknown_failure: quic_error_0x1"),
    ],
)
def test_closes(code: int, failure: str) -> None:
    """RFC 9000 §20.1 in our words."""
    assert quic.failure_of_close(code) == failure


@pytest.mark.parametrize("name", ["ü.example", "a" * 70000])
async def test_name_that_quic_cannot_carry(name: str) -> None:
    """A failure, and nothing stays open."""
    network = FakeNetwork(udp={(V4, 443): silent})
    record = await quic.handshake(
        new_trace(network), V4, 443, transaction_id=1, server_name=name, timeout=0.05
    )
    assert record.failure is not None
    assert network.still_open() == 0


async def test_cancelled() -> None:
    """The caller's deadline gets through; socket and timers are gone."""
    network = FakeNetwork(udp={(V4, 443): silent})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await quic.handshake(new_trace(network), V4, 443, transaction_id=1, server_name=NAME)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await quic.version_negotiation_ping(new_trace(network), V4, 443, transaction_id=1)
    assert network.still_open() == 0
    assert len(asyncio.all_tasks()) == 1


async def test_ping_is_answered_by_a_real_server(tmp_path: Path) -> None:
    """aioquic's server answers a version that it does not know."""
    trace = new_trace().at(1)
    async with quic_server(tmp_path, leaf(NAME)) as port:
        event = await quic.version_negotiation_ping(trace, V4, port, transaction_id=5)
    assert (event.failure, event.operation) == (None, "quic_version_negotiation")
    assert event.address == f"{V4}:{port}"
    assert (event.num_bytes or 0) > 20
    assert (event.transaction_id, event.depth) == (5, 1)
    assert trace.notebook.records().network_events == (event,)


async def test_ping_on_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """1200 bytes, a long header, a reserved version; the same again when nothing comes."""
    monkeypatch.setattr(quic, "PING_RETRIES", (0.0, 0.01, 0.02))
    seen: list[bytes] = []
    async with udp_peer(silent, seen=seen) as port:
        event = await quic.version_negotiation_ping(
            new_trace(), V4, port, transaction_id=1, timeout=0.06
        )
    assert event.failure == "generic_timeout_error"
    assert len(seen) == 3
    assert {len(s) for s in seen} == {1200}
    assert seen[0][0] & 0xC0 == 0xC0
    assert int.from_bytes(seen[0][1:5], "big") & 0x0F0F0F0F == 0x0A0A0A0A


async def test_ping_refused_and_unanswered_by_others() -> None:
    """ICMP is a failure; what does not carry our connection ids is no answer."""
    port = closed_port(socket.SOCK_DGRAM)
    event = await quic.version_negotiation_ping(new_trace(), V4, port, transaction_id=1)
    assert event.failure == "connection_refused"

    def liar(wire: bytes) -> Sequence[Action]:
        return wire, b"", b"\x80" + bytes(30), encode_quic_version_negotiation(b"a", b"b", [1])

    network = FakeNetwork(udp={(V4, 443): liar})
    event = await quic.version_negotiation_ping(
        new_trace(network), V4, 443, transaction_id=1, timeout=0.02
    )
    assert event.failure == "generic_timeout_error"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 0xC0, 0xD0, 0xF0]), st.binary(max_size=99)), max_size=4)
)
def test_random_bytes_never_raise(pieces: list[tuple[int, bytes]]) -> None:
    """Garbage, also under our own connection id and version, ends in a failure."""

    def peer(wire: bytes) -> Sequence[Action]:
        theirs_end = 6 + wire[5]
        ours = wire[theirs_end : theirs_end + 1 + wire[theirs_end]]
        heads = [bytes([kind]) + wire[1:5] + ours + b"\0" if kind else b"" for kind, _ in pieces]
        return [head + tail for head, (_, tail) in zip(heads, pieces, strict=True)]

    async def run() -> QUICHandshake:
        network = FakeNetwork(udp={(V4, 443): peer})
        record = await quic.handshake(
            new_trace(network), V4, 443, transaction_id=1, server_name=NAME, timeout=0.01
        )
        assert network.still_open() == 0
        return record

    assert asyncio.run(run()).failure is not None


async def test_bug_in_the_parser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forged Initials reach aioquic's parsers: what they raise does not end the measurement."""
    from aioquic.quic.connection import QuicConnection  # noqa: PLC0415

    def broken(*_: object, **__: object) -> None:
        raise IndexError

    monkeypatch.setattr(QuicConnection, "receive_datagram", broken)
    async with udp_peer(lambda wire: (wire,)) as port:
        assert (await shake(port)).failure == "unknown_failure: IndexError"


async def test_aioquic_is_loaded_only_when_used() -> None:
    """A run without QUIC does not pay for it."""
    code = "import sys, probe.steps.quic; sys.exit('aioquic' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0
