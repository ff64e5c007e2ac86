"""probe/demo/resolver.py: the real DNS steps ask it over each transport."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as FilePath

import dns.message
import pytest

from measurements.schema.records import DNSQuery
from probe.demo.authority import PRETEND_ROOT, Authority, pem
from probe.demo.origin import Request
from probe.demo.resolver import Resolver
from probe.demo.rules import Censor, ForgeAnswer, Rule
from probe.net.loopback import Listeners, LoopbackNetwork, Routes
from probe.net.resolvers import Endpoint
from probe.net.system import SystemClock
from probe.net.trace import Notebook, Trace
from probe.net.trust import Trust
from probe.steps import dns as steps
from probe.steps import tls

IP = "102.193.0.9"
ZONE = {"a.example": ("102.195.0.1", "102.195.0.2", "2d00:195::1"), "v6.example": ("2d00::1",)}


@asynccontextmanager
async def opened(folder: FilePath, *rules: Rule) -> AsyncIterator[Trace]:
    """A resolver with a censor before its UDP."""
    clock, resolver = SystemClock(), Resolver(ZONE)
    root = Authority(PRETEND_ROOT, clock.utc())
    (folder / "root.pem").write_bytes(pem(root.root))
    async with Listeners() as listeners:
        udp = listeners.udp(resolver.over_udp(Censor(rules), rtt=0.02))
        dot = resolver.over_tls(root.server_context((IP,), folder))
        routes = Routes(
            {
                Endpoint(IP, 53): listeners.tcp(resolver.over_tcp()),
                Endpoint(IP, 853): listeners.tcp(dot),
            },
            {Endpoint(IP, 53): udp},
        )
        network = LoopbackNetwork(routes, Endpoint(IP, 53))
        trust = Trust(folder / "root.pem")
        yield Trace(network, clock, trust, clock.monotonic(), Notebook())


def question(name: str, kind: str = "A") -> steps.Question:
    return steps.Question(hostname=name, query_type=kind, resolver=Endpoint(IP, 53), role="public")


async def ask(trace: Trace, name: str, kind: str = "A") -> DNSQuery:
    """The first answer; later ones are in the notebook."""
    until = trace.now() + 0.2
    return await steps.udp_query(trace, question(name, kind), keep_listening=lambda: until)


async def test_addresses_of_the_family_that_was_asked_for(tmp_path: FilePath) -> None:
    """A, AAAA, and neither."""
    async with opened(tmp_path) as trace:
        a, aaaa, none, unknown = await asyncio.gather(
            ask(trace, "a.example"),
            ask(trace, "a.example", "AAAA"),
            ask(trace, "v6.example"),
            ask(trace, "other.example"),
        )
    assert ("102.195.0.1", "102.195.0.2") == a.addresses
    assert ("2d00:195::1",) == aaaa.addresses
    assert "dns_no_answer" == none.failure
    assert "dns_nxdomain_error" == unknown.failure
    assert not [q for q in trace.notebook.records().queries if q.late]


async def test_a_forged_answer_comes_first_and_the_true_one_second(tmp_path: FilePath) -> None:
    """Both are recorded; another name has one answer."""
    rule = Rule(qname="a.example", action=ForgeAnswer("102.198.6.6"))
    async with opened(tmp_path, rule) as trace:
        met = await ask(trace, "a.example")
        twin = await ask(trace, "v6.example", "AAAA")
    late = [q for q in trace.notebook.records().queries if q.late]
    assert ("102.198.6.6",) == met.addresses
    assert [("102.195.0.1", "102.195.0.2")] == [q.addresses for q in late]
    assert ("2d00::1",) == twin.addresses


async def test_a_swallowed_question_has_only_the_lie(tmp_path: FilePath) -> None:
    """NXDOMAIN, and nothing after it."""
    rule = Rule(qname="a.example", action=ForgeAnswer(None, swallow=True))
    async with opened(tmp_path, rule) as trace:
        met = await ask(trace, "a.example")
    assert "dns_nxdomain_error" == met.failure
    assert 1 == len(trace.notebook.records().queries)


async def test_streams_are_not_forged(tmp_path: FilePath) -> None:
    """TCP and TLS give the true answer, where UDP gives the lie."""
    rule = Rule(qname="a.example", action=ForgeAnswer(None))
    async with opened(tmp_path, rule) as trace:
        plain = await trace.network.connect_tcp(IP, 53)
        over_tcp = await steps.exchange_stream(trace, question("a.example"), plain, "tcp")
        plain.close()
        under = await trace.network.connect_tcp(IP, 853)
        handshake, stream = await tls.handshake(
            trace, under, IP, 853, transaction_id=1, server_name="", verify_name=IP
        )
        assert stream is not None
        over_tls = await steps.exchange_stream(trace, question("a.example"), stream, "dot")
        stream.close()
    assert handshake.failure is None
    assert ("102.195.0.1", "102.195.0.2") == over_tcp.addresses == over_tls.addresses


def test_https_takes_get_and_post() -> None:
    """RFC 8484 §4.1; what is no question is a 400."""
    resolver = Resolver(ZONE)
    query = dns.message.make_query("a.example", "A", id=0)
    post = resolver.over_https(Request("POST", "dns.test", "/dns-query", query.to_wire()))
    encoded = "AAABAAABAAAAAAAAAWEHZXhhbXBsZQAAAQAB"
    get = resolver.over_https(Request("GET", "dns.test", f"/dns-query?dns={encoded}"))
    assert post.body == get.body
    assert 2 == len(dns.message.from_wire(post.body).answer[0])
    assert 400 == resolver.over_https(Request("GET", "dns.test", "/?dns=A")).status
    assert 400 == resolver.over_https(Request("GET", "dns.test", "/")).status


@pytest.mark.parametrize("answered", [True, False])
def test_what_is_no_question_has_no_answer(answered: bool) -> None:
    """Rubbish, and an answer."""
    query = dns.message.make_query("a.example", "A")
    wire = dns.message.make_response(query).to_wire() if answered else b"rubbish"
    assert Resolver(ZONE).answer(wire) is None
