"""Names of headers stay; values only where the list says why."""

from dataclasses import replace

import pytest

from probe.consent.header_values import answered, asked, to_minute
from probe.consent.known import Known
from tests.unit.probe.consent.planted import NEEDLES, OTHER, TARGET, control, measurement


def known() -> Known:
    """The control saw an entity tag and a header of the site's own."""
    seen = replace(
        control(), http=replace(control().http, headers=(("ETag", '"v1"'), ("X-Site", "one")))
    )
    return Known.of(measurement(controls=(seen,)), NEEDLES)


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("Content-Type", "text/html; charset=utf-8", "text/html; charset=utf-8"),
        ("Server", f"nginx at {OTHER}", "nginx at scrubbed"),
        ("Via", f"1.1 {TARGET}", f"1.1 {TARGET}"),
        ("ETag", 'W/"v1"', 'W/"v1"'),
        ("ETag", '"mine"', ""),
        ("X-Site", "one", "one"),
        ("X-Site", "two", ""),
        ("X-Forwarded-For", OTHER, ""),
        ("Set-Cookie", "PHPSESSID=abc; Path=/", "PHPSESSID="),
        ("Set-Cookie", "u_81723=abc", ""),
        ("CF-Ray", "8f3a9c1b22d4e5f6-ALA", ""),
        ("X-Request-Id", "1", ""),
        ("Location", "http://block.kz/s/8f3a9c1b22", "http://block.kz/s/scrubbed"),
        (
            "Link",
            '<http://block.kz/law>; rel="blocked-by"',
            '<http://block.kz/law>; rel="blocked-by"',
        ),
        ("Date", "Wed, 25 Nov 2026 02:16:57 GMT", "Wed, 25 Nov 2026 02:16:00 GMT"),
    ],
)
def test_each_value(name: str, value: str, left: str) -> None:
    """What is left of it."""
    assert answered(((name, value),), known()) == ((name, left),)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("X-8f3a9c1b22d4e5f6", "scrubbed"),
        ("u_8f3a9c1b22d4", "scrubbed"),
        ("X-Site", "X-Site"),
        ("Strict-Transport-Security", "Strict-Transport-Security"),
        ("X-Amz-Cf-Id", "X-Amz-Cf-Id"),
        ("Access-Control-Allow-Origin", "Access-Control-Allow-Origin"),
    ],
)
def test_each_name(name: str, left: str) -> None:
    """A name that is no words goes; unless the control was given it."""
    ((found, _),) = answered(((name, "1"),), known())
    assert found == left
    seen = replace(control(), http=replace(control().http, headers=((name, "1"),)))
    told = Known.of(measurement(controls=(seen,)), NEEDLES)
    assert answered(((name, "1"),), told)[0][0] == name


def test_the_controls_own_headers() -> None:
    """They are about the control; but its numbers and seconds tell when we asked."""
    headers = (("X-Any", "thing"), ("CF-Ray", "1-ALA"), ("Date", "Wed, 25 Nov 2026 02:16:57 GMT"))
    left = (("X-Any", "thing"), ("CF-Ray", ""), ("Date", "Wed, 25 Nov 2026 02:16:00 GMT"))
    assert answered(headers, known(), vouched=True) == left


def test_a_request_says_what_all_requests_say() -> None:
    """No cookie, no password."""
    sent = (
        ("User-Agent", "Mozilla/5.0 Chrome/120.0.0.0"),
        ("hOsT", "www.site.kz"),
        ("Cookie", "a"),
        ("Authorization", "b"),
    )
    assert asked(sent, known()) == sent[:2]
    assert asked((("Host", OTHER),), known()) == (("Host", "scrubbed"),)


def test_a_strange_name_is_dropped() -> None:
    """No server that means well sends it."""
    assert answered((("bad name", "x"), ("n" * 65, "x")), known()) == ()


@pytest.mark.parametrize("text", ["", "soon", "32 Foo 2026", "\x00"])
def test_no_dates(text: str) -> None:
    """They are left out."""
    assert to_minute(text) == ""
