"""One trial of an arm: on a fresh port, recorded under its name, closed whatever happens."""

import asyncio
import contextlib
import dataclasses

import pytest

from probe.experiments.arms import together, until_decided
from probe.net.resolvers import Endpoint
from probe.steps import http
from tests.fakes.network import FakeNetwork, Route
from tests.fakes.peers import END, silent
from tests.fakes.stage import make_stage, subject

IP = "93.184.216.34"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def request() -> http.Request:
    """For a page."""
    return http.Request(url="http://a.example/", host="a.example", ip=IP, port=80)


async def test_trials_are_counted_and_closed() -> None:
    """Two requests: repetitions 0 and 1, no stream left open."""
    network = FakeNetwork(tcp={(IP, 80): lambda received: (PAGE, END) if received else ()})
    bench = make_stage(network).bench("http_host", subject("a.example", IP, "http"))
    answer = await bench.get("h1", Endpoint(IP, 80), request())
    assert answer is not None
    assert 200 == answer.status_code
    await bench.get("h1", Endpoint(IP, 80), request())
    assert [0, 1] == [
        t.arm.repetition for t in bench.trace.notebook.records().http_transactions if t.arm
    ]
    assert 0 == network.still_open()


async def test_no_connection_is_no_trial_beyond_it() -> None:
    """The connect is recorded, and nothing else."""
    bench = make_stage(FakeNetwork()).bench("sni_matrix", subject("a.example", IP))
    assert await bench.shake("s1", Endpoint(IP, 443), "a.example") is None
    assert await bench.get("t1", Endpoint(IP, 443), request(), sni="a.example") is None
    records = bench.trace.notebook.records()
    assert (2, 0) == (len(records.tcp_connects), len(records.tls_handshakes))


@pytest.mark.parametrize("kind", ["shake", "get"])
async def test_cancelled_in_the_midst(kind: str) -> None:
    """Ctrl-C during a handshake leaves no socket."""
    network = FakeNetwork(tcp={(IP, 443): silent})
    bench = make_stage(network).bench("sni_matrix", subject("a.example", IP))
    there = Endpoint(IP, 443)
    job = (
        bench.shake("s1", there, "a.example")
        if kind == "shake"
        else bench.get("t1", there, request(), sni="a.example")
    )
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await job
    assert 1 == len(network.streams)
    assert 0 == network.still_open()


def test_a_literal_has_no_name_to_send() -> None:
    """RFC 6066 §3: no SNI for an address."""
    site = subject("a.example", IP)
    assert ["a.example", ""] == [site.sni, dataclasses.replace(site, is_literal=True).sni]


async def test_together_cancels_cleanly() -> None:
    """Trials that had not begun leave no coroutine behind that nobody awaited."""

    async def trial() -> None:
        await asyncio.sleep(60)

    job = asyncio.gather(together(*(trial() for _ in range(3))))
    await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job


async def test_trials_go_on_until_they_decide() -> None:
    """And no longer than eight."""
    failed: list[bool] = []

    async def once() -> bool:
        return True

    await until_decided(failed, once, lambda seen: len(seen) == 3)
    assert 3 == len(failed)
    await until_decided(failed, once, lambda _: False)
    assert 8 == len(failed)


async def test_a_dropped_syn_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a timeout, after the arm's own patience."""
    monkeypatch.setattr("probe.experiments.arms.ARM_CONNECT", 0.02)
    network = FakeNetwork(tcp={(IP, 443): Route.DROPPED})
    bench = make_stage(network).bench("sni_matrix", subject("a.example", IP))
    assert await bench.shake("s1", Endpoint(IP, 443), "a.example") is None
    (connect,) = bench.trace.notebook.records().tcp_connects
    assert "generic_timeout_error" == connect.failure
