"""A control of the world's own, and a client that only knows HTTP."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from probe.control.limits import Limits
from probe.control.server import ControlConfig, running
from tests.unit.probe.control.outside import SITE, Outside


@dataclass
class Place:
    """Where a client is."""

    asn: int | None
    cc: str | None


@dataclass
class Control:
    """A running control and a client of it."""

    url: str
    port: int
    session: aiohttp.ClientSession

    async def ask(self, url: str, **more: object) -> tuple[int, Any]:
        """POST /; status and document."""
        return await self.post("/", {"http_request": url, "tcp_connect": [], **more})

    async def post(self, path: str, document: object) -> tuple[int, Any]:
        """POST anything."""
        async with self.session.post(self.url + path, json=document) as response:
            text = await response.text()
            return response.status, json.loads(text) if text.startswith("{") else text


@contextlib.asynccontextmanager
async def control(
    world: Outside, config: ControlConfig | None = None, **limits: float
) -> AsyncIterator[Control]:
    """A control in the world, at a port of loopback."""
    config = replace(
        config or ControlConfig(),
        port=0,
        resolvers=(world.resolver,),
        limits=replace(Limits(), **limits),  # type: ignore[arg-type]
    )
    places = {"127.0.0.1": Place(64500, "KZ"), SITE: Place(15133, "US")}

    def locate(ip: str) -> Place:
        return places.get(ip, Place(None, None))

    async with (
        running(config, world.network, world.clock, world.trust, locate) as endpoints,
        aiohttp.ClientSession() as session,
    ):
        yield Control(f"http://127.0.0.1:{endpoints[0].port}", endpoints[0].port, session)
