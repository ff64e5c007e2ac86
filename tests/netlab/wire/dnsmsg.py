"""DNS messages: just the question, and answers to it. The question's bytes are echoed, so letter case survives."""

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple

A, NS, CNAME, SOA, PTR, TXT, AAAA, OPT = 1, 2, 5, 6, 12, 16, 28, 41
RCODES = {"NOERROR": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}


class Question(NamedTuple):
    """One query."""

    ident: bytes
    flags: int
    name: str  # lower case, no final dot
    qtype: int
    wire: bytes  # the question section as asked
    edns: bool


def question(data: bytes) -> Question | None:
    """Read a query; None if it is no query."""
    try:
        flags, count = struct.unpack_from("!HH", data, 2)
        if flags & 0x8000 or count != 1:
            return None
        at, labels = 12, []
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]])
            at += 1 + data[at]
        qtype = int.from_bytes(data[at + 1 : at + 3], "big")
        name = b".".join(labels).decode("ascii", "replace").lower()
        return Question(data[:2], flags, name, qtype, data[12 : at + 5], data[10:12] != b"\0\0")
    except (IndexError, struct.error):
        return None


def wire_name(name: str) -> bytes:
    """A name as labels."""
    return b"".join(bytes([len(p)]) + p.encode() for p in name.split(".") if p) + b"\0"


def address_record(address: str, ttl: int, owner: bytes = b"\xc0\x0c") -> bytes:
    """An A or AAAA record."""
    packed = ipaddress.ip_address(address).packed
    return owner + struct.pack("!HHIH", A if len(packed) == 4 else AAAA, 1, ttl, len(packed)) + packed


def record(rtype: int, rdata: bytes, ttl: int, owner: bytes = b"\xc0\x0c") -> bytes:
    """Any record."""
    return owner + struct.pack("!HHIH", rtype, 1, ttl, len(rdata)) + rdata


def soa(name: str) -> bytes:
    """The authority record of a negative answer."""
    zone = wire_name(".".join(name.split(".")[-2:]))
    numbers = struct.pack("!IIIII", 2026110101, 7200, 900, 1209600, 300)
    return record(SOA, b"\x03ns1" + zone + b"\x0ahostmaster" + zone + numbers, 300, zone)


def response(
    q: Question,
    rcode: str,
    answers: list[bytes],
    authority: list[bytes] | None = None,
    authoritative: bool = False,
) -> bytes:
    """A whole answer."""
    authority = authority or []
    flags = 0x8080 | (q.flags & 0x0100) | (0x0400 if authoritative else 0) | RCODES[rcode]
    counts = struct.pack("!HHHHH", flags, 1, len(answers), len(authority), int(q.edns))
    opt = b"\0" + struct.pack("!HHIH", OPT, 1232, 0, 0) if q.edns else b""
    return q.ident + counts + q.wire + b"".join(answers) + b"".join(authority) + opt


def forge(q: Question, rcode: str, a: tuple[str, ...], aaaa: tuple[str, ...], ttl: int) -> bytes:
    """An answer with these addresses, whatever the truth."""
    chosen = a if q.qtype == A else aaaa if q.qtype == AAAA else ()
    return response(q, rcode, [address_record(x, ttl) for x in chosen])
