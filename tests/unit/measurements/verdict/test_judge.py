"""Judging: whole situations, every situation that chance makes, and OONI's own documents."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from measurements.schema.codec import from_document
from measurements.schema.measurement import Measurement
from measurements.schema.records import Records
from measurements.schema.verdict import Verdict
from measurements.schema.words import Layer, Locus, Mechanism, Outcome, Status, Trigger
from measurements.verdict.judge import RULES_VERSION, assess, judge
from tests.fakes.measurements import IP, STRANGER, Story, a_measurement, endpoint
from tests.fakes.pages import BLOCKPAGE
from tests.fakes.random_stories import stories
from tests.fakes.records import measurements
from tests.fakes.situations import SITUATIONS, Situation

DATA = Path(__file__).parents[5] / "shared" / "data" / "ooni"
T = Mechanism
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
    Layer.HTTP: {T.BLOCKPAGE, T.REDIRECT, T.TIMEOUT, T.RESET, T.EOF, T.TAMPERED},
}
many = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("situation", SITUATIONS, ids=[s.name for s in SITUATIONS])
def test_a_situation_is_judged_right(situation: Situation) -> None:
    """Status, and where it is claimed, layer and mechanism."""
    verdict = situation.story.verdict()

    assert situation.status is verdict.status, verdict.summary
    assert (situation.layer, situation.mechanism) == (verdict.layer, verdict.mechanism)


def is_valid(v: Verdict) -> None:
    """CONTRACT §1, as far as a verdict shows it by itself."""
    interfered = v.status in {Status.BLOCKED, Status.THROTTLED}
    assert 0 <= v.confidence <= 1
    assert v.summary.endswith(".")
    assert "{" not in v.summary
    assert v.rules_version == RULES_VERSION
    assert (v.mechanism is not None) is interfered
    assert v.trigger is None or interfered
    assert (v.reason is not None) is (v.status is Status.INCONCLUSIVE)
    assert v.layer is not None or v.status in {Status.ACCESSIBLE, Status.INCONCLUSIVE}
    assert v.status in {Status.ACCESSIBLE} or v.accessible is not True
    if v.status is Status.BLOCKED:
        assert v.layer is not None
        assert v.mechanism in ALLOWED[v.layer]
        assert v.locus in {Locus.NETWORK, Locus.RESOLVER, Locus.LOCAL}
    if v.status is Status.THROTTLED:
        assert v.mechanism is Mechanism.THROTTLING
    for layer in v.layers:
        assert layer.mechanism is None or layer.outcome in {Outcome.BLOCKED, Outcome.THROTTLED}
    for part in v.partial:
        assert v.status is Status.ACCESSIBLE
        assert part.layer is Layer.QUIC or part.mechanism in ALLOWED[part.layer]
    assert len({o.layer for o in v.layers}) == len(v.layers)


@many
@given(stories())
def test_every_story_has_a_valid_verdict(story: Story) -> None:
    """Nothing raises, and the words fit together."""
    is_valid(story.verdict())


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(measurements)
def test_every_measurement_has_a_valid_verdict(m: Measurement) -> None:
    """Even one whose parts have nothing to do with each other."""
    is_valid(judge(m))


@many
@given(stories(alone=True))
def test_nothing_is_called_blocked_without_a_contrast(story: Story) -> None:
    """No control, no other resolver, no other arm: there is nothing to compare with."""
    assert story.verdict().status not in {Status.BLOCKED, Status.THROTTLED, Status.DOWN}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories())
def test_the_same_in_the_same_out(story: Story) -> None:
    """An own verdict in the measurement is not looked at."""
    m = story.told()
    once = judge(m)

    assert once == judge(m) == judge(replace(m, verdict=once))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(stories(), st.randoms(use_true_random=False))
def test_the_order_within_a_list_decides_nothing(story: Story, chance: object) -> None:
    """Times and ids do; the evidence names the same transactions."""
    m = story.told()

    def shuffled(items: tuple[object, ...]) -> tuple[object, ...]:
        found = list(items)
        chance.shuffle(found)  # type: ignore[attr-defined]
        return tuple(found)

    mixed = Records(**{n: shuffled(getattr(m.records, n)) for n in Records.__slots__})  # type: ignore[arg-type]
    a, b = judge(m), judge(replace(m, records=mixed))

    told = (a.status, a.layer, a.mechanism, a.trigger, a.locus, a.confidence, set(a.partial))
    assert told == (
        b.status,
        b.layer,
        b.mechanism,
        b.trigger,
        b.locus,
        b.confidence,
        set(b.partial),
    )


def test_what_is_wanted_is_told_with_the_verdict() -> None:
    """The plan reads it."""
    story = next(s for s in SITUATIONS if s.name == "TLS silence after the hello").story

    assert (("sni_matrix", 0),) == assess(story.told()).wants


# --- OONI's documents, judged by what is true of them

_SERVER_SIDE = {"bad_certificate_for_everyone", "too_many_redirects_for_everyone"}
_LAYER = {"dns": Layer.DNS, "tcp": Layer.TCP, "tls": Layer.TLS, "http": Layer.HTTP}


def truths() -> list[tuple[str, dict[str, object]]]:
    """Each case with what is true of it; none where the data is not at hand."""
    cases = DATA / "qa_cases.json"
    if not cases.is_file():
        return []
    return [(c["name"], c["truth"]) for c in json.loads(cases.read_text())]


def status_of(truth: dict[str, object]) -> Status:
    """In the contract's words."""
    mechanisms = set(truth["mechanisms"])  # type: ignore[call-overload]
    if mechanisms & _SERVER_SIDE:
        return Status.SERVER_SIDE
    if "throttling" in mechanisms:
        return Status.THROTTLED
    return Status(str(truth["verdict"]))


@pytest.mark.skipif(not DATA.is_dir(), reason="OONI's documents are not at hand")
@pytest.mark.parametrize(("name", "truth"), truths(), ids=[name for name, _ in truths()])
def test_ooni_documents_are_judged_by_their_truth(name: str, truth: dict[str, object]) -> None:
    """Not by what OONI made of them."""
    file = DATA / "measurements" / f"{name}.json"
    if not file.is_file():
        pytest.skip("its document is not at hand")

    verdict = judge(from_document(json.loads(file.read_text())))

    assert status_of(truth) is verdict.status, verdict.summary
    if verdict.status is Status.BLOCKED:
        mechanisms = [str(m) for m in truth["mechanisms"]]  # type: ignore[attr-defined]
        assert verdict.layer in {_LAYER[m.split("_")[0]] for m in mechanisms}
    is_valid(verdict)


def test_triggers_are_only_told_where_an_experiment_has_shown_them() -> None:
    """One failed handshake shows no trigger."""
    story = next(s for s in SITUATIONS if s.name == "TLS silence after the hello").story

    assert story.verdict().trigger is None
    again = story.matrix(s4="SS", s2="SS", s1="DDD", s3="DD", s5="S", s6="D")
    assert Trigger.SNI is again.verdict().trigger


def test_a_page_from_a_strangers_machine_says_nothing_of_the_sites_http() -> None:
    """It is DNS that is to blame, and only DNS."""
    seen = [endpoint(STRANGER, tls="X")]
    told = a_measurement("http://t.example/").control(IP, also=seen).system(STRANGER)

    verdict = told.opens(STRANGER, body=BLOCKPAGE).verdict()

    assert (Layer.DNS, Mechanism.BLOCKPAGE_IP) == (verdict.layer, verdict.mechanism)
    assert Outcome.UNKNOWN is next(o.outcome for o in verdict.layers if o.layer is Layer.HTTP)


def test_a_strangers_measurement_is_judged_in_time() -> None:
    """A thousand records of a kind, each about another address, took a minute; late answers, ten."""
    m = a_measurement("https://t.example/").control(IP).system(IP).tcp().tls().told()
    r, many_ips = m.records, [f"151.{n // 250}.{n % 250}.7" for n in range(1000)]
    answers = tuple(replace(r.queries[0].answers[0], value=ip) for ip in many_ips[:256])
    hostile = Records(
        queries=tuple(
            replace(r.queries[0], late=bool(n % 2), answers=answers) for n in range(1000)
        ),
        tcp_connects=tuple(replace(r.tcp_connects[0], ip=ip) for ip in many_ips),
        tls_handshakes=tuple(
            replace(r.tls_handshakes[0], ip=ip, failure="ssl_invalid_hostname") for ip in many_ips
        ),
    )
    start = time.process_time()

    is_valid(judge(replace(m, records=hostile)))

    assert time.process_time() - start < 2
