"""Newly blocked, unblocked, changed: each with a twin that is none of them."""

import pytest

from measurements.analysis.compare_runs import Kind, Look, compare, tells


def look(status: str | None, at: str = "2026-11-24T06:00:00Z", **more: object) -> Look:
    """At one target on one network."""
    fields: dict[str, object] = {
        "measurement_uid": f"u{at}",
        "input": "https://a.example/",
        "at": at,
        "asn": 9198,
        "status": status,
        "confidence": 0.9,
    }
    return Look(**(fields | more))  # type: ignore[arg-type]


EARLIER = "2026-11-23T06:00:00Z"
TLS = {"layer": "tls", "mechanism": "timeout"}
DNS = {"layer": "dns", "mechanism": "nxdomain"}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (look("accessible", EARLIER), look("blocked", **TLS), Kind.NEWLY_BLOCKED),
        (look("accessible", EARLIER), look("throttled"), Kind.NEWLY_BLOCKED),
        (look("accessible", EARLIER), look("accessible"), None),
        (look("blocked", EARLIER, **TLS), look("accessible"), Kind.UNBLOCKED),
        (look("blocked", EARLIER, **TLS), look("down"), None),
        (look("blocked", EARLIER, **TLS), look("inconclusive"), None),
        (look("blocked", EARLIER, **TLS), look("server_side"), None),
        (look("blocked", EARLIER, **TLS), look(None), None),
        (look("down", EARLIER), look("blocked"), None),
        (look("inconclusive", EARLIER), look("accessible"), None),
        (look("blocked", EARLIER, **TLS), look("blocked", **DNS), Kind.CHANGED),
        (look("blocked", EARLIER, **TLS), look("throttled", **TLS), Kind.CHANGED),
        (look("blocked", EARLIER, **TLS), look("blocked", **TLS), None),
        (look("accessible", EARLIER, asn=21299), look("blocked"), None),  # another network
        (look("accessible", EARLIER, asn=None), look("blocked", asn=None), None),
        (look("accessible", EARLIER, asn=0), look("blocked", asn=0), None),
        (look("accessible", EARLIER), look("blocked", confidence=0.5), None),
        (look("accessible", EARLIER), look("blocked", confidence=0.51), Kind.NEWLY_BLOCKED),
        (look("accessible", EARLIER, input="https://b.example/"), look("blocked"), None),
    ],
)
def test_one_change_or_none(before: Look, after: Look, kind: Kind | None) -> None:
    """What is down or unclear was not unblocked; what is on another network did not change."""
    assert ([kind] if kind else []) == [change.kind for change in compare([after], [before])]


def test_the_last_telling_look_counts() -> None:
    """Between the two there may be looks that say nothing, and older ones that said otherwise."""
    earlier = [
        look("blocked", "2026-11-20T06:00:00Z", **TLS),
        look("accessible", "2026-11-21T06:00:00Z"),
        look("down", "2026-11-22T06:00:00Z"),
    ]
    (change,) = compare([look("blocked", **TLS)], reversed(earlier))
    assert ("2026-11-21T06:00:00Z", Kind.NEWLY_BLOCKED) == (change.before.at, change.kind)
    assert [] == compare([look("accessible")], earlier)


def test_the_newest_of_a_run_counts() -> None:
    """A target that was measured twice in a run changes at most once."""
    twice = [look("blocked", "2026-11-24T06:00:00Z"), look("accessible", "2026-11-24T07:00:00Z")]
    assert [] == compare(twice, [look("accessible", EARLIER)])


def test_each_network_by_itself() -> None:
    """The same target, blocked on one of two."""
    before = [look("accessible", EARLIER), look("accessible", EARLIER, asn=21299)]
    (change,) = compare([look("accessible"), look("blocked", asn=21299)], before)
    assert 21299 == change.after.asn


def test_what_tells() -> None:
    """A known network, a word about it, and a judge that was sure enough."""
    assert tells(look("blocked"))
    assert tells(look("blocked", confidence=None))
    assert not tells(look("blocked", asn=0))
    assert not tells(look("down"))
