"""What the site's wiring refuses; served by tests/site, over a real socket."""

from pathlib import Path

import pytest

from measurements.store.store import Store
from probe.engine.request import ServeSiteRequest
from probe.wiring.site import SiteError, serve_site


def say(_: str) -> None:
    """Nobody listens."""


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Told, and nothing is made in its place."""
    with pytest.raises(SiteError, match="does not exist"):
        serve_site(ServeSiteRequest(db=tmp_path / "none.db"), say=say)
    assert not list(tmp_path.iterdir())


def test_any_sql_for_everybody(tmp_path: Path) -> None:
    """On this computer only."""
    Store.open(tmp_path / "a.db").close()
    with pytest.raises(SiteError, match="this computer only"):
        serve_site(ServeSiteRequest(db=tmp_path / "a.db", host="0.0.0.0", sql=True), say=say)
