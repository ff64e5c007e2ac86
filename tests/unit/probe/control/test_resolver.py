"""probe/control/resolver.py: plain, DoT, DoH, and whom to believe."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator

import dns.rcode
import pytest
from aiohttp import web

from probe.control.resolver import Resolver, parse_server
from probe.net.trust import Trust
from tests.unit.probe.control.outside import Names, Outside, dns_server


def resolver(world: Outside, *servers: str, trust: Trust | None = None) -> Resolver:
    """A resolver over the world's network."""
    parsed = tuple(parse_server(text) for text in servers or (world.resolver,))
    return Resolver(parsed, world.network, world.clock, trust or world.trust)


def test_server_spellings() -> None:
    """Plain, DoT, DoH; nothing else."""
    assert (parse_server("9.9.9.9").kind, parse_server("9.9.9.9").port) == ("udp", 53)
    assert (parse_server("tls://9.9.9.9").kind, parse_server("tls://9.9.9.9").port) == ("dot", 853)
    assert parse_server("https://[2620:fe::9]:8443/dns-query").host == "2620:fe::9"
    for text in ("dns.google", "http://1.1.1.1/", "https://", "tls://u@1.1.1.1", "1.1.1.1:0"):
        with pytest.raises(ValueError, match=r".+"):
            parse_server(text)


async def test_both_families_with_ttls(world: Outside) -> None:
    """A before AAAA."""
    world.names.records["e.kz"] = ["2606:4700::1", "1.1.1.1", "1.0.0.1"]
    found = await resolver(world).lookup("e.kz")
    assert set(found.addresses[:2]) == {"1.1.1.1", "1.0.0.1"}
    assert found.addresses[2:] == ("2606:4700::1",)
    assert (found.ttls, found.failure, found.reached) == ((60, 60, 60), None, True)


async def test_cut_answers_are_asked_again_over_tcp(world: Outside) -> None:
    """RFC 7766."""
    world.names.records["e.kz"], world.names.truncate = ["1.1.1.1"], True
    assert (await resolver(world).lookup("e.kz")).addresses == ("1.1.1.1",)


async def test_failures(world: Outside) -> None:
    """NXDOMAIN, no answer and SERVFAIL are different things."""
    world.names.records["empty.kz"] = []
    world.names.rcodes["broken.kz"] = dns.rcode.SERVFAIL
    asked = resolver(world)
    assert (await asked.lookup("none.kz")).failure == "dns_nxdomain_error"
    assert (await asked.lookup("empty.kz")).failure == "dns_no_answer"
    assert (await asked.lookup("broken.kz")).failure == "dns_servfail_error"


async def test_a_negative_answer_needs_a_second(world: Outside) -> None:
    """A filtering resolver's NXDOMAIN does not make a site vanish."""
    filtering = Names()
    world.names.records["e.kz"] = ["1.1.1.1"]
    async with dns_server(filtering) as port:
        asked = resolver(world, f"127.0.0.1:{port}", world.resolver)
        assert (await asked.lookup("e.kz")).addresses == ("1.1.1.1",)
        assert (await asked.lookup("none.kz")).failure == "dns_nxdomain_error"


async def test_a_dead_resolver_is_passed_over(world: Outside) -> None:
    """And the one that answered is asked first from then on."""
    world.names.records["e.kz"] = ["1.1.1.1"]
    asked = resolver(world, "127.0.0.1:9", world.resolver)
    assert (await asked.lookup("e.kz")).addresses == ("1.1.1.1",)
    async with asyncio.timeout(0.5):
        assert (await asked.lookup("e.kz")).addresses == ("1.1.1.1",)


async def test_no_resolver_at_all_is_not_evidence(world: Outside) -> None:
    """Nothing was reached: the control must not speak of the site."""
    found = await resolver(world, "https://1.1.1.1/dns-query").lookup("e.kz")
    assert not found.reached
    assert found.failure == "connection_refused"


async def test_silence_about_one_name_is(world: Outside) -> None:
    """A resolver that answered a moment ago is there: the silence is the name's."""
    world.names.records["e.kz"] = ["1.1.1.1"]
    asked = resolver(world)
    await asked.lookup("e.kz")
    world.names.silent = True
    found = await asked.lookup("lame.kz")
    assert found.reached
    assert found.failure == "generic_timeout_error"


async def doh(world: Outside, ip: str) -> str:
    """A DoH server at `ip`:443 with a certificate for it."""

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        encoded = request.url.query["dns"]
        wire = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        answer = world.names.answer(wire, over_udp=False)
        return web.Response(body=answer, content_type="application/dns-message")

    await world.site(handler, (ip, 443), tls=world.authority.context(ip))
    return f"https://{ip}/dns-query"


async def test_doh_by_address(world: Outside) -> None:
    """The certificate must hold for the address."""
    world.names.records["e.kz"] = ["1.1.1.1"]
    url = await doh(world, "9.9.9.9")
    assert (await resolver(world, url).lookup("e.kz")).addresses == ("1.1.1.1",)


async def test_an_untrusted_doh_server_is_not_asked(world: Outside) -> None:
    """An interceptor's answer is no answer."""
    world.names.records["e.kz"] = ["1.1.1.1"]
    url = await doh(world, "9.9.9.9")
    found = await resolver(world, url, trust=Trust()).lookup("e.kz")
    assert found.failure == "ssl_unknown_authority"
    assert world.names.asked == []


@contextlib.asynccontextmanager
async def dot(world: Outside, ip: str) -> AsyncIterator[str]:
    """A DoT server at `ip`:853."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                wire = world.names.answer(await reader.readexactly(size), over_udp=False)
                writer.write(len(wire).to_bytes(2, "big") + wire)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=world.authority.context(ip))
    world.network.routes[ip, 853] = server.sockets[0].getsockname()[1]
    yield f"tls://{ip}"
    server.close()


async def test_dot(world: Outside) -> None:
    """Both questions over one connection."""
    world.names.records["e.kz"] = ["1.1.1.1", "2606:4700::1"]
    async with dot(world, "9.9.9.10") as url:
        found = await resolver(world, url).lookup("e.kz")
    assert found.addresses == ("1.1.1.1", "2606:4700::1")
    assert world.network.attempts == [("9.9.9.10", 853)]
