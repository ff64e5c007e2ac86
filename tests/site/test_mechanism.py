"""The page of a mechanism: where it is used, how often, on what."""

import re
from pathlib import Path

import pytest

from measurements.schema.words import Mechanism
from tests.site.dense import get, one, rows


def test_interception(dense: Path) -> None:
    """n as in the database; the site that is intercepted now."""
    page = get(dense, "/mechanism/tls/mitm?lang=en").text
    n = one(dense, "SELECT sum(n) FROM mechanism_months WHERE mechanism = 'mitm'")
    assert f"measurements: {n};" in page
    assert "https://egov.press/" in page
    assert "somebody on the way reads what is sent" in page


def test_a_cell_leads_to_its_measurements(dense: Path) -> None:
    """As many as it says, all by this mechanism; without a network nothing is searched through."""
    page = get(dense, "/mechanism/tls/mitm?lang=en").text
    cell = re.search(r'href="([^"]*how=tls\.mitm[^"]*)" aria-label="[\d-]+: (\d+)"', page)
    assert cell is not None
    listed = get(dense, cell[1].replace("&amp;", "&")).text.split("<tbody>")[1]
    found = re.findall('/measurement/([^?"]+)', listed)
    assert len(found) == int(cell[2])
    uids = "','".join(found)
    sql = f"SELECT DISTINCT mechanism FROM measurements_view WHERE measurement_uid IN ('{uids}')"
    assert rows(dense, sql) == [("mitm",)]
    assert "tls mitm" not in get(dense, "/measurements?how=tls.mitm").text


def test_none_of_that_name(dense: Path) -> None:
    """404; the list has those that were found."""
    get(dense, "/mechanism/tls/nothing", 404)
    assert 'href="/mechanism/tls/timeout?lang=en"' in get(dense, "/mechanism?lang=en").text


@pytest.mark.parametrize("file", ["mechanism.html", "measurement_macros.html"])
def test_every_mechanism_has_words(file: str) -> None:
    """Those of the contract."""
    from probe.explorer import config_folder  # noqa: PLC0415

    text = (config_folder() / "templates" / file).read_text("utf-8")
    assert [] == [word for word in Mechanism if f'"{word}": _(' not in text]
