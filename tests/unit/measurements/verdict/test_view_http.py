"""A page's pace."""

from measurements.verdict.view_http import HTTPView
from tests.fakes.http_stories import plain
from tests.fakes.measurements import D, F, R, Story
from tests.fakes.pages import OTHER, SITE

BIG = SITE * 150
SLOW, FAST = [20.0] * 6, [400.0] * 6


def view(story: Story) -> HTTPView:
    """The first hop's."""
    return story.assessed().judged[0].http


def got(length: int, seconds: float, why: str = "S") -> Story:
    """So many bytes in so many seconds."""
    return plain(BIG).get(body=BIG, length=length, seconds=seconds, why=why)


def test_what_is_slow_enough_for_a_second_look() -> None:
    """A crawl, a stall; not a small page, not a reset in the middle."""
    stories = [got(60_000, 3), got(900, 3), got(60_000, 0.2), got(2000, 8, D), got(2000, 0.1, R)]

    assert [True, False, False, True, False] == [view(s).slow for s in stories]


def test_what_broke_off() -> None:
    """A body that began, and did not end; the control has more."""
    stories = [got(2000, 1, F), got(2000, 1), plain().fails(F)]

    assert [True, False, False] == [view(s).broken_off for s in stories]
    assert view(stories[0]).control_has_all


def test_pairs_of_downloads() -> None:
    """Slower than the same server under another name; than the line; than neither."""
    name = view(got(60_000, 6).paces(t=SLOW, c_host=FAST))
    line = view(got(60_000, 6).paces(t=SLOW, c_host=SLOW, c_line=FAST))
    all_slow = view(got(60_000, 6).paces(t=SLOW, c_host=SLOW, c_line=SLOW))

    assert ["c_host", None, None] == [v.slower_than for v in (name, line, all_slow)]
    assert [False, True, False] == [v.slower_than_line for v in (name, line, all_slow)]
    assert [False, True, True] == [v.slow_as_control_arms for v in (name, line, all_slow)]
    assert [True, False] == [v.throttling_run for v in (name, view(got(60_000, 6)))]


def test_the_control_is_quick_by_its_own_clock() -> None:
    """Three times our pace at least; not where it told no page."""
    assert view(got(60_000, 6)).control_is_quick
    assert not view(plain(http=D).get(length=60_000, seconds=6)).control_is_quick


def test_words_and_transactions() -> None:
    """What a sentence may name."""
    found = view(plain().get(404, OTHER).hosts(h1=[OTHER] * 40))

    assert ("404", "200", "41") == (
        found.words["status"],
        found.words["control_status"],
        found.words["tries"],
    )
    assert 24 == len(set(found.transactions))
    assert "nowhere" == found.words["target"]
