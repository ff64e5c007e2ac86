"""Whoever keeps every day's published file and compares them: what does a step tell of one sender?

Histories are made up at random, with all that a collector lives through: late arrivals, strangers' measurements
that are shown once others agree, withdrawals, networks that grow, other terms. After each pass the observer
looks at what came, what went, what is told otherwise, and what the totals say.
"""

import dataclasses
import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from measurements.analysis.publishable import published_uid
from measurements.schema.words import Status
from measurements.store.intake import Intake
from measurements.store.store import Store
from tests.unit.measurements.analysis.collected import INVITED, OPEN, Sent, World

DAYS = [f"2026-10-{day:02d}" for day in range(5, 19)]
URLS = ["https://a.kz/", "https://b.kz/", "https://rare-1.kz/", "https://rare-2.kz/"]
LISTED = frozenset(URLS[:2])
Cell = tuple[object, str]  # network, day


class Observer:
    """All that they ever saw, and (to check them) who sent what."""

    def __init__(self, world: World, k: int) -> None:
        self.world, self.k = world, k
        self.whose: dict[str, Sent] = {}
        self.ever: dict[str, object] = {}  # published name → network at first sight
        self.now: dict[str, object] = {}

    def knows(self, sent: Iterable[Sent]) -> None:
        """The truth."""
        for s in sent:
            self.whose[published_uid(s.uid, f"{s.day}T{s.time}Z", "KZ")] = s

    def looks(self, *, first_today: bool) -> None:
        """At the published file as it is now."""
        sql = "SELECT measurement_uid, probe_asn FROM measurements_view"
        now = {str(uid): asn for uid, asn in self.world.rows(sql)}
        new = now.keys() - self.now.keys()
        assert first_today or not new, "who came within a day is seen within it"
        assert not new & self.ever.keys(), (
            "what went comes back, and is told apart from what is new"
        )
        self.crowds(now, new, "what came shows one sender")
        self.crowds(now, now.keys(), "what is there shows one sender")
        for uid in now.keys() & self.now.keys():
            was, is_ = self.now[uid], now[uid]
            assert was == is_ or is_ is None, "a network's name is told of what had none"
        self.totals(now)
        self.ever |= {uid: now[uid] for uid in new}
        self.now = now

    def crowds(self, now: dict[str, object], uids: Iterable[str], why: str) -> None:
        """Each cell of these has k senders; or they agreed to be alone."""
        cells: dict[Cell, set[object]] = defaultdict(set)
        for uid in uids:
            s = self.whose[uid]
            if not s.alone:
                cells[now[uid], s.day].add(s.sender)
        few = {cell: found for cell, found in cells.items() if len(found) < self.k}
        assert not few, (why, few)

    def totals(self, now: dict[str, object]) -> None:
        """No sum counts what is not there, and no count of senders is below k."""
        cells: dict[Cell, int] = defaultdict(int)
        for uid, asn in now.items():
            cells[asn, self.whose[uid].day] += 1
        for table in ("daily_view", "network_days_view"):
            told = self.world.rows(f"SELECT asn, day, sum(n) FROM {table} GROUP BY 1, 2")  # noqa: S608
            assert {(asn, str(day)): n for asn, day, n in told} == cells, table
        for table in ("network_days", "states", "changes", "latest"):
            sql = f"SELECT senders FROM {table} WHERE senders < ?".replace("?", str(self.k))  # noqa: S608
            assert not self.world.rows(sql), table


def a_day(chance: random.Random, number: int, today: str) -> list[Sent]:
    """What comes in on one day: some of it measured days before."""
    return [
        Sent(
            n=1000 * number + i,
            sender=chance.choice([*range(1, 8), None]),
            day=chance.choice(
                [today, today, today, max(DAYS[0], f"2026-10-{int(today[8:]) - 2:02d}")]
            ),
            received=today,
            asn=chance.choice([9198, 9198, 9198, 29355, 21299]),
            url=chance.choice([*URLS[:2], *URLS]),
            status=chance.choice([Status.BLOCKED, Status.ACCESSIBLE]),
            time=f"{chance.randrange(24):02d}:{chance.randrange(60):02d}:00",
            alone=chance.random() < 0.03,
        )
        for i in range(chance.randrange(2, 14))
    ]


def withdrawn(world: World, gone: Iterable[Sent], today: str) -> None:
    """By their senders."""
    with Store.open(world.source) as store:
        for s in gone:
            assert Intake(store).withdraw(s.uid, s.withdrawal, today)


@pytest.mark.parametrize("seed", range(6))
def test_no_step_shows_one_sender(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    k = 2 + seed % 2
    world = World(tmp_path, k=k)
    observer = Observer(world, k)
    there: list[Sent] = []
    for number, today in enumerate(DAYS):
        came = a_day(chance, number, today)
        observer.knows(came)
        world.collect(*(s for s in came if s.n % 4), terms=INVITED)
        world.collect(*(s for s in came if not s.n % 4), terms=dataclasses.replace(OPEN, k=k))
        there += came
        tomorrow = f"2026-10-{int(today[8:]) + 1:02d}"
        if chance.random() < 0.15:  # the operator's terms: for a while stricter
            world.k = observer.k = k + chance.randrange(2)
        world.publish(tomorrow, LISTED)
        observer.looks(first_today=True)
        if chance.random() < 0.4:
            who = chance.choice(there).sender
            of = [s for s in there if s.sender == who]
            gone = of if chance.random() < 0.3 else chance.sample(of, 1)
            withdrawn(world, gone, tomorrow)
            there = [s for s in there if s not in gone]
            world.publish(tomorrow, LISTED)
            observer.looks(first_today=False)
            names = {published_uid(s.uid, f"{s.day}T{s.time}Z", "KZ") for s in gone}
            assert not names & observer.now.keys()
    assert observer.ever, "nothing was ever published: this shows nothing"


def test_what_others_agreement_shows_waits_for_the_day(tmp_path: Path) -> None:
    """Else the minute in which it appears would be that in which the last of them sent."""
    world = World(tmp_path, k=2)
    world.collect(Sent(n=1, sender=1), terms=OPEN)
    world.publish("2026-10-20")
    world.collect(Sent(n=2, sender=2, received="2026-10-20"), terms=OPEN)
    world.collect(Sent(n=3, sender=3, received="2026-10-06"))
    assert (0, 0) == (world.publish("2026-10-20").added, world.count())
    assert 2 == world.publish("2026-10-21").added


def test_a_network_that_grows_does_not_name_those_that_were_merged(tmp_path: Path) -> None:
    """Else they would go from "other networks" in the step in which it appears: that is theirs."""
    world = World(tmp_path, k=2)
    world.collect(Sent(n=1, sender=1, asn=29355), Sent(n=2, sender=2, asn=21299))
    world.publish("2026-10-06")
    assert [(None,), (None,)] == world.rows("SELECT probe_asn FROM measurements_view")
    world.collect(*(Sent(n=n, sender=n, asn=29355, day="2026-10-09") for n in (3, 4)))
    done = world.publish("2026-10-10")
    assert (2, 0, 0) == (done.added, done.removed, done.changed)
    sql = "SELECT day, asn FROM network_days_view ORDER BY 1"
    assert [("2026-10-05", None), ("2026-10-09", 29355)] == world.rows(sql)


def test_a_page_that_others_measure_later_does_not_come_alone(tmp_path: Path) -> None:
    """It was left out of a day that is published; others make it common on another day."""
    world = World(tmp_path, k=2)
    odd = "https://odd.kz/"
    world.collect(Sent(n=1, sender=1), Sent(n=2, sender=2), Sent(n=3, sender=1, url=odd))
    assert 2 == world.publish("2026-10-06").added
    world.collect(
        Sent(n=4, sender=2, url=odd, day="2026-10-08"), Sent(n=5, sender=1, day="2026-10-08")
    )
    assert 2 == world.publish("2026-10-09").added
    assert [("2026-10-05", 2), ("2026-10-08", 2)] == world.rows("SELECT day, n FROM network_days")
