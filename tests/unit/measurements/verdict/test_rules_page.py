"""The rows for pages in the clear, each in both directions."""

from collections.abc import Callable

import pytest

from measurements.schema.measurement import Finding
from measurements.schema.words import Mechanism, Status, Trigger
from measurements.verdict.rules_page import PAGE_RULES
from tests.fakes.cases import Case, check, each
from tests.fakes.http_stories import alone, plain, secure
from tests.fakes.measurements import D, Story
from tests.fakes.pages import (
    BLOCKPAGE,
    BROKEN,
    CAPTCHA,
    GEOBLOCK,
    NEUTRAL,
    OTHER,
    REFUSED,
    SITE,
    SITE_LATER,
    page,
)

ALTERED = SITE.replace(b"</body>", b"<script src='http://ads.isp.example/x.js'></script></body>")
# What no feature tells: neither the control's page nor plainly another.
BARE = page("The River Gazette", "Welcome.", links=0)
EMPTY = b"<html></html>"


def got(body: bytes, status: int = 200, /, **control: object) -> Story:
    """That page came here; the control got the site's."""
    return plain(**control).get(status, body)  # type: ignore[arg-type]


def by_server(body: bytes) -> dict[str, list[bytes]]:
    """The Host arms where the server itself answers so."""
    return {
        "h4": [NEUTRAL],
        "h2": [NEUTRAL],
        "h3": [NEUTRAL] * 2,
        "h1": [body] * 3,
        "h6": [body],
        "h6c": [body],
    }


def by_name(body: bytes) -> dict[str, list[bytes]]:
    """The Host arms where a machine on the way answers to the name."""
    return {"h4": [NEUTRAL], "h2": [NEUTRAL], "h3": [body, body], "h1": [body] * 3}


def there(body: bytes, times: int = 3) -> dict[str, list[bytes]]:
    """Only asked again, and an innocent name at the control's address."""
    return {"h4": [OTHER], "h1": [body] * times}


CASES = (
    Case(
        "http.tampered",
        got(ALTERED).hosts(h4=[OTHER], h1=[ALTERED] * 3, t1=[SITE, SITE]),
        got(ALTERED).hosts(h4=[OTHER], h1=[ALTERED] * 3),
        "http.same_page",
    ),
    Case(
        "http.refuses_everyone",
        got(REFUSED, 403, body=REFUSED, status=403),
        got(REFUSED, 403),
        "http.refusal_likely",
    ),
    Case(
        "http.down_status_plain", got(BROKEN, 502, http=D), got(BROKEN, 502), "http.different_page"
    ),
    Case("http.same_page_changed", got(ALTERED), got(SITE), "http.same_page"),
    Case(
        "http.blockpage_everywhere",
        got(BLOCKPAGE, body=BLOCKPAGE),
        got(BLOCKPAGE),
        "http.blockpage_likely",
    ),
    Case("http.same_page", got(SITE), got(OTHER), "http.different_page"),
    Case(
        "http.page_replaced",
        got(OTHER).hosts(**by_name(OTHER)),
        got(OTHER).hosts(**by_server(OTHER)),
        "http.refusal_by_server",
    ),
    Case(
        "http.similar_page",
        got(page("The River Gazette", "The ferry runs again. " * 30, links=12), told=False),
        got(OTHER, told=False),
        "http.different_page",
    ),
    Case(
        "http.twin_agrees",
        got(REFUSED, 403).hosts(t1=[REFUSED], h4=[OTHER], h1=[REFUSED]),
        got(REFUSED, 403),
        "http.refusal_likely",
    ),
    Case(
        "http.twin_same_page",
        got(OTHER).hosts(t1=[OTHER], h1=[OTHER] * 3),
        got(OTHER).hosts(t1=[SITE], h1=[OTHER] * 3),
        "http.blockpage_twin",
    ),
    Case(
        "http.challenge",
        got(CAPTCHA, 503).hosts(**by_server(CAPTCHA)),
        got(CAPTCHA, 503),
        "http.challenge_once",
    ),
    Case(
        "http.blockpage_twin",
        got(OTHER).hosts(t1=[SITE], h1=[OTHER] * 3),
        got(OTHER).hosts(t1=[SITE], h1=[SITE] * 3),
        "http.different_page",
    ),
    Case(
        "http.blockpage_known",
        got(BLOCKPAGE).hosts(**there(BLOCKPAGE)),
        got(BLOCKPAGE),
        "http.blockpage_likely",
    ),
    Case(
        "http.refusal_by_server",
        got(OTHER).hosts(**by_server(OTHER)),
        got(BLOCKPAGE).hosts(**by_server(BLOCKPAGE)),
        "http.blockpage_likely",
    ),
    Case("http.blockpage_likely", got(BLOCKPAGE), got(OTHER), "http.different_page"),
    Case("http.challenge_once", got(CAPTCHA, 503), got(OTHER), "http.different_page"),
    Case("http.geoblock_once", got(GEOBLOCK, 403), got(REFUSED, 403), "http.refusal_likely"),
    Case("http.refusal_likely", got(REFUSED, 403), got(REFUSED, 404), "http.different_page"),
    Case("http.different_page", got(OTHER), got(SITE), "http.same_page"),
    Case("http.site_up_control_not", got(SITE, http=D), got(BLOCKPAGE, http=D), "http.uncompared"),
    Case(
        "http.uncompared", alone().get(body=BLOCKPAGE), alone().get(body=OTHER), "http.no_reference"
    ),
    Case(
        "http.unlike_unknown",
        got(EMPTY, body=EMPTY, told=False),
        alone().get(body=EMPTY),
        "http.no_reference",
    ),
    Case(
        "http.not_found",
        got(EMPTY, 404, body=EMPTY, status=404, told=False),
        got(EMPTY, 404, told=False),
        "http.different_page",
    ),
    Case("http.no_reference", alone().get(body=OTHER), got(OTHER), "http.different_page"),
)


@each(CASES)
def test_a_row_fires_and_its_twin_does_not(case: Case) -> None:
    """One thing changed, and another row is right."""
    check(case, PAGE_RULES)


def test_every_row_has_its_case() -> None:
    """A row that nobody can bring about is a row that nobody needs."""
    assert sorted(r.id for r in PAGE_RULES) == sorted(c.rule for c in CASES)


def test_a_block_page_of_the_true_length_is_one() -> None:
    """Status 200, a Content-Length, the site's own title: OONI is taken in."""
    padded = BLOCKPAGE.replace(b"Access denied", b"The River Gazette").ljust(len(SITE))
    headers = (("Content-Length", str(len(padded))), ("Content-Type", "text/html"))
    story = plain().get(200, padded, headers=headers).hosts(**by_name(padded))

    verdict = story.verdict()

    assert (Status.BLOCKED, Mechanism.BLOCKPAGE, Trigger.HTTP_HOST) == (
        verdict.status,
        verdict.mechanism,
        verdict.trigger,
    )


@pytest.mark.parametrize(
    ("story", "status"),
    [
        (got(OTHER, told=False), Status.INCONCLUSIVE),
        (
            got(OTHER).hosts(
                h4=[OTHER], h2=[OTHER], h3=[BROKEN] * 2, h1=[OTHER, SITE, SITE], h6=[SITE]
            ),
            Status.INCONCLUSIVE,
        ),
        (got(GEOBLOCK, 403), Status.INCONCLUSIVE),
        (got(CAPTCHA, 403), Status.SERVER_SIDE),
        (got(GEOBLOCK, 403).hosts(t1=[GEOBLOCK], h1=[GEOBLOCK]), Status.SERVER_SIDE),
        (got(CAPTCHA, 403, http=D), Status.INCONCLUSIVE),
        (got(CAPTCHA, 403).hosts(**by_server(CAPTCHA)), Status.SERVER_SIDE),
        (got(CAPTCHA, 403).hosts(t1=[CAPTCHA], h1=[CAPTCHA]), Status.SERVER_SIDE),
        (got(GEOBLOCK, 403).hosts(**there(GEOBLOCK)), Status.INCONCLUSIVE),
        (got(CAPTCHA, 403).hosts(**by_server(CAPTCHA), t1=[SITE]), Status.INCONCLUSIVE),
        (got(CAPTCHA, 403).hosts(**by_name(CAPTCHA), t1=[CAPTCHA]), Status.SERVER_SIDE),
        (got(GEOBLOCK, 403).hosts(**by_name(GEOBLOCK), t1=[GEOBLOCK]), Status.SERVER_SIDE),
        (got(REFUSED, 451), Status.INCONCLUSIVE),
        (got(REFUSED, 451).hosts(**by_server(REFUSED)), Status.SERVER_SIDE),
        (got(SITE_LATER), Status.ACCESSIBLE),
        (got(SITE, body=CAPTCHA, status=403), Status.INCONCLUSIVE),
        (got(OTHER, http="dns_nxdomain_error"), Status.INCONCLUSIVE),
    ],
    ids=[
        "another edition, an old control",
        "two editions, dealt at random",
        "a refusal of the country, which anybody on the way can write",
        "a challenge",
        "the site refuses the country over TLS as well",
        "a challenge, and nobody to compare with",
        "a challenge however it is asked",
        "a challenge over TLS as well",
        "a refusal asked for again in one way only",
        "a challenge, and none over TLS",
        "a challenge at every address of one carrier, the control's too, and over TLS",
        "a refusal of the country at every address of one carrier, and over TLS",
        "451 at once",
        "451 however it is asked",
        "a page that grew",
        "the control is challenged",
        "a name that exists only here",
    ],
)
def test_what_is_not_called_blocked(story: Story, status: Status) -> None:
    """A page that differs has many reasons."""
    assert status is story.verdict().status


def test_a_forged_challenge_is_one_where_the_site_says_otherwise_over_tls() -> None:
    """The twin of the two above."""
    verdict = got(CAPTCHA, 403).hosts(**by_name(CAPTCHA), t1=[SITE]).verdict()

    assert (Status.BLOCKED, "http.page_replaced") == (verdict.status, verdict.evidence[0].rule_id)


def test_only_another_path_passes() -> None:
    """The censor reads the whole URL."""
    story = got(BLOCKPAGE).hosts(**by_name(BLOCKPAGE), h7=[OTHER])

    assert Trigger.HTTP_URL is story.verdict().trigger


def test_a_control_that_is_shown_the_block_page_too_proves_nothing() -> None:
    """It may sit behind the same filter."""
    assert Status.INCONCLUSIVE is got(BLOCKPAGE, body=BLOCKPAGE).verdict().status


@pytest.mark.parametrize(("body", "status"), [(CAPTCHA, 503), (GEOBLOCK, 403), (REFUSED, 403)])
def test_what_comes_from_everywhere_is_not_the_sites(body: bytes, status: int) -> None:
    """Under every name, from the control's address too: somebody between answers all. Twin: only there."""
    two = [body] * 2
    everywhere = {"h4": two, "h2": two, "h3": two, "h1": [body] * 3, "h6": [body], "h6c": [body]}

    assert Status.INCONCLUSIVE is got(body, status).hosts(**everywhere).verdict().status
    assert Status.SERVER_SIDE is got(body, status).hosts(**by_server(body)).verdict().status


@pytest.mark.parametrize("begun", [plain, secure])
def test_who_asks_everybody_for_proof_is_not_down(begun: Callable[..., Story]) -> None:
    """A challenge with 503, shown to the control as well: the site refuses. An error with 502: it is down."""
    asks = begun(CAPTCHA, 503).get(503, CAPTCHA).verdict()
    broken = begun(BROKEN, 502).get(502, BROKEN).verdict()

    assert (Status.SERVER_SIDE, Status.DOWN) == (asks.status, broken.status)
    assert Status.INCONCLUSIVE is got(CAPTCHA, 503, http=D).verdict().status


def test_a_challenge_that_nothing_vouches_for_is_less_sure() -> None:
    """Over TLS it is the site's; in the clear anybody could have written it, and that is said."""
    plainly, surely = got(CAPTCHA, 403).verdict(), secure().get(403, CAPTCHA).verdict()

    assert (Status.SERVER_SIDE, Status.SERVER_SIDE) == (plainly.status, surely.status)
    assert plainly.confidence <= 0.6
    assert surely.confidence >= 0.9
    assert "somebody on the way could as well" in plainly.summary
    assert "as it seems" in plainly.summary
    assert "own doing, not the network's" in surely.summary


def test_nobody_is_blamed_where_the_try_that_tells_was_not_agreed_to() -> None:
    """A forged challenge looks the same."""
    story = got(CAPTCHA, 403)
    story.findings.append(Finding(kind="tries_left_out", says="Left out.", subject="http_host"))

    verdict = story.verdict()

    assert Status.INCONCLUSIVE is verdict.status
    assert (verdict.reason or "").endswith("Left out.")
