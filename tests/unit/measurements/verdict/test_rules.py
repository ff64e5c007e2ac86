"""The tables as data: what holds for every row of every one of them."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from measurements.schema.words import Layer, Locus, Mechanism, Status
from measurements.verdict.judgement import HopJudgement
from measurements.verdict.rule import Rule
from measurements.verdict.rules import ALL_ROWS, ALL_RULES
from measurements.verdict.rules_dns import DNS_RULES
from measurements.verdict.rules_http import HTTP_RULES
from measurements.verdict.rules_tcp import TCP_RULES
from measurements.verdict.rules_tls import TLS_RULES
from probe.engine.plan import _PLACES
from tests.fakes.measurements import a_measurement

TABLES = (DNS_RULES, TCP_RULES, TLS_RULES, HTTP_RULES)
T = Mechanism
# CONTRACT §1.
ALLOWED = {
    Layer.DNS: {
        T.NXDOMAIN,
        T.NO_ANSWER,
        T.SERVFAIL,
        T.REFUSED,
        T.TIMEOUT,
        T.BOGON,
        T.BLOCKPAGE_IP,
        T.INJECTION,
        T.HIJACK,
    },
    Layer.TCP: {T.TIMEOUT, T.RESET, T.REFUSED, T.UNREACHABLE},
    Layer.TLS: {T.TIMEOUT, T.RESET, T.EOF, T.ALERT, T.MITM},
    Layer.QUIC: {T.TIMEOUT, T.RESET},
    Layer.HTTP: {T.BLOCKPAGE, T.REDIRECT, T.TIMEOUT, T.RESET, T.EOF, T.TAMPERED, T.THROTTLING},
}


def some_hop() -> HopJudgement:
    """Any: its views know the words."""
    return (
        a_measurement("https://t.example/")
        .control("9.9.9.9")
        .system("9.9.9.9")
        .opens()
        .assessed()
        .judged[0]
    )


each_rule = pytest.mark.parametrize("rule", ALL_RULES, ids=[r.id for r in ALL_RULES])


def test_ids_are_unique() -> None:
    """They are stored and published: for ever."""
    ids = [*(r.id for r in ALL_RULES), *(row.id for row in ALL_ROWS)]

    assert sorted(set(ids)) == sorted(ids)


def test_all_tables_are_here() -> None:
    """Docs and tests count them from one place."""
    assert sum(map(len, TABLES)) == len(ALL_RULES)


@pytest.mark.parametrize("table", TABLES, ids=["dns", "tcp", "tls", "http"])
def test_the_last_row_fits_everything(table: Sequence[Rule[Any]]) -> None:
    """So that judging is total: it does not look."""
    assert table[-1].when(None)


@each_rule
def test_an_id_begins_with_its_layer(rule: Rule[Any]) -> None:
    """It tells where to look it up."""
    assert re.fullmatch(r"(dns|tcp|tls|http)\.[a-z_0-9]+", rule.id)
    assert rule.id.startswith(rule.layer.value)


@each_rule
def test_a_why_is_a_sentence_of_words_that_its_view_knows(rule: Rule[Any]) -> None:
    """No brace stays empty before a person's eyes."""
    hop = some_hop()
    view = {Layer.DNS: hop.dns, Layer.TCP: hop.tcp, Layer.TLS: hop.tls, Layer.HTTP: hop.http}
    words = view[rule.layer].words  # type: ignore[attr-defined]

    assert set(re.findall(r"{(\w+)}", rule.why)) <= set(words)
    assert rule.why.rstrip().endswith(".")
    assert rule.why.format_map(words)


@each_rule
def test_confidence_is_a_probability(rule: Rule[Any]) -> None:
    """A row that says nothing has none."""
    if callable(rule.confidence):
        return
    assert 0 <= rule.confidence <= 1
    assert (rule.confidence > 0) is (rule.status is not None)


@each_rule
def test_what_is_wanted_is_an_experiment(rule: Rule[Any]) -> None:
    """The plan knows a place for each."""
    assert set(rule.wants) <= set(_PLACES)


@each_rule
def test_interference_has_a_word_that_its_layer_allows(rule: Rule[Any]) -> None:
    """And somebody who does it; a word that is made from the view is tested with its table."""
    if rule.status not in {Status.BLOCKED, Status.THROTTLED}:
        assert rule.trigger is None
        return
    assert rule.mechanism is not None
    assert callable(rule.mechanism) or rule.mechanism in ALLOWED[rule.layer]
    assert callable(rule.locus) or rule.locus in {Locus.NETWORK, Locus.RESOLVER, Locus.LOCAL}


@each_rule
def test_what_is_the_sites_own_is_told_as_the_servers(rule: Rule[Any]) -> None:
    """Down and refused, by the server."""
    if rule.status in {Status.DOWN, Status.SERVER_SIDE}:
        assert Locus.SERVER is rule.locus


@each_rule
def test_a_claim_that_is_not_sure_asks_for_more(rule: Rule[Any]) -> None:
    """Below 0.8 an interference is claimed only where an experiment follows or has been made."""
    if rule.status is Status.BLOCKED and not callable(rule.confidence) and rule.confidence < 0.75:
        assert rule.wants
