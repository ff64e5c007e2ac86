"""Every view and every column is described; every stored question is answered."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from datasette.app import Datasette

from measurements.store.store import Store
from probe.explorer import config_folder, site
from tests.site.plugin import plugin as names_of


@pytest.fixture
def pages(tmp_path: Path) -> Datasette:
    """An empty site."""
    Store.open(tmp_path / "a.db").close()
    return site(tmp_path / "a.db", public=True)


async def test_every_column_has_its_meaning(pages: Datasette) -> None:
    """No view is missing, none is there that the file does not have."""
    database = pages.get_database("anyqta")
    words = SimpleNamespace(**names_of("dictionary"))
    assert set(await database.view_names()) == set(words.dictionary()["views"])
    for view in words.dictionary()["views"]:
        if words.dictionary()["views"][view].get("inner"):
            continue
        names = [column.name for column in await database.table_column_details(view)]
        described = words.columns(view, names)
        assert [] == [f"{view}.{name}" for name, says in described.items() if not says]
        own = words.dictionary()["views"][view].get("columns") or {}
        assert set(own) <= set(names), view


async def test_every_stored_question_is_answered(pages: Datasette) -> None:
    """In each form, and /data lists it."""
    file = yaml.safe_load((config_folder() / "metadata.yaml").read_text())
    listed = (await pages.client.get("/data")).text
    for name in file["databases"]["anyqta"]["queries"]:
        assert f"/anyqta/{name}" in listed
        for ending in ("", ".json", ".csv"):
            assert 200 == (await pages.client.get(f"/anyqta/{name}{ending}")).status_code


@pytest.mark.parametrize("page", ["", "/words", "/licence", "/risks", "/copy"])
async def test_about(pages: Datasette, page: str) -> None:
    """Each page, and none beside them."""
    assert 200 == (await pages.client.get(f"/about{page}")).status_code
    assert 404 == (await pages.client.get("/about/nothing")).status_code


async def test_large_binary_tables_are_not_shown(pages: Datasette) -> None:
    """A thousand of their rows would be hundreds of megabytes."""
    for table in SimpleNamespace(**names_of("dictionary")).dictionary()["refused"]:
        assert 403 == (await pages.client.get(f"/anyqta/{table}.json")).status_code
