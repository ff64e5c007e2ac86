"""Whom a run would contact is whom it does contact."""

from pathlib import Path

import pytest

from probe.engine.request import RunRequest
from probe.net import resolvers
from probe.net.resolvers import Endpoint
from probe.wiring import foresight
from probe.wiring.measure import DOH, PUBLIC_RESOLVERS


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> None:
    own = (Endpoint("192.168.1.1", 53), Endpoint("8.8.8.8", 53))
    monkeypatch.setattr(resolvers, "configured", lambda: own)


def test_the_usual_ones(tmp_path: Path) -> None:
    """Where none is named."""
    found = foresight.contacts(RunRequest(home=tmp_path, targets=()))
    assert ("192.168.1.1:53", "8.8.8.8:53") == found.own
    assert tuple(f"{ip}:53" for ip in PUBLIC_RESOLVERS) == found.clear
    assert (DOH, ()) == (found.doh, found.controls)


def test_those_named_stand_in(tmp_path: Path) -> None:
    """And the system's own is not asked twice."""
    request = RunRequest(
        home=tmp_path,
        targets=(),
        resolvers=("192.168.1.1:53", "9.9.9.9:53"),
        doh=("https://9.9.9.9/dns-query",),
        controls=("https://c.example/",),
    )
    found = foresight.contacts(request)
    assert ("9.9.9.9:53",) == found.clear
    assert (("https://9.9.9.9/dns-query",), ("https://c.example/",)) == (found.doh, found.controls)
