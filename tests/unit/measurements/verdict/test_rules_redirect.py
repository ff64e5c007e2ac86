"""The rows for redirects in the clear, each in both directions."""

import pytest

from measurements.schema.measurement import ControlHop
from measurements.schema.words import Mechanism, Status
from measurements.verdict.rules_redirect import REDIRECT_RULES
from tests.fakes.cases import Case, check, each
from tests.fakes.http_stories import HTTP, alone, plain
from tests.fakes.measurements import IP, OTHER_IP, STRANGER, Story, a_measurement
from tests.fakes.pages import BLOCKPAGE, OTHER, SITE

WARNING, AWAY, HOME = "http://warning.isp.example/", "https://u.example/", "https://www.t.example/"


def sent(url: str = AWAY) -> Story:
    """Redirected, where the control gets a page at once."""
    return plain().redirects(url)


def ends(page: bytes, *, told: bool = True, url: str = WARNING) -> Story:
    """Redirected to a page in the clear."""
    story = plain(told=told).redirects(url).hop(url).system(STRANGER)
    return story.tcp().get(body=page)


def known(*hosts: str) -> Story:
    """The control was led by these hosts."""
    hops = [ControlHop(url=HTTP, status_code=302, location=f"https://{h}/") for h in hosts]
    return a_measurement(HTTP).control(IP, hops=hops).system(IP).tcp().redirects(AWAY)


BY_NAME: dict[str, list[str | bytes]] = {
    "h4": [OTHER],
    "h2": [OTHER],
    "h3": [AWAY, AWAY],
    "h1": [AWAY] * 3,
}
BY_SERVER: dict[str, list[str | bytes]] = {
    "h4": [OTHER],
    "h2": [OTHER],
    "h3": [OTHER, OTHER],
    "h1": [AWAY] * 3,
    "h6": [AWAY],
}

CASES = (
    Case(
        "http.redirect_injected",
        sent().hosts(**BY_NAME),
        sent().hosts(**BY_SERVER),
        "http.redirect_by_server",
    ),
    Case("http.broken_redirect_plain", sent("http://"), sent(), "http.redirect_elsewhere"),
    Case("http.redirect_known", known("u.example"), known("v.example"), "http.redirect_elsewhere"),
    Case("http.redirect_home", sent(HOME), sent(), "http.redirect_elsewhere"),
    Case(
        "http.redirect_same_end",
        ends(SITE, told=False, url="http://u.example/"),
        ends(OTHER, told=False, url="http://u.example/"),
        "http.redirect_elsewhere",
    ),
    Case(
        "http.redirect_here_only",
        sent("http://blocked.isp.example/").hosts(
            h4=[OTHER], h1=["http://blocked.isp.example/"] * 3, h6=["http://blocked.isp.example/"]
        ),
        sent(WARNING).hosts(h4=[OTHER], h1=[WARNING] * 3, h6=[SITE]),
        "http.redirect_injected",
    ),
    Case("http.redirect_by_server", sent().hosts(**BY_SERVER), sent(), "http.redirect_elsewhere"),
    Case(
        "http.redirect_foreign",
        ends(BLOCKPAGE),
        ends(OTHER, url="http://u.example/"),
        "http.redirect_elsewhere",
    ),
    Case("http.redirect_elsewhere", sent(), known("u.example"), "http.redirect_known"),
    Case(
        "http.redirect_unvouched",
        alone().redirects(AWAY),
        plain(told=False).redirects(AWAY),
        "http.redirect_unchecked",
    ),
    Case(
        "http.redirect_unchecked",
        plain(told=False).redirects(AWAY),
        alone().redirects(AWAY),
        "http.redirect_unvouched",
    ),
)


@each(CASES)
def test_a_row_fires_and_its_twin_does_not(case: Case) -> None:
    """One thing changed, and another row is right."""
    check(case, REDIRECT_RULES)


def test_every_row_has_its_case() -> None:
    """A row that nobody can bring about is a row that nobody needs."""
    assert sorted(r.id for r in REDIRECT_RULES) == sorted(c.rule for c in CASES)


def test_an_injected_redirect_is_told_as_one() -> None:
    """At the hop that was asked for, not at the one it leads to."""
    verdict = ends(BLOCKPAGE).verdict()

    assert (Status.BLOCKED, Mechanism.REDIRECT) == (verdict.status, verdict.mechanism)


@pytest.mark.parametrize("told", [True, False], ids=["our control", "OONI's"])
def test_the_sites_own_choice_for_a_country_is_not_called_blocked(told: bool) -> None:
    """Another domain, another page, and a good certificate at the end: it cannot be told."""
    story = plain(told=told).redirects("https://t-kz.example/").hop("https://t-kz.example/")

    verdict = story.system(OTHER_IP).opens(OTHER_IP, body=OTHER).verdict()

    assert Status.INCONCLUSIVE is verdict.status


def test_a_block_page_with_a_certificate_of_its_own_opens_nothing() -> None:
    """Without a control nothing vouches for the redirect that led there."""
    there = "https://blocked.isp.example/"
    story = alone().redirects(there).hop(there).system(STRANGER).opens(STRANGER, body=BLOCKPAGE)

    assert Status.INCONCLUSIVE is story.verdict().status
