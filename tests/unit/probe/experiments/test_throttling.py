"""Pairs of downloads on the demo's censor: slow under its own name only."""

import statistics
from collections.abc import Sequence

import pytest

from measurements.schema.records import HTTPTransaction
from probe.experiments import throttling
from tests.fakes.network import FakeNetwork
from tests.fakes.stage import Stage, make_stage, subject

PHOTOS = subject("pretend-photos.example", "102.195.0.13")


def pace(ts: list[HTTPTransaction]) -> float:
    """The middle one, bytes a second."""
    return statistics.median(t.body_length / max(t.t - t.t0, 0.001) for t in ts)


def two_pairs(target: Sequence[float], control: Sequence[float]) -> bool:
    """Enough for a test."""
    return len(target) > 1 and len(control) > 1


async def test_slow_under_its_own_name(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes come a good deal faster with another name in the hello."""
    monkeypatch.setattr(throttling, "SECONDS", 1.0)
    await throttling.run(stage.bench("throttling", PHOTOS), two_pairs)
    target = stage.answers("t")
    control = stage.answers("c_sni") + stage.answers("c_records") + stage.answers("c_split")
    assert len(target) >= 2
    assert pace(control) > 4 * pace(target)
    named = [h for h in stage.records.tls_handshakes if h.server_name == PHOTOS.host]
    assert len(named) <= 13


async def test_a_page_that_cannot_be_had_ends_in_time() -> None:
    """No answer at all: six tries, no endless loop, nobody else contacted."""
    network = FakeNetwork()
    stage = make_stage(network)
    await throttling.run(stage.bench("throttling", PHOTOS), two_pairs)
    assert {("tcp", PHOTOS.ip, 443)} == set(network.connected)
    assert len(network.connected) <= 12
