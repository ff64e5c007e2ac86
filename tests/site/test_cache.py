"""A page is kept until the file changes, and no longer."""

from pathlib import Path

import pytest
from datasette.app import Datasette

from measurements.store.store import Store
from probe.explorer import site
from tests.unit.measurements.store.examples import a_measurement


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """One measurement."""
    with Store.open(tmp_path / "a.db") as store:
        store.save(a_measurement("one"))
    return tmp_path / "a.db"


@pytest.fixture
def pages(database: Path) -> Datasette:
    """The public site."""
    return site(database, public=True)


async def test_who_has_a_page_is_told_so(pages: Datasette) -> None:
    """Until it changes."""
    first = await pages.client.get("/")
    again = await pages.client.get("/", headers={"if-none-match": first.headers["etag"]})
    assert 304 == again.status_code
    assert b"" == again.content
    other = await pages.client.get("/?lang=ru", headers={"if-none-match": first.headers["etag"]})
    assert 200 == other.status_code


async def test_what_is_written_is_seen_at_once(pages: Datasette, database: Path) -> None:
    """Also by who has the old page."""
    first = await pages.client.get("/")
    assert "/measurement/two" not in first.text
    with Store.open(database) as store:
        store.save(a_measurement("two"))
    again = await pages.client.get("/", headers={"if-none-match": first.headers["etag"]})
    assert 200 == again.status_code
    assert "/measurement/two" in again.text


async def test_a_cookie_gets_nothing_that_is_kept(pages: Datasette) -> None:
    """Nor is its page kept."""
    got = await pages.client.get("/", headers={"cookie": "a=b"})
    assert "etag" not in got.headers
    assert "private, no-store" == got.headers["cache-control"]


async def test_an_error_is_not_kept(pages: Datasette, database: Path) -> None:
    """What was not there may come."""
    assert 404 == (await pages.client.get("/measurement/two")).status_code
    with Store.open(database) as store:
        store.save(a_measurement("two"))
    assert 200 == (await pages.client.get("/measurement/two")).status_code


async def test_ones_own_file_is_not_kept(database: Path) -> None:
    """A run may be going on."""
    assert "etag" not in (await site(database).client.get("/")).headers
