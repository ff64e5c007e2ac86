"""A verdict in a few words, for a list."""

from collections.abc import Iterator

import pytest

from measurements.schema.verdict import Partial, Verdict
from measurements.schema.words import Layer, Mechanism, Status, Trigger
from probe import words
from probe.cli.brief import ANY_NAME, HOW, OTHERWISE, brief


@pytest.fixture
def speaking() -> Iterator[None]:
    """English again afterwards."""
    yield
    words.use(words.ENGLISH)


def a_verdict(
    status: Status = Status.BLOCKED,
    layer: Layer | None = Layer.TLS,
    mechanism: Mechanism | None = Mechanism.RESET,
    trigger: Trigger | None = None,
    partial: tuple[Partial, ...] = (),
) -> Verdict:
    """With what a list looks at."""
    return Verdict(
        status=status, confidence=0.9, summary="", rules_version=1,
        layer=layer, mechanism=mechanism, trigger=trigger, partial=partial,
    )  # fmt: skip


@pytest.mark.parametrize("mechanism", ANY_NAME)
def test_a_name_is_blamed_only_where_it_matters(mechanism: Mechanism) -> None:
    """By the address nothing is `named`; by anything else, or where it is not known, it is as before."""
    by_address = brief(a_verdict(mechanism=mechanism, trigger=Trigger.IP))
    assert "encrypted connections" in by_address
    for trigger in (None, Trigger.SNI, Trigger.SNI_AND_IP):
        by_name = brief(a_verdict(mechanism=mechanism, trigger=trigger))
        assert "once it is named" in by_name
        assert by_name != by_address


def test_the_trigger_changes_only_encryption() -> None:
    """An address that resets is that already; interception is told as it is, whatever it keys on."""
    for layer, mechanism in ((Layer.TCP, Mechanism.RESET), (Layer.TLS, Mechanism.MITM)):
        plain = brief(a_verdict(layer=layer, mechanism=mechanism))
        assert plain == brief(a_verdict(layer=layer, mechanism=mechanism, trigger=Trigger.IP))
        assert plain == HOW[layer, mechanism]


@pytest.mark.parametrize(("status", "says"), OTHERWISE.items())
def test_no_layer_is_blamed_for_what_no_network_did(status: Status, says: str) -> None:
    """Also where the verdict names one: a site that resets from everywhere is not `reset once named`."""
    assert says == brief(a_verdict(status))
    assert says != brief(a_verdict(Status.BLOCKED))


def test_what_opens() -> None:
    """Nothing to add; or the first of what was touched, in the words for it."""
    touched = (
        Partial(layer=Layer.DNS, mechanism=Mechanism.INJECTION, where="udp"),
        Partial(layer=Layer.QUIC, mechanism=Mechanism.TIMEOUT, where="x"),
    )
    assert not brief(a_verdict(Status.ACCESSIBLE, None, None))
    both = brief(a_verdict(Status.ACCESSIBLE, None, None, partial=touched))
    assert "opens; in part: forged answers for the name" == both
    rest = brief(a_verdict(Status.ACCESSIBLE, None, None, partial=touched[1:]))
    assert "opens; in part: quic timeout" == rest


def test_what_is_not_foreseen_has_the_contracts_words() -> None:
    """Never nothing while one of the two is known; never an exception."""
    assert "quic timeout" == brief(a_verdict(layer=Layer.QUIC, mechanism=Mechanism.TIMEOUT))
    assert (Layer.DNS, Mechanism.EOF) not in HOW
    assert "dns eof" == brief(a_verdict(layer=Layer.DNS, mechanism=Mechanism.EOF))
    assert "tls" == brief(a_verdict(mechanism=None))
    assert "reset" == brief(a_verdict(layer=None))
    assert not brief(a_verdict(layer=None, mechanism=None))


def test_slowed_down_is_told_as_such() -> None:
    """Where a status of its own says it."""
    slow = a_verdict(Status.THROTTLED, Layer.TLS, Mechanism.THROTTLING, Trigger.IP)
    assert "the network slows it down" == brief(slow)


@pytest.mark.usefixtures("speaking")
@pytest.mark.parametrize("language", ["ru", "kk"])
def test_in_the_languages(language: str) -> None:
    """Each of them is translated, and two that differ in English still do."""
    english = {*HOW.values(), *ANY_NAME.values(), *OTHERWISE.values()}
    words.use(language)
    spoken = [brief(a_verdict(layer=layer, mechanism=mechanism)) for layer, mechanism in HOW]
    spoken += [brief(a_verdict(mechanism=m, trigger=Trigger.IP)) for m in ANY_NAME]
    spoken += [brief(a_verdict(status)) for status in OTHERWISE]
    assert not english & set(spoken)
    assert len(set(spoken)) == len(english)
    touched = (Partial(layer=Layer.TLS, mechanism=Mechanism.EOF, where="x"),)
    partly = brief(a_verdict(Status.ACCESSIBLE, partial=touched))
    assert brief(a_verdict(mechanism=Mechanism.EOF)) in partly
    assert "opens" not in partly
