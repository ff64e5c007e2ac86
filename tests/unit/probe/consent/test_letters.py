"""Letters that are read as others, and letters written by their number: 8.8.8.8 in a page's disguises."""

import pytest

from probe.consent.letters import any_of, escapes, meant, odd_letters, plain


def read(text: str) -> str:
    """As scrubbing reads odd letters."""
    data = text.encode()
    found = odd_letters(data)
    if found is None:
        return text
    means, where = found
    return where.sub(lambda m: means[m[0]], data).decode()


def unescaped(data: bytes) -> bytes:
    """As scrubbing reads escapes."""
    found = escapes(data)
    if found is None:
        return data
    means, where = found
    return where.sub(lambda m: means[m[0]], data)


@pytest.mark.parametrize(
    ("letter", "says"),
    [
        ("\u0667", "7"),  # Arabic
        ("\u096d", "7"),  # Devanagari
        ("\uff17", "7"),  # of full width
        ("\u2077", "7"),  # above the line
        ("\u2466", "7"),  # in a circle
        ("\U0001d7d5", "7"),  # a mathematician's
        ("\u2168", "9"),  # Roman
        ("\u216b", "XII"),  # no digit: in letters
        ("\u00bd", "1/2"),
        ("\uff21", "A"),
        ("\u3002", "."),
        ("\u2212", "-"),
        ("\u2236", ":"),
        ("\u2044", "/"),
        ("\u00ad", ""),  # a soft hyphen
        ("\u200b", ""),
        ("\u202e", ""),  # turns the direction
        ("\u20e3", ""),  # a keycap
        ("\u0301", ""),
        ("\ufe0f", ""),
        ("\U000e0101", ""),
    ],
)
def test_what_it_is_read_as(letter: str, says: str) -> None:
    """In ASCII."""
    assert says == plain(letter)


@pytest.mark.parametrize("letter", list("7a.\n\u00a0\u3000\u0436\u04d9\u6f22\u20ac\u2603"))
def test_what_is_itself(letter: str) -> None:
    """ASCII, spaces, other alphabets' letters, pictures."""
    assert plain(letter) is None


@pytest.mark.parametrize(
    "odd",
    [
        "178\u300289\u30022\u30027",
        "\uff11\uff17\uff18.\uff18\uff19.\uff12.\uff17",
        "\u0661\u0667\u0668\u00b7\u0668\u0669\u00b7\u0662\u00b7\u0667",
        "17\u200b8.8\u00ad9.2.7",
        "1\u20e37\ufe0f8\u2024\uff18\u0669.2\uff0e7",
    ],
)
def test_an_address_in_odd_letters(odd: str) -> None:
    """Is the address."""
    assert "178.89.2.7" == read(odd)


def test_a_pages_dashes_stay_between_words() -> None:
    """They count between digits; all count where digits are odd too."""
    assert "one\u2014two \u2014 x" == read("one\u2014two \u2014 x")
    assert "+7-701 \u2014 x" == read("+7\u2013701 \u2014 x")
    assert "7-1 - x" == read("\uff17\u20131 \u2014 x")


@pytest.mark.parametrize(
    "text", ["", "178.89.2.7", "\u043e\u0431\u044b\u0447\u043d\u044b\u0439 text", "\u6f22\u5b57"]
)
def test_where_nothing_is_odd(text: str) -> None:
    """Nothing is looked for."""
    assert odd_letters(text.encode()) is None


def test_bytes_that_are_no_text() -> None:
    """They are passed over, what stands beside them is read."""
    assert odd_letters(b"\xff\xfe\x80") is None
    found = odd_letters(b"\xff\xef\xbc\x97\x80")
    assert found is not None
    assert {b"\xef\xbc\x97": b"7"} == found[0]


@pytest.mark.parametrize(
    ("token", "letters"),
    [
        (b"%38", b"8"),
        (b"%d0%b6", "\u0436".encode()),
        (b"\\x38", b"8"),
        (b"\\u0038", b"8"),
        (b"\\u{38}", b"8"),
        (b"\\U00000038", b"8"),
        (b"\\ud835\\udfd5", "\U0001d7d5".encode()),
        (b"\\070", b"8"),
        (b"\\/", b"/"),
        (b"&#56;", b"8"),
        (b"&#0056", b"8"),
        (b"&#x38;", b"8"),
        (b"&#X38;", b"8"),
        (b"&period;", b"."),
        (b"&amp;", b"&"),
        (b"&nosuchname;", None),
        (b"&#9999999;", None),
        (b"&#xD800;", None),
        (b"\\UFFFFFFFF", None),
        (b"\\u{110000}", None),
    ],
)
def test_what_an_escape_stands_for(token: bytes, letters: bytes | None) -> None:
    """By number, by name; None for what is no letter."""
    assert letters == meant(token)


@pytest.mark.parametrize(
    "written",
    [
        b"178%2e89%2E2%2e7",
        b"178&#46;89&#x2e;2&period;7",
        b"\\u0031\\u0037\\u0038.\\x38\\x39.2.7",
        b"&#49;&#55;&#56;.89.2.\\067",
        b"178\\u{2e}89\\U0000002e2.7",
    ],
)
def test_an_address_by_numbers(written: bytes) -> None:
    """Is the address."""
    assert b"178.89.2.7" == unescaped(written)


def test_what_need_not_be_read_stays() -> None:
    """A page in another alphabet is made of escapes; a number may follow one."""
    assert escapes(b"&#1078;&#1077; &nbsp;text \\u0436") is None
    assert escapes(b"plain 100% &c; &nosuchname;") is None
    assert "\u04367 &#1077;x".encode() == unescaped(b"&#1078;7 &#1077;x")
    assert b"a&mdash;b" == unescaped(b"a&mdash;b")
    assert "a\u2014b \uff17".encode() == unescaped(b"a&mdash;b &#xff17;")


def test_the_longest_first() -> None:
    """One may begin as another does; what has a meaning in patterns has none here."""
    assert [b"&#56;", b"&#5", b"."] == any_of([b".", b"&#5", b"&#56;"]).findall(b"&#56;&#5x.")
    assert any_of([b"a.c"]).fullmatch(b"abc") is None
