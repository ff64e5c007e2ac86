"""Links change, scripts go, all else stays as it was."""

import pytest

from measurements.snapshots.mirror_html import POLICY, rewrite_css, rewrite_feed, rewrite_html


def follow(_: str, href: str) -> str | None:
    """Site links become files."""
    return f"x{href}.html" if href.startswith("/") else None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<a class="b" href="/a?b&amp;c">t</a>', '<a class="b" href="x/a?b&amp;c.html">t</a>'),
        ("<a href='https://a.example/'>t</a>", "<a href='https://a.example/'>t</a>"),
        ('<form action="/search" method="get">', '<form action="x/search.html" method="get">'),
        ('<img src="/a" alt="" />', '<img src="x/a.html" alt="" />'),
        ("<input checked disabled>", "<input checked disabled>"),
        ("a &lt;script&gt; &#39; &amp; b", "a &lt;script&gt; &#39; &amp; b"),
        ("a<script>alert('</b>')</script>b", "ab"),
        ('<script src="/x"></script>', ""),
        ("<!-- secret -->a", "a"),
        ("<style>a > b { }</style>", "<style>a > b { }</style>"),
        ("<!DOCTYPE html>", "<!DOCTYPE html>"),
        ("<head><title>&lt;b&gt;</title>", f"<head>{POLICY}<title>&lt;b&gt;</title>"),
        ('<a href="/a" title="&quot;&gt;&lt;img onerror=1&gt;">', None),
        ('<meta property="og:url" content="/a">', '<meta property="og:url" content="x/a.html">'),
        ('<meta name="description" content="/a">', '<meta name="description" content="/a">'),
    ],
)
def test_html(before: str, after: str | None) -> None:
    """Tag by tag; an attribute that is written anew is escaped anew."""
    found = rewrite_html(before, follow)
    if after is None:
        assert "<img" not in found
        assert 'title="&quot;&gt;&lt;img' in found
    else:
        assert after == found


def test_a_feeds_links_change_and_its_ids_do_not() -> None:
    """Otherwise each copy would be news."""
    text = '<id>http://localhost/a</id><link rel="self" href="/a?b&amp;c"/><title>&lt;x&gt;</title>'
    assert text.replace("/a?b&amp;c", "x/a?b&amp;c.html") == rewrite_feed(text, follow)


def test_css() -> None:
    """Only what is absolute."""
    assert "a { b: url(x/c.svg.html) } d { e: url(f.svg) }" == rewrite_css(
        "a { b: url('/c.svg') } d { e: url(f.svg) }", follow
    )
