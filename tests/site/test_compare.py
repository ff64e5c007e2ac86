"""Comparing two networks, or two dates."""

from pathlib import Path

from tests.site.dense import get
from tests.site.plugin import plugin

THEN = "/compare?a=AS9198&a_on=2024-01-31&b=AS9198&lang=en"


def test_two_dates(dense: Path) -> None:
    """Before its block and now: selftanu.kz differs; what stayed blocked does not."""
    page = get(dense, THEN).text.split('id="different"')[1]
    assert "https://selftanu.kz/" in page
    assert "https://kloop.kg/" not in page
    assert "of" in page


def test_two_networks(dense: Path) -> None:
    """The numbers add up to all sites."""
    import re  # noqa: PLC0415

    page = get(dense, "/compare?a=AS9198&b=AS21299&lang=en").text
    said = re.search(
        r"Of (\d+) sites .*?: alike (\d+), different (\d+), not clear or .*? (\d+)\.", page
    )
    assert said is not None
    n, *parts = (int(each) for each in said.groups())
    assert n == sum(parts) == 12


def test_another_layer_is_another_way() -> None:
    """A timeout in DNS and one at TLS are both called so, and are not alike."""
    tls = {"state": "interfered", "status": "blocked", "layer": "tls", "mechanism": "timeout"}
    named = {1: {"url": "https://a.kz/"}}
    pairs = plugin("compare")["pairs"]
    assert [row["alike"] for row in pairs({1: tls}, {1: {**tls, "layer": "dns"}}, named)] == [False]
    assert [row["alike"] for row in pairs({1: tls}, {1: dict(tls)}, named)] == [True]


def test_nothing_to_compare(dense: Path) -> None:
    """The form alone; an unknown network is said to be one; a date that is none is not used."""
    assert 'id="different"' not in get(dense, "/compare").text
    assert 'id="different"' not in get(dense, "/compare?a=AS9198&b=AS9198").text
    assert "called AS1." in get(dense, "/compare?a=AS1&b=AS9198&lang=en").text
    assert 'value="2024' not in get(dense, "/compare?a=AS9198&a_on=2024-99-99&b=AS21299").text
