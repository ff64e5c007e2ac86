"""The 2x2 of TLS, on the demo's censor: which arms fail, in which order, what is suspected."""

from probe.experiments import sni_matrix
from probe.net.resolvers import Endpoint
from tests.fakes.stage import Stage, subject

RADIO = Endpoint("102.195.0.6", 443)  # reset after a hello that names it, unless cut in two


async def test_the_name_brings_it_about(stage: Stage) -> None:
    """It fails under the name at both addresses, and nowhere under the innocent one."""
    await sni_matrix.run(stage.bench("sni_matrix", subject("pretend-radio.example", RADIO.ip)))

    assert {"connection_reset"} == {*stage.shakes("s1"), *stage.shakes("s3")}
    assert not [f for f in stage.shakes("s2") + stage.shakes("s4") if f == "connection_reset"]
    assert [None, None] == stage.shakes("s6")  # in two segments
    assert 3 == len(stage.shakes("s1"))  # with the base visit's, four: they decide
    assert (2, 2, 1) == tuple(len(stage.shakes(a)) for a in ("s2", "s4", "s5"))


async def test_control_arms_come_first_and_last(stage: Stage) -> None:
    """ABBA; the address is suspected between, and cleared by the innocent hello after."""
    await sni_matrix.run(stage.bench("sni_matrix", subject("pretend-radio.example", RADIO.ip)))

    order = [h.arm.name for h in stage.records.tls_handshakes if h.arm is not None]
    assert ["s4", "s2"] == order[:2] == order[-2:]
    assert [("suspect", RADIO), ("clear", RADIO)] == stage.permits.told


async def test_without_another_place_only_this_address_is_asked(stage: Stage) -> None:
    """Nothing is sent to anybody who is not known to answer."""
    stage.kit.elsewhere = lambda _: None
    await sni_matrix.run(stage.bench("sni_matrix", subject("pretend-radio.example", RADIO.ip)))
    assert {RADIO.ip} == {c.ip for c in stage.records.tcp_connects}
    assert [] == stage.shakes("s3") + stage.shakes("s4")


async def test_what_passes_again_is_repeated_until_that_is_sure(stage: Stage) -> None:
    """One failure before, then successes: no more than eight trials, and most decide sooner."""
    await sni_matrix.run(stage.bench("sni_matrix", subject("weather.example", "102.195.0.1")))
    assert {None} == set(stage.shakes("s1"))
    assert 3 < len(stage.shakes("s1")) <= 7


async def test_names_on_the_wire_are_as_many_as_planned(stage: Stage) -> None:
    """The plan's budget counts with at most thirteen."""
    for host, ip in (("weather.example", "102.195.0.1"), ("pretend-radio.example", RADIO.ip)):
        before = len(stage.records.tls_handshakes)
        await sni_matrix.run(stage.bench("sni_matrix", subject(host, ip)))
        mine = stage.records.tls_handshakes[before:]
        assert sum(h.server_name == host for h in mine) <= 13
