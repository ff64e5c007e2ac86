"""What a censor reads on the wire: the name in a ClientHello, the Host of a request. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME = 0x16, 0x01, 0
_HEADER = 4  # of a handshake message: its type, its length
_METHODS = (b"GET ", b"HEAD ", b"POST ")


class Sight(Enum):
    """Where no name was seen."""

    INCOMPLETE = "more bytes are needed"
    NOTHING = "no TLS and no HTTP, or no name in it"


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the clear. `kind` is "sni" or "host"."""

    kind: str
    value: str


Seen: TypeAlias = Name | Sight


def read_name(data: bytes) -> Seen:
    """The name in a client's first bytes."""
    if not data:
        return Sight.INCOMPLETE
    if data[0] == _HANDSHAKE:
        return _read_hello(data)
    if any(data.startswith(m) or m.startswith(data) for m in _METHODS):
        return _read_request(data)
    return Sight.NOTHING


def _read_request(data: bytes) -> Seen:
    head, end, _ = data.partition(b"\r\n\r\n")
    if not end:
        return Sight.INCOMPLETE
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == b"host":
            host = value.strip().decode("latin-1").lower()
            return Name("host", host.partition(":")[0])
    return Sight.NOTHING


def _read_hello(data: bytes) -> Seen:
    """RFC 8446 §4.1.2, out of one or more records (§5.1)."""
    message, at = b"", 0
    while len(message) < _HEADER or len(message) < _HEADER + int.from_bytes(message[1:4], "big"):
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        if len(data) < at + 5 + size:
            return Sight.INCOMPLETE
        if data[at] != _HANDSHAKE or size == 0:
            return Sight.NOTHING
        message += data[at + 5 : at + 5 + size]
        at += 5 + size
    if message[0] != _CLIENT_HELLO:
        return Sight.NOTHING
    try:
        return _server_name(message)
    except IndexError:
        return Sight.NOTHING


def _server_name(hello: bytes) -> Seen:
    at = _HEADER + 2 + 32  # header, version, random
    at += 1 + hello[at]  # session id
    at += 2 + int.from_bytes(hello[at : at + 2], "big")  # cipher suites
    at += 1 + hello[at]  # compression
    at += 2  # length of the extensions
    while at + 4 <= len(hello):
        kind = int.from_bytes(hello[at : at + 2], "big")
        size = int.from_bytes(hello[at + 2 : at + 4], "big")
        if kind == _SERVER_NAME:  # RFC 6066 §3: list length, type, length, name
            return Name("sni", hello[at + 9 : at + 4 + size].decode("latin-1").lower())
        at += 4 + size
    return Sight.NOTHING
