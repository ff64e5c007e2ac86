"""Servers that are odd, dead or choosy, all by themselves."""

from __future__ import annotations

from tests.netlab.model import Expect, Page, Scenario
from tests.netlab.scenarios.build import Spot, scenario, spot

two = spot("one-host")
side = Expect("server_side")
found = [
    scenario(
        f"cert-{kind.replace('_', '-')}",
        side,
        f"The site shows everybody a certificate that is bad: {kind}.",
        site={"cert": kind},
    )
    for kind in ("expired", "wrong_host", "self_signed", "unknown_ca", "not_yet")
]
_ODD_SERVERS: list[Scenario] = [
    *found,
    scenario("one-host-first", why="Two sites at one address, neither blocked.", at=two),
    scenario("one-host-second", why="Two sites at one address, neither blocked.", at=two),
    scenario(
        "sni-421",
        why="A shared server that answers 421 to names it does not know.",
        site={"sni_policy": "421"},
    ),
    scenario(
        "sni-alerts",
        why="A server that sends an alert for names it does not know.",
        site={"sni_policy": "alert"},
    ),
    scenario(
        "sni-resets",
        why="A server that resets names it does not know.",
        site={"sni_policy": "reset"},
    ),
    scenario("h3-fine", why="HTTP/3 offered and working.", site={"h3": True, "h2": True}),
    scenario("v6-fine", why="IPv6 only, fine.", families="6"),
    scenario("dual-fine", why="Both families, fine.", families="46"),
    scenario(
        "down-closed",
        Expect("down"),
        "Nothing listens on port 443, for anybody.",
        site={"https": None, "http": Page()},
    ),
    scenario(
        "down-closed-http",
        Expect("down"),
        "Nothing listens on port 80, for anybody.",
        scheme="http",
        site={"http": None},
    ),
    scenario("other-port", why="HTTPS on port 8443.", port=":8443", site={"https_port": 8443}),
    scenario(
        "other-port-http",
        why="HTTP on port 8080.",
        port=":8080",
        scheme="http",
        site={"http_port": 8080, "http": Page()},
    ),
    scenario(
        "needs-two-tries",
        why="The first connection of each client is reset.",
        site={"flaky": 1},
    ),
]


silent, half = spot("down-silent"), spot("dead-v6", "46")
shy = spot("control-silent")
_DEAD: list[Scenario] = [
    scenario(
        "down-silent",
        Expect("down"),
        "The address answers nobody.",
        at=silent,
        silent=silent.v4,
        no_site=True,
    ),
    scenario(
        "dead-v6",
        why="Its IPv6 address is dead for everybody; IPv4 works.",
        at=Spot(half.name, half.v4, half.v6),
        silent=half.v6,
    ),
    scenario(
        "control-silent",
        why="The site is silent to the control's address.",
        at=shy,
        silent_to_control=shy.v4,
    ),
    scenario(
        "control-reset",
        why="The site resets the control's address.",
        site={"refuse_control": "reset"},
    ),
    scenario(
        "control-403",
        why="The site answers 403 to the control's address only.",
        site={"control_page": Page("geoblock", 403)},
    ),
    scenario(
        "control-403-http",
        why="The same over http.",
        scheme="http",
        site={"http": Page(), "control_page": Page("geoblock", 403)},
    ),
]


SCENARIOS = [*_ODD_SERVERS, *_DEAD]
