"""Every scenario, visited with plain sockets: the blocked ones fail as their truth says, the others open."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from tests.netlab.expectations import meets
from tests.netlab.lab import PYTHON, Lab
from tests.netlab.marks import IN_THE_LAB
from tests.netlab.runner import shared_world
from tests.netlab.scenarios import ALL

pytestmark = IN_THE_LAB
_RESIDUAL = {
    "sni-residual-3tuple-twin",
    "sni-residual-drop-twin",
    "host-residual-twin",
}  # dead for a while on purpose


def visit(lab: Lab, place: str, urls: Sequence[str], *options: str) -> dict[str, dict[str, Any]]:
    """Bare visits from a namespace."""
    done = lab.run(place, [PYTHON, "-m", "tests.netlab.visit", *options], text="\n".join(urls))
    assert done.returncode == 0, done.stderr
    return {seen["input"]: seen for seen in map(json.loads, done.stdout.splitlines())}


def test_shared_world() -> None:
    """From the probe as the truth has it; from the control everything that is up opens."""
    shared = [s for s in ALL.values() if s.shared]
    with Lab(shared_world(shared)) as lab:
        inside = visit(lab, "probe", [s.url for s in shared])
        outside = visit(lab, "ctl", [s.url for s in shared], "--resolver", "9.9.9.9")
        assert lab.log("internet") == lab.log("censor") == lab.log("proxy") == ""
    odd = {s.name: said for s in shared if s.name not in _RESIDUAL and (said := meets(s, inside[s.url]))}
    assert not odd
    shut = {
        s.name for s in shared if s.expect.status in ("blocked", "throttled", "accessible") and outside[s.url]["stage"] != "ok"
    }
    assert shut == {"ghost", "qa-ghost", "control-silent", "control-reset", "needs-two-tries"}


@pytest.mark.parametrize("group", sorted({s.group for s in ALL.values() if s.group}))
def test_own_world(group: str) -> None:
    """The worlds that break everything break it, and the bad lines still carry a page."""
    mine = [s for s in ALL.values() if s.group == group]
    with Lab(shared_world(mine, mine[0].world)) as lab:
        seen = visit(lab, "probe", [s.url for s in mine])
    if group in ("offline", "blackout", "dead-resolver", "failing-resolver"):
        assert all(x["stage"] in ("dns", "tcp") for x in seen.values())
    elif group == "captive":
        assert all(x["stage"] == "tls" and x["word"] == "reset" for x in seen.values())
    elif group in ("lossy", "shaky"):
        opened = [s for s in mine if s.kind == "benign" and seen[s.url]["stage"] == "ok"]
        assert len(opened) >= len([s for s in mine if s.kind == "benign"]) - 2
    elif group in ("broken-v6", "no-v6", "clock", "far", "narrow"):
        assert all(x["stage"] == "ok" for x in seen.values())
    elif group == "port53":
        assert {s.name: seen[s.url]["stage"] for s in mine if "fine" in s.name or "twin" in s.name} == {
            "port53-fine": "ok",
            "port53-blockpage-twin": "ok",
            "port53-nxdomain-twin": "ok",
        }


def test_the_collection() -> None:
    """Enough of each sort: every mechanism of the contract, at least half of them traps, nothing said twice."""
    kinds = Counter(s.kind for s in ALL.values())
    assert len(ALL) >= 100
    assert kinds["benign"] >= kinds["censored"]
    assert len({s.url for s in ALL.values()}) == len(ALL)
    told = {(s.expect.layer, s.expect.mechanism) for s in ALL.values()} | {p for s in ALL.values() for p in s.expect.partial}
    wanted = {
        "dns": "nxdomain no_answer servfail refused timeout bogon blockpage_ip injection hijack",
        "tcp": "timeout refused unreachable",
        "tls": "timeout reset eof alert mitm throttling",
        "http": "blockpage timeout reset eof tampered redirect throttling",
        "quic": "timeout",
    }
    assert {(layer, m) for layer, words in wanted.items() for m in words.split()} - told == set()
