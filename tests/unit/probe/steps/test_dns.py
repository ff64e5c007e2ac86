"""DNS questions: answers, forgeries, silence and nonsense."""

import asyncio
import socket
from collections.abc import Awaitable, Sequence

import dns.flags
import dns.message
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measurements.schema.records import DNSAnswer, DNSQuery
from probe.steps import dns as step
from probe.steps.dns import TRUNCATED, system_lookup, udp_query
from tests.fakes.loopback import V4, V6, both_peers, closed_port, new_trace, udp_peer
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import END, RESET, Action, Peer, silent
from tests.fakes.resolver import (
    A1,
    A2,
    NAME,
    ask_udp,
    framed,
    loops,
    over_tcp,
    question,
    reply,
    says,
)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "UDP_RETRIES", (0.0, 0.02, 0.04))
    monkeypatch.setattr(step, "UDP_TIMEOUT", 0.3)
    monkeypatch.setattr(step, "STREAM_TIMEOUT", 0.3)


async def test_answer() -> None:
    """Addresses, times to live, the raw message; one datagram was sent."""
    seen: list[bytes] = []
    trace = new_trace()
    async with udp_peer(says(A1, A2), seen=seen) as port:
        record = await udp_query(trace, question(port))
    assert record.failure is None
    assert record.addresses == ("192.0.2.1", "192.0.2.2")
    assert record.answers[0] == DNSAnswer(answer_type="A", value="192.0.2.1", ttl=60)
    assert (record.engine, record.role, record.rcode) == ("udp", "public", 0)
    assert record.resolver_address == f"{V4}:{port}"
    assert record.raw_response
    assert len(seen) == 1
    assert trace.notebook.records().queries == (record,)


async def test_ipv6_resolver() -> None:
    """Over IPv6, with its address in brackets."""
    async with udp_peer(says(A1), ip=V6) as port:
        record = await udp_query(new_trace(), question(port, ip=V6))
    assert (record.failure, record.resolver_address) == (None, f"[{V6}]:{port}")


@pytest.mark.parametrize(
    ("rcode", "failure"),
    [
        (0, "dns_no_answer"),
        (2, "dns_servfail_error"),
        (3, "dns_nxdomain_error"),
        (5, "dns_refused_error"),
        (4, "dns_server_misbehaving"),
    ],
)
async def test_rcodes(rcode: int, failure: str) -> None:
    """Each rcode without addresses is its failure."""
    record, _ = await ask_udp(says(rcode=rcode))
    assert (record.failure, record.rcode) == (failure, rcode)


async def test_cname_chain() -> None:
    """The names on the way and the address at the end are kept in order."""
    lines = f"{NAME}. 5 CNAME a.cdn.example.", "a.cdn.example. 6 CNAME b.cdn.example."
    record, _ = await ask_udp(says(*lines, "b.cdn.example. 7 A 192.0.2.9"))
    assert [(a.answer_type, a.value) for a in record.answers] == [
        ("CNAME", "a.cdn.example"),
        ("CNAME", "b.cdn.example"),
        ("A", "192.0.2.9"),
    ]
    assert record.failure is None


async def test_cname_that_leads_nowhere() -> None:
    """Without an address of the kind asked for there is no answer."""
    record, _ = await ask_udp(says(f"{NAME}. 5 CNAME a.cdn.example."))
    assert record.failure == "dns_no_answer"
    record, _ = await ask_udp(says(A1), kind="AAAA")
    assert record.failure == "dns_no_answer"
    assert record.addresses == ("192.0.2.1",)


async def test_two_conflicting_answers_are_both_recorded() -> None:
    """The forged one that came first, the genuine one late; a copy of either is not a third."""
    forged, true = A1, A2

    def peer(wire: bytes) -> Sequence[Action]:
        one, two = reply(wire, forged), reply(wire, true)
        return one, one, two, two, one

    record, trace = await ask_udp(peer, listen=0.1)
    queries = trace.notebook.records().queries
    assert [(q.addresses, q.late) for q in queries] == [
        (("192.0.2.1",), False),
        (("192.0.2.2",), True),
    ]
    assert queries[0] == record
    assert queries[0].transaction_id == queries[1].transaction_id


async def test_answers_to_a_repetition_do_not_conflict() -> None:
    """A slow resolver that answers each datagram differently is load balancing, not injection."""
    trace, count = new_trace(), iter((A1, A2, A2))
    waiting: list[bytes] = []

    def peer(wire: bytes) -> Sequence[Action]:
        waiting.append(wire)
        return (reply(wire, next(count)),) if len(waiting) > 1 else ()

    async with udp_peer(peer) as port:
        record = await udp_query(trace, question(port), keep_listening=lambda: 0.15)
    assert record.addresses == ("192.0.2.1",)
    assert len(trace.notebook.records().queries) == 1


async def test_flood_is_bounded() -> None:
    """At most four late answers are kept."""
    lines = [f"{NAME}. 60 A 192.0.2.{i}" for i in range(9)]
    _, trace = await ask_udp(lambda w: [reply(w, line) for line in lines], listen=0.1)
    assert len(trace.notebook.records().queries) == 5


async def test_listening_on_is_prolonged_by_the_caller() -> None:
    """`keep_listening` is asked again when its moment has come."""
    asked: list[int] = []

    def until() -> float:
        asked.append(1)
        return 0.02 * min(len(asked), 3)

    async with udp_peer(says(A1)) as port:
        await udp_query(new_trace(), question(port), keep_listening=until)
    assert len(asked) >= 3


async def test_wrong_id_and_wrong_question_are_no_answers() -> None:
    """Off-path guesses are passed over; the genuine answer after them counts."""

    def peer(wire: bytes) -> Sequence[Action]:
        other = dns.message.make_query("other.example", "A", id=int.from_bytes(wire[:2], "big"))
        wrong = [reply(wire, A1, more_id=1), reply(other.to_wire(), A1), wire, b"", b"\0" * 5]
        return [*wrong, reply(wire, A2)]

    record, trace = await ask_udp(peer, listen=0.05)
    assert record.addresses == ("192.0.2.2",)
    assert len(trace.notebook.records().queries) == 1


async def test_lost_datagrams_are_repeated_from_new_ports() -> None:
    """The third try is answered; each came from a port of its own."""
    trace, wires = new_trace(), []

    class Ports(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            wires.append((data, addr[1]))
            if len(wires) == 3:
                self.transport.sendto(reply(data, A1), addr)  # type: ignore[attr-defined]

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Ports, local_addr=(V4, 0))
    record = await udp_query(trace, question(transport.get_extra_info("sockname")[1]))
    transport.close()
    await asyncio.sleep(0)
    assert record.failure is None
    assert len({port for _, port in wires}) == 3
    assert len({data for data, _ in wires}) == 1


async def test_silence() -> None:
    """Nothing on any try is a timeout."""
    record, _ = await ask_udp(silent)
    assert record.failure == "generic_timeout_error"
    assert record.t - record.t0 >= 0.29


async def test_port_unreachable_on_every_try_ends_early() -> None:
    """ICMP on all three is connection_refused, without sitting out the timeout."""
    trace = new_trace()
    record = await udp_query(trace, question(closed_port(socket.SOCK_DGRAM)))
    assert record.failure == "connection_refused"
    assert record.t < 0.25


async def test_forged_icmp_on_the_first_try_does_not_hide_the_answer() -> None:
    """Where a later try is answered, it counts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind((V4, 0))
        port = holder.getsockname()[1]

    async def open_later() -> None:
        await asyncio.sleep(0.01)
        async with udp_peer(says(A1), port=port):
            await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as group:
        group.create_task(open_later())
        record = await udp_query(new_trace(), question(port))
    assert record.failure is None


async def test_truncated_is_asked_again_over_tcp() -> None:
    """TC without addresses says nothing about the name; TCP's answer is the answer."""

    def stream(received: bytes) -> Sequence[Action]:
        if len(received) < 2 or len(received) < 2 + int.from_bytes(received[:2], "big"):
            return ()
        wire = reply(received[2:], A1)
        return (len(wire).to_bytes(2, "big") + wire,)

    trace = new_trace()
    async with both_peers(says(flags=dns.flags.TC), stream) as port:
        record = await udp_query(trace, question(port))
    assert (record.engine, record.failure, record.addresses) == ("tcp", None, ("192.0.2.1",))
    first, second = trace.notebook.records().queries
    assert (first.engine, first.failure) == ("udp", TRUNCATED)
    assert second == record


async def test_truncated_with_addresses_is_enough() -> None:
    """Some addresses are an answer."""
    record, trace = await ask_udp(says(A1, flags=dns.flags.TC))
    assert (record.engine, record.failure) == ("udp", None)
    assert len(trace.notebook.records().queries) == 1


async def test_truncated_and_tcp_refused() -> None:
    """Then TCP's failure is the answer."""
    record, _ = await ask_udp(says(flags=dns.flags.TC))
    assert (record.engine, record.failure) == ("tcp", "connection_refused")


@pytest.mark.parametrize("peer", [loops, lambda w: (reply(w, A1)[:-12],)])
async def test_broken_answer_is_an_answer(peer: Peer) -> None:
    """A loop in the names, or an end too early, under our id: the server misbehaves."""
    record, _ = await ask_udp(peer)
    assert record.failure == "dns_server_misbehaving"
    assert record.raw_response


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "x." * 200, "..", "a..b"])
async def test_name_that_dns_cannot_carry(name: str) -> None:
    """A failure of this computer, not an exception."""
    record = await udp_query(new_trace(FakeNetwork()), question(name=name))
    assert record.failure == "invalid_argument"
    record, _ = await over_tcp(silent, name=name)
    assert record.failure == "invalid_argument"


@pytest.mark.parametrize(
    ("peer", "failure"),
    [
        (framed(lambda w: reply(w, A1)), None),
        (framed(lambda w: reply(w, rcode=3)), "dns_nxdomain_error"),
        (framed(lambda w: reply(w, A1, more_id=1)), "dns_reply_with_wrong_query_id"),
        (framed(lambda _: b""), "dns_reply_with_wrong_query_id"),
        (silent, "generic_timeout_error"),
        (lambda w: (RESET,) if w else (), "connection_reset"),
        (lambda w: (END,) if w else (), "eof_error"),
        (lambda w: (b"\xff\xff" + w, END) if w else (), "eof_error"),
        (lambda w: (b"\0", END) if w else (), "eof_error"),
    ],
)
async def test_over_tcp(peer: Peer, failure: str | None) -> None:
    """Each ending of a question over a stream is recorded."""
    record, trace = await over_tcp(peer)
    assert (record.failure, record.engine) == (failure, "tcp")
    assert trace.notebook.records().queries == (record,)


def test_doh_body() -> None:
    """RFC 8484: the body is the message; anything else is not."""
    trace = new_trace(FakeNetwork())
    asked = question()
    query = step.ask(asked)
    for body, failure in ((reply(query.to_wire(), A1), None), (b"<html>", "dns_reply")):
        record = step.doh_record(
            trace, asked, url="https://dns.example/", t0=0.5, query=query, body=body
        )
        assert (record.failure or "").startswith(failure or "")
        assert bool(record.failure) == bool(failure)
        assert (record.engine, record.resolver_address, record.t0) == (
            "doh",
            "https://dns.example/",
            0.5,
        )


def test_question_that_could_not_be_asked() -> None:
    """The failure of its connection is the failure."""
    trace = new_trace(FakeNetwork())
    record = step.failed_query(
        trace, question(), engine="dot", address="x:853", failure="connection_reset", t0=0.1
    )
    assert (record.failure, record.engine, record.t0) == ("connection_reset", "dot", 0.1)
    assert trace.notebook.records().queries == (record,)


@pytest.mark.parametrize(
    ("found", "failure"),
    [
        (("192.0.2.1", "2001:db8::1"), None),
        ((), "dns_no_answer"),
        (socket.gaierror(socket.EAI_NONAME, ""), "dns_nxdomain_error"),
        (socket.gaierror(socket.EAI_AGAIN, ""), "dns_temporary_failure"),
    ],
)
async def test_system(found: tuple[str, ...] | socket.gaierror, failure: str | None) -> None:
    """getaddrinfo's answer, both families together."""
    trace = new_trace(FakeNetwork(names={NAME: found}))
    record = await system_lookup(trace, NAME)
    assert (record.failure, record.engine, record.role) == (failure, "getaddrinfo", "system")
    if failure is None:
        assert [a.answer_type for a in record.answers] == ["A", "AAAA"]


async def test_system_that_does_not_come_back() -> None:
    """Its timeout is a result; a name that it cannot take, too."""

    class Stuck(FakeNetwork):
        async def getaddrinfo(self, host: str) -> tuple[str, ...]:
            if "\0" in host:
                raise ValueError("embedded null byte")
            await asyncio.Event().wait()
            return ()

    trace = new_trace(Stuck())
    record = await system_lookup(trace, NAME, timeout=0.01)
    assert record.failure == "generic_timeout_error"
    assert (await system_lookup(trace, "a\0b")).failure == "invalid_argument"


@pytest.mark.parametrize("after", [0.0, 0.01, 0.03])
async def test_cancelled(after: float) -> None:
    """No socket stays open and no task runs on."""
    network = FakeNetwork(udp={(V4, 53): silent})
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(after):
            await udp_query(new_trace(network), question())
    assert network.still_open() == 0
    assert asyncio.all_tasks() == before


async def test_answered_question_leaves_nothing_open() -> None:
    """After an answer, too."""
    network = FakeNetwork(udp={(V4, 53): says(A1)})
    await udp_query(new_trace(network), question(), keep_listening=lambda: 0.03)
    assert network.still_open() == 0
    assert len(asyncio.all_tasks()) == 1


def run(doing: Awaitable[DNSQuery]) -> DNSQuery:
    """In a loop of its own: hypothesis calls plain functions."""

    async def main() -> DNSQuery:
        return await doing

    return asyncio.run(main())


@settings(max_examples=150, deadline=None)
@given(tail=st.binary(max_size=120), cut=st.integers(0, 60), flip=st.integers(0, 60))
def test_random_bytes_never_raise(tail: bytes, cut: int, flip: int) -> None:
    """Whatever comes under our id is an answer or a failure."""

    def peer(wire: bytes) -> Sequence[Action]:
        good = bytearray(reply(wire, A1)[: 12 + cut] + tail)
        if flip >= 2 and flip < len(good):
            good[flip] ^= 0xFF
        return wire[:2] + tail, bytes(good), tail

    network = FakeNetwork(udp={(V4, 53): peer}, tcp={(V4, 53): framed(lambda w: w[:2] + tail, END)})
    step_timeout, step.UDP_TIMEOUT = step.UDP_TIMEOUT, 0.01
    try:
        record = run(udp_query(new_trace(network), question()))
    finally:
        step.UDP_TIMEOUT = step_timeout
    assert isinstance(record.failure, str | None)
    assert network.still_open() == 0
