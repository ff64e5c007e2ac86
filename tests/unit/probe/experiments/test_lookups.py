"""Everyone is asked at once; who is known to be dead is not; the late answer is kept."""

import asyncio

from measurements.schema.records import DNSQuery
from probe.experiments.lookups import look_up
from tests.fakes.stage import Stage


async def ask(stage: Stage, host: str) -> list[DNSQuery]:
    """Until the listening is over."""
    ended = False
    async with asyncio.TaskGroup() as background:
        found = await look_up(stage.trace, stage.kit, host, background, lambda: ended)
        ended = True
    return found


async def test_who_is_asked(stage: Stage) -> None:
    """getaddrinfo, the same resolver directly, two public ones, one over DoH; A and AAAA."""
    found = await ask(stage, "weather.example")
    asked = sorted((q.role, q.engine, q.query_type) for q in found)
    assert (
        sorted(
            [
                ("system", "getaddrinfo", "ANY"),
                *(("configured", "udp", kind) for kind in ("A", "AAAA")),
                *(("public", "udp", kind) for kind in ("A", "AAAA") * 2),
                *(("public", "doh", kind) for kind in ("A", "AAAA")),
            ]
        )
        == asked
    )
    assert {"102.195.0.1", "2d00:195::1"} == {ip for q in found for ip in q.addresses}


async def test_the_dead_are_left_alone(stage: Stage) -> None:
    """The gate found that one of them answers for no name."""
    dead = str(stage.kit.public[0])
    stage.kit.dead_resolvers.add(dead)
    found = await ask(stage, "weather.example")
    assert dead not in {q.resolver_address for q in found}


async def test_the_true_answer_that_comes_second_is_kept(stage: Stage) -> None:
    """An injected answer wins the race; the first is returned, both are recorded."""
    found = await ask(stage, "pretend-video.example")
    first = {q.addresses for q in found if q.engine == "udp" and q.query_type == "A"}
    late = {q.addresses for q in stage.records.queries if q.late and q.query_type == "A"}
    assert ({("102.198.66.66",)}, {("102.195.0.10",)}) == (first, late)


async def test_the_listening_ends_with_the_visit(stage: Stage) -> None:
    """Not at once, so that a late answer has a chance; not after two seconds either."""
    began = stage.trace.now()
    await ask(stage, "weather.example")
    assert 0.5 < stage.trace.now() - began < 1.5
