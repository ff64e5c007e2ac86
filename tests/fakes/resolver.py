"""Scripts of DNS resolvers, true and false, for peers over UDP and TCP."""

from collections.abc import Callable, Sequence

import dns.message
import dns.rcode
import dns.rrset

from tests.fakes.peers import Action, Peer


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
