"""An eye on the world, for asking without HTTP."""

import asyncio

from measurements.schema.measurement import ControlAnswered
from measurements.schema.records import Headers
from measurements.verdict.sketch import shingles
from probe.control.guard import Guard
from probe.control.look import Eye
from probe.control.protocol import ControlRequest, parse_url
from probe.control.resolver import Resolver, parse_server
from probe.net.resolvers import Endpoint
from tests.unit.probe.control.outside import SITE, Outside, page

V6 = "2606:2800:220:1:248:1893:25c8:1946"


WORDS = "<title>News of the day</title><p>All the words of a page that is long enough to compare."


def eye(world: Outside, *, request_time: float = 18.0) -> Eye:
    """The control's eye on the world."""
    servers = (parse_server(world.resolver),)
    return Eye(
        network=world.network,
        clock=world.clock,
        trust=world.trust,
        guard=Guard(),
        resolver=Resolver(servers, world.network, world.clock, world.trust),
        outgoing=asyncio.Semaphore(100),
        sketcher=shingles,
        request_time=request_time,
    )


async def look(
    world: Outside, url: str, *endpoints: Endpoint, headers: Headers = ()
) -> ControlAnswered:
    """Ask once."""
    request = ControlRequest(target=parse_url(url), endpoints=endpoints, headers=headers)
    return await eye(world).look(request)


async def https_site(world: Outside, name: str, ip: str = SITE, text: str = WORDS) -> None:
    """A site with a good certificate, on 443 and 80."""
    world.names.records[name] = [ip]
    await world.site(page(text), (ip, 443), tls=world.authority.context(name))
    await world.site(page(text), (ip, 80))
