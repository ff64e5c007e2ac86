"""A first visit that failed as a block does, and a second that opened."""

import pytest

from measurements.schema.measurement import Finding
from measurements.schema.words import Layer, Outcome, Status
from tests.fakes.http_stories import plain
from tests.fakes.measurements import IP, D, R, Story, X, a_measurement
from tests.fakes.pages import BLOCKPAGE, OTHER

HTTPS = "https://t.example/"
SAYS = "Tries that might settle it were left out: they were not agreed to."


def https(**control: object) -> Story:
    """Looked up and connected."""
    return a_measurement(HTTPS).control(IP, **control).system(IP).tcp()  # type: ignore[arg-type]


def again(story: Story, left_out: str = "sni_matrix,http_host,throttling") -> Story:
    """It opens at the second look, and these tries were not agreed to."""
    story.arm("revisit", "visit", 1).system(IP).opens()
    if left_out:
        story.findings.append(Finding(kind="tries_left_out", says=SAYS, subject=left_out))
    return story


@pytest.mark.parametrize(
    ("story", "layer"),
    [
        (https().tls(R), Layer.TLS),
        (https().tls(D), Layer.TLS),
        (https().tls(X), Layer.TLS),
        (https(http=D, tls=None).tls(R), Layer.TLS),
        (plain().fails(R), Layer.HTTP),
        (plain().fails(D), Layer.HTTP),
        (plain().get(body=BLOCKPAGE), Layer.HTTP),
    ],
    ids=["reset", "silence", "mitm", "no control", "http reset", "http silence", "block page"],
)
def test_one_good_look_does_not_clear_it(story: Story, layer: Layer) -> None:
    """A censor that misses now and then looks just so; and so does a bad line. Both are said."""
    verdict = again(story).verdict()

    assert Status.INCONCLUSIVE is verdict.status
    assert (None, None, None) == (verdict.mechanism, verdict.accessible, verdict.blocking)
    assert (verdict.reason or "").endswith(f"a filter that acts only now and then. {SAYS}")
    assert verdict.reason is not None
    assert verdict.reason in verdict.summary
    assert Outcome.UNKNOWN is next(o.outcome for o in verdict.layers if o.layer is layer)
    assert verdict.confidence <= 0.5
    assert layer.value == verdict.evidence[0].rule_id.split(".")[0]


@pytest.mark.parametrize(
    "story",
    [
        again(https().tls(R), left_out=""),
        again(https().tls(R), left_out="throttling"),
        again(https().tls(R).matrix(s4="SS", s2="SS", s1="SSSSSSS"), left_out=""),
        again(plain().get(body=OTHER)),
        again(https().tls().get()),
        https().tls().get(),
    ],
    ids=["nothing left out", "another left out", "tried often enough", "editions", "good", "once"],
)
def test_what_opens_otherwise_is_called_so(story: Story) -> None:
    """No failure as of a block, or it was looked into; never anything but open, and surely."""
    verdict = story.verdict()

    assert Status.ACCESSIBLE is verdict.status
    assert verdict.confidence > 0.9


def test_trials_that_did_not_agree_make_it_less_sure() -> None:
    """It opens; that the name failed in three trials of nine is told beside it."""
    uneven = again(https().tls(R).matrix(s4="SS", s2="SS", s1="RSSSRSS"), left_out="").verdict()

    assert Status.ACCESSIBLE is uneven.status
    assert uneven.confidence <= 0.6
    assert "failed now and then" in uneven.summary
