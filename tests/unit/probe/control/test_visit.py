"""probe/control/visit.py: redirects, pages, and that none of them leads inside."""

import hashlib

import pytest
from aiohttp import web

from probe.control.protocol import ControlRequest, parse_url
from tests.unit.probe.control.looking import WORDS, eye, https_site, look
from tests.unit.probe.control.outside import OTHER, SITE, Outside, page


async def test_redirects_keep_cookies_and_are_recorded(world: Outside) -> None:
    """Each hop with its status and Location."""
    got: list[str | None] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        got.append(request.headers.get("Cookie"))
        if request.path == "/":
            response = web.Response(status=303, headers={"Location": "http://www.e.kz/b"})
            response.set_cookie("a", "1", domain="e.kz")
            return response
        return web.Response(text=WORDS, content_type="text/html")

    world.names.records |= {"e.kz": [SITE], "www.e.kz": [SITE]}
    await world.site(handler, (SITE, 80))
    seen = await look(world, "http://e.kz/")
    assert got == [None, "a=1", "a=1"]
    assert [(h.url, h.status_code, h.location) for h in seen.http.hops] == [
        ("http://e.kz/", 303, "http://www.e.kz/b"),
        ("http://www.e.kz/b", 200, None),
    ]
    assert seen.http.status_code == 200


async def test_endless_redirects_end(world: Outside) -> None:
    """Ten, then a failure."""
    world.names.records["e.kz"] = [SITE]

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        raise web.HTTPFound(location="/again")

    await world.site(handler, (SITE, 80))
    seen = await look(world, "http://e.kz/")
    assert seen.http.failure == "unknown_failure: too many redirects"
    assert len(seen.http.hops) == 11


@pytest.mark.parametrize(
    ("location", "failure"),
    [
        ("http://127.0.0.1/", "dns_bogon_error"),
        ("http://169.254.169.254/latest/meta-data/", "dns_bogon_error"),
        ("http://[::ffff:7f00:1]/", "dns_bogon_error"),
        ("http://[64:ff9b::7f00:1]/", "dns_bogon_error"),
        ("http://inside.kz/", "dns_bogon_error"),
        ("http://mixed.kz:22/", "permission_denied"),
        ("http://f.kz:8080/", "permission_denied"),
        ("file:///etc/passwd", "http_invalid_redirect_location_host"),
        ("http://2130706433/", "http_invalid_redirect_location_host"),
        ("http://u:p@f.kz/", "http_invalid_redirect_location_host"),
    ],
)
async def test_no_redirect_leads_inside(world: Outside, location: str, failure: str) -> None:
    """Not to a private address, not to another port, in no spelling."""
    world.names.records |= {"e.kz": [SITE], "inside.kz": ["10.0.0.1"], "f.kz": [OTHER]}
    await world.site(page("", Location=location), (SITE, 443))

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": location})

    await world.site(handler, (SITE, 80))
    seen = await look(world, "http://e.kz/")
    assert seen.http.failure == failure
    assert world.contacted() == {SITE}


async def test_a_mixed_answer_is_used_only_where_it_is_public(world: Outside) -> None:
    """One good address does not carry a private one in."""
    world.names.records["mixed.kz"] = ["10.0.0.1", SITE]
    await world.site(page(WORDS), (SITE, 80))
    seen = await look(world, "http://mixed.kz/")
    assert seen.http.status_code == 200
    assert world.contacted() == {SITE}


async def test_changing_pages_are_not_stable(world: Outside) -> None:
    """Two fetches, two bodies."""
    count = iter(range(9))

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=f"{next(count)}")

    world.names.records["e.kz"] = [SITE]
    await world.site(handler, (SITE, 80))
    assert (await look(world, "http://e.kz/")).http.stable is False


async def test_large_pages_are_cut(world: Outside) -> None:
    """The first 512 KiB, as the probe keeps them; the announced length beside."""
    world.names.records["e.kz"] = [SITE]
    await world.site(page("x" * 3_000_000), (SITE, 80))
    seen = await look(world, "http://e.kz/")
    assert (seen.http.body_length, seen.http.body_total) == (512 * 1024, 3_000_000)
    assert seen.http.body_sha256 == hashlib.sha256(b"x" * 512 * 1024).hexdigest()
    assert seen.http.stable is None


async def test_the_second_address_serves(world: Outside) -> None:
    """A page is there if any address gives it."""
    world.names.records["e.kz"] = [OTHER, SITE]
    await world.site(page(WORDS), (SITE, 80))
    assert (await look(world, "http://e.kz/")).http.status_code == 200


async def test_the_probes_headers_are_sent(world: Outside) -> None:
    """So that the site answers both alike."""
    got: list[str | None] = []

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        got.append(request.headers.get("User-Agent"))
        return web.Response(text="x", headers={"Set-Cookie": "a=1"})

    world.names.records["e.kz"] = [SITE]
    await world.site(handler, (SITE, 80))
    await look(world, "http://e.kz/", headers=(("User-Agent", "Probe/1"),))
    assert set(got) == {"Probe/1"}


async def test_a_sketch_that_takes_too_long_is_left_out(world: Outside) -> None:
    """The answer comes in time without it."""
    await https_site(world, "e.kz")
    slow = eye(world, request_time=0.5)
    async with slow.sketching:
        seen = await slow.look(ControlRequest(target=parse_url("http://e.kz/")))
    assert seen.http.status_code == 200
    assert seen.http.shingles == ()
