"""The demo's pretend Internet."""

from collections.abc import AsyncIterator

import pytest

from probe.demo.world import DemoWorld
from probe.net.system import SystemClock
from tests.fakes.stage import Stage, make_stage


@pytest.fixture
async def world() -> AsyncIterator[DemoWorld]:
    """All of it, a millisecond away."""
    async with DemoWorld(SystemClock(), rtt=0.001) as made:
        yield made


@pytest.fixture
async def stage(world: DemoWorld) -> AsyncIterator[Stage]:
    """In it."""
    made = make_stage(world.network, world)
    yield made
    for server in made.kit.doh:
        server.close()
