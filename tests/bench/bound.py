"""The least time that the methods demand: chains of timeouts and cool-downs, from the constants.

A target that fails by silence is over when its last experiment's last timeout is. Trials of one arm
run together, so an experiment costs one timeout; what answers costs round trips, not counted here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from probe.engine.schedule import COOL_DOWN
from probe.experiments.arms import ARM_CONNECT, ARM_HANDSHAKE
from probe.experiments.lookups import LISTEN_AT_LEAST
from probe.steps.dns import UDP_TIMEOUT
from probe.steps.tcp import CONNECT_TIMEOUT
from probe.steps.tls import HANDSHAKE_TIMEOUT


@dataclass(frozen=True)
class Chain:
    """What one kind of target must wait for, one after the other."""

    kind: str
    links: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        """Its length."""
        return sum(seconds for _, seconds in self.links)

    def told(self) -> str:
        """How it comes about."""
        links = " + ".join(f"{name} {seconds:g}" for name, seconds in self.links)
        return f"{self.kind}: {links} = {self.seconds:g} s"


def chains(per_address: int = 1) -> tuple[Chain, ...]:
    """Of each kind of target on the bench's list. Targets at one address wait for one another."""
    waits = (("cool-down of a neighbour", COOL_DOWN * (per_address - 1)),) * (per_address > 1)
    return (
        Chain("fine", (("listening for a second DNS answer", LISTEN_AT_LEAST),)),
        Chain(
            "tls",
            (("handshake", HANDSHAKE_TIMEOUT), ("sni_matrix trials", ARM_HANDSHAKE), *waits),
        ),
        Chain("syn", (("connect", CONNECT_TIMEOUT), ("ip_port trials", ARM_CONNECT))),
        Chain(
            "dns",
            (
                ("listening for a second DNS answer", LISTEN_AT_LEAST),
                ("question to where no resolver is", UDP_TIMEOUT),
            ),
        ),
        Chain("down", (("connect", CONNECT_TIMEOUT),)),
    )


def bound(counts: dict[str, int], concurrency: int) -> tuple[float, list[str]]:
    """Seconds: the longest chain, or all chains through so many slots; and how it comes about."""
    found = {chain.kind: chain for chain in chains()}
    longest = max((found[kind] for kind in counts), key=lambda chain: chain.seconds)
    through = sum(found[kind].seconds * n for kind, n in counts.items()) / concurrency
    lines = [f"{found[kind].told()}, {n} times" for kind, n in counts.items()]
    lines.append(f"longest chain: {longest.told()}")
    lines.append(f"all of them through {concurrency} slots: {through:.1f} s")
    lines.append("no cool-down is waited for: each target has an address of its own")
    return math.ceil(max(longest.seconds, through) * 10) / 10, lines
