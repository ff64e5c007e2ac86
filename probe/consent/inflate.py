"""What deflate made small: gzip, zlib, or neither's header. As much as is allowed, however it may swell."""

import re
import zlib
from collections.abc import Iterator

_GZIP, _ZLIB, _BARE = 31, 15, -15  # as zlib calls them
_LEAST = 8  # bytes: shorter ones hold no address
_MOST_STREAMS = 64  # of one reading
_STREAM = re.compile(rb"\x1f\x8b\x08|[\x38\x48\x58\x68\x78][\x01-\xff]")
_CHECK = 31  # RFC 1950: the first two bytes are a multiple of it
_HEADLESS = (2, 4)  # RFC 1951: the kind of the first block, fixed codes or its own


def inflated(data: bytes, most: int) -> bytes:
    """Its content, at most so much of it; nothing where it is not compressed.

    Without a header anything may look as if it were: that counts where it ends, in plain text.
    """
    if len(data) < _LEAST or most <= 0:
        return b""
    if _STREAM.match(data) and _is_header(data, 0):
        return _inflated(data, _GZIP if data[0] == 0x1F else _ZLIB, most)[0]  # noqa: PLR2004
    if data[0] & 6 not in _HEADLESS:
        return b""
    text, size = _inflated(data, _BARE, most)
    return text if size and len(text) >= _LEAST - 1 and text.isascii() else b""


def streams(data: bytes, most: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Those that stand in `data` with their header: what is in them, and where they are."""
    at, tried = 0, 0
    while most > 0 and tried < _MOST_STREAMS:
        found = _STREAM.search(data, at)
        if found is None:
            return
        at = found.start() + 1
        if not _is_header(data, found.start()):
            continue
        tried += 1
        kind = _GZIP if data[found.start()] == 0x1F else _ZLIB  # noqa: PLR2004
        text, size = _inflated(data[found.start() :], kind, most)
        if text:
            most -= len(text)
            at = found.start() + size if size else len(data)
            yield text, (found.start(), at)


def _is_header(data: bytes, at: int) -> bool:
    return data[at] == 0x1F or int.from_bytes(data[at : at + 2], "big") % _CHECK == 0  # noqa: PLR2004


def _inflated(data: bytes, kind: int, most: int) -> tuple[bytes, int]:
    """The content, and how long it was; 0 where it does not end. What goes wrong later is no matter."""
    machine, out = zlib.decompressobj(kind), bytearray()
    try:
        out += machine.decompress(data, most)
    except zlib.error:
        return b"", 0
    return bytes(out), len(data) - len(machine.unused_data) if machine.eof else 0
