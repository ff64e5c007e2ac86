"""Real Datasette, real SQLite: every page answers, and ours say what is stored."""

import dataclasses
import json
import sqlite3
from pathlib import Path

import pytest
from datasette.app import Datasette

from measurements.schema.codec import from_document
from measurements.schema.words import Status
from measurements.store.store import Store
from measurements.verdict.judge import judge
from probe.explorer import config_folder, site
from tests.unit.measurements.store.examples import a_measurement, a_verdict
from tests.unit.measurements.store.test_store import OONI

UID = "20261123_KZ_webconnectivity_abcdef"
HOSTILE = "https://a.example/<script>alert(1)</script>"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OONI's documents, if they are at hand; two blocked measurements; one that is hostile."""
    path = tmp_path_factory.mktemp("home") / "anyqta.db"
    with Store.open(path) as store:
        for file in OONI:
            m = from_document(json.loads(file.read_text()))
            store.save(dataclasses.replace(m, verdict=judge(m)))
        store.save(a_measurement(UID, verdict=a_verdict(Status.BLOCKED)))
        other = "https://other.example/"
        store.save(a_measurement("other", input=other, verdict=a_verdict(Status.BLOCKED)))
        store.save(a_measurement("hostile", input=HOSTILE, verdict=None))
        store.save_verdict(UID, a_verdict(Status.BLOCKED, rules_version=2))
    return path


@pytest.fixture
def pages(database: Path) -> Datasette:
    """The site on it."""
    return site(database)


async def get(pages: Datasette, path: str) -> str:
    """A page that must answer 200."""
    response = await pages.client.get(path)
    assert 200 == response.status_code, f"{path}: {response.status_code}"
    return str(response.text)


# of dictionary.yaml: large and binary, or the publisher's own
REFUSED = {"packed", "bodies", "rollup_state", "touched", "deletions"}


async def test_every_table_and_view_opens(pages: Datasette) -> None:
    """As a page and as JSON; also the first row of each table."""
    await get(pages, "/anyqta")
    database = pages.get_database("anyqta")
    for table in [*await database.table_names(), *await database.view_names()]:
        if table in REFUSED:
            assert 403 == (await pages.client.get(f"/anyqta/{table}")).status_code
            continue
        await get(pages, f"/anyqta/{table}")
        rows = json.loads(await get(pages, f"/anyqta/{table}.json?_shape=objects&_size=1"))["rows"]
        keys = await database.primary_keys(table) if table in await database.table_names() else []
        if rows and keys:
            await get(pages, f"/anyqta/{table}/{','.join(str(rows[0][key]) for key in keys)}")


async def test_the_front_page(pages: Datasette) -> None:
    """Counts, the newest, a search."""
    front = await get(pages, "/")
    assert f"/measurement/{UID}" in front
    assert 'action="/search"' in front


async def test_an_old_links_page(pages: Datasette) -> None:
    """It leads to the new one."""
    response = await pages.client.get(f"/m/{UID}")
    assert 301 == response.status_code
    assert f"/measurement/{UID}" == response.headers["location"]
    assert 404 == (await pages.client.get("/measurement/none")).status_code


async def test_text_of_strangers_is_text(pages: Datasette) -> None:
    """On our pages and Datasette's."""
    for path in ("/", "/measurement/hostile", "/anyqta/measurements_view", "/anyqta/targets"):
        assert "<script>alert(1)" not in await get(pages, path)


async def test_ones_own_file_answers_any_sql_but_is_not_written(pages: Datasette) -> None:
    """Nor downloaded."""
    found = json.loads(
        await get(pages, "/anyqta.json?sql=select+count(*)+as+n+from+measurements&_shape=objects")
    )
    assert len(OONI) + 3 == found["rows"][0]["n"]
    response = await pages.client.get("/anyqta.json?sql=delete+from+verdicts")
    assert 400 == response.status_code
    assert 403 == (await pages.client.get("/anyqta.db")).status_code


async def test_the_folder_alone_is_closed(database: Path) -> None:
    """Served in public as it stands, it takes nobody's SQL (and Datasette knows its settings)."""
    public = Datasette([str(database)], config_dir=config_folder())
    assert not public.setting("default_allow_sql")
    assert 403 == (await public.client.get("/anyqta.json?sql=select+1")).status_code
    assert 200 == (await public.client.get("/")).status_code


async def test_another_database_gets_a_plain_front_page(tmp_path: Path) -> None:
    """Our pages do not break a file that is not ours."""
    with sqlite3.connect(tmp_path / "x.db") as conn:
        conn.execute("CREATE TABLE t (a)")
    conn.close()
    other = Datasette([str(tmp_path / "x.db")], config_dir=config_folder())
    response = await other.client.get("/")
    assert 200 == response.status_code
    assert "no measurements here" in response.text
