"""A hop's answer beside the control's."""

import pytest

from measurements.schema.measurement import ControlHop
from measurements.schema.words import Mechanism
from measurements.verdict.view_answer import AnswerView
from tests.fakes.http_stories import HTTP, HTTPS, alone, plain, secure
from tests.fakes.measurements import IP, OTHER_IP, D, L, R, Story, X, a_measurement
from tests.fakes.pages import BLOCKPAGE, CAPTCHA, OTHER, REFUSED, SITE, SITE_LATER

AWAY = "https://u.example/"


def view(story: Story) -> AnswerView:
    """The first hop's."""
    return story.assessed().judged[0].http


@pytest.mark.parametrize(
    ("story", "vouched"),
    [
        (secure().get(), True),
        (plain().get(), False),
        (a_measurement(HTTPS).system(IP).tcp().tls(X).get(), False),
        (a_measurement(HTTPS).system(IP).tcp().tls(unverified=True).get(), False),
        (a_measurement(HTTPS).system(IP).tcp().tls(sni="u.example").get(), False),
        (a_measurement(HTTPS).system(IP).tcp().tls().tcp().get(), False),
        (a_measurement(HTTP).system(IP).tcp(port=443).tls().get(), False),
    ],
    ids=["good", "in the clear", "bad", "unverified", "another name", "another connection", "side"],
)
def test_what_a_certificate_vouches_for(story: Story, vouched: bool) -> None:
    """This very connection, under this name, verified."""
    assert vouched is view(story).authenticated


@pytest.mark.parametrize(
    ("story", "letter", "word"),
    [
        (plain().get(), "S", None),
        (plain().fails(R), "R", Mechanism.RESET),
        (plain().fails("host_unreachable"), "U", Mechanism.TIMEOUT),
        (plain().fails(L), "L", None),
        (plain().fails("ssl_unknown_authority"), "L", None),
        (plain().get(None), "L", None),
        (plain(), "L", None),
    ],
)
def test_what_became_of_the_request(story: Story, letter: str, word: Mechanism | None) -> None:
    """A status line is success; what HTTP cannot die of is our own."""
    assert (letter, word) == (view(story).letter, view(story).mechanism)


def test_what_the_control_got() -> None:
    """A page, a failure, a failure of its own, nothing that makes sense."""
    told = [plain(), plain(http=D), plain(http="address_family_not_supported"), alone()]
    found = [view(s.get()) for s in told]

    assert [True, False, False, False] == [v.control_ok for v in found]
    assert [False, True, False, False] == [v.control_fails for v in found]
    assert view(plain(http="dns_nxdomain_error").get()).control_knows_no_name


def test_the_page_beside_the_controls() -> None:
    """The same, much like it, another, not to be compared."""
    found = [view(plain().get(body=body)) for body in (SITE, SITE_LATER, OTHER)]

    assert [True, True, False] == [v.like_control for v in found]
    assert [False, False, True] == [v.unlike_control for v in found]
    assert view(plain().redirects(AWAY)).versus_control is None


def test_another_answer_of_the_sites() -> None:
    """Like the control's page, or on within the site."""
    found = view(plain().fails(R).hosts(h1=[SITE, OTHER, "https://www.t.example/", AWAY]))
    trials = plain().hosts(h1=[SITE, OTHER, "https://www.t.example/", AWAY]).told().records

    assert [True, False, True, False] == [found.is_the_sites(t) for t in trials.http_transactions]
    assert not view(alone().fails(R)).is_the_sites(trials.http_transactions[0])


def test_what_it_looks_like() -> None:
    """A 451 by itself is not surely a block page."""
    found = [view(plain().get(s, b)) for s, b in ((200, BLOCKPAGE), (451, REFUSED), (503, CAPTCHA))]

    assert [True, False, False] == [v.surely_blockpage for v in found]
    assert [True, True, False] == [v.looks("blockpage") for v in found]
    assert found[2].looks("captcha", "geoblock")
    assert view(plain().fails(R)).kind is None


@pytest.mark.parametrize(
    ("hops", "known"),
    [(["u.example"], True), (["cdn.u.example"], True), (["v.example"], False), ([], False)],
)
def test_whether_the_control_was_sent_there_too(hops: list[str], known: bool) -> None:
    """To that host, or to that site."""
    led = [ControlHop(url=HTTP, status_code=302, location=f"https://{h}/") for h in hops]
    story = a_measurement(HTTP).control(IP, hops=led).system(IP).tcp().redirects(AWAY)

    assert known is view(story).redirect_known
    assert view(plain(told=False).redirects(AWAY)).redirect_known is None


def test_where_a_redirect_leads() -> None:
    """Home, nowhere, to a block page."""
    home, nowhere, away = (
        plain().redirects(u) for u in ("https://www.t.example/", "http://", AWAY)
    )
    blocked = plain().redirects(AWAY).hop(AWAY).system(OTHER_IP).opens(OTHER_IP, body=BLOCKPAGE)

    assert [True, False, False] == [view(s).stays_home for s in (home, nowhere, away)]
    assert [False, True, False] == [view(s).broken_redirect for s in (home, nowhere, away)]
    assert [False, True] == [view(s).ends_in_blockpage for s in (away, blocked)]


@pytest.mark.parametrize(("body", "same"), [(SITE, True), (OTHER, False)])
def test_the_end_of_the_redirects_beside_the_controls(body: bytes, same: bool) -> None:
    """Not known where there is no end."""
    story = plain(told=False).redirects(AWAY)
    assert view(story).end_is_the_sites is None

    story.hop(AWAY).system(OTHER_IP).opens(OTHER_IP, body=body)
    assert same is view(story).end_is_the_sites
