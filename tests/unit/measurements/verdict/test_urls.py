"""URLs as a browser takes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.records import HTTPTransaction
from measurements.verdict.urls import redirect_target, same_name, split_url


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://t.example/", ("https", "t.example", 443)),
        ("HTTP://T.Example.:8080/x", ("http", "t.example", 8080)),
        ("http://[2001:db8::1]/", ("http", "2001:db8::1", 80)),
        ("http://яндекс.рф/", ("http", "xn--d1acpjx3f.xn--p1ai", 80)),
        ("ftp://t.example/", ("", "", 0)),
        ("http://", ("", "", 0)),
        ("http://t.example:99999/", ("", "", 0)),
        ("http://[::1/", ("", "", 0)),
        ("intent://scan/#Intent", ("", "", 0)),
        ("", ("", "", 0)),
    ],
)
def test_a_url_taken_apart(url: str, parts: tuple[str, str, int]) -> None:
    """In the spelling that resolvers and servers are asked in; nothing for what no browser opens."""
    assert parts == split_url(url)


@given(st.text(max_size=40))
def test_no_url_raises(url: str) -> None:
    """They come from servers, and from whoever sits in between."""
    scheme, host, port = split_url("http://" + url)

    assert bool(scheme) is bool(host) is bool(port)


def _answer(location: str | None, status: int = 302) -> HTTPTransaction:
    headers = (("location", location),) if location is not None else ()
    return HTTPTransaction(
        transaction_id=1,
        url="http://t.example/a/b",
        ip="192.0.2.1",
        port=80,
        t0=0,
        t=1,
        status_code=status,
        headers=headers,
    )


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/c", "http://t.example/c"),
        ("c?next=https://u.example/", "http://t.example/a/c?next=https://u.example/"),
        ("//u.example/", "http://u.example/"),
        ("https://u.example/", "https://u.example/"),
        ("http://", "http://"),
        ("http://[::1/", "http://[::1/"),
        ("//[::1", "//[::1"),
        ("", None),
        (None, None),
    ],
)
def test_where_a_redirect_leads(location: str | None, target: str | None) -> None:
    """A useless Location stays as useless as it is."""
    assert target == redirect_target(_answer(location))


@pytest.mark.parametrize("status", [200, 300, 304, 401])
def test_what_is_no_redirect(status: int) -> None:
    """Whatever its Location."""
    assert redirect_target(_answer("/c", status)) is None


def test_a_question_may_spell_the_name_otherwise() -> None:
    """In capitals (0x20), with its final dot, or in its own script."""
    told = [
        same_name(n, "xn--d1acpjx3f.xn--p1ai") for n in ("XN--D1acpjx3f.xn--p1ai.", "Яндекс.рф")
    ]

    assert [True, True] == told
    assert not same_name("t.example", "u.example")
