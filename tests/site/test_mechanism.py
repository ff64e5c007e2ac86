"""The page of a mechanism: where it is used, how often, on what."""

from pathlib import Path

import pytest

from measurements.schema.words import Mechanism
from tests.site.dense import get, one


def test_interception(dense: Path) -> None:
    """n as in the database; the site that is intercepted now."""
    page = get(dense, "/mechanism/tls/mitm?lang=en").text
    n = one(dense, "SELECT sum(n) FROM mechanism_months WHERE mechanism = 'mitm'")
    assert f"measurements: {n};" in page
    assert "https://egov.press/" in page
    assert "somebody on the way reads what is sent" in page


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
