"""probe/demo/path.py: each rule as the real steps see it, and the name that it leaves alone."""

import asyncio

import pytest

from probe.demo.rules import (
    Action,
    Fin,
    Freeze,
    Inject,
    Intercept,
    Reset,
    Rule,
    Silence,
    SwallowSyn,
    Throttle,
)
from tests.unit.probe.demo.conftest import BAD, GOOD, IP, PAGE, Open


async def test_a_path_without_rules_carries_everything(stage: Open) -> None:
    """The negative twin of all."""
    async with stage() as probe:
        secure, clear = await asyncio.gather(probe.https(BAD), probe.http(BAD))
    assert secure.handshake.failure is None
    assert secure.answer.body == clear.answer.body == PAGE.body


@pytest.mark.parametrize(
    ("action", "failure"),
    [
        (Silence(), "generic_timeout_error"),
        (Reset(), "connection_reset"),
        (Fin(), "eof_error"),
    ],
)
async def test_a_name_in_a_client_hello_is_met(stage: Open, action: Action, failure: str) -> None:
    """The handshake dies after the ClientHello; another name at the same address lives."""
    async with stage(Rule(sni=BAD, action=action)) as probe:
        met, twin = await asyncio.gather(probe.https(BAD, patience=0.5), probe.https(GOOD))
    assert (None, failure, "write_1") == (
        met.connect.failure,
        met.handshake.failure,
        met.handshake.last_operation,
    )
    assert (None, 200) == (twin.handshake.failure, twin.answer.status_code)


@pytest.mark.parametrize(
    ("action", "failure"),
    [
        (Silence(), "generic_timeout_error"),
        (Reset(), "connection_reset"),
        (Fin(), "eof_error"),
    ],
)
async def test_a_host_header_is_met(stage: Open, action: Action, failure: str) -> None:
    """The request dies; another Host at the same address lives."""
    async with stage(Rule(host=BAD, action=action)) as probe:
        met, twin = await asyncio.gather(probe.http(BAD, patience=0.5), probe.http(GOOD))
    assert failure == met.answer.failure
    assert 200 == twin.answer.status_code


@pytest.mark.parametrize("hello", ["split", "fragmented"])
@pytest.mark.parametrize("reassembles", [True, False])
async def test_a_name_cut_in_two_passes_who_does_not_reassemble(
    stage: Open, hello: str, reassembles: bool
) -> None:
    """The change-one-thing arm for the ClientHello's shape."""
    async with stage(Rule(sni=BAD, action=Reset(), reassembles=reassembles)) as probe:
        visit = await probe.https(BAD, hello=hello)
    assert ("connection_reset" if reassembles else None) == visit.handshake.failure


async def test_an_injected_page_stands_in_for_the_servers(stage: Open) -> None:
    """What is injected arrives whole, and ends cleanly."""
    injected = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nblocked"
    async with stage(Rule(host=BAD, action=Inject(injected))) as probe:
        met, twin = await asyncio.gather(probe.http(BAD), probe.http(GOOD))
    assert (None, b"blocked") == (met.answer.failure, met.answer.body)
    assert PAGE.body == twin.answer.body


async def test_an_interception_serves_the_content_under_another_authority(stage: Open) -> None:
    """The page is genuine, the chain is not; another name is left alone."""
    async with stage(Rule(sni=BAD, action=Intercept())) as probe:
        met, twin = await asyncio.gather(probe.https(BAD), probe.https(GOOD))
    assert ("ssl_unknown_authority", PAGE.body) == (met.handshake.failure, met.answer.body)
    assert twin.handshake.failure is None


async def test_a_throttle_has_a_pace_and_nothing_else(stage: Open) -> None:
    """A burst, then 128 kbit/s until the time is up; another name has all at once."""
    async with stage(Rule(sni=BAD, action=Throttle(kbps=128, burst=8192))) as probe:
        met, twin = await asyncio.gather(probe.https(BAD, patience=0.8), probe.https(GOOD))
    assert met.answer.failure is None
    assert met.answer.body_is_truncated
    assert 8_000 < met.answer.body_length < 8_192 + 1.5 * 16_000
    assert len(PAGE.body) == twin.answer.body_length


async def test_a_freeze_lets_some_bytes_through(stage: Open) -> None:
    """Then neither bytes nor an end."""
    async with stage(Rule(sni=BAD, action=Freeze(after=16_384))) as probe:
        met, twin = await asyncio.gather(probe.https(BAD, patience=0.8), probe.https(GOOD))
    assert "generic_timeout_error" == met.answer.failure
    assert 0 < met.answer.body_length < 16_384
    assert twin.answer.failure is None


async def test_a_reset_on_connect_needs_no_name(stage: Open) -> None:
    """A rule for an address meets every name there; one for another address meets none."""
    async with stage(Rule(ip=IP, action=Reset())) as probe:
        met = await probe.https(GOOD)
    async with stage(Rule(ip="102.195.0.98", action=Reset())) as probe:
        twin = await probe.https(GOOD)
    assert "connection_reset" in {met.connect.failure, met.tls and met.tls.failure}
    assert 200 == twin.answer.status_code


async def test_a_swallowed_syn_is_a_timeout(stage: Open) -> None:
    """No connection stands."""
    async with stage(Rule(ip=IP, action=SwallowSyn())) as probe:
        visit = await probe.https(GOOD, patience=0.2)
    assert "generic_timeout_error" == visit.connect.failure


async def test_the_round_trip_is_felt_at_each_layer(stage: Open) -> None:
    """Connect, handshake and answer take a round trip each."""
    async with stage(rtt=0.05) as probe:
        visit = await probe.https(GOOD)
    for record in (visit.connect, visit.handshake, visit.answer):
        assert 0.045 < record.t - record.t0 < 2.0


async def test_bytes_that_name_nothing_pass(stage: Open) -> None:
    """What is neither TLS nor HTTP reaches the server, whose answer comes back."""
    async with stage(Rule(host=BAD, action=Reset())) as probe:
        stream = await probe.network.connect_tcp(IP, 80)
        await stream.write(b"\0\0nothing\r\n\r\n")
        assert b"" == await stream.read(100)
        stream.close()
