"""TCP connect: each way in which it can end is a record."""

import asyncio
import contextlib
import socket

import pytest

from probe.steps.tcp import connect
from tests.fakes.loopback import V4, V6, closed_port, new_trace, tcp_peer
from tests.fakes.network import FakeNetwork, Route
from tests.fakes.peers import silent


@pytest.mark.parametrize("ip", [V4, V6])
async def test_success(ip: str) -> None:
    """The record has no failure, and the stream is there."""
    trace = new_trace().at(2).for_arm("ip_port", "target", 1)
    async with tcp_peer(silent, ip=ip) as port:
        record, stream = await connect(trace, ip, port, transaction_id=7)
        assert stream is not None
        stream.close()
    assert record.failure is None
    assert (record.ip, record.port, record.transaction_id, record.depth) == (ip, port, 7, 2)
    assert record.arm == trace.arm
    assert 0 <= record.t0 <= record.t
    assert trace.notebook.records().tcp_connects == (record,)


async def test_refused() -> None:
    """A closed port is connection_refused, and there is no stream."""
    port = closed_port(socket.SOCK_STREAM)
    record, stream = await connect(new_trace(), V4, port, transaction_id=1)
    assert (record.failure, stream) == ("connection_refused", None)


async def test_silence() -> None:
    """A dropped SYN is generic_timeout_error after the timeout (a full backlog drops it here)."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind((V4, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((V4, port))
        record, stream = await connect(new_trace(), V4, port, transaction_id=1, timeout=0.04)
    assert (record.failure, stream) == ("generic_timeout_error", None)
    assert 0.03 < record.t - record.t0 < 1


async def test_unreachable() -> None:
    """A router's word is not silence."""
    network = FakeNetwork(tcp={("192.0.2.1", 443): Route.UNREACHABLE})
    record, _ = await connect(new_trace(network), "192.0.2.1", 443, transaction_id=1)
    assert record.failure == "host_unreachable"


async def test_no_address() -> None:
    """What is no address fails on this computer, and is never looked up."""
    record, stream = await connect(new_trace(), "example.org", 443, transaction_id=1)
    assert (record.failure, stream) == ("invalid_argument", None)


async def test_cancelled() -> None:
    """Who cancels gets no record, and nothing stays open."""
    network = FakeNetwork(tcp={("192.0.2.1", 443): Route.DROPPED})
    trace = new_trace(network)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await connect(trace, "192.0.2.1", 443, transaction_id=1)
    assert network.still_open() == 0
    assert trace.notebook.records().tcp_connects == ()
