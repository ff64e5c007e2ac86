"""All resolvers asked at once: the system's, the same directly, two public ones, one over HTTPS."""

import asyncio
from collections.abc import Callable

from measurements.schema.records import DNSQuery
from probe.experiments.kit import Kit
from probe.net.trace import Trace
from probe.steps import dns

# How long to listen on after a first answer: methods.md §1.3 asks for up to 2 s; OONI ships 0.5 s.
# It ends with the visit, so that a healthy site does not wait for it.
LISTEN_AT_LEAST, LISTEN_AT_MOST = 0.6, 2.0
TYPES = ("A", "AAAA")


async def look_up(
    trace: Trace,
    kit: Kit,
    host: str,
    background: asyncio.TaskGroup,
    visit_ended: Callable[[], bool],
) -> list[DNSQuery]:
    """Ask everyone. First answers are returned; later ones are recorded while the visit goes on."""
    answers: list[asyncio.Future[DNSQuery]] = []
    loop = asyncio.get_running_loop()

    def ask_udp(question: dns.Question) -> None:
        first: asyncio.Future[DNSQuery] = loop.create_future()
        answers.append(first)
        background.create_task(_ask_and_listen(trace, question, first, visit_ended))

    for kind in TYPES:
        for role, resolvers in (("configured", kit.configured[:1]), ("public", kit.public)):
            for resolver in resolvers:
                if str(resolver) not in kit.dead_resolvers:
                    ask_udp(
                        dns.Question(hostname=host, query_type=kind, resolver=resolver, role=role)
                    )
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(dns.system_lookup(trace, host))]
        for server in kit.doh[:1]:
            tasks += [
                group.create_task(server.query(trace, host, kind, "public")) for kind in TYPES
            ]
        done = await asyncio.gather(*answers)
    return [*(t.result() for t in tasks), *done]


async def _ask_and_listen(
    trace: Trace,
    question: dns.Question,
    first: asyncio.Future[DNSQuery],
    visit_ended: Callable[[], bool],
) -> None:
    """Put the first answer into `first`, then listen on."""
    started: list[float] = []

    def until() -> float:
        now = trace.now()
        if not started:
            started.append(now)
        at_least, at_most = started[0] + LISTEN_AT_LEAST, started[0] + LISTEN_AT_MOST
        return at_least if visit_ended() else at_most

    def answered(record: DNSQuery) -> None:
        if not first.done():
            first.set_result(record)

    answered(await dns.udp_query(trace, question, keep_listening=until, on_first=answered))
