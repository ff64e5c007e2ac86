"""IP, TCP, UDP and ICMP: the few fields a middlebox needs, read in place, and packets forged from them."""

from __future__ import annotations

import struct
from array import array
from typing import NamedTuple

TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Head(NamedTuple):
    """Where things are in a packet."""

    version: int
    proto: int
    l4: int  # offset of the transport header
    key: bytes  # addresses, ports, protocol: this direction's name of the flow


def head(pkt: bytearray) -> Head | None:
    """Read the headers; None for what we only pass on (fragments, unknown protocols, truncated packets)."""
    size = len(pkt)
    if size >= 28 and pkt[0] >> 4 == 4:
        l4 = (pkt[0] & 15) * 4
        proto = pkt[9]
        if (pkt[6] & 0x1F) or pkt[7] or size < l4 + 8:
            return None
        if proto in (TCP, UDP):
            return Head(4, proto, l4, bytes(pkt[12:20] + pkt[l4 : l4 + 4]) + pkt[9:10])
        return Head(4, proto, l4, b"")
    if size >= 48 and pkt[0] >> 4 == 6:
        proto = pkt[6]
        if proto in (TCP, UDP):
            return Head(6, proto, 40, bytes(pkt[8:44]) + pkt[6:7])
        return Head(6, proto, 40, b"")
    return None


def reverse(key: bytes) -> bytes:
    """The same flow's key as its answers bear it."""
    size = 4 if len(key) == 13 else 16
    return key[size : 2 * size] + key[:size] + key[-3:-1] + key[-5:-3] + key[-1:]


def payload_at(pkt: bytearray, h: Head) -> int:
    """Offset of the payload."""
    return h.l4 + ((pkt[h.l4 + 12] >> 4) * 4 if h.proto == TCP else 8)


def payload(pkt: bytearray, h: Head) -> bytes:
    """The payload, without link padding."""
    end = int.from_bytes(pkt[2:4], "big") if h.version == 4 else 40 + int.from_bytes(pkt[4:6], "big")
    return bytes(pkt[payload_at(pkt, h) : end])


def checksum(data: bytes) -> int:
    """The Internet checksum."""
    if len(data) & 1:
        data += b"\0"
    total = sum(array("H", data))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    total = ~total & 0xFFFF
    return ((total & 0xFF) << 8) | (total >> 8)  # array is little-endian on every machine this runs on


def patch(pkt: bytearray, at: int, new: bytes, *sums: int) -> None:
    """Overwrite an even-sized, even-placed field and mend the checksums at the given offsets (RFC 1624)."""
    old = bytes(pkt[at : at + len(new)])
    pkt[at : at + len(new)] = new
    delta = 0
    for i in range(0, len(new), 2):
        delta += (new[i] << 8 | new[i + 1]) - (old[i] << 8 | old[i + 1])
    for where in sums:
        value = (~(pkt[where] << 8 | pkt[where + 1]) & 0xFFFF) + delta
        value %= 0xFFFF
        value = ~value & 0xFFFF
        pkt[where], pkt[where + 1] = value >> 8, value & 0xFF


def sum_at(h: Head) -> int:
    """Offset of the transport checksum."""
    return h.l4 + (16 if h.proto == TCP else 6)


def patch_address(pkt: bytearray, h: Head, source: bool, new: bytes) -> None:
    """Give the packet another source or destination."""
    if h.version == 4:
        at = 12 if source else 16
        if h.proto in (TCP, UDP) and not (h.proto == UDP and pkt[h.l4 + 6 : h.l4 + 8] == b"\0\0"):
            patch(pkt, at, new, 10, sum_at(h))
        else:
            patch(pkt, at, new, 10)
    elif h.proto in (TCP, UDP):
        patch(pkt, 8 if source else 24, new, sum_at(h))
    elif h.proto == ICMP6:
        patch(pkt, 8 if source else 24, new, h.l4 + 2)


def build(src: bytes, dst: bytes, proto: int, segment: bytes, sum_offset: int, ttl: int = 64) -> bytearray:
    """An IP packet around a transport segment whose checksum field is still zero."""
    pseudo = src + dst + struct.pack("!IHBB", len(segment), 0, 0, proto)
    if proto == ICMP:
        pseudo = b""
    value = checksum(pseudo + segment) or 0xFFFF
    body = bytearray(segment)
    body[sum_offset : sum_offset + 2] = value.to_bytes(2, "big")
    if len(src) == 4:
        ip = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0x4000, ttl, proto, 0, src, dst))
        ip[10:12] = checksum(bytes(ip)).to_bytes(2, "big")
        return ip + body
    return bytearray(struct.pack("!IHBB16s16s", 0x60000000, len(body), proto, ttl, src, dst)) + body


def tcp(key: bytes, seq: int, ack: int, flags: int, data: bytes = b"", ttl: int = 60) -> bytearray:
    """A TCP packet in the direction that the key names."""
    size = 4 if len(key) == 13 else 16
    segment = key[2 * size : 2 * size + 4] + struct.pack("!IIBBHHH", seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 502, 0, 0)
    return build(key[:size], key[size : 2 * size], TCP, segment + data, 16, ttl)


def udp(key: bytes, data: bytes, ttl: int = 60) -> bytearray:
    """A UDP packet in the direction that the key names."""
    size = 4 if len(key) == 13 else 16
    segment = key[2 * size : 2 * size + 4] + struct.pack("!HH", 8 + len(data), 0)
    return build(key[:size], key[size : 2 * size], UDP, segment + data, 6, ttl)


def icmp_error(offending: bytearray, src4: bytes, src6: bytes, kind: str, code4: int = 0, code6: int = 0) -> bytearray:
    """Time exceeded or unreachable about a packet, from a router of that address."""
    if offending[0] >> 4 == 4:
        number = 11 if kind == "ttl" else 3
        segment = struct.pack("!BBHI", number, code4, 0, 0) + bytes(offending[:548])
        return build(src4, bytes(offending[12:16]), ICMP, segment, 2, 64)
    number = 3 if kind == "ttl" else 1
    segment = struct.pack("!BBHI", number, code6, 0, 0) + bytes(offending[:1200])
    return build(src6, bytes(offending[8:24]), ICMP6, segment, 2, 64)


def drop_sack(pkt: bytearray, h: Head) -> None:
    """In a SYN, turn the options SACK-permitted and timestamps into NOPs."""
    at, end = h.l4 + 20, payload_at(pkt, h)
    while at < end and pkt[at]:
        if pkt[at] == 1:
            at += 1
            continue
        size = max(2, pkt[at + 1])
        if pkt[at] in (4, 8):
            pkt[at : at + size] = b"\x01" * size
        at += size
    renew_sum(pkt, h)


def renew_sum(pkt: bytearray, h: Head) -> None:
    """Compute the TCP checksum anew."""
    addresses = bytes(pkt[12:20]) if h.version == 4 else bytes(pkt[8:40])
    at = sum_at(h)
    pkt[at : at + 2] = b"\0\0"
    segment = bytes(pkt[h.l4 :])
    value = checksum(addresses + struct.pack("!IHBB", len(segment), 0, 0, h.proto) + segment)
    pkt[at : at + 2] = value.to_bytes(2, "big")
