"""What is blocked, and what is new: as the tables have it."""

from pathlib import Path

from measurements.schema.words import Status
from measurements.snapshots.news import events, now
from tests.unit.measurements.analysis.collected import Sent, World
from tests.unit.measurements.snapshots.published import a_file, a_published


def days(first: int, last: int, status: Status, n: int) -> list[Sent]:
    """Three senders a day."""
    return [
        Sent(n=n + 10 * day + s, sender=s, day=f"2026-10-{day:02d}", status=status)
        for day in range(first, last)
        for s in range(3)
    ]


def test_a_site_that_became_blocked(tmp_path: Path) -> None:
    """Told once: not again where the snapshot before has it."""
    world = World(tmp_path)
    world.collect(*days(1, 9, Status.ACCESSIBLE, 0))
    world.publish("2026-10-09")
    assert [] == [*now(world.target)]
    assert [] == [*events(world.target, None)]
    before = tmp_path / "before.db"
    world.collect(*days(10, 20, Status.BLOCKED, 1000))
    world.publish("2026-10-21")
    (one,) = now(world.target)
    assert (one.url, one.how, one.networks, one.told) == (
        "https://selftanu.kz/",
        "blocked tls timeout",
        1,
        1,
    )
    assert (one.measurements, one.since) == (54, "2026-10-10")
    (event,) = events(world.target, None)
    assert (event.kind, event.network, event.first, event.last) == (
        "blocked",
        "AS9198",
        "2026-10-08",
        "2026-10-10",
    )
    a_file(before, [a_published(1)])
    assert [event] == [*events(world.target, before)]
    assert [] == [*events(world.target, world.target)]
