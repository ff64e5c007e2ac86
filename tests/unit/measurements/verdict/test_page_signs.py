"""A page's signs are names of ours; no word of the page is among them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.codec_features import LONGEST_SIGN, MOST_SIGNS
from measurements.verdict import fingerprint_data as data
from measurements.verdict import page_signs
from measurements.verdict.page_signs import is_block_location, signs_of
from measurements.verdict.page_text import read_page

_LISTS = {
    "error-title": data.ERROR_PHRASES,
    "authority": data.AUTHORITIES,
    "geoblock": data.GEOBLOCK_PHRASES,
    "heading": tuple(a for p in data.BLOCK_PHRASES for a in (*p.acts, *p.weak_acts)),
}
_LISTS["inside"] = _LISTS["heading"]
_FLAGS = "challenge act article leads error heading-weak heading-this inside-weak inside-this"
KNOWN = frozenset(
    [
        *_FLAGS.split(),
        *(f"{kind}:{detail}" for kind, details in _LISTS.items() for detail in details),
        *(f"{where}:{needle}" for where, needle in page_signs._ALL_MARKS),
    ]
)
SECRET = "Zhanserik Abenov 203.0.113.77"


@pytest.mark.parametrize(
    ("markup", "sign"),
    [
        ("<h1>Access to this site is blocked</h1>", "heading:blocked"),
        ("<h1>Access to this site is blocked</h1>", "heading-this"),
        ("<p>Access to this page is denied", "inside-weak"),
        ("<p>Access to this page is denied", "act"),
        ("<title>Blocked</title>", "heading:blocked"),
        ("<title>404 Not Found</title>", "error-title:not found"),
        ("<iframe src='http://blocked.example.kz/'></iframe>", "leads"),
        ("<img src=/x/fgd_icon.png>", "markup:fgd_icon"),
        ("<p>It was decided by роскомнадзор", "authority:роскомнадзор"),
    ],
)
def test_signs(markup: str, sign: str) -> None:
    """Each where it stands, and not where it does not; around a secret that stays out."""
    page = read_page(f"{markup}<p>{SECRET}".encode())
    assert sign in signs_of(page)
    assert sign not in signs_of(read_page(f"<h1>Hello</h1><p>{SECRET}".encode()))
    assert set(signs_of(page)) <= KNOWN


def test_the_frame_of_a_page_with_words_does_not_count() -> None:
    """It is a page then."""
    words = "<p>" + "weather and trains " * 20
    page = read_page(f"<iframe src='http://blocked.example.kz/'></iframe>{words}".encode())
    assert "leads" not in signs_of(page)


@pytest.mark.parametrize("length", [page_signs.FOR_MARKS, page_signs.LONG_TEXT])
def test_long_pages_have_fewer(length: int) -> None:
    """A name on them is about the name."""
    text = "<h1>This site is blocked</h1><img src=fgd_icon>" + "x " * (length // 2)
    signs = signs_of(read_page(text.encode()))
    assert "markup:fgd_icon" not in signs
    assert ("heading:blocked" in signs) is (length < page_signs.LONG_TEXT)


@given(st.lists(st.sampled_from(sorted(KNOWN)) | st.text(max_size=20), max_size=20))
def test_nothing_of_the_page(parts: list[str]) -> None:
    """Whatever it holds, the signs are of the known ones, and few."""
    texts = [part.partition(":")[2] or part for part in parts]
    page = read_page(("<title>" + " <h1> ".join(texts)).encode("utf-8", "replace"))
    assert set(signs_of(page)) <= KNOWN
    assert len(signs_of(page)) <= MOST_SIGNS


def test_a_page_with_every_mark_keeps_the_phrases() -> None:
    """They come first; the cap cuts marks."""
    every = " ".join(needle for _, needle in page_signs._ALL_MARKS)
    markup = f"<!-- {every} --><h1>Access to this site is blocked</h1>"
    signs = signs_of(read_page(markup.encode()))
    assert len(signs) == MOST_SIGNS
    assert "heading:blocked" in signs


def test_every_sign_may_travel() -> None:
    """The codec takes the longest."""
    assert max(map(len, KNOWN)) <= LONGEST_SIGN


def test_block_locations() -> None:
    """By host or path, never by the query."""
    assert is_block_location("http://blocked.example.kz/")
    assert not is_block_location("http://example.kz/?to=blocked")
