"""The 2x2 of HTTP, on the demo's censor; cookies go to nobody else."""

import dataclasses

from probe.experiments import http_host
from probe.net.resolvers import Endpoint
from probe.steps.http import BROWSER_HEADERS
from tests.fakes.stage import CONTROL_PLACE, Stage, subject

LIBRARY = Endpoint("102.195.0.3", 80)  # a block page for its name, over HTTP


async def test_the_host_brings_it_about(stage: Stage) -> None:
    """The block page comes under the name at both addresses, and not under another."""
    site = subject("library.example", LIBRARY.ip, "http")
    await http_host.run(stage.bench("http_host", site))

    here, there = stage.answers("h1"), stage.answers("h3")
    assert (3, 2) == (len(here), len(there))
    assert 1 == len({t.body_sha256 for t in (*here, *there)})
    assert here[0].body_sha256 not in {t.body_sha256 for t in stage.answers("h2")}
    assert 2 == len(stage.answers("h2")) == len(stage.answers("h4"))
    assert [("suspect", LIBRARY), ("clear", LIBRARY)] == stage.permits.told
    assert len(here + there + stage.answers("h6") + stage.answers("h6c")) <= 13


async def test_cookies_go_to_the_site_only(stage: Stage) -> None:
    """Not to the control's address, nor under another name."""
    headers = (*BROWSER_HEADERS, ("Cookie", "secret=1"))
    site = subject("library.example", LIBRARY.ip, "http", "/page")
    await http_host.run(stage.bench("http_host", dataclasses.replace(site, headers=headers)))

    for t in stage.records.http_transactions:
        sent = dict(t.request_headers)
        if "Cookie" in sent:
            assert LIBRARY.ip == t.ip
            assert "library.example" == sent["Host"].lower()
    assert "Cookie" in dict(stage.answers("h1")[0].request_headers)
    assert {CONTROL_PLACE.http.ip if CONTROL_PLACE.http else ""} == {
        t.ip for t in stage.answers("h3")
    }
    assert 2 == len(stage.answers("h7"))  # another page of the same site


async def test_an_address_that_stays_silent_is_not_cleared(stage: Stage) -> None:
    """Where the innocent request after the trigger fails, something may be remembered."""
    nowhere = subject("gone.example", "102.198.0.1", "http")
    await http_host.run(stage.bench("http_host", nowhere))
    assert [] == stage.permits.those("clear")
    assert 1 == len(stage.permits.those("suspect"))


async def test_beside_another_port_no_tls_is_tried(stage: Stage) -> None:
    """Only port 80 has a known neighbour."""
    site = dataclasses.replace(subject("library.example", LIBRARY.ip, "http"), port=8080)
    await http_host.run(stage.bench("http_host", site))
    assert not [c for c in stage.records.tcp_connects if c.port == 443]
