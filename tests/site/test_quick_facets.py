"""Facets say what the view says, in time."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from datasette.app import Datasette

from datasette.plugins import pm
from tests.site.served import public

VIEW = "measurements_view"
FILTERS = (
    "",
    "status=blocked",
    "probe_asn=9198",
    "probe_asn__exact=48502",
    "probe_asn=1",
    f"url={quote('https://selftanu.kz/')}&status__not=blocked",
    "mechanism=timeout&probe_network__contains=tele",
    "measurement_start_time__gte=2025-01-01&category_code__in=NEWS,LGBT",
    "layer__isnull=1&measurement_uid__contains=7",
)


@pytest.fixture(scope="module")
def site(world: Path) -> Datasette:
    """The public one."""
    return public(world)


def columns(world: Path) -> list[str]:
    """Of the view."""
    with closing(sqlite3.connect(world)) as conn:
        return [row[1] for row in conn.execute(f"PRAGMA table_info({VIEW})")]


@pytest.mark.usefixtures("site")
def test_every_column_is_known(world: Path) -> None:
    """To what narrows the question: none is counted the long way."""
    quick = pm.get_plugin("quick_facets.py")
    assert set(columns(world)) == set(vars(quick)["COLUMNS"])


@pytest.mark.parametrize("filtered", FILTERS)
async def test_counts_are_the_views(site: Datasette, world: Path, filtered: str) -> None:
    """Each column's, also where the question names some."""
    path = f"/anyqta/{VIEW}.json?_size=0&_facet_size=5&{filtered}"
    every, got = columns(world), dict[str, Any]()
    with closing(sqlite3.connect(world)) as conn:
        for some in (every[i : i + 3] for i in range(0, len(every), 3)):
            asked = path + "".join(f"&_facet={column}" for column in some)
            got = (await site.client.get(asked)).json()
            sql = got["query"]["sql"].partition(" order by ")[0].partition(" limit ")[0]
            for column in some:
                counts = [(r["value"], r["count"]) for r in got["facet_results"][column]["results"]]
                counted = (
                    f"SELECT [{column}], count(*) AS n FROM ({sql}) WHERE [{column}] IS NOT NULL"
                    " GROUP BY 1 ORDER BY n DESC, 1 LIMIT 5"
                )
                assert counts == conn.execute(counted, got["query"]["params"]).fetchall(), column
    if filtered != "probe_asn=1":
        assert got["filtered_table_rows_count"] > 0


async def test_a_network_is_all_of_it(site: Datasette, world: Path) -> None:
    """Whichever way it is found, large or small."""
    for asn in (9198, 48502, 1):
        got = (await site.client.get(f"/anyqta/{VIEW}.json?_size=max&probe_asn={asn}")).json()
        with closing(sqlite3.connect(world)) as conn:
            (n,) = conn.execute(
                "SELECT count(*) FROM measurements m JOIN networks n ON n.id = m.probe_network_id"
                " WHERE n.asn = ?",
                (asn,),
            ).fetchone()
        assert got["filtered_table_rows_count"] == len(got["rows"]) == n


async def test_no_time_is_left_is_told(site: Datasette, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the page; nothing is shown in its place."""
    page = await site.client.get(f"/anyqta/{VIEW}?_facet=status", headers={"cookie": "a=b"})
    assert "timed out" not in page.text
    monkeypatch.setitem(vars(site)["_settings"], "facet_time_limit_ms", 0)
    page = await site.client.get(f"/anyqta/{VIEW}?_facet=status", headers={"cookie": "a=b"})
    assert "These facets timed out: status" in page.text
    got = await site.client.get(f"/anyqta/{VIEW}.json?_facet=status", headers={"cookie": "a=b"})
    assert got.json()["facet_results"] == {}


async def test_a_page_has_not_all_rows_and_json_has(site: Datasette) -> None:
    """A page of a thousand would hold others up; nothing is cut without a next page."""
    page = await site.client.get(f"/anyqta/{VIEW}?_size=max")
    assert page.text.count("<tr") == 201
    assert "_next=200" in page.text
    assert len((await site.client.get(f"/anyqta/{VIEW}.json?_size=max")).json()["rows"]) == 1000


@pytest.mark.parametrize("question", ["_next=x", "_next=0.9,5", "_sort=nothing", "_size=x"])
async def test_a_wrong_question_is_no_fault_of_ours(site: Datasette, question: str) -> None:
    """It is answered as one."""
    assert (await site.client.get(f"/anyqta/{VIEW}?{question}")).status_code == 400
    assert (await site.client.get(f"/anyqta/{VIEW}.json?{question}")).status_code == 400
