"""Bodies as a person sees them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.verdict.page_text import (
    decode,
    fold,
    looks_binary,
    plain,
    read_page,
    title_of,
    without_hidden,
)

RUSSIAN = "Доступ к сайту ограничен по решению суда"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (RUSSIAN.encode(), ""),
        (RUSSIAN.encode("cp1251"), ""),
        (RUSSIAN.encode("cp1251"), "text/html; charset=windows-1251"),
        (b'<meta charset="windows-1251">' + RUSSIAN.encode("cp1251"), ""),
        (RUSSIAN.encode("koi8-r"), "text/html; charset=KOI8-R"),
        (RUSSIAN.encode("utf-16"), ""),
        (b"\xfe\xff" + RUSSIAN.encode("utf-16-be"), ""),
        (b"\xef\xbb\xbf" + RUSSIAN.encode(), ""),
        (RUSSIAN.encode(), "text/html; charset=no-such-charset"),
    ],
)
def test_decode(body: bytes, content_type: str) -> None:
    """Block pages of the region come in several encodings, often undeclared."""
    assert RUSSIAN in decode(body, content_type)


def test_decode_latin() -> None:
    """A Latin page without a charset is not taken for Cyrillic."""
    assert "Página não é" in decode("Página não é permitida à você".encode("cp1252"))


def test_a_character_cut_in_two_is_no_reason_to_guess() -> None:
    """The 512 KiB cap cuts anywhere."""
    assert decode("жжж".encode()[:-1]).startswith("жж")
    assert decode("ab中".encode()[:-1]).startswith("ab")


def test_hidden_parts_are_dropped() -> None:
    """Scripts, styles and comments are not what a person reads."""
    page = "<p>a</p><!-- b --><SCRIPT src=x>c</script ><style>d</style>e<svg><title>f</title></svg>"
    assert plain(without_hidden(page)) == "a e"
    assert plain(without_hidden("a<script>b")) == "a"
    assert plain(without_hidden("a<scripture>b")) == "a b"


def test_title() -> None:
    """The first title, without tags and entities; "" if there is none."""
    assert title_of("<head><TITLE lang=ru>A &amp; B</TITLE><title>C</title>") == "A & B"
    assert title_of("<p>none") == ""
    assert title_of("<title>never closed") == "never closed"


def test_read_page() -> None:
    """Headings, links, title, folded."""
    page = read_page(b"<title>A</title><h1>Blocked <b>Site</b></h1><a href=/x>l</a><p>Text\n here")
    assert page.title == "a"
    assert page.headings == "a · a · blocked site"
    assert page.links == 1
    assert page.text == "a blocked site l text here"
    assert read_page(b"\0\1\2", "T").text == ""
    assert read_page(b"<title>A</title>", "B").title == "b"


def test_fold() -> None:
    """One spelling of what people spell in several ways."""
    assert fold("Ещё \u00a0 раз") == "еще раз"
    assert fold("ERİŞİM") == "erişim"
    assert fold("o\u02bbzbek isn\u2019t") == "o'zbek isn't"


def test_binary() -> None:
    """A NUL tells, but not in UTF-16."""
    assert looks_binary(b"\x89PNG\0\0")
    assert not looks_binary("a".encode("utf-16"))
    assert not looks_binary(b"text")


@given(st.binary(max_size=3000), st.text(max_size=40))
def test_never_raises(body: bytes, content_type: str) -> None:
    """Bodies come from whoever wants to stop us."""
    read_page(body, "", content_type)


@pytest.mark.parametrize(
    "piece",
    [b"<", b"<script", b"<!--", b"<a ", b"<title", b"<h1>", b"&#", b"<svg ", b"<a x", b"  ", b"a."],
)
def test_hostile_bodies_take_linear_time(piece: bytes) -> None:
    """Half a megabyte of a half-open tag is read in well under a second."""
    body = piece * ((1 << 19) // len(piece))
    start = time.perf_counter()
    read_page(body)
    assert time.perf_counter() - start < 2
