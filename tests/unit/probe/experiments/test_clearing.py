"""An innocent connection after a trigger: what passes lets the next target in."""

from probe.experiments import clearing
from probe.net.resolvers import Endpoint
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import END, RESET, answers
from tests.fakes.stage import Stage, make_stage, subject

SITE = subject("pretend-radio.example", "102.195.0.6")


async def test_what_answers_is_cleared(stage: Stage) -> None:
    """TLS at 443, HTTP at 80; the site's name is in neither; a silent address stays as it is."""
    here = (Endpoint("102.195.0.6", 443), Endpoint("102.195.0.6", 80), Endpoint("102.198.0.1", 80))
    await clearing.run(stage.bench("clearing", SITE), here)
    assert set(here[:2]) == set(stage.permits.those("clear"))
    assert SITE.host not in {h.server_name for h in stage.records.tls_handshakes}
    assert SITE.host not in {dict(t.request_headers)["Host"] for t in stage.answers("c")}


async def test_a_reset_is_no_pass() -> None:
    """Nor is a connection that stays silent until the headers are due."""
    network = FakeNetwork(tcp={("1.1.1.1", 443): answers(RESET), ("1.1.1.1", 80): answers(END)})
    stage = make_stage(network)
    await clearing.run(
        stage.bench("clearing", SITE), (Endpoint("1.1.1.1", 443), Endpoint("1.1.1.1", 80))
    )
    assert [] == stage.permits.those("clear")
    assert 0 == network.still_open()


async def test_only_so_many_are_knocked_at() -> None:
    """Politeness: eight."""
    network = FakeNetwork()
    await clearing.run(
        make_stage(network).bench("clearing", SITE),
        tuple(Endpoint(f"1.1.1.{i}", 443) for i in range(30)),
    )
    assert 8 == len(network.connected)
