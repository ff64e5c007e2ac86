"""A DNS message, read as far as it takes to find who is said to have asked (RFC 7871)."""

_HEADER, _FIXED = 12, 10
_OPT, _CLIENT_SUBNET = 41, 8
_FAMILY = 4  # bytes that say which family, and how long the prefix is
_POINTER = 0xC0


def without_client_subnet(wire: bytes) -> bytes | None:
    """The message with zeros for the client's subnet; None for what cannot be read to its end."""
    try:
        places = _subnets(wire)
    except IndexError:
        return None
    out = bytearray(wire)
    for start, end in places:
        out[start:end] = bytes(end - start)
    return bytes(out)


def _subnets(wire: bytes) -> list[tuple[int, int]]:
    """Where the addresses of EDNS client subnet options stand. Raises IndexError."""
    if len(wire) < _HEADER:
        raise IndexError
    questions, *others = (int.from_bytes(wire[i : i + 2], "big") for i in range(4, _HEADER, 2))
    at, found = _HEADER, []
    for _ in range(questions):
        at = _after_name(wire, at) + 4
    for _ in range(sum(others)):
        at = _after_name(wire, at)
        kind = int.from_bytes(wire[at : at + 2], "big")
        size = int.from_bytes(wire[at + 8 : at + _FIXED], "big")
        at += _FIXED
        if at + size > len(wire):
            raise IndexError
        if kind == _OPT:
            found += _options(wire, at, at + size)
        at += size
    if at > len(wire):
        raise IndexError
    return found


def _options(wire: bytes, at: int, end: int) -> list[tuple[int, int]]:
    found = []
    while at + 4 <= end:
        code = int.from_bytes(wire[at : at + 2], "big")
        size = int.from_bytes(wire[at + 2 : at + 4], "big")
        if code == _CLIENT_SUBNET:
            found.append((at + 4 + _FAMILY, max(at + 4 + _FAMILY, min(at + 4 + size, end))))
        at += 4 + size
    return found


def _after_name(wire: bytes, at: int) -> int:
    while True:
        length = wire[at]
        if length >= _POINTER:
            return at + 2
        at += 1 + length
        if not length:
            return at
