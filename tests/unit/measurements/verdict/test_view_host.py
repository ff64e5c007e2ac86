"""What the Host arms show."""

import pytest

from measurements.verdict.view_host import HostView
from tests.fakes.http_stories import HTTP, alone, plain
from tests.fakes.measurements import IP, A, D, L, R, Story, a_measurement
from tests.fakes.pages import BLOCKPAGE, NEUTRAL, OTHER, REFUSED, SITE, SITE_LATER

AWAY = "http://warning.isp.example/"
ALTERED = SITE.replace(b"</body>", b"<script src='http://ads.isp.example/x.js'></script></body>")


def view(story: Story) -> HostView:
    """The first hop's."""
    return story.assessed().judged[0].http


def test_a_share_is_of_the_trials_that_met_the_same() -> None:
    """No answer, the same redirect, the same page; our own failures do not count."""
    silent = view(plain().fails(R).hosts(h1=[R, D, SITE, L]))
    sent = view(plain().redirects(AWAY).hosts(h1=[AWAY, "https://u.example/", SITE]))
    shown = view(plain().get(body=BLOCKPAGE).hosts(h1=[BLOCKPAGE, SITE, AWAY, R]))

    assert [2 / 3, 1 / 3, 1 / 4] == [v.share("h1") for v in (silent, sent, shown)]
    assert silent.share("h2") is None


@pytest.mark.parametrize(
    ("trials", "again", "gone"),
    [
        ([R, R, R], True, False),
        ([R, R, SITE], False, False),
        ([SITE] * 3, False, True),
        ([R, SITE, SITE, SITE], False, True),
    ],
)
def test_whether_it_came_again(trials: list[str | bytes], again: bool, gone: bool) -> None:
    """Three quarters of the times at least; a quarter at most."""
    found = view(plain().fails(R).hosts(h1=trials))

    assert (again, gone) == (found.again, found.gone)


def test_a_censor_that_misses_is_caught_by_numbers() -> None:
    """Four resets of seven, over all spellings, are more than chance; one timeout of four is not."""
    often = view(plain().fails(R).hosts(h1=[R, SITE, SITE], h6=[R, R], h6c=[R, R]))
    rare = view(plain().fails(D).hosts(h1=[SITE, D, SITE], h6=[SITE, SITE]))

    assert [True, False] == [often.again, rare.again]


@pytest.mark.parametrize(
    ("arms", "by_name"),
    [
        ({"h1": [R] * 3, "h3": [R, R], "h4": [NEUTRAL]}, True),
        ({"h1": [R] * 3, "h3": [R, R], "h4": [R]}, False),
        ({"h1": [R] * 3, "h3": [NEUTRAL] * 2, "h4": [NEUTRAL]}, False),
        ({"h1": [R] * 3, "h6": [SITE]}, True),
        ({"h1": [R] * 3, "h6": [R]}, False),
        ({"h1": [R, SITE, SITE], "h6": [SITE]}, False),
        ({"h1": [R, SITE], "h3": [R, R], "h4": [NEUTRAL]}, True),
        ({"h1": [R, SITE], "h3": [R, NEUTRAL], "h4": [NEUTRAL]}, False),
        ({"h1": [SITE] * 4, "h3": [R, R], "h4": [NEUTRAL]}, False),
    ],
)
def test_it_is_the_name(arms: dict[str, list[str | bytes]], by_name: bool) -> None:
    """It comes again, and another place or another spelling shows it."""
    assert by_name is view(plain().fails(R).hosts(**arms)).by_name


def test_a_variant_must_bring_the_sites_own_answer() -> None:
    """A server may refuse an odd spelling."""
    story = [plain().get(body=BLOCKPAGE).hosts(h1=[BLOCKPAGE] * 3, h6=[b]) for b in (SITE, OTHER)]

    assert [True, False] == [view(s).escaped is not None for s in story]


def test_the_twin_is_the_page_over_tls() -> None:
    """With a good chain only."""
    agrees = view(plain().get(body=OTHER).hosts(t1=[OTHER]))
    differs = view(plain().get(body=OTHER).hosts(t1=[SITE]))
    sent = view(plain().redirects(AWAY).hosts(t1=[AWAY]))
    none = view(plain().get(body=OTHER).hosts(t1=[A]))

    assert [True, False, True, False] == [v.twin_agrees for v in (agrees, differs, sent, none)]
    assert [False, True, False, False] == [v.twin_differs for v in (agrees, differs, sent, none)]
    assert none.twin is None


def test_other_names_and_paths() -> None:
    """Answered, and otherwise."""
    found = view(plain().get(body=BLOCKPAGE).hosts(h2=[NEUTRAL], h7=[SITE], h6=[BLOCKPAGE]))

    assert (True, True, True) == (
        found.other_name_passes,
        found.other_path_passes,
        found.variants_agree,
    )


def test_a_line_that_is_broken() -> None:
    """The control's own name fails at the control's own address."""
    broken = view(plain().fails(D).hosts(h4=[D, D]))
    fine = view(plain().fails(D).hosts(h4=[D, SITE]))

    assert [True, False] == [broken.line_broken, fine.line_broken]


def test_an_altered_page_needs_the_page_as_it_is() -> None:
    """Over TLS and from the control; and the alteration each time."""
    story = plain().get(body=ALTERED)
    shown = view(story.hosts(h1=[ALTERED] * 3, t1=[SITE, SITE]))
    alone = view(plain().get(body=ALTERED).hosts(h1=[ALTERED] * 3))
    once = view(plain().get(body=ALTERED).hosts(h1=[SITE] * 3, t1=[SITE, SITE]))

    assert [True, False, False] == [shown.altered, alone.altered, once.altered]


def test_a_page_that_may_be_altered_is_worth_the_arms() -> None:
    """Where the control got the same twice."""
    found = [view(plain().get(body=b)).maybe_altered for b in (SITE, SITE_LATER)]

    assert [False, True] == found
    unstable = a_measurement(HTTP).control(IP, stable=False).system(IP).tcp().get(body=SITE_LATER)
    assert not view(unstable).maybe_altered


def test_a_trial_that_did_not_connect_has_its_connects_letter() -> None:
    """And one whose request was never written is none."""
    story = plain().fails(R).arm("http_host", "h2").tcp(why=D).tcp(why=L).tcp().base()

    assert ["D"] == view(story).letters("h2")


def test_a_variant_that_no_reference_knows_counts_unless_it_is_a_refusal() -> None:
    """Without a control, a page is a page."""
    told = [alone().get(body=BLOCKPAGE).hosts(h1=[BLOCKPAGE] * 3, h6=[b]) for b in (SITE, REFUSED)]

    assert [True, False] == [view(s).escaped is not None for s in told]


def test_oonis_control_vouches_by_lengths() -> None:
    """It tells no hash: the page over TLS must have the length that it saw, or come in the clear too."""
    told = plain(told=False).get(body=ALTERED).hosts(h1=[ALTERED] * 3, t1=[SITE, SITE])
    longer = (
        plain(SITE + b" ", told=False).get(body=ALTERED).hosts(h1=[ALTERED] * 3, t1=[SITE, SITE])
    )
    fixed = (("Content-Length", str(len(ALTERED))),)

    assert [True, False] == [view(s).altered for s in (told, longer)]
    assert view(plain(told=False).get(body=ALTERED, headers=fixed)).maybe_altered
