"""DNS over HTTPS: one connection for many questions, and what happens when it goes."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import dns.message
import h2.config
import h2.connection
import h2.events
import h2.exceptions
import pytest

from measurements.schema.records import DNSQuery
from probe.net.system import SystemClock, SystemNetwork
from probe.net.trust import Trust
from probe.steps.doh import DoHServer
from tests.fakes.certificates import Identity, issue, leaf, root, trust_in
from tests.fakes.loopback import V4, closed_port, new_trace
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import silent
from tests.fakes.resolver import A1, NAME, reply


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """One that trusts our root."""
    return trust_in(root(), tmp_path_factory.mktemp("trust"))


class Server:
    """What it was asked, and how it answers."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.asked = 0
        self.most_at_once = 0
        self.answer: Callable[[bytes], bytes] = lambda wire: reply(wire, A1)
        self.status = "200"
        self.drop_next = False  # close the connection on which the next bytes come
        self.hold = ""  # questions for this name are never answered

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One HTTP/2 connection."""
        self.connections += 1
        self.writers.append(writer)
        conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        conn.initiate_connection()
        bodies: dict[int, bytes] = {}
        with contextlib.suppress(OSError, h2.exceptions.ProtocolError):
            while True:
                writer.write(conn.data_to_send())
                data = await reader.read(65536)
                if not data or self.drop_next:
                    self.drop_next = False
                    break
                ended = self._take(conn, data, bodies)
                self.most_at_once = max(self.most_at_once, len(ended))
                for number in ended:
                    if self.hold and self.hold == _name(bodies[number]):
                        continue
                    conn.send_headers(number, [(":status", self.status)])
                    conn.send_data(number, self.answer(bodies[number]), end_stream=True)
        writer.close()

    def _take(
        self, conn: h2.connection.H2Connection, data: bytes, bodies: dict[int, bytes]
    ) -> list[int]:
        ended = []
        for event in conn.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
            elif isinstance(event, h2.events.StreamEnded):
                self.asked += 1
                ended.append(event.stream_id)
        return ended


def _name(wire: bytes) -> str:
    return str(dns.message.from_wire(wire).question[0].name).rstrip(".")


@contextlib.asynccontextmanager
async def doh_server(folder: Path, identity: Identity | None = None) -> AsyncIterator[Server]:
    """An HTTP/2 server on loopback."""
    made = Server()
    context = (identity or leaf("dns.example", V4)).server_context(folder)
    context.set_alpn_protocols(["h2"])
    listening = await asyncio.start_server(made.serve, V4, 0, ssl=context)
    made.port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        listening.close()
        for writer in made.writers:
            writer.transport.abort()
        await asyncio.sleep(0.02)


def client(port: int, trust: Trust) -> DoHServer:
    """Ours."""
    return DoHServer(f"https://{V4}:{port}/dns-query", SystemNetwork(), SystemClock(), trust)


async def ask(server: DoHServer, trust: Trust, name: str = NAME) -> DNSQuery:
    """One question."""
    return await server.query(new_trace(trust=trust), name, "A", "public")


async def test_many_questions_on_one_connection(tmp_path: Path, trust: Trust) -> None:
    """Side by side, each with its own answer; not more at once than servers allow."""
    async with doh_server(tmp_path) as server:
        ours = client(server.port, trust)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask(ours, trust)) for _ in range(150)]
        ours.close()
    assert {t.result().failure for t in tasks} == {None}
    assert {t.result().addresses for t in tasks} == {("192.0.2.1",)}
    assert {t.result().engine for t in tasks} == {"doh"}
    assert (server.asked, server.connections) == (150, 1)
    assert server.most_at_once <= 32


async def test_connection_that_went_is_made_anew(tmp_path: Path, trust: Trust) -> None:
    """An idle connection that the server closed costs nothing but a new one."""
    async with doh_server(tmp_path) as server:
        ours = client(server.port, trust)
        assert (await ask(ours, trust)).failure is None
        server.drop_next = True
        assert (await ask(ours, trust)).failure is None
        ours.close()
    assert server.connections == 2


async def test_answers_that_are_none(tmp_path: Path, trust: Trust) -> None:
    """Another status, another body; the next question is asked as if nothing had been."""
    async with doh_server(tmp_path) as server:
        ours = client(server.port, trust)
        server.status = "503"
        assert (await ask(ours, trust)).failure == "http_request_failed: 503"
        server.status, server.answer = "200", lambda _: b"<html>"
        assert (await ask(ours, trust)).failure == "dns_reply_with_wrong_query_id"
        server.answer = lambda wire: dns.message.make_response(
            dns.message.from_wire(wire)
        ).to_wire()
        assert (await ask(ours, trust)).failure == "dns_no_answer"
        ours.close()


async def test_name_that_dns_cannot_carry(tmp_path: Path, trust: Trust) -> None:
    """A failure, and the connection lives on."""
    async with doh_server(tmp_path) as server:
        ours = client(server.port, trust)
        assert (await ask(ours, trust, "a..b")).failure == "invalid_argument"
        assert (await ask(ours, trust)).failure is None
        ours.close()


async def test_server_that_cannot_be_trusted_rests(tmp_path: Path, trust: Trust) -> None:
    """A bad chain is its failure; the next questions are not sent there again."""
    async with doh_server(tmp_path, issue("x", sans=(V4,))) as server:
        ours = client(server.port, trust)
        for _ in range(3):
            assert (await ask(ours, trust)).failure == "ssl_unknown_authority"
        ours.close()
    assert server.asked == 0


async def test_server_that_is_not_there_rests(trust: Trust) -> None:
    """Refused once, and remembered."""
    ours = client(closed_port(socket.SOCK_STREAM), trust)
    for _ in range(2):
        assert (await ask(ours, trust)).failure == "connection_refused"
    ours.close()


async def test_cancelled_in_the_handshake(trust: Trust) -> None:
    """The connection that was being made is closed."""
    network = FakeNetwork(tcp={(V4, 443): silent})
    ours = DoHServer(f"https://{V4}/", network, SystemClock(), trust)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await ours.query(new_trace(network), NAME, "A", "public")
    assert network.still_open() == 0


class _Named(SystemNetwork):
    """The real network, in which one name exists."""

    async def getaddrinfo(self, host: str) -> tuple[str, ...]:
        """It lives here, and at an address where nobody is."""
        return ("127.0.0.9", V4) if host == "doh.example" else ()


async def test_server_that_goes_by_a_name(tmp_path: Path, trust: Trust) -> None:
    """The system is asked where it is; every address is tried; the certificate is the name's."""
    async with doh_server(tmp_path, leaf("doh.example", V4)) as server:
        url = f"https://doh.example:{server.port}/dns-query"
        ours = DoHServer(url, _Named(), SystemClock(), trust)
        assert ("192.0.2.1",) == (await ask(ours, trust)).addresses
        ours.close()
        other = DoHServer(url.replace("doh.", "other."), _Named(), SystemClock(), trust)
        assert "dns_no_answer" == (await ask(other, trust)).failure


async def test_a_slow_answer_holds_up_nobody(tmp_path: Path, trust: Trust) -> None:
    """One reads for all while its own answer does not come; when it gives up, another reads on."""
    async with doh_server(tmp_path) as server:
        ours = client(server.port, trust)
        server.hold = "slow.example"
        slow = asyncio.gather(ask(ours, trust, "slow.example"))
        while server.asked < 1:  # noqa: ASYNC110 - a fake without events
            await asyncio.sleep(0.005)
        async with asyncio.timeout(0.2):
            assert (await ask(ours, trust)).failure is None
        waiting = asyncio.gather(ask(ours, trust, "other.example"))
        await asyncio.sleep(0)
        slow.cancel()
        assert [None] == [q.failure for q in await waiting]
        assert (await ask(ours, trust)).failure is None
        ours.close()
    assert 1 == server.connections


async def test_a_silent_connection_is_given_up(tmp_path: Path, trust: Trust) -> None:
    """Nothing comes any more over the kept one: the next question goes over a new one."""
    async with doh_server(tmp_path) as server:
        ours = client(server.port, trust)
        await ask(ours, trust)
        server.hold = "slow.example"
        lost = asyncio.gather(ask(ours, trust, "slow.example"))
        while server.asked < 2:  # noqa: ASYNC110 - a fake without events
            await asyncio.sleep(0.005)
        lost.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await lost
        assert (await ask(ours, trust)).failure is None
        ours.close()
    assert 2 == server.connections
