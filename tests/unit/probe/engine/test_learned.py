"""What a run teaches: about IPv6, the resolver, and pages that can be gone back to."""

import pytest

from measurements.schema.measurement import Measurement
from measurements.schema.records import DNSQuery, Records, TCPConnect
from probe.engine.learned import Learned
from probe.experiments.kit import Elsewhere, Page
from probe.net.resolvers import Endpoint

CONTROL = Elsewhere(name="c.example", tls=Endpoint("1.1.1.1", 443), http=None, is_control=True)


def measured(*, v6: str | None = "none", lookups: tuple[str | None, ...] = ()) -> Measurement:
    """One with a connect over IPv6 that ended like this, and these failures of the system's."""
    connects = (
        ()
        if v6 == "none"
        else (TCPConnect(transaction_id=1, ip="2606::1", port=443, t0=0, t=0, failure=v6),)
    )
    queries = tuple(
        DNSQuery(
            transaction_id=i,
            engine="getaddrinfo",
            role="system",
            resolver_address="",
            hostname=f"{i}.example",
            query_type="ANY",
            t0=0.0,
            t=0.0,
            failure=failure,
        )
        for i, failure in enumerate(lookups)
    )
    return Measurement(
        measurement_uid="u",
        run_id="r",
        input="https://a.example/",
        measurement_start_time="2026-11-23T00:00:00Z",
        test_start_time="2026-11-23T00:00:00Z",
        test_runtime=0.0,
        software_name="anyqta",
        software_version="0",
        records=Records(tcp_connects=connects, queries=queries),
    )


def kinds(learned: Learned, *, ipv6: bool = True) -> list[str]:
    """What it comes to."""
    return [f.kind for f in learned.findings(ipv6=ipv6)]


@pytest.mark.parametrize(
    ("failure", "found"),
    [
        (None, []),
        ("connection_refused", []),
        ("connection_reset", []),
        ("generic_timeout_error", ["ipv6_broken"]),
        ("network_unreachable", ["ipv6_broken"]),
    ],
)
def test_ipv6_works_once_something_came_back(failure: str | None, found: list[str]) -> None:
    """A refusal is an answer; silence proves nothing."""
    learned = Learned(ipv6=None, control=None)
    learned.see(measured(v6=failure))
    assert found == kinds(learned)
    assert [] == kinds(learned, ipv6=False)  # nobody tried it: nothing to say


def test_a_resolver_is_dead_after_three_names() -> None:
    """Different ones, and none that it answered."""
    learned = Learned(ipv6=True, control=None)
    learned.see(measured(lookups=("dns_temporary_failure",) * 2))
    assert [] == kinds(learned)
    learned.see(measured(lookups=("dns_temporary_failure",) * 3))
    assert ["resolver_dead"] == kinds(learned)
    learned.see(measured(lookups=(None,)))
    assert [] == kinds(learned)


@pytest.mark.parametrize("failure", ["dns_nxdomain_error", "dns_no_answer"])
def test_a_lie_is_an_answer(failure: str) -> None:
    """Three blocked names at the head of a list do not make the resolver dead."""
    learned = Learned(ipv6=True, control=None)
    learned.see(measured(lookups=(failure,) * 5))
    assert [] == kinds(learned)


def test_what_the_gate_has_heard_counts() -> None:
    """It answered for the innocent name: timeouts for blocked ones are their own."""
    learned = Learned(ipv6=True, control=None, resolver_answered=True)
    learned.see(measured(lookups=("dns_temporary_failure",) * 5))
    assert [] == kinds(learned)


def page(host: str, scheme: str = "https", ip: str = "93.184.216.34") -> Page:
    """One that opened."""
    return Page(host=host, ip=ip, port=443 if scheme == "https" else 80, scheme=scheme)


def test_the_control_is_elsewhere() -> None:
    """Its plain port, where it has none, is a page's that opened."""
    learned = Learned(ipv6=True, control=CONTROL)
    assert CONTROL == learned.elsewhere("a.example")
    learned.pages_add(page("b.example", "http"))
    found = learned.elsewhere("a.example")
    assert found is not None
    assert (CONTROL.tls, Endpoint("93.184.216.34", 80)) == (found.tls, found.http)
    assert found.is_control


def test_without_a_control_another_page_is() -> None:
    """Never the suspect's own."""
    learned = Learned(ipv6=True, control=None)
    learned.pages_add(page("a.example"))
    assert learned.elsewhere("a.example") is None
    assert learned.page("a.example") is None
    learned.pages_add(page("b.example"))
    found = learned.elsewhere("a.example")
    assert found is not None
    assert ("b.example", None, False) == (found.name, found.http, found.is_control)
    assert page("b.example") == learned.page("a.example")


def test_memory_is_bounded() -> None:
    """Whatever the list's length."""
    learned = Learned(ipv6=True, control=None)
    for i in range(1000):
        learned.pages_add(page(f"{i}.example"))
        learned.see(measured(lookups=("dns_temporary_failure",)))
    assert len(learned._pages) <= 64
    assert len(learned.names_failed) <= 64
    assert page("999.example") == learned.page("a.example")
