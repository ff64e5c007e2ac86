"""A long list for the speed bench: many cheap sites, of which a known part is blocked or down."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.netlab.model import Answer, Drop, Expect, Name, Page, Rule, Site, World
from tests.netlab.scenarios.build import COMMON

SHARES = {"tls": 0.12, "syn": 0.03, "dns": 0.03, "down": 0.02}
TRUTH = {
    "fine": Expect("accessible"),
    "tls": Expect("blocked", "tls", "timeout", trigger="sni", locus="network"),
    "syn": Expect("blocked", "tcp", "timeout", trigger="ip", locus="network"),
    "dns": Expect("blocked", "dns", "nxdomain", trigger="dns_name", locus="resolver"),
    "down": Expect("down"),
}


@dataclass(frozen=True)
class Bulk:
    """The world, the list, and what is true of each URL."""

    world: World
    urls: tuple[str, ...]
    truth: dict[str, Expect]


def bulk(count: int = 550, seed: int = 1, size: int = 4_000, per_address: int = 1) -> Bulk:
    """`count` targets in a shuffled order. Kazakh manner: TLS silence leaves the 4-tuple dead for 120 s."""
    fates = [fate for fate, share in SHARES.items() for _ in range(round(count * share))]
    fates += ["fine"] * (count - len(fates))
    random.Random(seed).shuffle(fates)
    sites, names, silent, cut, dropped = [], [], [], [], []
    urls, truth = [], {}
    for i, fate in enumerate(fates):
        name = f"site-{i:04d}.{('org', 'com', 'net', 'kz')[i % 4]}"
        place = i // per_address
        address = f"151.101.{100 + place // 250}.{place % 250 + 1}"
        scheme = "http" if i % 5 == 4 and fate in ("fine", "down") else "https"
        page = Page(size=size)
        views = (("isp", Answer(rcode="NXDOMAIN")),) if fate == "dns" else ()
        names.append(Name(name, Answer((address,)), views))
        if fate == "down":
            silent.append(address)
        else:
            sites.append(
                Site(
                    (name,),
                    (address,),
                    http=page if scheme == "http" else Page("to_https"),
                    https=page,
                )
            )
        if fate == "tls":
            cut.append(name)
        elif fate == "syn":
            dropped.append(address)
        urls.append(f"{scheme}://{name}/")
        truth[urls[-1]] = TRUTH[fate]
    rules = (
        Rule(Drop(), sni=tuple(cut), residual=120.0, rearm=True, label="tls"),
        Rule(Drop(), ip=tuple(dropped), proto="tcp", label="syn"),
    )
    world = World((*COMMON.sites, *sites), (*COMMON.names, *names), rules, silent=tuple(silent))
    return Bulk(world, tuple(urls), truth)
