"""QUIC is tried where the site offers it, twice where it fails, beside an innocent name."""

import pytest

from measurements.schema.records import HTTPTransaction
from probe.experiments import quic
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import silent
from tests.fakes.stage import CONTROL_PLACE, make_stage

IP = "93.184.216.34"


def page(service: str, url: str = "https://a.example/") -> HTTPTransaction:
    """One that says this of other services."""
    return HTTPTransaction(
        transaction_id=1,
        url=url,
        ip=IP,
        port=443,
        t0=0.0,
        t=0.1,
        status_code=200,
        headers=(("Alt-Svc", service),),
    )


@pytest.mark.parametrize(
    ("service", "offered"),
    [
        ('h3=":443"; ma=2592000', True),
        ('h2="x:443", h3=":443"', True),
        ('h3="other.example:443"', False),
        ('h3=":8443"', False),
        ("clear", False),
        ("", False),
    ],
)
def test_what_is_an_offer(service: str, offered: bool) -> None:
    """HTTP/3, at the usual port of the same host (RFC 7838)."""
    assert offered == quic.offered(page(service))
    assert not quic.offered(page(service, "http://a.example/"))
    assert not quic.offered(None)


async def test_a_failure_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name twice, then an innocent one; all at the site's own address; no socket stays."""
    monkeypatch.setattr(quic, "TIMEOUT", 0.05)
    network = FakeNetwork(udp={(IP, 443): silent})
    stage = make_stage(network)
    stage.kit.elsewhere = lambda _: CONTROL_PLACE
    await quic.run(stage.trace, stage.kit, IP, "a.example")

    hellos = stage.records.quic_handshakes
    assert ["a.example", "a.example", CONTROL_PLACE.name] == sorted(h.server_name for h in hellos)
    assert {("udp", IP, 443)} == set(network.connected)
    assert [None] == [h.arm for h in hellos if h.server_name == "a.example"][1:]
    assert 0 == network.still_open()
