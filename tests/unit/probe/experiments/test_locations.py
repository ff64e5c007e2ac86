"""Where an answer leads: never into the home, never to a port that browsers refuse."""

import pytest

from measurements.schema.records import HTTPTransaction
from probe.experiments.locations import Cookies, Location, locate, redirect_of


def answer(url: str, *headers: tuple[str, str], status: int = 302) -> HTTPTransaction:
    """One with these headers."""
    return HTTPTransaction(
        transaction_id=1,
        url=url,
        ip="1.1.1.1",
        port=80,
        t0=0.0,
        t=0.1,
        status_code=status,
        headers=headers,
    )


def led(location: str, *, status: int = 302, start: str = "https://a.example/x/y?z") -> str | None:
    """Where to."""
    there = redirect_of(answer(start, ("Location", location), status=status))
    return None if there is None else there.url


@pytest.mark.parametrize(
    ("url", "host", "port", "authority"),
    [
        ("https://a.example/", "a.example", 443, "a.example"),
        ("http://A.example:8080/", "a.example", 8080, "a.example:8080"),
        ("https://a.example.:443/", "a.example", 443, "a.example"),
        ("http://[2606:4700::1]/", "2606:4700::1", 80, "[2606:4700::1]"),
        ("https://[2606:4700::1]:8443/", "2606:4700::1", 8443, "[2606:4700::1]:8443"),
        ("https://қазақ.example/", "xn--80ajb4ch.example", 443, "xn--80ajb4ch.example"),
        ("https://user:pw@a.example/", "a.example", 443, "a.example"),
    ],
)
def test_a_url_taken_apart(url: str, host: str, port: int, authority: str) -> None:
    """Names, ports, addresses, other scripts; userinfo never gets into the Host header."""
    here = locate(url)
    assert here is not None
    if "xn--" not in host:
        assert host == here.host
    assert (port, here.host if "xn--" in host else authority) == (here.port, here.authority)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "https:///x",
        "https://a.example:99999/",
        "javascript:1",
        "https://[::1",
        "",
    ],
)
def test_what_no_browser_opens(url: str) -> None:
    """None, and no exception."""
    assert locate(url) is None


def test_only_http_at_its_own_port_is_proved_by_tls() -> None:
    """Beside another port there is no known TLS."""
    assert Location("http://a.example/", "http", "a.example", 80).proves
    assert not Location("http://a.example:8080/", "http", "a.example", 8080).proves
    assert not Location("https://a.example/", "https", "a.example", 443).proves


@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("https://b.example/", "https://b.example/"),
        ("//b.example/q", "https://b.example/q"),
        ("/w", "https://a.example/w"),
        ("w", "https://a.example/x/w"),
        ("?q=http://c.example/", "https://a.example/x/y?q=http://c.example/"),
        ("http://93.184.216.34/", "http://93.184.216.34/"),
    ],
)
def test_a_redirect_is_followed(location: str, there: str) -> None:
    """Absolute, without a scheme, relative (RFC 9110 §10.2.2)."""
    assert there == led(location)


@pytest.mark.parametrize(
    "location",
    [
        "",
        "ftp://b.example/",
        "http://127.0.0.1/",
        "http://192.168.1.1/admin",
        "http://10.10.34.34/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[::ffff:192.168.1.1]/",
        "http://[fe80::1%25eth0]/",
        "http://b.example:25/",
        "http://b.example:6667/",
        "http://[",
    ],
)
def test_a_redirect_is_not_followed(location: str) -> None:
    """Into this computer, the home, or another protocol's port."""
    assert led(location) is None


def test_other_statuses_lead_nowhere() -> None:
    """A Location beside 200 or 300 is no redirect; 308 is."""
    assert led("/w", status=200) is None
    assert led("/w", status=300) is None
    assert led("/w", status=308) is not None


def test_cookies_stay_with_their_host() -> None:
    """`Domain` is not honoured, a `Secure` one goes inside TLS only."""
    cookies = Cookies()
    cookies.keep(
        answer(
            "https://a.example/",
            ("Set-Cookie", "s=1; Secure; Domain=.example"),
            ("set-cookie", "p=2; Path=/"),
        )
    )
    there = {url: locate(url) for url in ("https://a.example/", "http://a.example/")}
    for url in ("https://b.example/", "https://www.a.example/", "https://example/"):
        other = locate(url)
        assert other is not None
        assert cookies.header(other) is None
    assert ["s=1; p=2", "p=2"] == [cookies.header(h) for h in there.values() if h is not None]


def test_cookies_are_bounded() -> None:
    """As many and as long as RFC 6265 asks for; nonsense is dropped."""
    cookies = Cookies()
    headers = [("Set-Cookie", f"c{i}={i}") for i in range(200)]
    cookies.keep(answer("https://a.example/", ("Set-Cookie", "x=" + "y" * 9000), *headers))
    cookies.keep(answer("https://a.example/", ("Set-Cookie", "\x00=;;,=")))
    here = locate("https://a.example/")
    assert here is not None
    assert 50 == len((cookies.header(here) or "").split("; "))
