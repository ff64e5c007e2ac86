"""Stories that chance tells: everything that can befall a visit, in any combination."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.fakes.chains import own, strange
from tests.fakes.measurements import (
    BOGON,
    IP,
    IP6,
    OTHER_IP,
    STRANGER,
    Story,
    a_measurement,
    endpoint,
)
from tests.fakes.pages import BLOCKPAGE, BROKEN, CAPTCHA, GEOBLOCK, OTHER, REFUSED, SITE, SITE_LATER

Act = Callable[[Story], Any]
letters = st.sampled_from("SDRFAXUCL")
ips = st.sampled_from([IP, OTHER_IP, IP6, STRANGER, BOGON, "151.101.1.1"])
pages = st.sampled_from(
    [SITE, SITE_LATER, OTHER, BLOCKPAGE, CAPTCHA, GEOBLOCK, REFUSED, BROKEN, b""]
)
lookup_failures = st.sampled_from(
    [
        "dns_nxdomain_error",
        "dns_no_answer",
        "dns_servfail_error",
        "generic_timeout_error",
        "unknown_failure",
    ]
)
urls = st.sampled_from(
    [
        "http://t.example/",
        "https://t.example/",
        "http://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "x:y",
        "",
    ]
)
targets = st.sampled_from(
    ["https://t.example/", "http://warning.isp.example/", "https://u.example/", "http://", "/a"]
)
statuses = st.sampled_from([200, 204, 301, 403, 404, 451, 502])
chains = st.sampled_from([(), own(), strange(), (b"no certificate",)])
words = st.text("SDRFAXUCL", max_size=4)


def act(draw: st.DrawFn, story: Story) -> None:
    """One thing more that happens here."""
    answers = draw(st.lists(ips, max_size=2))
    why = None if answers else draw(lookup_failures)
    story.ip = draw(ips)
    acts: list[Act] = [
        lambda s: s.system(*answers, why=why),
        lambda s: s.configured(*answers, why=why),
        lambda s: s.configured(*answers, why=why, late=True),
        lambda s: s.tcp(draw(ips), draw(letters)),
        lambda s: s.tls(draw(letters), chain=draw(chains)),
        lambda s: s.get(draw(statuses), draw(pages), draw(letters)),
        lambda s: s.fails(draw(letters)),
        lambda s: s.redirects(draw(targets)),
        lambda s: s.hop(draw(urls)),
        lambda s: s.quic(draw(letters)),
        lambda s: s.found(
            draw(st.sampled_from(["ipv6_broken", "clock_skew", "hosts_entry", "vpn"]))
        ),
    ]
    draw(st.sampled_from(acts))(story)


def outside(draw: st.DrawFn, story: Story) -> None:
    """What others see, and what experiments show."""
    answers = draw(st.lists(ips, max_size=2))
    why = None if answers else draw(lookup_failures)
    hosts = draw(st.lists(pages | letters | targets.filter(lambda u: "://" in u), max_size=3))
    acts: list[Act] = [
        lambda s: s.public(*answers, why=why),
        lambda s: s.public(*answers, why=why, late=True),
        lambda s: s.doh(*answers, why=why),
        lambda s: s.control(
            *answers,
            body=draw(pages),
            status=draw(statuses),
            http=draw(st.none() | st.just("generic_timeout_error")),
            dns=why,
            tcp=draw(st.sampled_from("SDC")),
            tls=draw(st.sampled_from(["S", "X", "R", "A", None])),
            also=[endpoint(draw(ips), 443, tls=draw(letters))],
            told=draw(st.booleans()),
        ),
        lambda s: s.no_control(),
        lambda s: s.again(t=draw(words), c=draw(words), p=draw(words)),
        lambda s: s.matrix(
            **draw(st.dictionaries(st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s6"]), words))
        ),
        lambda s: s.shown("X", s3=draw(chains), s4=draw(chains)),
        lambda s: s.hosts(
            **dict.fromkeys(
                draw(st.sets(st.sampled_from(["h1", "h2", "h3", "h4", "h6", "t1"]))), hosts
            )
        ),
        lambda s: s.transports(
            draw(st.sampled_from(["udp_t", "udp_c", "doh_t", "dark_t", "dark_c"])),
            answers,
            why or answers,
        ),
        lambda s: s.paces(t=[draw(st.floats(1, 900))] * 6, c_host=[draw(st.floats(1, 900))] * 6),
    ]
    draw(st.sampled_from(acts))(story)


def beginning(draw: st.DrawFn, story: Story, *, alone: bool) -> None:
    """Some way into an ordinary visit, so that chance does not spend itself on the way there."""
    how_far = draw(st.integers(0, 4))
    if how_far and not alone:
        story.control(IP, tcp=draw(st.sampled_from("SSSD")), tls=draw(st.sampled_from("SSSXRA")))
    if how_far > 1:
        story.system(draw(st.sampled_from([IP, IP, IP, OTHER_IP, STRANGER])))
        story.tcp(why=draw(st.sampled_from("SSSDRC")))
    if how_far > 2:
        story.tls(draw(st.sampled_from("SSDRFAX")), chain=draw(chains))
    if how_far > 3:
        story.get(draw(st.sampled_from([200, 200, 403, 451, 502])), draw(pages))


@st.composite
def stories(draw: st.DrawFn, *, alone: bool = False) -> Story:
    """A visit of a few steps; `alone` without anything to compare it with."""
    story = a_measurement(draw(urls))
    beginning(draw, story, alone=alone)
    for _ in range(draw(st.integers(0, 12))):
        act(draw, story)
        if not alone and draw(st.booleans()):
            outside(draw, story)
    return story
