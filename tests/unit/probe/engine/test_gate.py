"""Tasks wait until their endpoints are free: no lost wake-up, no deadlock, no spinning."""

import asyncio
import contextlib
import random

from probe.engine.gate import Gate, TargetPermits
from probe.engine.schedule import Schedule
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock

A, B = Endpoint("1.1.1.1", 443), Endpoint("1.0.0.1", 443)


def a_gate(cool_down: float = 180.0) -> Gate:
    """On the real clock: what waits has to wake by it."""
    return Gate(Schedule(cool_down=cool_down), SystemClock())


async def pass_through(permits: TargetPermits, wanted: frozenset[Endpoint]) -> None:
    """Hold them for a turn of the loop."""
    await permits.claim(wanted)
    await asyncio.sleep(0)
    permits.release(wanted)


async def test_the_next_comes_in_at_the_release() -> None:
    """And not before."""
    gate = a_gate()
    first, second = gate.permits(), gate.permits()
    both = frozenset({A, B})
    await first.claim(both)
    async with asyncio.timeout(1.0), asyncio.TaskGroup() as group:
        waiting = group.create_task(second.claim(frozenset({B})))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        first.release(both)
    second.release(frozenset({B}))


async def test_the_next_comes_in_when_it_has_cooled_down() -> None:
    """By the time alone: nobody has to wake it."""
    gate = a_gate(cool_down=0.05)
    first, second = gate.permits(), gate.permits()
    first.suspect(A)
    async with asyncio.timeout(1.0):
        await second.claim(frozenset({A}))
    assert () == first.suspected()


async def test_the_next_comes_in_when_it_is_cleared() -> None:
    """At once, not after the cool-down."""
    gate = a_gate()
    first, second = gate.permits(), gate.permits()
    first.suspect(A)
    assert (A,) == first.suspected()
    async with asyncio.timeout(1.0), asyncio.TaskGroup() as group:
        group.create_task(second.claim(frozenset({A})))
        await asyncio.sleep(0.01)
        first.clear(A)


async def test_overlapping_sets_in_any_order_never_lock() -> None:
    """A hundred targets with addresses in common, each taking all it needs or nothing."""
    gate, dice = a_gate(cool_down=0.002), random.Random(7)
    pool = [Endpoint(f"1.1.1.{i}", port) for i in range(4) for port in (80, 443)]

    async def target() -> None:
        permits = gate.permits()
        for _ in range(5):  # hop after hop, as redirects have it
            wanted = frozenset(dice.sample(pool, dice.randint(1, 6)))
            await pass_through(permits, wanted)
            if dice.random() < 0.3:
                permits.suspect(dice.choice(sorted(wanted)))

    async with asyncio.timeout(20.0), asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(target())
    assert {} == gate.schedule._held


async def test_who_is_cancelled_while_waiting_holds_nothing() -> None:
    """The next one is not kept out by a ghost."""
    gate = a_gate()
    first, second, third = gate.permits(), gate.permits(), gate.permits()
    await first.claim(frozenset({A}))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await second.claim(frozenset({A, B}))
    first.release(frozenset({A}))
    async with asyncio.timeout(1.0):
        await third.claim(frozenset({A, B}))
