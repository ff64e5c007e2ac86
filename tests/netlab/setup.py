"""What the lab tells its processes when it starts them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.netlab.model import World


@dataclass(frozen=True)
class CensorSetup:
    """For the forwarder."""

    world: World
    prefix: str
    stats: str


@dataclass(frozen=True)
class ProxySetup:
    """For the intercepting proxy: the rules, its authorities, and whom it trusts upstream."""

    world: World
    prefix: str
    pki: str  # folder


@dataclass(frozen=True)
class InternetSetup:
    """For the process that is all resolvers and sites."""

    world: World
    prefix: str
    pki: str
