"""Places on the network are checked before anything begins (resolvers and URLs: test_run)."""

import pytest
import typer

from probe.cli.values import cidrs, resolvers, urls


def test_good_ones() -> None:
    """In one spelling."""
    assert ("9.9.9.9:53", "[::1]:5353") == resolvers(["9.9.9.9", "[::1]:5353"])
    assert ("http://a:8080/x",) == urls(["http://a:8080/x"], "--control")
    assert ("10.0.0.0/8", "fd00::/8") == cidrs(["10.0.0.0/8", "fd00::/8"])
    assert () == resolvers(None) == urls(None, "--doh") == cidrs(None)


@pytest.mark.parametrize("bad", ["", "x", "http://", "https://a:99999/", "ftp://a/"])
def test_bad_urls(bad: str) -> None:
    """Are named with an example."""
    with pytest.raises(typer.BadParameter, match="give a whole address"):
        urls([bad], "--control")


def test_bad_networks() -> None:
    """Host bits are a mistake."""
    with pytest.raises(typer.BadParameter, match="--allow-private"):
        cidrs(["10.0.0.1/8"])
