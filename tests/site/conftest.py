"""What the tests of the site share: one world, one hostile world, one browser."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import chrome, served
from tests.site.dense import a_dense_world
from tests.site.hostile import plant


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file."""
    return served.a_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One in which much is known of few sites."""
    return a_dense_world(tmp_path_factory.mktemp("dense"))


@pytest.fixture(scope="session")
def hostile_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that strangers filled, through a collector."""
    db, refused = asyncio.run(plant(tmp_path_factory.mktemp("hostile")))
    assert [] == refused
    return db


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chrome.Chrome]:
    """Chromium; without it these tests are skipped and say so."""
    if chrome.CHROMIUM is None:
        pytest.skip("needs chromium: apt-get install chromium")
    started = chrome.Chrome(tmp_path_factory.mktemp("chromium"))
    yield started
    started.close()
