"""TCP, again and again: the address, another port, the control."""

from probe.experiments import ip_port
from probe.experiments.kit import Page
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import silent
from tests.fakes.stage import CONTROL_PLACE, Stage, make_stage, subject

IP, OTHER = "93.184.216.34", "93.184.216.99"


def failures(stage: Stage, arm: str) -> list[str | None]:
    """Of an arm's connects."""
    return [c.failure for c in stage.records.tcp_connects if c.arm and c.arm.name == arm]


async def test_a_closed_port_is_tried_until_that_is_sure() -> None:
    """Three more, with the base visit's four; the other port once; the control before and after."""
    assert CONTROL_PLACE.tls is not None
    control = (CONTROL_PLACE.tls.ip, 443)
    network = FakeNetwork(tcp={control: silent, (IP, 80): silent})
    stage = make_stage(network)
    stage.kit.elsewhere = lambda _: CONTROL_PLACE
    await ip_port.run(stage.bench("ip_port", subject("a.example", IP)))

    assert ["connection_refused"] * 3 == failures(stage, "t")
    assert [None] == failures(stage, "p")
    assert [None, None] == failures(stage, "c")
    assert ("tcp", *control) == network.connected[0] == network.connected[-1]
    assert 0 == network.still_open()


async def test_what_opens_again_is_tried_until_that_is_sure() -> None:
    """The one failure was a loss: at most eight trials in all."""
    stage = make_stage(FakeNetwork(tcp={(IP, 443): silent}))
    await ip_port.run(stage.bench("ip_port", subject("a.example", IP)))
    assert {None} == set(failures(stage, "t"))
    assert 3 < len(failures(stage, "t")) <= 7
    assert {IP} == {c.ip for c in stage.records.tcp_connects}  # nobody else


async def test_a_page_stands_in_for_a_dead_control() -> None:
    """One that opened in this run, of another host."""
    network = FakeNetwork(tcp={(OTHER, 443): silent})
    stage = make_stage(network)
    stage.kit.elsewhere = lambda _: CONTROL_PLACE
    stage.kit.page = lambda but: Page(host="b.example", ip=OTHER, port=443, scheme="https")
    await ip_port.run(stage.bench("ip_port", subject("a.example", IP)))
    assert ["connection_refused", None] == failures(stage, "c")
    assert ("tcp", OTHER, 443) == network.connected[-1]
