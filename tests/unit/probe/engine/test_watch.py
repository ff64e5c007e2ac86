"""When the next round is, and what keeps it from beginning: each with a twin that does not."""

import random
from dataclasses import replace

import pytest

from probe.engine import watch
from probe.engine.watch import DAY, HOUR, MINUTE, Around, Book, OwnTime, Plan

PLAN = Plan(every=DAY, jitter=DAY / 2)
FINE = Around(mark="home", metered=None, free=10**10)


def test_the_hour_of_one_round_says_nothing_of_the_next() -> None:
    """Over a day the pauses fill every hour alike; none is shorter or longer than said."""
    chance = random.Random(3)
    pauses = [watch.gap(PLAN, chance.random) for _ in range(4800)]
    assert DAY / 2 <= min(pauses)
    assert max(pauses) < 1.5 * DAY
    hours = [sum(int(p % DAY // HOUR) == h for p in pauses) for h in range(24)]
    assert max(hours) < 1.4 * 200
    assert min(hours) > 0.6 * 200


def test_own_time_goes_forward_only() -> None:
    """A wall clock that was put back between two processes counts as no time at all."""
    assert 150.0 == OwnTime(100.0, 1000.0, 1050.0, 7.0).at(7.0)
    assert 100.0 == OwnTime(100.0, 1000.0, 900.0, 7.0).at(7.0)
    own = OwnTime(100.0, 1000.0, 1000.0, 7.0)
    assert 103.0 == own.at(10.0)
    assert 100.0 == own.at(5.0)


def test_what_was_missed_is_due_once_and_not_at_once() -> None:
    """After days without the computer; what is due in time stays as it was."""
    late = watch.first_due(Book(due=100.0, began=0.0), PLAN, 5 * DAY, lambda: 0.5)
    assert late.due is not None
    assert 2 * MINUTE <= late.due - 5 * DAY <= 30 * MINUTE
    assert 50.0 == watch.first_due(Book(due=50.0), PLAN, 10.0, lambda: 0.5).due
    assert 10.0 == watch.settled(10.0, 20.0, lambda: 0.5)


def test_the_first_round_and_a_shorter_plan() -> None:
    """The first begins at once; a plan that is shorter than the one before counts from the last."""
    assert 10.0 == watch.first_due(Book(), PLAN, 10.0, lambda: 0.5).due
    book = Book(began=0.0, due=30 * DAY)
    assert DAY / 2 == watch.first_due(book, PLAN, 10.0, lambda: 0.5).due


def test_a_days_data() -> None:
    """Any 24 hours, not a calendar's day; what is older is forgotten."""
    plan = replace(PLAN, max_bytes=100)
    book = Book()
    for at, count in ((0.0, 10), (HOUR, 20), (HOUR + 1, 5), (HOUR + 2, 5), (12 * HOUR, 30)):
        book = watch.spend(book, at, count)
    assert 70 == watch.spent_lately(book, 13 * HOUR)
    assert 30 == watch.left(plan, book, 13 * HOUR)
    assert 60 == watch.spent_lately(book, DAY + HOUR / 2)
    assert 30 == watch.spent_lately(book, DAY + 2 * HOUR)
    assert None is watch.left(PLAN, book, 13 * HOUR)
    assert book == watch.spend(book, 13 * HOUR, 0)
    assert 3 == len(book.spent), book.spent
    assert 1 == len(watch.spend(book, 40 * HOUR, 1).spent)


@pytest.mark.parametrize(
    ("plan", "around", "why"),
    [
        (PLAN, FINE, None),
        (PLAN, replace(FINE, mark=None), "no network"),
        (PLAN, replace(FINE, metered=True), None),
        (replace(PLAN, skip_metered=True), replace(FINE, metered=True), "metered"),
        (replace(PLAN, skip_metered=True), FINE, None),
        (PLAN, replace(FINE, free=100), "disk"),
        (PLAN, replace(FINE, free=None), None),
        (replace(PLAN, max_bytes=100), FINE, "used up"),
        (replace(PLAN, max_bytes=120), FINE, None),
    ],
)
def test_what_keeps_a_round_from_beginning(plan: Plan, around: Around, why: str | None) -> None:
    """With 80 bytes used: less than a quarter of 100 is left, more than a quarter of 120."""
    pause = watch.refused(plan, Book(spent=((0.0, 80),)), HOUR, around)
    assert (why is None) == (pause is None)
    if pause is not None and why is not None:
        assert why in pause.why
        assert MINUTE <= pause.seconds <= HOUR


def test_rounds_leave_something_for_sending() -> None:
    """A fifth of the day's data, where what is measured is sent; all of it where it is not."""
    plan, book = replace(PLAN, max_bytes=100), Book(spent=((0.0, 50),))
    assert 50 == watch.for_round(plan, book, HOUR)
    assert 30 == watch.for_round(replace(plan, sends=True), book, HOUR)
    assert 0 == watch.for_round(replace(plan, sends=True), watch.spend(book, HOUR, 40), HOUR)
    assert watch.for_round(PLAN, book, HOUR) is None


def test_what_comes_to_nothing_comes_more_and_more_rarely() -> None:
    """But never more rarely than planned; what goes well forgets it."""
    book, pauses = Book(), []
    for _ in range(12):
        book = watch.came_to_nothing(book, PLAN, 0.0, lambda: 0.5)
        pauses.append(book.due)
    assert [1800.0, 3600.0, 7200.0] == pauses[:3]
    assert DAY == pauses[-1]
    assert 0 == watch.went_well(book, 9198).tries


def test_on_which_networks() -> None:
    """Those named; or that of the first round, which has no other to compare with."""
    assert frozenset() == watch.allowed(PLAN, Book(asn=1))
    assert {7} == watch.allowed(replace(PLAN, networks=frozenset({7})), Book(asn=1))
    same = replace(PLAN, same_network=True)
    assert frozenset() == watch.allowed(same, Book())
    book = watch.went_well(watch.went_well(Book(), 9198), 21299)
    assert {9198} == watch.allowed(same, book)


def test_a_round_that_begins_sets_the_next() -> None:
    """Before it runs: a crash does not repeat it at once."""
    assert Book(began=5.0, due=5.0 + DAY) == watch.begun(Book(), PLAN, 5.0, lambda: 0.5)
