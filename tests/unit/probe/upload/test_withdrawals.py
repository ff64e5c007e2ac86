"""Asking for deletion: by secrets, answered under signature."""

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from measurements.schema.submission import withdraw_sha256
from probe.upload.answers import NoAnswer
from probe.upload.line import Line
from probe.upload.withdrawals import Secret, withdraw
from tests.fakes.collector import FakeCollector, serving

NOW = datetime(2026, 11, 25, tzinfo=UTC)
SECRETS = (Secret("a", "x-a", b"1" * 32), Secret("b", "x-b", b"2" * 32))


async def no_sleep(_: float) -> None:
    """At once."""


async def ask(collector: FakeCollector, secrets: Sequence[Secret] = SECRETS) -> Any:  # noqa: ANN401
    """It."""
    async with (
        serving(collector.app()) as url,
        Line(url, proxy=None, tls=ssl.create_default_context(), sleep=no_sleep) as line,
    ):
        return await withdraw(line, secrets, key=collector.public, now=NOW)


async def test_the_right_secret_deletes() -> None:
    """A wrong one does not; both are told by their names at home."""
    collector = FakeCollector(documents={"x-a": b"{}", "x-b": b"{}"})
    collector.commitments = {
        "x-a": withdraw_sha256(b"1" * 32),
        "x-b": withdraw_sha256(b"?" * 32),
    }
    assert [("a", True), ("b", False)] == await ask(collector)
    assert {"x-b"} == set(collector.documents)


@pytest.mark.parametrize(
    "twist",
    [
        lambda body: body | {"submission": "0" * 64},
        lambda body: body | {"answers": body["answers"][:1]},
        lambda body: body | {"answers": [one | {"status": "accepted"} for one in body["answers"]]},
    ],
)
async def test_no_lie_is_believed(twist: Any) -> None:  # noqa: ANN401
    """For something else, for others, or no word about deletion."""
    with pytest.raises(NoAnswer):
        await ask(FakeCollector(twist=twist))


async def test_a_refusal_is_told() -> None:
    """In its words, where they are signed."""
    collector = FakeCollector()

    async def refuse(_: web.Request) -> web.StreamResponse:
        return collector.signed("anyqta-receipt/1", {"error": "rate", "says": "slower"}, 429)

    collector.spoil = refuse
    with pytest.raises(NoAnswer, match="it refuses: slower"):
        await ask(collector)
