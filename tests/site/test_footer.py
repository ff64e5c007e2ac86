"""What the location data's makers ask for stands on every page (probe/data/LICENCES.md)."""

from pathlib import Path

import pytest

from measurements.schema.words import Status
from measurements.store.store import Store
from probe.explorer import site
from tests.unit.measurements.store.examples import a_measurement, a_verdict


@pytest.mark.parametrize("page", ["/", "/measurement/one", "/anyqta", "/anyqta/networks_view"])
async def test_a_link_to_db_ip_is_on_every_page(tmp_path: Path, page: str) -> None:
    """Datasette's own pages and ours."""
    path = tmp_path / "anyqta.db"
    with Store.open(path) as store:
        store.save(a_measurement("one", verdict=a_verdict(Status.BLOCKED)))
    response = await site(path).client.get(page)
    assert 200 == response.status_code
    assert '<a href="https://db-ip.com">IP Geolocation by DB-IP</a>' in response.text
    assert "All days and hours here are UTC." in response.text
