"""The schedule, obeyed: tasks wait here until their endpoints are free."""

import asyncio
from dataclasses import dataclass, field

from probe.engine.schedule import Schedule
from probe.net.network import Clock
from probe.net.resolvers import Endpoint


@dataclass(slots=True)
class Gate:
    """One a run."""

    schedule: Schedule
    clock: Clock
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _owners: int = 0

    def permits(self) -> "TargetPermits":
        """A new target's own view."""
        self._owners += 1
        return TargetPermits(self, self._owners)

    def changed(self) -> None:
        """Wake all who wait."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, until: float) -> None:
        """Until something changed, or that moment came."""
        changed = self._changed
        left = until - self.clock.monotonic()
        try:
            async with asyncio.timeout(left if left < 3600 else None):  # noqa: PLR2004
                await changed.wait()
        except TimeoutError:
            return


@dataclass(frozen=True, slots=True)
class TargetPermits:
    """experiments.kit.Permits for one target."""

    gate: Gate
    owner: int

    async def claim(self, endpoints: frozenset[Endpoint]) -> None:
        """See Permits."""
        schedule = self.gate.schedule
        while True:
            until = schedule.wait_until(self.owner, endpoints, self.gate.clock.monotonic())
            if until is None:
                schedule.claim(self.owner, endpoints)
                return
            await self.gate.wait(until)

    def release(self, endpoints: frozenset[Endpoint]) -> None:
        """See Permits."""
        self.gate.schedule.release(self.owner, endpoints, self.gate.clock.monotonic())
        self.gate.changed()

    def suspect(self, endpoint: Endpoint) -> None:
        """See Permits."""
        self.gate.schedule.suspect(self.owner, endpoint, self.gate.clock.monotonic())

    def clear(self, endpoint: Endpoint) -> None:
        """See Permits."""
        self.gate.schedule.clear(endpoint)
        self.gate.changed()

    def suspected(self) -> tuple[Endpoint, ...]:
        """What cools down by our doing."""
        return self.gate.schedule.suspected(self.owner, self.gate.clock.monotonic())
