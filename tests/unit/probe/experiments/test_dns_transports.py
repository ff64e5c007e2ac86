"""The resolver or the way to it: the arms on the demo's censor."""

import dataclasses

from probe.experiments import dns_transports
from tests.fakes.stage import Stage, subject

SITE = subject("pretend-vpn.example", "", "https")  # the provider's resolver knows no such name


async def test_the_resolver_lies_over_every_transport(stage: Stage) -> None:
    """NXDOMAIN by UDP and TCP of the provider's; the others answer; the innocent name resolves."""
    await dns_transports.run(stage.bench("dns_transports", SITE))

    assert {"dns_nxdomain_error"} == {*stage.asked("udp_t"), *stage.asked("tcp_t")}
    for arm, times in {"public_udp_t": 2, "public_tcp_t": 1, "dot_t": 1, "doh_t": 2}.items():
        assert [None] * times == stage.asked(arm), arm
    assert None in stage.asked("udp_c")
    assert 3 == len(stage.asked("udp_t"))


async def test_nobody_answers_where_no_resolver_is(stage: Stage) -> None:
    """Port 53 of the control is dark: an answer from there is an injector's."""
    await dns_transports.run(stage.bench("dns_transports", SITE))
    assert [False, False] == [f is None for f in stage.asked("dark_t") + stage.asked("dark_c")]


async def test_only_public_doubtful_addresses_are_knocked_at(stage: Stage) -> None:
    """A forged answer that points into the home is evidence by itself: nobody connects to it."""
    doubtful = ("192.168.1.1", "127.0.0.1", "102.192.0.80", "fe80::1")
    site = dataclasses.replace(SITE, doubtful=doubtful)
    await dns_transports.run(stage.bench("dns_transports", site))
    knocked = {(c.ip, c.port) for c in stage.records.tcp_connects if c.arm and c.arm.name == "page"}
    assert {("102.192.0.80", 443), ("102.192.0.80", 80)} == knocked
    assert 1 == len(stage.answers("page"))


async def test_without_a_control_the_reserved_name_is_the_innocent(stage: Stage) -> None:
    """It is asked of this computer's resolver only, and nothing dark is."""
    stage.kit.elsewhere = lambda _: None
    await dns_transports.run(stage.bench("dns_transports", SITE))
    innocent = [q for q in stage.records.queries if q.hostname != SITE.host]
    assert {"example.com"} == {q.hostname for q in innocent}
    assert {str(stage.kit.configured[0])} == {q.resolver_address for q in innocent}
    assert [] == stage.asked("dark_t")
