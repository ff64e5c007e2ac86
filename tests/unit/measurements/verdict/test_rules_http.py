"""The HTTP table's rows for pace, silence and the site's own words, each in both directions."""

import pytest

from measurements.schema.words import Locus, Mechanism, Status, Trigger
from measurements.verdict.rules_http import HTTP_RULES
from measurements.verdict.rules_page import PAGE_RULES
from measurements.verdict.rules_redirect import REDIRECT_RULES
from tests.fakes.cases import Case, check, each
from tests.fakes.http_stories import HTTP, HTTPS, alone, plain, secure
from tests.fakes.measurements import D, F, L, R, Story
from tests.fakes.pages import BROKEN, CAPTCHA, GEOBLOCK, OTHER, REFUSED, SITE

BIG = SITE * 150
SLOW, FAST = [20.0] * 6, [400.0] * 6


def looping(story: Story, url: str) -> Story:
    """Redirected to itself ten times more."""
    for _ in range(10):
        story.redirects(url).hop(url).tcp()
        if url == HTTPS:
            story.tls()
    return story.redirects(url)


def crawling(why: str = "S") -> Story:
    """The page comes at 10 KiB a second; the control had all of it at once."""
    return plain(BIG).get(body=BIG, why=why, length=60_000, seconds=6)


def frozen() -> Story:
    """The page begins and stops."""
    return crawling(D)


CASES = (
    Case("http.no_data", plain(), plain().get(), "http.same_page"),
    Case(
        "http.too_many_redirects",
        looping(secure(), HTTPS),
        looping(plain(), HTTP),
        "http.redirect_loop",
    ),
    Case(
        "http.redirect_loop",
        looping(plain(), HTTP),
        looping(plain(http=D), HTTP),
        "http.too_many_redirects",
    ),
    Case("http.local", plain().fails(L), plain().fails(R), "http.blocked_once"),
    Case(
        "http.throttled",
        crawling().paces(t=SLOW, c_host=FAST),
        crawling().paces(t=SLOW, c_host=SLOW),
        "http.same_page",
    ),
    Case(
        "http.throttled_address",
        crawling().paces(t=SLOW, c_line=FAST),
        crawling().paces(t=SLOW, c_line=SLOW),
        "http.same_page",
    ),
    Case(
        "http.frozen",
        frozen().paces(t=[20.0] * 4, c_line=[400.0] * 3),
        frozen().paces(t=[20.0] * 4, c_line=[20.0] * 3),
        "http.same_page",
    ),
    Case("http.slow_once", frozen(), crawling(), "http.same_page"),
    Case(
        "http.line_broken",
        plain().fails(D).hosts(h4=[D, D], h1=[D] * 3),
        plain().fails(D).hosts(h4=[SITE, SITE], h1=[D] * 3),
        "http.blocked_each_time",
    ),
    Case(
        "http.host_blocked",
        plain().fails(R).hosts(h4=[OTHER], h2=[OTHER], h3=[R, R], h1=[R] * 3),
        plain().fails(R).hosts(h4=[OTHER], h2=[OTHER], h3=[OTHER, OTHER], h1=[R] * 3),
        "http.blocked",
    ),
    Case("http.down", plain(http=D).fails(D), plain().fails(D), "http.blocked_once"),
    Case(
        "http.flaky",
        plain().fails(D).hosts(h4=[OTHER], h1=[SITE] * 3),
        plain().fails(D).hosts(h4=[OTHER], h1=[D] * 3),
        "http.blocked_each_time",
    ),
    Case(
        "http.blocked",
        plain().fails(F).hosts(h4=[OTHER], h2=[OTHER], h1=[F] * 3),
        plain().fails(F).hosts(h4=[OTHER], h2=[F], h1=[F] * 3),
        "http.blocked_each_time",
    ),
    Case(
        "http.blocked_each_time",
        plain().fails(R).hosts(h4=[OTHER], h1=[R] * 3),
        plain().fails(R).hosts(h4=[OTHER], h1=[R, SITE, R]),
        "http.uneven",
    ),
    Case(
        "http.uneven",
        plain().fails(D).hosts(h4=[OTHER], h1=[D, SITE, D]),
        plain().fails(D),
        "http.blocked_once",
    ),
    Case("http.blocked_once", plain().fails(R), alone().fails(R), "http.no_answer"),
    Case("http.no_answer", alone().fails(R), plain().fails(R), "http.blocked_once"),
    Case(
        "http.broken_redirect",
        secure().redirects("http://"),
        secure().redirects(HTTPS + "a"),
        "http.authentic_redirect",
    ),
    Case(
        "http.authentic_redirect",
        secure().redirects("https://u.example/"),
        plain().redirects("https://u.example/"),
        "http.redirect_elsewhere",
    ),
    Case(
        "http.authentic_geoblock",
        secure().get(403, GEOBLOCK),
        secure().get(403, REFUSED),
        "http.authentic_refusal",
    ),
    Case(
        "http.down_status",
        secure(BROKEN, 502).get(502, BROKEN),
        secure().get(502, BROKEN),
        "http.authentic_refusal",
    ),
    Case(
        "http.authentic_refusal",
        secure().get(451, REFUSED),
        secure(REFUSED, 404).get(404, REFUSED),
        "http.authentic",
    ),
    Case("http.authentic", secure().get(), plain().get(), "http.same_page"),
)


@each(CASES)
def test_a_row_fires_and_its_twin_does_not(case: Case) -> None:
    """One thing changed, and another row is right."""
    check(case, HTTP_RULES)


def test_every_row_has_its_case() -> None:
    """A row that nobody can bring about is a row that nobody needs."""
    elsewhere = {r.id for r in (*PAGE_RULES, *REDIRECT_RULES)}
    assert sorted({r.id for r in HTTP_RULES} - elsewhere) == sorted(c.rule for c in CASES)


@pytest.mark.parametrize(
    ("letter", "mechanism"),
    [
        (D, Mechanism.TIMEOUT),
        (R, Mechanism.RESET),
        (F, Mechanism.EOF),
        ("http_invalid_response", Mechanism.EOF),
        ("host_unreachable", Mechanism.TIMEOUT),
        ("response_never_received", Mechanism.EOF),
    ],
)
def test_the_word_for_a_request_without_an_answer(letter: str, mechanism: Mechanism) -> None:
    """The contract's, whatever the failure's own."""
    assert mechanism is plain().fails(letter).verdict().mechanism


@pytest.mark.parametrize(
    "failure", ["unknown_failure: what", "ssl_unknown_authority", "address_not_available", None]
)
def test_our_own_failure_is_no_evidence(failure: str | None) -> None:
    """Neither is an answer that was never written down."""
    story = plain().get(None, why=failure or "S")

    assert Status.INCONCLUSIVE is story.verdict().status


@pytest.mark.parametrize(
    ("arms", "trigger"),
    [
        ({"h4": [OTHER], "h3": [R, R], "h1": [R] * 3}, Trigger.HTTP_HOST),
        ({"h4": [OTHER], "h1": [R] * 3, "h6": [SITE]}, Trigger.HTTP_HOST),
        ({"h4": [OTHER], "h2": [OTHER], "h1": [R] * 3}, Trigger.HTTP_HOST),
        ({"h4": [OTHER], "h2": [OTHER], "h1": [R] * 3, "h7": [OTHER]}, Trigger.HTTP_URL),
        ({"h4": [OTHER], "h1": [R] * 3}, None),
    ],
)
def test_what_it_keys_on(arms: dict[str, list[str | bytes]], trigger: Trigger | None) -> None:
    """The one thing whose change lets the request pass."""
    verdict = plain().fails(R).hosts(**arms).verdict()

    assert (Status.BLOCKED, trigger, Locus.NETWORK) == (
        verdict.status,
        verdict.trigger,
        verdict.locus,
    )


@pytest.mark.parametrize(
    ("arm", "trigger"),
    [
        ("c_sni", Trigger.SNI),
        ("c_twin", Trigger.IP_PORT),
        ("c_host", Trigger.HTTP_HOST),
        ("c_line", Trigger.IP),
    ],
)
def test_what_a_pace_keys_on(arm: str, trigger: Trigger) -> None:
    """The control arm that is quick."""
    verdict = crawling().paces(t=SLOW, **{arm: FAST}).verdict()

    assert (Status.THROTTLED, Mechanism.THROTTLING, trigger) == (
        verdict.status,
        verdict.mechanism,
        verdict.trigger,
    )


@pytest.mark.parametrize(
    "arms",
    [
        {
            "h4": [OTHER],
            "h2": [OTHER],
            "h3": [OTHER, D],
            "h1": [D, SITE, SITE],
            "h6": [SITE],
            "h6c": [SITE],
        },
        {"h4": [OTHER], "h2": [OTHER], "h1": [D, SITE, SITE], "h6": [SITE]},
        {"h4": [OTHER], "h1": [SITE] * 3, "h3": [D, D]},
    ],
)
def test_a_lossy_line_is_no_censor(arms: dict[str, list[str | bytes]]) -> None:
    """One timeout of four, wherever else another falls."""
    assert Status.INCONCLUSIVE is plain().fails(D).hosts(**arms).verdict().status


def test_what_answers_when_asked_again_is_not_down() -> None:
    """Though the control gets nothing."""
    story = plain(http=D).fails(D).hosts(h4=[OTHER], h2=[OTHER], h1=[SITE] * 3)

    assert Status.INCONCLUSIVE is story.verdict().status


def test_an_empty_control_is_no_failure_of_the_site() -> None:
    """A malformed answer holds neither a page nor a failure."""
    story = plain()
    story.controls.clear()
    story.control(status=-1, body=b"")

    assert Status.INCONCLUSIVE is story.fails(R).verdict().status


def test_a_challenge_behind_a_good_certificate_is_the_sites() -> None:
    """Whatever it says, the site says."""
    assert Status.SERVER_SIDE is secure().get(403, CAPTCHA).verdict().status


def test_a_slow_page_that_ended_is_open_until_pairs_were_made() -> None:
    """And they are wanted."""
    assessed = crawling().assessed()

    assert Status.ACCESSIBLE is assessed.verdict.status
    assert ("throttling", 0) in assessed.wants
