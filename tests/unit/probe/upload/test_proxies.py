"""Addresses of proxies."""

import pytest

from probe.upload.proxies import BadProxy, Proxy, is_here, needs_proxy, parse_proxy


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("socks5h://127.0.0.1:9050", Proxy(kind="socks5", host="127.0.0.1", port=9050)),
        ("socks5://tor.example/", Proxy(kind="socks5", host="tor.example", port=1080)),
        ("http://p.example:3128", Proxy(kind="http", host="p.example", port=3128)),
        ("https://[::1]", Proxy(kind="https", host="::1", port=443)),
        (
            "http://me:p%40ss@p.example",
            Proxy(kind="http", host="p.example", port=8080, user="me", password="p@ss"),
        ),
    ],
)
def test_good_ones(text: str, proxy: Proxy) -> None:
    """Both spellings of SOCKS5 mean that names are resolved at its far end."""
    assert proxy == parse_proxy(text)


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1:9050", "socks4://h:1", "ftp://h", "http://", "http://h:x", "http://[h"]
)
def test_bad_ones(text: str) -> None:
    """An example is given."""
    with pytest.raises(BadProxy, match="socks5h://127"):
        parse_proxy(text)


def test_no_password_is_shown() -> None:
    """In no representation and no message."""
    assert "secret" not in repr(parse_proxy("http://me:secret@h:1")) + str(
        [parse_proxy("http://me:secret@h:1")]
    )
    with pytest.raises(BadProxy) as caught:
        parse_proxy("gopher://me:secret@h")
    assert "secret" not in str(caught.value)


def test_where_a_host_is() -> None:
    """Inside of Tor, on this computer, or neither."""
    assert needs_proxy("Abc.ONION.")
    assert not needs_proxy("onion.example")
    assert [True, True, True, False] == [
        is_here(h) for h in ("localhost", "127.9.9.9", "::1", "h.example")
    ]
