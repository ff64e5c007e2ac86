"""What cannot be about the volunteer stays; the rest is cleaned."""

from dataclasses import replace

import pytest

from measurements.schema.measurement import ControlHop
from probe.consent.known import Known, host_of
from tests.unit.probe.consent.planted import NEEDLES, OTHER, TARGET, control, measurement


def known() -> Known:
    """Of the sample; the control was led to a login page."""
    hop = ControlHop(
        url="https://www.site.kz/page",
        status_code=302,
        location="https://id.site.kz/in/Zx81q?next=news77",
    )
    seen = replace(control(), http=replace(control().http, hops=(hop,)))
    m = measurement(controls=(seen,))
    return Known.of(m, NEEDLES)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.site.kz/page",
        "https://id.site.kz/in/Zx81q?next=news77",
        "https://other.kz/page/Zx81q?x=news77",
        "http://block.kz/access-denied.html",
        "http://zapret.info/451",
        f"http://{TARGET}/blocked",
        "http://",
        "/relative/path",
        "//other.kz/x",
        "?u=",
    ],
)
def test_urls_that_stay(url: str) -> None:
    """The input's and the control's words, and plain ones."""
    assert known().url(url) == url


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("http://block.kz/s/8f3a9c1b22?id=77812345", "http://block.kz/s/scrubbed?id=scrubbed"),
        (f"http://{OTHER}/blocked", "http://scrubbed/blocked"),
        ("http://[2606:4700::1]/x", "http://scrubbed/x"),
        ("http://me:pw@block.kz/#frag", "http://block.kz/"),
        (
            "http://block.kz/?url=https%3A%2F%2Fwww.site.kz%2Fpage",
            "http://block.kz/?url=https%3A%2F%2Fwww.site.kz%2Fpage",
        ),
        ("http://block.kz/?8f3a9c1b22", "http://block.kz/?scrubbed"),
        ("http://block.kz:8080/a", "http://block.kz:8080/a"),
        ("http://h-92-46-10-78.isp.kz/", "http://h-scrubbed.isp.kz/"),
        ("http://[bad", "scrubbed"),
    ],
)
def test_urls_that_are_cleaned(url: str, cleaned: str) -> None:
    """Numbers of a visit, strangers' addresses, users."""
    assert known().url(url) == cleaned
    assert known().url(cleaned) in {cleaned, "scrubbed"}


def test_free_text() -> None:
    """Addresses stay where they were contacted; mail and tokens go."""
    text = f"{TARGET} {OTHER} 2606:4700::9 12:30:45 a@b.kz 8f3a9c1b22d4e5f6a7 version 10.0.26100 see http://b.kz/77812345x"
    assert known().text(text) == (
        f"{TARGET} scrubbed scrubbed 12:30:45 scrubbed scrubbed version 10.0.26100 see http://b.kz/scrubbed"
    )


def test_a_body_keeps_every_other_byte() -> None:
    """Whatever its encoding."""
    body = bytes(range(256)) + f" {OTHER} {TARGET} ".encode()
    assert known().body(body) == bytes(range(256)) + f" scrubbed {TARGET} ".encode()
    assert known().body(b"no address") == b"no address"


def test_a_control_that_was_asked_for_our_own_url_vouches_for_nothing() -> None:
    """It saw the page of a URL that was made for us."""
    ours = replace(
        control(),
        depth=1,
        url="https://site.kz/s/8f3a9c1b22",
        http=replace(control().http, title="Mine"),
    )
    theirs = replace(
        control(), depth=1, url="https://site.kz/news", http=replace(control().http, title="News")
    )
    found = Known.of(measurement(controls=(control(), ours, theirs)), NEEDLES)
    assert found.titles == {"Hello", "News"}


def test_hosts() -> None:
    """Of a URL, in lower case."""
    assert (host_of("https://A.kz/"), host_of("x"), host_of("http://[")) == ("a.kz", "", "")


@pytest.mark.parametrize(
    ("host", "left"),
    [
        ("u8f3a9c1b22d4e5f6.track.kz", "scrubbed.track.kz"),
        ("a.8f3a9c1b22d4.b.track.kz", "a.scrubbed.b.track.kz"),
        ("9d0e1b7c-77aa-4f0e-b1d2-000000000000.id.kz", "scrubbed.id.kz"),
        ("block-page.isp.kz", "block-page.isp.kz"),
        ("warning.rt.ru", "warning.rt.ru"),
        ("cdn77.site.net", "cdn77.site.net"),
        ("xn--80aesfpebagmfblc0a.xn--p1ai", "xn--80aesfpebagmfblc0a.xn--p1ai"),
    ],
)
def test_tokens_in_labels(host: str, left: str) -> None:
    """A redirect may carry a number of the asker's in its name; words and short names are nobody's."""
    known = Known.of(measurement(), NEEDLES)
    assert known.host(host) == left
    assert known.url(f"http://{host}/") == f"http://{left}/"


def test_a_label_that_everybody_is_given_stays() -> None:
    """The control was sent there too."""
    name = "u8f3a9c1b22d4e5f6.track.kz"
    hop = ControlHop(url="https://www.site.kz/page", status_code=302, location=f"https://{name}/")
    seen = replace(control(), http=replace(control().http, hops=(hop,)))
    assert Known.of(measurement(controls=(seen,)), NEEDLES).host(name) == name
