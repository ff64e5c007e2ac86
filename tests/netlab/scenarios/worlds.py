"""Situations that change the whole network, each in a world of its own; and other controls than ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.netlab import places
from tests.netlab.model import Answer, DnsDivert, Drop, Expect, Link, Page, Reset, Rule, Scenario
from tests.netlab.model import Inject as Forge
from tests.netlab.scenarios.build import HTML, block_page, own, pair, reply, scenario, spot

INCONCLUSIVE = Expect("inconclusive")
NX = Answer(rcode="NXDOMAIN")


def _group(name: str, made: list[Scenario], **fields: Any) -> list[Scenario]:  # noqa: ANN401  fields of a Scenario
    """All of them in one world that is theirs."""
    return [replace(s, shared=False, group=name, **fields) for s in made]


portal = reply(302, b"", ("Location", "http://192.168.1.1/login"), HTML, reason="Found")
captive = own(rules=(Rule(Forge(portal), host=("*",)), Rule(Reset(), sni=("*",))))
maybe = Expect("inconclusive", also_status=("accessible",))
_BROKEN_NETWORKS: list[Scenario] = [
    *_group(
        "offline",
        [scenario("offline", INCONCLUSIVE, "No way out at all.", exit_status=3)],
        world=own(unplugged=True),
    ),
    *_group(
        "captive",
        [
            scenario(
                "captive-portal",
                INCONCLUSIVE,
                "A captive portal answers http, cuts TLS.",
                exit_status=3,
            )
        ],
        world=captive,
    ),
    *_group(
        "blackout",
        [
            scenario(
                "blackout",
                INCONCLUSIVE,
                "Every TCP connection is dropped; DNS works.",
                exit_status=3,
            )
        ],
        world=own(rules=(Rule(Drop(), proto="tcp"),)),
    ),
    *_group(
        "dead-resolver",
        [
            scenario("resolver-dead", maybe, "The ISP's resolver answers nothing, for any name."),
            scenario(
                "resolver-dead-http",
                maybe,
                "The same for http.",
                scheme="http",
                site={"http": Page()},
            ),
        ],
        world=own(isp_dns="dead"),
    ),
    *_group(
        "failing-resolver",
        [scenario("resolver-servfail", maybe, "The ISP's resolver says SERVFAIL to every name.")],
        world=own(isp_dns="servfail"),
    ),
    *_group(
        "no-v6",
        [scenario("v6-absent", why="No IPv6 here; the site has both.", families="46")],
        world=own(no_v6="none"),
    ),
    *_group(
        "broken-v6",
        [
            scenario("v6-broken", why="IPv6 is configured and leads nowhere.", families="46"),
            scenario(
                "v6-broken-http",
                why="The same for http.",
                families="46",
                scheme="http",
                site={"http": Page()},
            ),
        ],
        world=own(no_v6="broken"),
    ),
    *_group(
        "clock",
        [scenario("clock-wrong", why="The control's clock says two hours later than ours.")],
        control="clock",
        world=own(),
    ),
    *_group(
        "hosts-file",
        [scenario("hosts-entry", maybe, "This computer's hosts file sends the name to 127.0.0.1.")],
        world=own(hosts=(("127.0.0.1", scenario("hosts-entry").sites[0].names[0]),)),
    ),
]


def _paths() -> list[Scenario]:
    def good(tag: str) -> list[Scenario]:
        return [
            scenario(f"{tag}-https", why="A healthy site on a bad line.", families="46"),
            scenario(
                f"{tag}-http",
                why="A healthy http site on a bad line.",
                scheme="http",
                site={"http": Page()},
            ),
            scenario(f"{tag}-big", why="A larger page on a bad line.", site={"https": Page(size=300_000)}),
        ]

    lossy = Link(loss_up=0.1, loss_down=0.1, seed=7)
    cut = pair(
        "lossy-cut",
        Expect("blocked", "tls", "timeout", trigger="sni"),
        "TLS silence on a line that loses 10%.",
        rules=lambda s: (Rule(Drop(), sni=(s.name,)),),
    )
    reset = pair(
        "lossy-reset",
        Expect("blocked", "tls", "reset", trigger="sni"),
        "TLS reset on a line that loses 10%.",
        rules=lambda s: (Rule(Reset(), sni=(s.name,)),),
    )
    return [
        *_group("lossy", [*good("lossy"), *cut, *reset], world=own(link=lossy)),
        *_group("far", good("far"), world=own(link=Link(rtt=0.6, jitter=0.05))),
        *_group("narrow", good("narrow"), world=own(link=Link(kbps=600))),
        *_group(
            "shaky",
            good("shaky"),
            world=own(link=Link(rtt=0.08, jitter=0.15, loss_down=0.02, loss_up=0.02)),
        ),
    ]


def _port53() -> list[Scenario]:
    """All of port 53, whoever is asked, ends at the ISP's resolver."""
    fine = Expect("accessible", partial=(("dns", "hijack"),))
    lie = Answer((places.BLOCKPAGE4,), (places.BLOCKPAGE6,))
    hijack = Expect(
        "blocked",
        "dns",
        "hijack",
        also=(("dns", "blockpage_ip"), ("dns", "nxdomain")),
        trigger="dns_name",
    )
    made = [
        *pair(
            "port53-blockpage",
            hijack,
            "The diverted answer is the block page's.",
            views=lambda _s: (("isp", lie),),
        ),
        *pair(
            "port53-nxdomain",
            hijack,
            "The diverted answer is NXDOMAIN.",
            views=lambda _s: (("isp", NX),),
        ),
        scenario("port53-fine", fine, "Diverted, and answered truly."),
    ]
    divert = Rule(DnsDivert(places.ISP_RESOLVER4, places.ISP_RESOLVER6), port=53)
    return _group("port53", made, world=own(rules=(divert,)))


def _some(tag: str) -> list[Scenario]:
    """What must be right under any control."""
    return [
        scenario(f"{tag}-fine", why="A healthy site."),
        scenario(f"{tag}-fine-http", why="A healthy http site.", scheme="http", site={"http": Page()}),
        scenario(
            f"{tag}-cdn",
            why="A CDN with another address for the control.",
            views=lambda s: (("control", Answer(s.v4[1:])), ("isp", Answer(s.v4[:1]))),
            at=spot(f"{tag}-cdn", count=2),
        ),
    ]


def _other_control() -> list[Scenario]:
    ooni = [
        *_some("ooni"),
        *pair(
            "ooni-reset",
            Expect("blocked", "tls", "reset"),
            "TLS reset.",
            rules=lambda s: (Rule(Reset(), sni=(s.name,)),),
        ),
        *pair(
            "ooni-page",
            Expect("blocked", "http", "blockpage"),
            "A forged block page.",
            scheme="http",
            site={"http": Page()},
            rules=lambda s: (Rule(block_page(), host=(s.name,)),),
        ),
        *pair(
            "ooni-nxdomain",
            Expect("blocked", "dns", "nxdomain"),
            "The ISP says NXDOMAIN.",
            views=lambda _s: (("isp", NX),),
        ),
        scenario(
            "ooni-down",
            Expect("down"),
            "Nothing listens, for anybody.",
            site={"https": None, "http": None},
        ),
        scenario(
            "ooni-geo",
            Expect("server_side"),
            "The site answers 403 to this country.",
            site={"probe_page": Page("geoblock", 403)},
        ),
    ]
    return [replace(s, control="ooni") for s in ooni]


def _no_control() -> list[Scenario]:
    partly = Expect("blocked", "tls", "timeout", also_status=("inconclusive",), also=((None, None),))
    dns = Expect("blocked", "dns", "nxdomain", also_status=("inconclusive",), also=((None, None),))
    down = [
        *_some("alone"),
        *pair(
            "alone-silence",
            partly,
            "TLS silence, and no control to ask.",
            rules=lambda s: (Rule(Drop(), sni=(s.name,)),),
        ),
        *pair("alone-nxdomain", dns, "NXDOMAIN from the ISP only.", views=lambda _s: (("isp", NX),)),
        scenario(
            "alone-down",
            Expect("inconclusive", also_status=("down",)),
            "A dead site, and no control to ask.",
            site={"https": None, "http": None},
        ),
    ]
    none = scenario("nocontrol-fine", why="A healthy site, --no-control.", control="none")
    return [*(replace(s, control="down") for s in down), none]


SCENARIOS = [*_BROKEN_NETWORKS, *_paths(), *_port53(), *_other_control(), *_no_control()]
