"""When may a target connect to an address? Told the time and what happened; it does nothing itself.

Law: an address and port belong to one target at a time; where a target may have woken a censor that
remembers (methods.md §1.18), others wait until an innocent connection has passed there, or until
COOL_DOWN seconds are over. The target itself may go on: its experiments know what they do.
"""

from dataclasses import dataclass, field

from probe.net.resolvers import Endpoint

# Longest known in Kazakhstan: 120 s by 4-tuple; 180 s in China; other tools wait 120 to 180 s.
COOL_DOWN = 180.0


@dataclass(frozen=True, slots=True)
class _Cooling:
    """Since when an endpoint cools down, and whose doing it is."""

    owner: int
    until: float


@dataclass(slots=True)
class Schedule:
    """The state of all endpoints of a run. Bounded: only what is held or cools down is kept."""

    cool_down: float = COOL_DOWN
    _held: dict[Endpoint, int] = field(default_factory=dict)
    _cooling: dict[Endpoint, _Cooling] = field(default_factory=dict)

    def wait_until(self, owner: int, endpoints: frozenset[Endpoint], now: float) -> float | None:
        """None when `owner` may have them all now; else when to ask again at the latest.

        Infinity: somebody holds one, and only its release can change that.
        """
        times = [t for e in endpoints if (t := self._blocked_until(owner, e, now)) is not None]
        return max(times) if times else None

    def _blocked_until(self, owner: int, endpoint: Endpoint, now: float) -> float | None:
        if self._held.get(endpoint, owner) != owner:
            return float("inf")
        cooling = self._cooling.get(endpoint)
        if cooling is None or cooling.owner == owner or cooling.until <= now:
            return None
        return cooling.until

    def claim(self, owner: int, endpoints: frozenset[Endpoint]) -> None:
        """They are the owner's; ask wait_until first."""
        self._held |= dict.fromkeys(endpoints, owner)

    def release(self, owner: int, endpoints: frozenset[Endpoint], now: float) -> None:
        """They are nobody's again; those that were suspected cool down."""
        for endpoint in endpoints:
            if self._held.get(endpoint) == owner:
                del self._held[endpoint]
        for endpoint in [e for e, c in self._cooling.items() if c.until <= now]:
            del self._cooling[endpoint]

    def suspect(self, owner: int, endpoint: Endpoint, now: float) -> None:
        """The owner's packets may have woken a censor there."""
        self._cooling[endpoint] = _Cooling(owner, now + self.cool_down)

    def clear(self, endpoint: Endpoint) -> None:
        """An innocent connection passed: nothing is remembered there."""
        self._cooling.pop(endpoint, None)

    def cooling(self, endpoint: Endpoint, now: float) -> bool:
        """It cools down, whoever's doing it is."""
        found = self._cooling.get(endpoint)
        return found is not None and found.until > now

    def suspected(self, owner: int, now: float) -> tuple[Endpoint, ...]:
        """What cools down by the owner's doing."""
        return tuple(e for e, c in self._cooling.items() if c.owner == owner and c.until > now)
