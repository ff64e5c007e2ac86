"""probe/control/look.py: what the control sees, and what it refuses to touch."""

import asyncio
import errno
import hashlib

import pytest
from aiohttp import web

from measurements.verdict.sketch import shingles
from probe.control.look import CannotSeeError
from probe.control.protocol import ControlRequest, parse_url
from probe.net.resolvers import Endpoint
from tests.unit.probe.control.looking import V6, WORDS, eye, https_site, look
from tests.unit.probe.control.outside import OTHER, SITE, Outside, page


async def test_a_healthy_site(world: Outside) -> None:
    """Addresses, endpoints with fingerprints, page with hash and sketch, flags."""
    await https_site(world, "e.kz")
    seen = await look(world, "https://e.kz/", Endpoint(SITE, 443), Endpoint(OTHER, 443))
    assert (seen.dns.addresses, seen.dns.ttls, seen.dns.failure) == ((SITE,), (60,), None)
    good = seen.endpoint(SITE, 443)
    assert good is not None
    assert (good.tls_done, good.tls_failure, good.server_name) == (True, None, "e.kz")
    assert len(good.chain_sha256) == 1
    bad = seen.endpoint(OTHER, 443)
    assert bad is not None
    assert bad.tcp_failure == "connection_refused"
    assert seen.http.status_code == 200
    assert seen.http.title == "News of the day"
    assert seen.http.body_length == len(WORDS)
    assert seen.http.body_sha256 == hashlib.sha256(WORDS.encode()).hexdigest()
    assert seen.http.shingles == shingles(WORDS.encode())
    assert seen.http.stable is True
    assert seen.http.runtime is not None
    assert dict(seen.ip_flags) == {SITE: 1 | 2 | 8, OTHER: 1}


async def test_an_http_site_is_proven_over_tls_too(world: Outside) -> None:
    """443 beside 80, as oohelperd does."""
    await https_site(world, "e.kz")
    seen = await look(world, "http://e.kz/")
    assert {(e.port, e.tls_done) for e in seen.endpoints} == {(443, True), (80, False)}


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
async def test_private_targets_are_not_touched(world: Outside, ip: str) -> None:
    """Neither by name, nor by address, nor as an endpoint."""
    world.names.records["inside.kz"] = [ip]
    literal = f"[{ip}]" if ":" in ip else ip
    for url in ("http://inside.kz/", f"http://{literal}/", f"http://{literal}:8080/"):
        seen = await look(world, url, Endpoint(ip, 80), Endpoint(ip, 443))
        assert seen.http.failure == "dns_bogon_error"
        assert seen.endpoints == ()
        assert dict(seen.ip_flags)[ip] & 4
    assert world.contacted() == set()


async def test_dns_rebinding_gains_nothing(world: Outside) -> None:
    """Public for the first question, private ever after: what was checked is connected to."""
    world.names.records["evil.kz"] = [SITE]
    world.names.later["evil.kz"] = ["127.0.0.1"]

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/":
            return web.Response(status=302, headers={"Location": "http://evil.kz/again"})
        return web.Response(text=WORDS)

    await world.site(handler, (SITE, 80))
    watched = eye(world)
    request = ControlRequest(target=parse_url("http://evil.kz/"))
    assert (await watched.look(request)).http.status_code == 200
    assert (await watched.look(request)).http.failure == "dns_bogon_error"
    assert world.contacted() == {SITE}


async def test_endpoints_on_other_ports_are_left_out(world: Outside) -> None:
    """80, 443 or the URL's own."""
    world.names.records["e.kz"] = [SITE]
    seen = await look(world, "http://e.kz:8080/", *(Endpoint(SITE, p) for p in (22, 25, 8081)))
    assert {e.port for e in seen.endpoints} == {443, 8080}
    assert {port for _, port in world.network.attempts} == {443, 8080}


async def test_bad_certificates_are_told(world: Outside) -> None:
    """At the endpoint and as the page's failure."""
    world.names.records["e.kz"] = [SITE]
    await world.site(page(WORDS), (SITE, 443), tls=world.authority.context("other.kz"))
    seen = await look(world, "https://e.kz/")
    found = seen.endpoint(SITE, 443)
    assert found is not None
    assert found.tls_failure == "ssl_invalid_hostname"
    assert found.chain_sha256
    assert seen.http.failure == "ssl_invalid_hostname"
    assert dict(seen.ip_flags)[SITE] == 2


async def test_missing_ipv6_is_not_a_failure_of_the_site(world: Outside) -> None:
    """Left out where this machine has none; reported once it is known to work."""
    world.names.records["e.kz"] = [SITE, V6]
    await world.site(page(WORDS), (SITE, 80))
    world.network.failures[V6] = OSError(errno.ENETUNREACH, "no route")
    seen = await look(world, "http://e.kz/", Endpoint(V6, 80))
    assert {e.ip for e in seen.endpoints} == {SITE}
    assert seen.http.status_code == 200
    world.names.records["v6.kz"] = [V6]
    assert (await look(world, "http://v6.kz/")).http.failure == "address_family_not_supported"
    world.network.failures[V6] = OSError(errno.ECONNREFUSED, "refused")
    seen = await look(world, "http://v6.kz/")
    assert {(e.ip, e.tcp_failure) for e in seen.endpoints} == {(V6, "connection_refused")}


async def test_a_name_that_is_not_there(world: Outside) -> None:
    """DNS and page say so; the probe's endpoints are still looked at."""
    await world.site(page(WORDS), (SITE, 80))
    seen = await look(world, "http://none.kz/", Endpoint(SITE, 80))
    assert seen.dns.failure == seen.http.failure == "dns_nxdomain_error"
    assert [e.tcp_failure for e in seen.endpoints] == [None]


async def test_a_control_without_network_says_nothing(world: Outside) -> None:
    """Its own trouble is not the site's."""
    world.resolver = "https://9.9.9.9/dns-query"
    with pytest.raises(CannotSeeError):
        await look(world, "http://e.kz/")


async def test_silence_ends_in_time(world: Outside) -> None:
    """A site that never answers costs no more than the request's time; what was seen is told."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(3600)
        return web.Response()

    world.names.records["e.kz"] = [SITE]
    await world.site(handler, (SITE, 80))
    world.network.silent.add(OTHER)
    request = ControlRequest(target=parse_url("http://e.kz/"), endpoints=(Endpoint(OTHER, 80),))
    started = world.clock.monotonic()
    seen = await eye(world, request_time=1.0).look(request)
    assert world.clock.monotonic() - started < 2.0
    assert seen.http.failure == "generic_timeout_error"
    assert {(e.ip, e.port) for e in seen.endpoints} == {(SITE, 80), (SITE, 443)}
