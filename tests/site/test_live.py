"""What finds live text finds it, and leaves plain text alone."""

import pytest

from tests.site import live
from tests.site.hostile import ALARM, COMPUTED

A = ALARM


@pytest.mark.parametrize(
    "text",
    [
        f"<script>{A}()</script>",
        f"<img src=x onerror={A}()>",
        f"<p title='' onmouseover='{A}()'>",
        f'<a href="javascript:{A}()">x</a>',
        f'<a href=" jAvAsCrIpT:{A}()">x</a>',
        f'<a href="data:text/html,{A}">x</a>',
        f'<a href="//{A}.example">x</a>',
        f'<a href="https://{A}.example/">x</a>',
        f"<{A}>",
        f"<!-- {A} -->",
        f"<p>{COMPUTED}</p>",
        f"<p>\u202e{A}</p>",
        f'<p style="a: {A}">x</p>',
    ],
)
def test_live_html_is_found(text: str) -> None:
    """Each way."""
    assert live.html(f"<html><body>{text}</body></html>")


@pytest.mark.parametrize(
    "text",
    [
        f"&lt;script&gt;{A}()&lt;/script&gt;",
        f'<a href="/target/javascript%3A{A}">javascript:{A}()</a>',
        f'<p title="&quot;&gt;&lt;img src=x onerror={A}()&gt;">{{{{7*191919}}}}</p>',
        f"<bdi>\u202e{A}</bdi>",
        '<a href="https://db-ip.com">x</a><a href="target/x">y</a><a href="#z">z</a>',
    ],
)
def test_plain_text_is_not(text: str) -> None:
    """However it looks."""
    assert [] == live.html(f"<html><body>{text}</body></html>")


@pytest.mark.parametrize(
    ("text", "kind", "wrong"),
    [
        (f"a,b\r\n=cmd|{A},1\r\n", "text/csv", True),
        (f'a,b\r\n"\t{A}",1\r\n', "text/csv", True),
        ("a,b\r\n1\r\n", "text/csv", True),
        (f"a,b\r\n'=cmd|{A},-1.5e3\r\n", "text/csv", False),
        (f"<feed><{A}/></feed>", "application/atom+xml", True),
        (f'<feed><link href="javascript:{A}"/></feed>', "application/atom+xml", True),
        (f'<feed><content type="html">&lt;img onerror={A}&gt;</content></feed>', "text/xml", True),
        (f"<feed>]]>{A}</feed>", "text/xml", True),
        (f'<feed><link href="https://x/"/>&lt;{A}&gt;</feed>', "text/xml", False),
        (f"<svg onload='{A}'/>", "image/svg+xml", True),
        (f'{{"a": "<script>{A}"}}', "application/json", False),
        (f'{{"a": "{A}', "application/json", True),
        (f"<script>{A}", "text/plain", False),
        ("", "application/octet-stream", True),
    ],
)
def test_other_formats(text: str, kind: str, wrong: bool) -> None:
    """Each as it is served."""
    assert wrong == bool(live.anything(text, kind))


def test_headers() -> None:
    """What must be there is; what must not is told."""
    good = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; img-src 'self'",
    }
    assert [] == live.headers(good)
    assert ["a cookie"] == live.headers({**good, "Set-Cookie": f"{A}=1"})
    assert 2 == len(live.headers({}))
