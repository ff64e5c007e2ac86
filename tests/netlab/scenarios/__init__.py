"""All scenarios by name. Names and addresses are given out in a fixed order, so they are the same in every process."""

from __future__ import annotations

from tests.netlab.model import Scenario
from tests.netlab.scenarios import dns, forged, http, pages, qa, servers, tcp_tls, worlds
from tests.netlab.scenarios.build import COMMON

ALL: dict[str, Scenario] = {}
for _module in (dns, tcp_tls, servers, http, pages, qa, worlds, forged):
    for _scenario in _module.SCENARIOS:
        if _scenario.name in ALL:
            raise ValueError(f"two scenarios named {_scenario.name}")
        ALL[_scenario.name] = _scenario

__all__ = ["ALL", "COMMON"]
