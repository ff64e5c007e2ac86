"""Ways to write an address that few have use for: other bases, inside another address, little-endian.

What would be a word (school, in base 36) is not looked for, and of an IPv6 address in another base
only the address itself, not its neighbours.
"""

import ipaddress
import re
from collections.abc import Iterator

from probe.consent.forms import (
    Edge,
    Form,
    fixed,
    in_base64,
    in_hex,
    is_dull,
    is_private,
    packed_form,
)

_DIGITS, _LOW = b"0123456789", b"abcdefghijklmnopqrstuvwxyz"
_UP = _LOW.upper()
_BASE32HEX = _DIGITS + _LOW[:22]
_FOLDED = (_DIGITS + _LOW, _BASE32HEX, _DIGITS + b"abcdefghjkmnpqrstvwxyz")  # 36, 32, Crockford's
_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_FLICKR = b"123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
_CASED = (_DIGITS + _UP + _LOW, _DIGITS + _LOW + _UP, _BASE58, _FLICKR)
_RFC1924 = _DIGITS + _UP + _LOW + b"!#$%&()*+-;<=>?@^_`{|}~"
_ONLY_HEX = re.compile(rb"[0-9a-f]*")
_GROUP = rb"(?:[ ,.'_]|\xc2\xa0|\xe2\x80[\x89\xaf]|&(?:nbsp|thinsp|#160|#8239|#xa0);)"
_LIST = rb"(?:, ?|[. ])"
_ZEROS = rb"[:_-]0{0,3}"
_SIGN = {4: 1 << 31, 8: 1 << 63}
_DULL = 1 << 32
_LEAST_BITS = 24  # digits; fewer may be any flags
_LEAST_GROUPED = 10**7
_LEAST = 10**9  # smaller numbers are everywhere


def rare_of_v4(address: ipaddress.IPv4Address) -> Iterator[Form]:
    """Of one that is no secret, none."""
    if is_private(address):
        return
    packed, text = address.packed, str(address).encode()
    for order in (packed, packed[::-1]):
        yield from _in_bases(order)
        yield from _as_a_number(order)
        yield fixed(b"".join(b"\\%03o" % b for b in order), Edge.NONE)
        bits = [f"{b:08b}".encode() for b in order]
        yield Form(b"[-. :]?".join(bits), Edge.DIGITS, anchor=bits[0])
        shorter = b"".join(bits).lstrip(b"0")
        if len(shorter) > _LEAST_BITS:
            yield fixed(shorter, Edge.DIGITS)
        yield from _base32hex(order)
    yield from _of_text(text)
    yield fixed(text.hex()[::-1].encode(), Edge.NONE)
    yield from _teredo(packed)
    yield from _around_zero(packed)


def rare_of_v6(address: ipaddress.IPv6Address) -> Iterator[Form]:
    """Of the address, and of any other in its /64 where that can be told."""
    if address.is_link_local:
        return
    packed = address.packed
    network, interface = packed[:8], packed[8:]
    yield from _in_bases(packed)
    yield from _of_text(str(address).encode())
    yield fixed(_written(int(address), _RFC1924), Edge.NONE, folded=False)
    yield fixed(b"%d" % int.from_bytes(packed, "little"), Edge.DIGITS)
    for eight in (network, interface):
        number = int.from_bytes(eight, "big")
        if number >= _DULL and (eight is network or number >= _LEAST):
            yield fixed(b"%d" % number, Edge.DIGITS)
            if number >= _SIGN[8]:
                yield fixed(b"-%d" % ((1 << 64) - number), Edge.DIGITS)
    if is_dull(network):
        return
    yield from _base32hex(network)
    yield fixed(f"{int.from_bytes(network, 'big'):064b}".encode(), Edge.NONE)
    yield fixed(b"".join(b"\\%03o" % b for b in network), Edge.NONE)
    yield from _groups(network)
    yield from _octets(network)
    yield from _octets(network[::-1])
    yield from _little(network)


def _written(number: int, digits: bytes) -> bytes:
    out = bytearray()
    while number:
        number, rest = divmod(number, len(digits))
        out.append(digits[rest])
    return bytes(out[::-1])


def _in_bases(packed: bytes) -> Iterator[Form]:
    number = int.from_bytes(packed, "big")
    for digits in _FOLDED:
        text = _written(number, digits)
        if _is_no_word(text, least=6):
            yield fixed(text, Edge.WORD)
    for digits in _CASED:
        text = _written(number, digits)
        if _is_no_word(text, least=5):
            yield fixed(text, Edge.WORD, folded=False)


def _is_no_word(text: bytes, *, least: int) -> bool:
    """Digits and letters, or letters of both sizes: no word of a language, no number of another thing."""
    plain = text.islower() or text.isupper() or text.istitle()
    return len(text) >= least and not text.isdigit() and not (text.isalpha() and plain)


def _as_a_number(order: bytes) -> Iterator[Form]:
    """Below zero, with an exponent, its thousands apart."""
    number = int.from_bytes(order, "big")
    if number >= _SIGN[4]:
        yield fixed(b"-%d" % ((1 << 32) - number), Edge.DIGITS)
    digits = b"%d" % number
    fraction = digits[1:].rstrip(b"0")
    if len(fraction) > 5:  # noqa: PLR2004 - fewer would be any number
        start = b"%b.%b" % (digits[:1], fraction)
        rest = rb"0{0,6}e\+?0?%d(?![0-9])" % (len(digits) - 1)
        yield Form(re.escape(start) + rest, Edge.DIGITS, anchor=start)
    if number >= _LEAST_GROUPED:
        groups = f"{number:,}".encode().split(b",")
        source = groups[0] + b"(?P<mark>" + _GROUP + b")" + b"(?P=mark)".join(groups[1:])
        yield Form(source + rb"(?![0-9])", Edge.DIGITS, anchor=groups[1])


def _of_text(text: bytes) -> Iterator[Form]:
    yield from _base32hex(text)
    yield fixed(_written(int.from_bytes(text, "big"), _BASE58), Edge.WORD, folded=False)


def _base32hex(raw: bytes) -> Iterator[Form]:
    """At any place of a longer one; what might be hexadecimal too is left out."""
    for bits in range(5):
        for form in packed_form(raw, bits, 5, _BASE32HEX, {}):
            if not _ONLY_HEX.fullmatch(form.anchor):
                yield form


def _teredo(packed: bytes) -> Iterator[Form]:
    """The last four bytes of it, each bit turned (RFC 4380)."""
    turned = bytes(255 - b for b in packed)
    nibbles = turned.hex()
    yield _stripped(turned[:2], turned[2:])
    yield Form(b"20010000[0-9a-f]{16}" + nibbles.encode(), Edge.NONE, anchor=nibbles.encode())
    yield fixed(".".join(reversed(nibbles)).encode(), Edge.NONE)
    raw = re.escape(b"\x20\1\0\0") + b".{8}" + re.escape(turned)
    yield Form(raw, Edge.NONE, folded=False, anchor=turned)


def _around_zero(packed: bytes) -> Iterator[Form]:
    """After a prefix of 40, 48, 56 bits a byte of zero stands in it (RFC 6052)."""
    for at in (1, 2, 3):
        apart = packed[:at] + b"\0" + packed[at:]
        yield from in_hex(apart, Edge.NONE)
        yield fixed(".".join(reversed(apart.hex())).encode(), Edge.NONE)
    a, b, c, d = packed
    yield _stripped(packed[:2], bytes([0, c]), bytes([d, 0]))
    yield _stripped(bytes([0, a]), packed[1:3], bytes([d, 0]))  # of 64 bits: the zero goes before
    start = b"%02x" % a if a >= 16 else b"(?:0%x|(?<![0-9a-f])%x)" % (a, a)  # noqa: PLR2004
    tail = rb"(?![0-9a-f])"
    yield Form(start + b"%b%x%b%x" % (_ZEROS, b, _ZEROS, (c << 8) + d) + tail, Edge.NONE)
    yield Form(start + b"%b%x%b%x" % (_ZEROS, (b << 8) + c, _ZEROS, d) + tail, Edge.NONE)


def _stripped(*groups: bytes) -> Form:
    """Groups of an IPv6 address, without the zeros before them."""
    return Form(_ZEROS.join(b"%x" % int.from_bytes(g, "big") for g in groups), Edge.HEX)


def _groups(network: bytes) -> Iterator[Form]:
    """Four numbers: decimal in a list, hexadecimal in one, octal, with spaces; two of 32 bits."""
    four = [int.from_bytes(network[i : i + 2], "big") for i in range(0, 8, 2)]
    decimal = [b"%d" % n for n in four]
    tail = rb"(?:(?:, ?|[. :])[0-9]{1,5}){0,4}(?![0-9])"
    yield Form(rb"(?:, ?|[. :])".join(decimal) + tail, Edge.DIGITS, anchor=decimal[0])
    hexadecimal = [b"%x" % n for n in four]
    tail = rb"(?:(?:, ?|[ :])0x[0-9a-f]{1,4}){0,4}(?![0-9a-f])"
    yield Form(rb"(?:, ?|[ :])0x0{0,3}".join(hexadecimal) + tail, Edge.HEX, anchor=hexadecimal[0])
    tail = rb"(?: {0,2}[:.] {0,2}[0-9a-f]{1,4}){0,4}"
    spaced = rb" {0,2}[:.] {0,2}0{0,3}".join(hexadecimal)
    yield Form(spaced + tail, Edge.HEX, anchor=hexadecimal[0])
    octal = b":".join(b"%o" % n for n in four) + b":"
    yield Form(octal + b"[0-7:]{0,28}", Edge.HEX, anchor=octal)
    lowest = f"{int.from_bytes(network, 'big') << 64:o}".encode()
    fix = lowest[: len(lowest) - 22]  # 64 bits are 22 digits, of the first one only one bit
    yield Form(fix + b"[0-7]{22}(?![0-9])", Edge.DIGITS, anchor=fix)
    two = [b"%d" % int.from_bytes(network[i : i + 4], "big") for i in (0, 4)]
    yield Form(rb"[^0-9a-z]{1,3}".join(two) + rb"(?![0-9])", Edge.DIGITS, anchor=two[0])


def _octets(network: bytes) -> Iterator[Form]:
    """Eight bytes, decimal or octal; what follows is the rest of the address."""
    rest = b"".join(b"%b0{0,2}(?:%d|%o)" % (_LIST, b, b) for b in network[1:])
    tail = rb"(?:%b[0-9]{1,3}){0,8}(?![0-9])" % _LIST
    for start in {b"%d" % network[0], b"%o" % network[0]}:
        yield Form(start + rest + tail, Edge.DIGITS)


def _little(network: bytes) -> Iterator[Form]:
    """The lowest byte first: of all, of each 32 bits (as Linux prints them), of each 16."""
    for size in (8, 4, 2):
        pieces = [network[i : i + size][::-1] for i in range(0, 8, size)]
        turned = b"".join(pieces)
        yield fixed(turned.hex().encode(), Edge.NONE)
        yield fixed(turned, Edge.NONE, folded=False)
        if size == len(network):
            yield from in_hex(turned, Edge.NONE)
            yield from in_base64(turned)
