"""probe/demo/pages.py"""

from probe.demo.pages import block_page, captcha, genuine, geoblock, nobody_here


def test_a_block_page_is_as_long_as_the_page_that_it_hides() -> None:
    """And has the same headers, so that neither gives it away."""
    page = genuine("a.example", "A")
    block = block_page(len(page.body))
    assert (page.status, page.headers, len(page.body)) == (
        block.status,
        block.headers,
        len(block.body),
    )
    assert page.body != block.body


def test_genuine_pages_differ_and_have_their_size() -> None:
    """The same name gives the same page."""
    assert genuine("a.example", "A") == genuine("a.example", "A")
    assert genuine("a.example", "A").body != genuine("b.example", "A").body
    assert 10_000 <= len(genuine("a.example", "A", 10_000).body) < 10_300


def test_refusals_have_their_status() -> None:
    """RFC 7725's for the geoblock."""
    assert (451, 403, 404) == (geoblock().status, captcha().status, nobody_here().status)
