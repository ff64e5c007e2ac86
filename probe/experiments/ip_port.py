"""TCP: the address again and again, another port of it, the control's address (methods.md §1.5)."""

from measurements.schema.records import TCPConnect
from probe.experiments.arms import ARM_CONNECT, Bench, together, until_decided
from probe.experiments.sequential import decided
from probe.net.resolvers import Endpoint
from probe.steps import tcp

NAME = "ip_port"
QUESTION = "Does the address not answer at all, or not on this port, or only now and then?"
_TARGET_TRIALS = 3


async def run(bench: Bench) -> None:
    """All arms; what they show is in the notebook."""
    subject = bench.subject
    there = Endpoint(subject.ip, subject.port)
    other = bench.elsewhere()
    place_c = (other.tls or other.http) if other is not None else None

    async def connect(arm: str, to: Endpoint) -> TCPConnect:
        trace = bench.arm(arm)
        record, stream = await tcp.connect(
            trace, to.ip, to.port, transaction_id=trace.transaction(), timeout=ARM_CONNECT
        )
        if stream is not None:
            stream.close()
        return record

    if place_c is not None and (await connect("c", place_c)).failure is not None:
        page = bench.kit.page(subject.host)
        place_c = Endpoint(page.ip, page.port) if page is not None else place_c
    second = Endpoint(subject.ip, 80 if subject.port == 443 else 443)  # noqa: PLR2004
    failed = [True]  # the base visit's

    async def try_target() -> None:
        failed.append((await connect("t", there)).failure is not None)

    await together(*(try_target() for _ in range(_TARGET_TRIALS)), connect("p", second))
    if place_c is not None:
        await connect("c", place_c)

    async def again() -> bool:
        return (await connect("t", there)).failure is not None

    await until_decided(failed, again, decided)
