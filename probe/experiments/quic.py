"""QUIC beside TCP, where the site offers HTTP/3: its own name twice, an innocent one at the same
address (methods.md §1.13, q1 and q2). It never keeps a user from the page: browsers fall back to
TCP."""

import asyncio

from measurements.schema.records import HTTPTransaction
from probe.experiments.kit import INNOCENT, Kit
from probe.net.trace import Trace
from probe.steps import quic

NAME = "quic"
PORT = 443
TIMEOUT = 4.0


def offered(transaction: HTTPTransaction | None) -> bool:
    """The page says that the site speaks HTTP/3 on the usual port (RFC 7838)."""
    if transaction is None or not transaction.url.startswith("https:"):
        return False
    services = (transaction.header("alt-svc") or "").replace(" ", "")
    return any(part.startswith(('h3=":443"', "h3=:443")) for part in services.split(","))


async def run(trace: Trace, kit: Kit, ip: str, host: str) -> None:
    """One handshake; where that fails, another beside one under an innocent name."""

    async def shake(to: Trace, name: str, verify: str | None, at: str = ip) -> str | None:
        record = await quic.handshake(
            to,
            at,
            PORT,
            transaction_id=to.transaction(),
            server_name=name,
            verify_name=verify,
            timeout=TIMEOUT,
        )
        return record.failure

    if await shake(trace, host, host) is None:
        return
    other = kit.elsewhere(host)
    literal = other is None or other.name.replace(".", "").isdigit() or ":" in other.name
    innocent = INNOCENT if other is None or literal else other.name
    async with asyncio.TaskGroup() as group:
        group.create_task(shake(trace, host, host))
        group.create_task(shake(trace.for_arm(NAME, "q2", 0), innocent, None))
        page = kit.quic_page(host)
        if page is not None:
            group.create_task(shake(trace.for_arm(NAME, "q4", 0), page.host, None, page.ip))
