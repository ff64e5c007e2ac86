"""An event is the same while it is the same, whatever late data make of its dates."""

import random
from datetime import date, timedelta

import pytest

from measurements.analysis.told import When, kept, month, names, place

KIND = "blocked"


def event(first: str, last: str, kind: str = KIND) -> When:
    """Between these two days."""
    return kind, f"{first}T06", f"{last}T07"


A, B = event("2026-01-20", "2026-03-05"), event("2026-08-01", "2026-08-09")


def named(*events: When) -> list[tuple[When, str]]:
    """As they are called when they are told first."""
    return list(zip(events, names([], events), strict=True))


@pytest.mark.parametrize(
    ("now", "called"),
    [
        ([A], ["2026-03"]),
        ([event("2026-01-20", "2026-02-02")], ["2026-03"]),  # narrower
        ([event("2026-02-20", "2026-04-01")], ["2026-03"]),  # moved, and overlaps
        ([event("2025-11-01", "2025-12-01")], ["2026-03"]),  # before, and near
        ([event("2025-01-01", "2025-02-01")], ["2025-02"]),  # another one
        ([event("2026-01-20", "2026-02-02", "unblocked")], ["2026-02"]),  # of another kind
        ([event("2025-01-01", "2025-02-01"), A], ["2025-02", "2026-03"]),  # an earlier one is found
        ([A, B], ["2026-03", "2026-08"]),
        (
            [event("2026-01-20", "2026-02-01"), event("2026-02-20", "2026-03-05")],
            ["2026-02", "2026-03"],
        ),
        ([], []),
    ],
)
def test_which_is_which(now: list[When], called: list[str]) -> None:
    """Of one event that was told for March."""
    assert called == names(named(A), now)


def test_no_two_are_called_alike() -> None:
    """Two of a kind in one month; and one in the month for which another was told."""
    twice = [event("2026-03-01", "2026-03-02"), event("2026-03-20", "2026-03-21")]
    assert names([], twice) == ["2026-03", "2026-03.2"]
    moved = event("2026-01-20", "2026-01-25")
    assert names(named(A), [moved, event("2026-03-28", "2026-03-29")]) == ["2026-03", "2026-03.2"]


@pytest.mark.parametrize("seed", range(20))
def test_a_history_that_only_wavers_keeps_its_names(seed: int) -> None:
    """Dates that move by less than the events are apart: each keeps the name that it had first."""
    chance = random.Random(seed)
    start = date(2024, 1, 15)
    first = [start + timedelta(days=150 * i) for i in range(6)]
    kinds = ["blocked", "unblocked"] * 3

    def at(days: list[date]) -> list[When]:
        return [
            event(str(d - timedelta(days=chance.randrange(1, 20))), str(d), kind)
            for d, kind in zip(days, kinds, strict=True)
        ]

    told = named(*at(first))
    called = [name for _, name in told]
    for _ in range(10):
        moved = at([d + timedelta(days=chance.randrange(-45, 45)) for d in first])
        told = list(zip(moved, names(told, moved), strict=True))
        assert called == [name for _, name in told]


def test_only_what_was_moved_is_kept() -> None:
    """And under a hash that names no target."""
    network = (9198, "KZ", "A")
    places = [place("https://a.kz/", network, i) for i in range(2)]
    assert kept([(A, "2026-03"), (B, "2026-08")], places) == {}
    assert kept([(A, "2026-02"), (B, "2026-08")], places) == {places[0]: "2026-02"}
    assert month(A) == "2026-03"
    others = {
        place("https://b.kz/", network, 0),
        place("https://a.kz/", (9198, "RU", "A"), 0),
        place("https://a.kz/", (9198, "KZ", "B"), 0),
        place("https://a.kz/", (None, "KZ", None), 0),
    }
    assert len(others | set(places)) == 6
    assert all(p.startswith("told ") and "a.kz" not in p for p in places)
