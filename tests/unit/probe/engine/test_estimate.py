"""What is foreseen agrees with what the plan allows."""

import itertools

import pytest

from probe.consent.choices import ALL_ARMS, ARMS, Tries
from probe.engine.estimate import estimate
from probe.engine.plan import MAX_NAMED

URL = "https://a.example/"


@pytest.mark.parametrize("way", list(Tries))
def test_never_less_at_worst(way: Tries) -> None:
    """Opens, blocked, worst; so with questions and data."""
    found = estimate(URL, ARMS[way], resolvers=2)
    assert found.opens[0] <= found.opens[1] <= found.blocked[1] <= found.most
    assert 8 == found.questions[0] < found.questions[1]
    assert found.data[0] < found.data[1]


def test_more_tries_bring_more() -> None:
    """In each respect; and the tiers tell."""
    ways = [estimate(URL, ARMS[way], resolvers=2) for way in Tries]
    assert [(0,), (0, 1), (0, 1, 2, 3)] == [found.tiers for found in ways]
    for less, more in itertools.pairwise(ways):
        assert less.blocked < more.blocked
        assert less.most <= more.most
        assert less.data[1] < more.data[1]


def test_the_plan_bounds_the_worst() -> None:
    """All tries of an encrypted site; in the clear each address is visited twice by one visit."""
    assert MAX_NAMED == estimate(URL, ALL_ARMS, resolvers=2).most
    assert estimate(URL, None, resolvers=2) == estimate(URL, ALL_ARMS, resolvers=2)
    assert estimate("http://a.example/", None, resolvers=2).most > MAX_NAMED


def test_resolvers_count() -> None:
    """Each is asked for both kinds of address."""
    one, two = (estimate(URL, None, resolvers=n).questions[0] for n in (1, 2))
    assert 2 == two - one
