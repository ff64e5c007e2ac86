"""Who answers there, over real sockets: the collector that was meant, or nobody that is believed."""

import asyncio
import ssl

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.schema.submission import encode_key
from probe.upload.answers import About, NoAnswer, OtherKey
from probe.upload.line import Line, NotReached
from probe.upload.meeting import meet
from tests.fakes.collector import FakeCollector, serving


async def met(url: str, *, nonce: str = "n", expected: bytes | None = None) -> About:
    """Once, without waiting between the tries."""

    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    async with Line(url, proxy=None, tls=ssl.create_default_context(), sleep=sleep) as line:
        return await meet(line, nonce=nonce, expected=expected)


async def test_the_one_that_was_meant() -> None:
    """By its key, or whoever it is at a first meeting; what it says of itself is taken."""
    collector = FakeCollector(mode="invited", sees="178.89.2.7")
    async with serving(collector.app()) as url:
        first = await met(url)
        again = await met(url, nonce="another", expected=collector.public)
    assert collector.public == first.key == again.key
    assert ("invited", "178.89.2.7") == (again.mode, again.seen_at)
    assert ["/api/v1/collector"] * 2 == collector.asked


async def test_another_one_at_its_address() -> None:
    """It proves who it is, and that is somebody else: its key is in the error."""
    collector = FakeCollector()
    known = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    async with serving(collector.app()) as url:
        with pytest.raises(OtherKey) as told:
            await met(url, expected=known)
    assert encode_key(collector.public)[:12] in str(told.value)
    assert encode_key(known)[:12] not in str(told.value)


@pytest.mark.parametrize("same_nonce", [True, False])
async def test_a_recording_of_the_right_collector_is_not_it(same_nonce: bool) -> None:
    """What it once said of itself holds another nonce. The twin: with that nonce it is believed."""
    collector = FakeCollector()
    async with serving(collector.app()) as url:
        line = Line(url, proxy=None, tls=ssl.create_default_context(), sleep=asyncio.sleep)
        async with line:
            old = await line.get("/api/v1/collector?nonce=old")

    async def replay(_: web.Request) -> web.StreamResponse:
        kept = {"Anyqta-Signature": old.headers["anyqta-signature"]}
        return web.Response(body=old.body, content_type="application/json", headers=kept)

    async with serving(FakeCollector(spoil=replay).app()) as url:
        if same_nonce:
            assert collector.public == (await met(url, nonce="old", expected=collector.public)).key
            return
        with pytest.raises(NoAnswer, match="cannot prove"):
            await met(url, nonce="new", expected=collector.public)


async def test_a_login_page_and_nobody() -> None:
    """Neither is a collector with another key: a person is not told to trust anything."""

    async def portal(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>Welcome", content_type="text/html")

    async with serving(FakeCollector(spoil=portal).app()) as url:
        with pytest.raises(NoAnswer, match="login page") as told:
            await met(url, expected=b"k" * 32)
        assert not isinstance(told.value, OtherKey)
    with pytest.raises(NotReached, match="cannot be reached"):
        await met(url)
