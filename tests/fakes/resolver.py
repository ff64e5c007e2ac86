"""Scripts of DNS resolvers, true and false, and one question to each over real sockets."""

from collections.abc import Callable, Sequence

import dns.message
import dns.rcode
import dns.rrset

from measurements.schema.records import DNSQuery
from probe.net.resolvers import Endpoint
from probe.net.trace import Trace
from probe.steps.dns import Question, exchange_stream, udp_query
from tests.fakes.loopback import V4, new_trace, tcp_peer, udp_peer
from tests.fakes.peers import Action, Peer

NAME = "blocked.example"
A1, A2 = f"{NAME}. 60 A 192.0.2.1", f"{NAME}. 60 A 192.0.2.2"


def reply(wire: bytes, *lines: str, rcode: int = 0, flags: int = 0, more_id: int = 0) -> bytes:
    """An answer to the query in `wire`, with these resource records."""
    message = dns.message.make_response(dns.message.from_wire(wire))
    message.set_rcode(dns.rcode.Rcode(rcode))
    message.flags |= flags
    message.id = (message.id + more_id) % 65536
    for line in lines:
        owner, ttl, kind, value = line.split()
        message.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, value))
    return message.to_wire()


def says(*lines: str, rcode: int = 0, flags: int = 0) -> Peer:
    """A resolver that answers every datagram alike."""
    return lambda wire: (reply(wire, *lines, rcode=rcode, flags=flags),)


def framed(answer: Callable[[bytes], bytes], *after: Action) -> Peer:
    """A TCP resolver."""

    def peer(received: bytes) -> Sequence[Action]:
        if not received:
            return ()
        wire = answer(received[2:])
        return len(wire).to_bytes(2, "big") + wire, *after

    return peer


def question(port: int = 53, *, kind: str = "A", ip: str = V4, name: str = NAME) -> Question:
    """A question to a resolver on loopback."""
    return Question(hostname=name, query_type=kind, resolver=Endpoint(ip, port), role="public")


def loops(wire: bytes) -> Sequence[Action]:
    """An answer whose owner is a compression pointer to itself."""
    head = reply(wire)
    return (head[:6] + b"\0\1" + head[8:10] + b"\0\0" + head[12:-11] + b"\xc0\x21" + b"\0\1\0\1",)


async def ask_udp(peer: Peer, *, kind: str = "A", listen: float = 0.0) -> tuple[DNSQuery, Trace]:
    """One question over UDP, and the trace."""
    trace = new_trace()
    until = (lambda: listen) if listen else None
    async with udp_peer(peer) as port:
        return await udp_query(trace, question(port, kind=kind), keep_listening=until), trace


async def over_tcp(peer: Peer, *, name: str = NAME) -> tuple[DNSQuery, Trace]:
    """One question over a TCP stream."""
    trace = new_trace()
    async with tcp_peer(peer) as port:
        stream = await trace.network.connect_tcp(V4, port)
        try:
            asked = question(port, name=name)
            return await exchange_stream(trace, asked, stream, "tcp", timeout=0.1), trace
        finally:
            stream.close()
