"""Who may connect where, and when: told the time, asked, answering."""

from hypothesis import given
from hypothesis import strategies as st

from probe.engine.schedule import COOL_DOWN, Schedule
from probe.net.resolvers import Endpoint

A, B = Endpoint("1.1.1.1", 443), Endpoint("1.0.0.1", 443)
HERE, BOTH = frozenset({A}), frozenset({A, B})
FOREVER = float("inf")


def test_an_address_belongs_to_one_target_at_a_time() -> None:
    """Another waits for its release, and for nothing else."""
    schedule = Schedule()
    assert schedule.wait_until(1, BOTH, 0.0) is None
    schedule.claim(1, BOTH)
    assert FOREVER == schedule.wait_until(2, HERE, 0.0)
    assert schedule.wait_until(1, HERE, 0.0) is None
    schedule.release(1, BOTH, 1.0)
    assert schedule.wait_until(2, HERE, 1.0) is None


def test_a_suspected_address_cools_down_for_others_only() -> None:
    """Its own target goes on with its experiments; others wait 180 s, to the moment."""
    schedule = Schedule()
    schedule.claim(1, HERE)
    schedule.suspect(1, A, 10.0)
    schedule.release(1, HERE, 11.0)
    assert 10.0 + COOL_DOWN == schedule.wait_until(2, BOTH, 11.0)
    assert schedule.wait_until(1, BOTH, 11.0) is None
    assert schedule.wait_until(2, BOTH, 10.0 + COOL_DOWN) is None
    assert (A,) == schedule.suspected(1, 11.0)
    assert () == schedule.suspected(2, 11.0)


def test_an_innocent_connection_clears_it() -> None:
    """At once; and clearing what is not suspected is nothing."""
    schedule = Schedule()
    schedule.suspect(1, A, 0.0)
    assert schedule.cooling(A, 1.0)
    schedule.clear(A)
    schedule.clear(B)
    assert schedule.wait_until(2, HERE, 1.0) is None
    assert not schedule.cooling(A, 1.0)


def test_one_held_and_one_cooling() -> None:
    """Only a release can help: whoever waits is not told to wake for the other."""
    schedule = Schedule()
    schedule.suspect(1, A, 0.0)
    schedule.claim(1, frozenset({B}))
    assert FOREVER == schedule.wait_until(2, BOTH, 1.0)


def test_what_is_not_ones_own_is_not_released() -> None:
    """A late release takes nothing from the next holder."""
    schedule = Schedule()
    schedule.claim(2, HERE)
    schedule.release(1, HERE, 0.0)
    assert FOREVER == schedule.wait_until(3, HERE, 0.0)


def test_memory_is_bounded() -> None:
    """What has cooled down is forgotten with the next release."""
    schedule = Schedule()
    for i in range(500):
        there = Endpoint(f"10.0.{i // 250}.{i % 250}", 443)
        now = float(i * 10)
        schedule.claim(i, frozenset({there}))
        schedule.suspect(i, there, now)
        schedule.release(i, frozenset({there}), now)
    assert {} == schedule._held
    assert len(schedule._cooling) <= COOL_DOWN / 10 + 1


endpoints = st.frozensets(st.builds(Endpoint, st.sampled_from(["a", "b", "c"]), st.just(443)))


@given(st.lists(st.tuples(st.integers(0, 3), endpoints, st.booleans()), max_size=40))
def test_no_two_ever_hold_the_same(steps: list[tuple[int, frozenset[Endpoint], bool]]) -> None:
    """Whatever is asked in whatever order."""
    schedule = Schedule()
    held: dict[Endpoint, int] = {}
    for owner, wanted, frees in steps:
        if frees:
            schedule.release(owner, wanted, 0.0)
            held = {e: o for e, o in held.items() if o != owner or e not in wanted}
        elif schedule.wait_until(owner, wanted, 0.0) is None:
            assert all(held.get(e, owner) == owner for e in wanted)
            schedule.claim(owner, wanted)
            held |= dict.fromkeys(wanted, owner)
