"""Headers as evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurements.schema.records import Headers
from measurements.verdict.header_evidence import cdns, weigh_headers

PLAIN = (("Content-Type", "text/html"), ("Content-Length", "100"), ("Date", "now"))


def total(page: Headers, reference: Headers) -> float:
    """The sum of the weights."""
    return sum(weight for weight, _ in weigh_headers(page, reference))


def test_ordinary_headers_are_no_evidence() -> None:
    """OONI's mistake: Content-Length and the like are shared by everything."""
    box = (*PLAIN, ("Cache-Control", "no-cache"), ("X-Frame-Options", "SAMEORIGIN"))
    assert total(box, box) == 0.0
    assert total((), PLAIN) == total(PLAIN, ()) == 0.0
    assert total((*PLAIN, ("X-Own", "1")), PLAIN) == 0.0


@pytest.mark.parametrize(
    ("page", "reference", "weight"),
    [
        ((("X-App-Build", "1"),), (("x-app-build", "2"),), 1.2),
        ((("X-A", "1"),), (("X-A", "1"), ("X-B", "1"), ("X-C", "1")), 0.6),
        ((("X-A", "1"),), (("X-B", "1"),), -0.8),
        ((), (("X-B", "1"),), -0.3),
        ((), (("X-B", "1"), ("X-C", "1")), -0.8),
        ((("ETag", '"abc"'),), (("Etag", 'W/"abc"'),), 2.5),
        ((("ETag", '"abc"'),), (("Etag", '"def"'),), 0.0),
        ((("Last-Modified", "Monday"),), (("Last-Modified", "Monday"),), 1.5),
        ((("Set-Cookie", "azq_id=1; Path=/"),), (("Set-Cookie", "azq_id=2"),), 1.2),
        ((("Set-Cookie", "PHPSESSID=1"),), (("Set-Cookie", "PHPSESSID=2"),), 0.3),
        ((("Server", "nginx/1.2"),), (("Server", "nginx"),), 0.0),
        ((("Server", "Yaws 2"),), (("Server", "Yaws/1"),), 0.5),
        ((("Server", "nginx"),), (("Server", "Yaws/1"),), -0.2),
        ((("Server", "cloudflare"),), (("Server", "cloudflare"),), 0.9),
        ((("Server", "nginx"),), (("Server", "AkamaiGHost"),), -0.8),
        ((("Server", "ddos-guard"),), (("Server", "AkamaiGHost"),), -0.3),
    ],
)
def test_weights(page: Headers, reference: Headers, weight: float) -> None:
    """What is particular to a site counts; what is missing counts a little against."""
    assert total((*PLAIN, *page), (*PLAIN, *reference)) == pytest.approx(weight)


def test_content_types() -> None:
    """HTML for HTML is nothing, an image for an image is something, HTML for an image is odd."""
    html, xhtml = (("Content-Type", "text/html; x"),), (("Content-Type", "application/xhtml+xml"),)
    image, none = (("Content-Type", "image/png"),), (("X", "y"),)
    assert total(html, html) == total(html, xhtml) == 0.0
    assert total(image, image) == 0.7
    assert total(html, image) == -1.0
    assert total(html, none) == -0.3


def test_headers_alone_neither_convict_nor_acquit() -> None:
    """The sum is bounded."""
    rich = (*PLAIN, ("cf-ray", "1"), ("x-a", "1"), ("Server", "cloudflare"), ("ETag", '"1"'))
    assert total(rich, rich) == 2.5
    assert total((("Server", "nginx"),), rich) >= -1.8


def test_cdns() -> None:
    """By header and by server."""
    assert cdns((("CF-Ray", "1"), ("server", "cloudflare"))) == {"Cloudflare"}
    assert cdns((("X-Amz-Cf-Id", "1"), ("Server", "gws"))) == {"CloudFront", "Google"}
    assert cdns(PLAIN) == frozenset()


HEADERS = st.lists(st.tuples(st.text(max_size=15), st.text(max_size=30)), max_size=8).map(tuple)


@given(HEADERS, HEADERS)
def test_never_raises(page: Headers, reference: Headers) -> None:
    """Headers are anything."""
    assert -2.9 <= total(page, reference) <= 3.3
