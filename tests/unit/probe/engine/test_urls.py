"""probe/engine/urls.py"""

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe.engine.urls import MAX_URL, RefusedError, normalise, shown


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("example.org", "https://example.org/"),
        ("  EXAMPLE.org \t", "https://example.org/"),
        ("HTTP://Example.ORG/Path", "http://example.org/Path"),
        ("//example.org/x", "https://example.org/x"),
        ("example.org/x?q=1#frag", "https://example.org/x?q=1"),
        ("https://example.org#frag", "https://example.org/"),
        ("https://example.org?q", "https://example.org/?q"),
        ("example.org:8443/x", "https://example.org:8443/x"),
        ("example.org:443", "https://example.org/"),
        ("http://example.org:80/", "http://example.org/"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("http://example.org:/", "http://example.org/"),
        ("https://example.org./", "https://example.org/"),
        ("https://under_score.example.org/", "https://under_score.example.org/"),
        ("https://қазақстан.қаз/", "https://xn--80aaa0a6awh12ed.xn--80ao21a/"),
        ("https://пример.рф/путь", "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"),
        ("https://straße.de/", "https://xn--strae-oqa.de/"),
        ("https://\uff26\uff35\uff2c\uff2c\u3002example.org/", "https://full.example.org/"),
        ("https://example.org/a|b", "https://example.org/a%7Cb"),
        ("https://example.org/100%25?a[]=1", "https://example.org/100%25?a[]=1"),
        ("1.1.1.1", "https://1.1.1.1/"),
        ("http://[2606:4700:4700:0::1111]:8080/", "http://[2606:4700:4700::1111]:8080/"),
        ("2606:4700:4700::1111", "https://[2606:4700:4700::1111]/"),
        ("\ufeffexample.org\u200b", "https://example.org/"),
    ],
)
def test_one_spelling(text: str, url: str) -> None:
    """However it was written, one address has one URL."""
    assert url == normalise(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("ftp://example.org/", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("mailto:someone@example.org", "only http and https"),
        ("https://user:secret@example.org/", "password"),
        ("someone@example.org", "password"),
        ("https://example.org/a b", "space"),
        ("https://example.org/\u00a0x", "space"),
        ("https://example.org\\evil.org/", "backslash"),
        ("https://exa\0mple.org/", r"control character \(U\+0000\)"),
        ("https://example.org/\x1b[2J", "control character"),
        ("https://example.org/\udcff", "UTF-8"),
        ("https://", "names no host"),
        ("https:///path", "names no host"),
        ("https://example..org/", "not a host name"),
        ("https://.example.org/", "not a host name"),
        ("https://exa%6dple.org/", "not a host name"),
        ("https://a,b.org/", "not a host name"),
        ("https://" + "a" * 64 + ".org/", "longer than DNS allows"),
        ("https://" + "a.example." * 30 + "org/", "longer than DNS allows"),
        ("https://example.org/" + "a" * MAX_URL, f"longer than {MAX_URL}"),
        ("https://example.org/" + "я" * 600, f"longer than {MAX_URL}"),
        ("https://example.org:0/", "not a port"),
        ("https://example.org:65536/", "not a port"),
        ("https://example.org:" + "9" * 900, "not a port"),
        ("https://example.org:٣/", "not a port"),
        ("https://\u2024\u2024.org/", "not a name"),
        ("https://abcdefghijklmnop.onion/", "Tor"),
        ("localhost", "this computer or its own network"),
        ("https://printer.local/", "this computer or its own network"),
        ("word", "this computer or its own network"),
        ("https://127.0.0.1/", "not a public address"),
        ("http://192.168.1.1/admin", "not a public address"),
        ("http://169.254.169.254/latest/meta-data", "not a public address"),
        ("http://100.64.0.1/", "not a public address"),
        ("http://224.0.0.251/", "not a public address"),
        ("http://[::1]/", "not a public address"),
        ("http://[fe80::1%25eth0]/", "not an IPv6 address"),
        ("http://[::ffff:10.0.0.1]/", "not a public address"),
        ("http://[fd00::1]/", "not a public address"),
        ("http://2130706433/", "neither a name nor an IPv4 address"),
        ("http://127.1/", "neither a name nor an IPv4 address"),
        ("http://0x7f.0.0.1/", "neither a name nor an IPv4 address"),
        ("http://0x7f000001/", "neither a name nor an IPv4 address"),
        ("http://017700000001/", "neither a name nor an IPv4 address"),
        ("http://[1.1.1.1]/", "not an IPv6 address"),
        ("http://[2606::1", "not an IPv6 address"),
    ],
)
def test_what_is_refused_has_a_reason(text: str, reason: str) -> None:
    """The person who gave the list is told what is wrong, in words."""
    with pytest.raises(RefusedError, match=reason):
        normalise(text)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8080/", "http://[::1]/", "https://localhost/"])
def test_private_is_allowed_where_asked(text: str) -> None:
    """The demonstration measures on this computer."""
    assert text == normalise(text, allow_private=True)


def test_shown_disarms_what_a_terminal_would_obey() -> None:
    """A list may come from anybody."""
    assert shown("a\x1b[2Jb\u202e") == r"a\x1b[2Jb\u202e"
    assert len(shown("x" * 5000)) < 130


@given(st.text(max_size=80))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    """Nothing else is raised, and what comes out has the one spelling already."""
    try:
        url = normalise(text)
    except RefusedError:
        return
    assert url == normalise(url)
    assert re.fullmatch(r"https?://[!-~]+", url)


@given(st.ip_addresses())
def test_a_literal_is_public_or_refused(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """No literal that reaches the volunteer's own network passes."""
    host = str(address) if address.version == 4 else f"[{address}]"
    try:
        url = normalise(f"http://{host}/")
    except RefusedError:
        return
    assert address.is_global
    assert url == f"http://{host}/"


@given(st.from_regex(r"[a-z]{1,5}://[a-z0-9.@:\[\]%/?#\\-]{0,40}", fullmatch=True))
def test_near_urls_are_urls_or_refused(text: str) -> None:
    """The same for text that looks like a URL, where the corners are."""
    try:
        url = normalise(text)
    except RefusedError:
        return
    assert url == normalise(url)
    assert "@" not in url.split("/")[2]
