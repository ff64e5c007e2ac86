"""The outside world of outside.py as a fixture."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.unit.probe.control.outside import Outside, outside


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[Outside]:
    """A world with a resolver and nothing else."""
    async with outside(tmp_path) as made:
        yield made
