"""Which experiment is next: the first that is wanted, possible, not run yet, within the budget."""

import importlib
import pkgutil
from types import SimpleNamespace
from typing import cast

import pytest

import measurements.verdict
from measurements.schema.records import (
    Arm,
    HTTPTransaction,
    QUICHandshake,
    Records,
    TLSHandshake,
)
from measurements.schema.words import Status
from measurements.verdict.judgement import Assessment
from measurements.verdict.rule import Rule
from probe.engine import plan
from probe.engine.plan import MAX_NAMED, NAMED_BY, Named, Step, named, next_step

IP = "93.184.216.34"
BLANK = {"transaction_id": 1, "ip": IP, "t0": 0.0, "t": 0.0}


def assessed(*wants: tuple[str, int], **standings: str) -> Assessment:
    """Of one hop, whose connects and handshakes failed at one address."""
    place = SimpleNamespace(ip=IP, port=443)
    kinds = {ip: SimpleNamespace(value=kind) for ip, kind in standings.items()}
    hop = SimpleNamespace(depth=0, port=443, fetch=place)
    judged = SimpleNamespace(
        hop=hop,
        tcp=SimpleNamespace(counted=(place,)),
        tls=SimpleNamespace(failed=(place,)),
        dns=SimpleNamespace(standings=kinds),
    )
    return cast(Assessment, SimpleNamespace(wants=wants, judged=(judged,)))


def test_the_most_wanted_comes_first() -> None:
    """At the address that the finding is about."""
    a = assessed(("sni_matrix", 0), ("revisit", 0))
    assert Step(experiment="sni_matrix", depth=0, ip=IP, port=443) == next_step(a, {})
    assert Step(experiment="revisit", depth=0, ip="", port=443) == next_step(
        a, {("sni_matrix", 0): 1}
    )


def test_enough_is_enough() -> None:
    """Once each, two more visits, eight steps in all."""
    a = assessed(("sni_matrix", 0), ("revisit", 0))
    assert next_step(a, {("sni_matrix", 0): 1, ("revisit", 0): 1}) is not None
    assert next_step(a, {("sni_matrix", 0): 1, ("revisit", 0): 2}) is None
    assert next_step(assessed(("ip_port", 0)), {("x", 0): 8}) is None
    assert next_step(assessed(), {}) is None


def test_what_was_not_agreed_to_is_left_out() -> None:
    """The next that was is run."""
    a = assessed(("sni_matrix", 0), ("revisit", 0))
    step = next_step(a, {}, Named(), frozenset({"revisit"}))
    assert step is not None
    assert "revisit" == step.experiment
    assert next_step(a, {}, Named(), frozenset()) is None


def test_a_second_look_in_place_of_what_was_not_agreed_to() -> None:
    """Once, and not at what opens."""
    a, only = assessed(("sni_matrix", 0)), frozenset({"revisit"})
    a = cast(Assessment, SimpleNamespace(**vars(a), verdict=SimpleNamespace(status=Status.BLOCKED)))
    assert Step(experiment="revisit", depth=0, ip="", port=443) == next_step(a, {}, Named(), only)
    assert next_step(a, {("revisit", 0): 1}, Named(), only) is None
    a.verdict.status = Status.ACCESSIBLE  # type: ignore[misc]
    assert next_step(a, {}, Named(), only) is None


def test_what_cannot_be_run_is_left_out() -> None:
    """A hop that is gone, a hop without what the experiment is about."""
    assert next_step(assessed(("sni_matrix", 3)), {}) is None
    a = assessed(("http_host", 0))
    a.judged[0].hop.fetch = None
    assert next_step(a, {}) is None


def test_doubtful_addresses_go_along() -> None:
    """Those of other people's machines, and of nobody knows whose."""
    a = assessed(("dns_transports", 0), a="foreign", b="genuine", c="unknown", d="bogon")
    step = next_step(a, {})
    assert step is not None
    assert ("a", "c") == step.doubtful


@pytest.mark.parametrize("experiment", sorted(NAMED_BY))
def test_an_experiment_that_would_name_the_site_too_often_is_left_out(experiment: str) -> None:
    """To the connection; one that names it nowhere always has room."""
    a, room = assessed((experiment, 0)), MAX_NAMED - NAMED_BY[experiment]
    assert next_step(a, {}, Named(total=room)) is not None
    if NAMED_BY[experiment]:
        assert next_step(a, {}, Named(total=room + 1)) is None


def test_another_visit_costs_what_the_first_did() -> None:
    """Many addresses, few visits."""
    a = assessed(("revisit", 0))
    assert next_step(a, {}, Named(visit=8, total=22)) is not None
    assert next_step(a, {}, Named(visit=8, total=23)) is None


def test_what_names_the_site_is_counted() -> None:
    """Hellos over TCP and QUIC, requests in the clear; not what is inside TLS or names another."""
    arm = Arm(experiment="sni_matrix", name="s1", repetition=0)

    def hello(name: str, arm: Arm | None = None) -> TLSHandshake:
        return TLSHandshake(**BLANK, port=443, server_name=name, arm=arm)  # type: ignore[arg-type]

    def request(url: str, host: str) -> HTTPTransaction:
        headers = (("Host", host),)
        return HTTPTransaction(**BLANK, port=80, url=url, request_headers=headers)  # type: ignore[arg-type]

    records = Records(
        tls_handshakes=(
            hello("a.example"),
            hello("a.example", arm),
            hello("c.example", arm),
            hello(""),
        ),
        quic_handshakes=(QUICHandshake(**BLANK, port=443, server_name="a.example"),),  # type: ignore[arg-type]
        http_transactions=(
            request("http://a.example/", "a.example"),
            request("http://a.example/", "A.Example:8080"),
            request("http://a.example/", "c.example"),
            request("https://a.example/", "a.example"),
        ),
    )
    assert Named(visit=4, total=5) == named(records, {"a.example"})


def test_every_experiment_that_the_tables_want_is_known() -> None:
    """A rule that asks for what nobody can run would end every such target as a bug."""
    wanted = {"throttling"}
    for module in pkgutil.iter_modules(measurements.verdict.__path__, "measurements.verdict."):
        for value in vars(importlib.import_module(module.name)).values():
            for rule in value if isinstance(value, tuple | list) else ():
                if isinstance(rule, Rule):
                    wanted |= set(rule.wants)
    assert {"sni_matrix", "revisit", "dns_transports"} < wanted
    assert wanted <= set(plan._PLACES)
    assert set(plan._PLACES) - {"revisit"} == set(NAMED_BY)
