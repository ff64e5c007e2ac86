"""Comparing pages: made-up sites, block pages, and what looks like either."""

import random
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.measurement import ControlHop, ControlHTTP
from measurements.schema.records import Headers, HTTPTransaction
from measurements.verdict.compare import (
    Comparison,
    Kind,
    Page,
    compare,
    page_of_control,
    page_of_hop,
    page_of_transaction,
    shingles,
    tampered,
)

HTML = (("Content-Type", "text/html"), ("Content-Length", "1"), ("Date", "now"))
LATIN, CYRILLIC = "abcdefghijklmnopqrst", "абвгдежзийклмнопрст"
PARTS = ("main", "nav", "card", "hero", "foot", "grid", "item", "list", "side", "meta", "link")


def text(seed: int, count: int, alphabet: str = LATIN) -> str:
    """Words that are the same for a seed."""
    chance = random.Random(seed)
    return " ".join("".join(chance.choices(alphabet, k=chance.randint(3, 9))) for _ in range(count))


def site(seed: int, *, texts: int | None = None, fresh: int = 0, alphabet: str = LATIN) -> bytes:
    """A site's page: markup by `seed`, words by `texts`; `fresh` of its 40 articles are new."""
    chance = random.Random(seed)
    words = seed if texts is None else texts
    names = ["-".join(chance.sample(PARTS, 2)) for _ in range(40)]
    seeds = [words * 1000 + at + (500 if at < fresh else 0) for at in range(40)]
    articles = [
        f"<div class='{name}'><p>{text(its_seed, 25, alphabet)}"
        for name, its_seed in zip(names, seeds, strict=True)
    ]
    menu = f"<nav class='top-menu'>{text(words * 1000 + 999, 120, alphabet)}</nav>"
    return f"<html><head><title>x</title></head><body>{menu}{''.join(articles)}".encode()


def page(
    body: bytes, title: str = "Daily News", status: int = 200, headers: Headers = HTML
) -> Page:
    """What is known of an answer of ours, or of a control that is ours too."""
    return Page(
        status_code=status,
        title=title,
        headers=headers,
        body_length=len(body),
        sha256=sha256(body).hexdigest(),
        shingles=shingles(body),
    )


def ooni(title: str = "", length: int = -1, status: int = 200, headers: Headers = HTML) -> Page:
    """What a control of OONI's tells: no hash, no sketch."""
    http = ControlHTTP(status_code=status, title=title, headers=headers, body_length=length)
    return page_of_control(http)


TRUE = page(site(1))
BLOCK = b"<title>Access restricted</title><h1>Access to this site is blocked by a court order</h1>"
PADDED = BLOCK + b" " * (TRUE.body_length - len(BLOCK))


def kind(found: Comparison) -> Kind:
    """The kind, after the sanity of the rest."""
    assert 0.0 <= found.score <= 1.0
    assert found.reasons
    return found.kind


def test_identical_bodies_are_the_same() -> None:
    """To the byte."""
    assert kind(compare(TRUE, replace(TRUE, headers=(), title=""))) is Kind.SAME


def test_a_block_page_with_the_same_length_is_different() -> None:
    """OONI takes this one for the page: status 200, Content-Length, the same length."""
    assert len(PADDED) == TRUE.body_length
    assert kind(compare(page(PADDED, "Access restricted"), TRUE)) is Kind.DIFFERENT


def test_the_same_with_an_ooni_control() -> None:
    """Without a sketch the titles must do."""
    control = ooni("Daily News of the North", TRUE.body_length)
    assert kind(compare(page(PADDED, "Access restricted"), control)) is Kind.DIFFERENT
    assert kind(compare(page(PADDED, "Daily News of the North"), control)) is Kind.SIMILAR


def test_a_block_page_that_copies_the_title_is_different() -> None:
    """The words decide."""
    assert kind(compare(page(PADDED, "Daily News"), TRUE)) is not Kind.SAME
    assert kind(compare(page(BLOCK, "Daily News"), TRUE)) is not Kind.SIMILAR


@pytest.mark.parametrize("status", [403, 404, 451, 503])
def test_a_refusal_is_different(status: int) -> None:
    """Whoever refuses: compare does not say who."""
    assert kind(compare(page(BLOCK, "Access restricted", status), TRUE)) is Kind.DIFFERENT
    assert kind(compare(page(BLOCK, "", status), ooni("", 5000))) is Kind.DIFFERENT


def test_another_site_is_different() -> None:
    """The negative twin of all that follows."""
    assert kind(compare(page(site(2), "Garden shop"), TRUE)) is Kind.DIFFERENT


@pytest.mark.parametrize("fresh", [1, 10, 20, 30, 38])
def test_a_page_with_news_is_similar(fresh: int) -> None:
    """Dynamic pages share menus and markup."""
    assert kind(compare(page(site(1, fresh=fresh)), TRUE)) in {Kind.SIMILAR, Kind.SAME}


def test_another_language_is_similar() -> None:
    """The same markup around other words: the site knows its visitor's country."""
    russian = page(site(1, texts=7, alphabet=CYRILLIC), "Новости дня")
    assert kind(compare(russian, TRUE)) is Kind.SIMILAR
    german = page(site(1, texts=8), "Tagesblatt")
    assert kind(compare(german, TRUE)) is Kind.SIMILAR


def test_another_language_with_an_ooni_control_is_unknown() -> None:
    """Without a sketch there is no telling; certainly not "different"."""
    control = ooni("Daily News", 12_000)
    assert kind(compare(page(site(1), "Новости дня"), control)) is Kind.UNKNOWN


def test_a_cookie_banner_is_the_same_page() -> None:
    """Some countries get one."""
    banner = (
        b"<body><div class='cookie-bar'>" + b"we use cookies to serve you better " * 9 + b"</div>"
    )
    assert kind(compare(page(site(1).replace(b"<body>", banner)), TRUE)) is Kind.SAME


@pytest.mark.parametrize("share", [0.8, 0.9, 1.1, 1.2])
def test_a_length_that_changed_a_little_is_not_different(share: float) -> None:
    """OONI's controls tell nothing else here."""
    here = Page(status_code=200, headers=HTML, body_length=int(10_000 * share))
    assert kind(compare(here, ooni("", 10_000))) is Kind.UNKNOWN


def test_two_empty_titles_are_no_agreement() -> None:
    """LTE's mistake: without words of five letters all titles agree."""
    here = Page(status_code=200, headers=HTML, body_length=700)
    assert kind(compare(here, ooni("", 60_000))) is not Kind.SIMILAR


def test_a_tiny_page_for_a_big_one_with_a_title_is_different() -> None:
    """A frame around the censor's page, say."""
    here = Page(status_code=200, headers=HTML, body_length=180)
    there = ooni("YouTube", 930_778, headers=(*HTML, ("X-Goog", "1"), ("Server", "ESF")))
    assert kind(compare(here, there)) is Kind.DIFFERENT


def test_a_body_cut_short_is_still_the_page() -> None:
    """A freeze after some kilobytes is not another page."""
    cut = page(site(1)[:4000])
    assert kind(compare(replace(cut, truncated=True), TRUE)) in {Kind.SAME, Kind.SIMILAR}
    assert kind(compare(TRUE, replace(cut, truncated=True))) in {Kind.SAME, Kind.SIMILAR}
    other = replace(page(site(2)[:4000], "Garden shop"), truncated=True)
    assert kind(compare(other, TRUE)) is Kind.DIFFERENT


def test_a_body_cut_before_its_title_is_not_different() -> None:
    """800 bytes tell little."""
    cut = replace(page(site(1)[:800], ""), truncated=True)
    assert kind(compare(cut, TRUE)) is not Kind.DIFFERENT
    nothing = Page(status_code=200, headers=HTML, body_length=0, truncated=True)
    assert kind(compare(nothing, TRUE)) is not Kind.DIFFERENT


def test_the_cap_and_the_control_of_16_mib() -> None:
    """512 KiB of a file that the control read to 16 MiB."""
    headers = (("Content-Type", "application/octet-stream"),)
    here = Page(status_code=200, headers=headers, body_length=1 << 19, truncated=True)
    assert kind(compare(here, ooni("", 1 << 24, headers=headers))) is Kind.SIMILAR


def test_no_answer_is_unknown() -> None:
    """On either side."""
    assert kind(compare(Page(), TRUE)) is Kind.UNKNOWN
    failed = page_of_control(ControlHTTP(failure="generic_timeout_error", status_code=200))
    assert kind(compare(TRUE, failed)) is Kind.UNKNOWN


def test_statuses() -> None:
    """203 for 200 is nothing; 429 for 403 little."""
    assert kind(compare(replace(TRUE, status_code=203), TRUE)) is Kind.SIMILAR
    busy = Page(status_code=429, headers=HTML, body_length=300)
    assert kind(compare(busy, ooni("", 310, 403))) is Kind.UNKNOWN


def redirect(location: str) -> Page:
    """An answer that sends elsewhere."""
    return Page(status_code=302, headers=(("Location", location),))


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://www.example.com/", Kind.SIMILAR),
        ("https://m.example.com/kz?x#y", Kind.SIMILAR),
        ("https://user@example.com:8443/", Kind.SIMILAR),
        ("//example.com", Kind.SIMILAR),
        ("/index.html", Kind.UNKNOWN),
        ("http://block.isp.example/?u=www.example.com", Kind.DIFFERENT),
        ("http://198.51.100.4/blocked", Kind.DIFFERENT),
        ("http://[2001:db8::1]/blocked", Kind.DIFFERENT),
        ("http://www.example.com.evil.example/", Kind.DIFFERENT),
    ],
)
def test_redirects(location: str, expected: Kind) -> None:
    """To the same registrable domain or not."""
    hop = page_of_hop(
        ControlHop(url="http://example.com/", status_code=301, location="https://www.example.com/")
    )
    assert kind(compare(redirect(location), hop)) is expected


def test_a_redirect_is_not_compared_with_a_page() -> None:
    """The control followed; look at its hops."""
    assert kind(compare(redirect("http://block.example/"), TRUE)) is Kind.UNKNOWN
    assert kind(compare(TRUE, redirect("http://block.example/"))) is Kind.UNKNOWN
    no_location = page_of_hop(ControlHop(url="http://example.com/", status_code=304))
    assert no_location.headers == ()
    assert kind(compare(TRUE, no_location)) is Kind.DIFFERENT


def test_wordless_pages() -> None:
    """An application's empty shell has no words to compare."""
    shell = b"<div id=root></div>" + b" " * 300
    assert kind(compare(page(shell, "App"), page(shell + b" ", "App"))) is Kind.SIMILAR
    assert kind(compare(page(shell, ""), TRUE)) is Kind.DIFFERENT


def test_short_pages() -> None:
    """Few words are weak evidence."""
    here, there = page(b"It works!", ""), page(b"Hello, this is another text", "")
    assert kind(compare(here, there)) is Kind.UNKNOWN
    assert kind(compare(page(b"It works!", ""), page(b"It works! ", ""))) is Kind.SIMILAR


def test_the_same_page_from_the_records() -> None:
    """As the schema holds them."""
    body = site(1)
    transaction = HTTPTransaction(
        transaction_id=1,
        url="http://example.com/",
        ip="192.0.2.1",
        port=80,
        t0=0,
        t=1,
        status_code=200,
        headers=HTML,
        body=body,
        body_length=len(body),
        body_sha256=sha256(body).hexdigest(),
    )
    here = page_of_transaction(transaction)
    assert (here.title, here.truncated, here.vantage) == ("x", False, "probe")
    http = ControlHTTP(
        status_code=200,
        title="x",
        headers=HTML,
        body_length=len(body),
        shingles=shingles(body + b"<p>one more line of words"),
        stable=False,
    )
    assert kind(compare(here, page_of_control(http))) is Kind.SAME
    failed = replace(transaction, status_code=None, body=None, failure="connection_reset")
    nothing = page_of_transaction(failed)
    assert (nothing.status_code, nothing.body_length, nothing.shingles) == (-1, -1, ())
    assert nothing.truncated
    named = page_of_transaction(replace(transaction, title="Given"))
    assert named.title == "Given"


def test_sketches_of_markup_alone() -> None:
    """Other names in the markup count against; a sketch without words tells nothing of words."""
    here, there = (
        replace(TRUE, shingles=tuple(range(n, n + 40, 2)), sha256=None) for n in (1, 101)
    )
    found = compare(here, there)
    assert kind(found) is Kind.SIMILAR
    assert any(why.startswith("0% of the names in the markup") for why in found.reasons)


class TestTampered:
    """The page is the page, but not all of it."""

    injected = page(
        site(1).replace(b"<body>", b"<body><script src=//ads.isp.example/x.js></script>")
    )
    control = replace(TRUE, vantage="control", stable=True)

    def test_injection(self) -> None:
        """The control twice and a verified arm agree; this one has more bytes."""
        found = tampered(self.injected, [self.control, TRUE])
        assert found.answer is True
        assert "+" in found.reasons[0]

    def test_the_same_length(self) -> None:
        """Bytes replaced one for one."""
        swapped = page(site(1).replace(b"<nav class", b"<nav clbss"))
        found = tampered(swapped, [TRUE, replace(TRUE)])
        assert found.answer is True
        assert "same length" in found.reasons[0]

    def test_intact(self) -> None:
        """The negative twin."""
        assert tampered(TRUE, [self.control, self.injected]).answer is False

    def test_a_page_that_changes_by_itself(self) -> None:
        """References that differ among themselves prove nothing."""
        assert tampered(self.injected, [TRUE, page(site(1, fresh=1))]).answer is None
        moving = replace(TRUE, vantage="control", stable=False)
        assert tampered(self.injected, [moving, TRUE]).answer is None

    def test_too_few(self) -> None:
        """One reference, none, or only the control: it may be the country's edition."""
        assert tampered(self.injected, []).answer is None
        assert tampered(self.injected, [TRUE]).answer is None
        assert tampered(self.injected, [self.control]).answer is None
        assert tampered(self.injected, [replace(TRUE, truncated=True)] * 2).answer is None
        assert tampered(self.injected, [replace(TRUE, status_code=404)] * 2).answer is None

    def test_another_page_is_not_altered(self) -> None:
        """A block page replaces, it does not alter."""
        assert tampered(page(PADDED), [self.control, TRUE]).answer is None

    def test_half_a_page(self) -> None:
        """What did not arrive whole cannot be called altered."""
        assert tampered(replace(self.injected, truncated=True), [TRUE, TRUE]).answer is None
        assert tampered(Page(), [TRUE, TRUE]).answer is None


PAGES = st.builds(
    Page,
    status_code=st.integers(-1, 600),
    title=st.text(max_size=30),
    headers=st.lists(st.tuples(st.text(max_size=9), st.text(max_size=20)), max_size=4).map(tuple),
    body_length=st.integers(-1, 1 << 20),
    truncated=st.booleans(),
    sha256=st.sampled_from([None, "a", "b"]),
    shingles=st.binary(max_size=300).map(shingles) | st.just(()),
    stable=st.sampled_from([None, True, False]),
)


@given(PAGES, PAGES, st.text(max_size=60))
def test_never_raises(here: Page, there: Page, location: str) -> None:
    """Any two answers can be compared, and the answer is the same each time."""
    assert compare(here, there) == compare(here, there)
    kind(compare(here, here))
    tampered(here, [there, here])
    compare(redirect(location), redirect("https://example.com/"))
