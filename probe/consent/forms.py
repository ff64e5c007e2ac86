"""How an address or a name may be written: a pattern for each way, quick to look for.

Each pattern begins with fixed bytes, so that `re` looks for those first: 0.2 ms for half a megabyte.
"""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

# The last: labels of DNS on the wire.
_SEP = (
    rb"(?: {0,2}\. {1,2}| {1,2}\.|, |[\[(]\.[\])]| ?[ \[(]dot[\]) ] ?|\\{1,4}\.|[\"'], {0,2}[\"']"
    rb"|[-._:,;/|+*x \x01-\x04\t\n]|(?:&(?:[a-z]{2,20}|#x?[0-9a-f]{2,6});|\xc2[\xa0\xad]"
    rb"|\xe2(?:\x80[\x80-\x8f\xaf]|\x81[\x9f-\xa4])|\xe3\x80\x80|\xef\xbb\xbf){1,3})"
)
_PLAIN_SEP = rb"[-._\x01-\x04]"
_HEX_SEP = rb"(?:\\x|%|[\"']?, ?[\"']?(?:0x)?|[-.:_ ]0x|[-.:_ ]|0x)?"
_LEAST_SHARED = 12  # digits that all numbers of a /56 begin with
_SMALL = 10**6  # smaller numbers are everywhere
_LEAST_DIGITS = 9  # of octets run together: fewer would be any number
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BASE32 = b"abcdefghijklmnopqrstuvwxyz234567"
_UU = bytes(range(32, 96))
Z85 = bytes.maketrans(  # ZeroMQ's letters, in the place of those of RFC 1924
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
)
_LEAST_BASE85 = 8  # bytes: two groups of it
_EUI64 = b"\xff\xfe"  # RFC 4291 appendix A
_ISATAP = (b"\0\0\x5e\xfe", b"\2\0\x5e\xfe")  # RFC 5214
_LEAST_TOLD = 3  # bytes of a prefix that are not zero
_DULL_INTERFACE = 1 << 32  # ::1, ::53: numbers given by hand say nothing


class Edge(Enum):
    """What may not stand beside a match, or it is something else."""

    NONE = "none"
    DIGITS = "digits"
    HEX = "hex"
    WORD = "word"
    BINARY = "binary"  # only among bytes that are no text
    COUNTED = "counted"  # only after its length, as DNS and DER write it
    MASKED = "masked"  # after what hides the rest
    V6 = "v6"  # to be parsed
    V6_NUMBER = "v6_number"  # the same, as one number


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing. `folded`: looked for in the data in lower case."""

    source: bytes  # of a pattern, made when it is first needed: there are hundreds, few ever are
    edge: Edge
    folded: bool = True
    anchor: bytes = b""  # without it the pattern cannot match; quicker to look for
    fixed: bool = False  # the anchor is all of it

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where it stands; to be asked where `anchor` is in `data`."""
        if self.fixed:
            at, size = data.find(self.anchor), len(self.anchor)
            while at >= 0:
                yield at, at + size
                at = data.find(self.anchor, at + size)
        else:
            for found in _pattern(self.source).finditer(data):
                yield found.span()


@lru_cache(4096)
def _pattern(source: bytes) -> re.Pattern[bytes]:
    return re.compile(source, re.DOTALL)


def forms_of_v4(address: ipaddress.IPv4Address) -> Iterator[Form]:
    """All ways of one IPv4 address; the plain ones only where it is private, which is no secret."""
    packed = address.packed
    if is_private(address):
        yield from _quads(packed, _PLAIN_SEP)
        yield from _quads(packed[::-1], _PLAIN_SEP)
        yield from _numbers(packed)
        yield from in_hex(packed, Edge.HEX)
        yield fixed(packed, Edge.COUNTED, folded=False)
        yield from _of_text(str(address).encode())
        return
    for order in (packed, packed[::-1]):
        yield from _quads(order, _SEP)
        yield from _joined(order)
        yield from _numbers(order)
        yield from in_hex(order, Edge.NONE)
        yield fixed(order, _raw_edge(order), folded=False)
        yield from in_base64(order)
        yield from _in_base32(order)
        yield from _of_text(".".join(map(str, order)).encode(), base32=True)
        yield fixed(".".join(reversed(order.hex())).encode(), Edge.HEX)  # ip6.arpa
    yield from _masked(packed)
    yield from _digests(str(address).encode())
    for text in ("-".join(map(str, packed)), packed.hex(), packed.hex().upper()):
        yield from in_base64(text.encode())
    yield from in_base64(b"%d" % int(address))
    yield from _in_base85(str(address).encode())
    yield fixed(str(address)[::-1].encode(), Edge.DIGITS)
    groups = [g.hex().lstrip("0") or "0" for g in (packed[:2], packed[2:])]
    yield Form("[:_-]0{0,3}".join(groups).encode(), Edge.HEX)  # mapped, 6to4, NAT64


def forms_of_v6(address: ipaddress.IPv6Address) -> Iterator[Form]:
    """All ways of one IPv6 address, and of any other in its /64."""
    network, interface = address.packed[:8], address.packed[8:]
    if not address.is_link_local:
        yield from _prefix(network)
        if is_dull(network):  # then the whole of it tells more
            yield from in_hex(address.packed, Edge.NONE)
            yield fixed(address.packed, Edge.NONE, folded=False)
            yield from in_base64(address.packed)
        exploded = address.exploded[:20]
        texts = {exploded, exploded.upper(), str(address)}
        texts |= {":".join(f"{int(group, 16):x}" for group in exploded.split(":")[:4]) + ":"}
        for text in texts:
            yield from _of_text(text.encode(), base32=text == str(address))
            backwards = text[::-1].lower().encode()
            yield Form(b"[0-9a-f:]{0,20}" + backwards, Edge.NONE, anchor=backwards)
        yield from _in_base85(str(address).encode())
        yield from _digests(str(address).encode())
    if int.from_bytes(interface, "big") < _DULL_INTERFACE:
        return
    groups = [interface[i : i + 2].hex().lstrip("0") or "0" for i in range(0, 8, 2)]
    yield Form("[:_-]0{0,3}".join(groups).encode(), Edge.HEX)
    yield from in_hex(interface, Edge.NONE)
    yield fixed(".".join(reversed(interface.hex())).encode(), Edge.HEX)
    yield fixed(interface, Edge.NONE, folded=False)
    yield from in_base64(interface)
    if interface[3:5] == _EUI64:
        mac = bytes([interface[0] ^ 2]) + interface[1:3] + interface[5:]
        yield from in_hex(mac, Edge.NONE)
        yield fixed(mac, Edge.NONE, folded=False)
        yield from in_base64(mac)
        yield from _of_text(mac.hex(":").encode())


def forms_of_name(name: str) -> Iterator[Form]:
    """A host or user name, or a path, as a word; in base64 and hex wherever it stands."""
    text = name.encode("utf-8", "surrogatepass")
    folded = bool(re.search(r"[\d._/\\-]", name)) or len(name) > 11  # noqa: PLR2004 - no word of a language
    yield fixed(text.lower() if folded else text, Edge.WORD, folded=folded)
    for spelling in {text, text.lower()}:
        yield from _of_text(spelling, base32=True)


_PRIVATE = tuple(
    ipaddress.IPv4Network(net)
    for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
)


def is_private(address: ipaddress.IPv4Address) -> bool:
    """Of a home or behind a provider's translation: thousands have the same."""
    return any(address in net for net in _PRIVATE)


def fixed(text: bytes, edge: Edge, *, folded: bool = True) -> Form:
    """Nothing but these bytes."""
    return Form(text, edge, folded, anchor=text, fixed=True)


def _raw_edge(packed: bytes) -> Edge:
    """Four printable bytes are a word: those count only where their length stands before them."""
    return Edge.COUNTED if all(0x20 <= b < 0x7F for b in packed) else Edge.BINARY  # noqa: PLR2004


_HIDDEN = rb"(?:x{1,3}|n{1,3}|\*{1,3}|#{1,3}|\?{1,3}|_{1,3}|0{1,3}(?:/[0-9]{1,2})?|(?:\xe2\x80\xa2){1,3}|\xe2\x80\xa6)"

_MASK_SEP = rb"(?:\[\.\]|\(\.\)|[-._:, ])"
MASK_BEFORE = re.compile(rb"(?<![a-z0-9])" + _HIDDEN + _MASK_SEP + rb"\Z")
LONGEST_MASK = 16


def _masked(packed: bytes) -> Iterator[Form]:
    """With its end hidden: the rest tells a /24, or a provider's part of a town."""
    sep, (first, second, third) = _MASK_SEP, (b"%d" % n for n in packed[:3])
    after = rb"(?![a-z0-9#*?])"
    shown, back = sep.join((first, second, third)), sep.join((third, second, first))
    yield Form(shown + sep + _HIDDEN + after, Edge.DIGITS)
    yield Form(back + rb"(?![0-9])", Edge.MASKED)
    hidden = rb"(?:x{1,3}|\*{1,3}|#{1,3}|\?{1,3})"
    two = sep.join((first, second, hidden, hidden))
    yield Form(two + after, Edge.DIGITS)


def _digests(text: bytes) -> Iterator[Form]:
    """As trackers write it: whoever tries all 2^32 has it back."""
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, text, usedforsecurity=False).digest()
        yield fixed(digest.hex().encode(), Edge.NONE)
        yield from in_base64(digest)


def _quads(packed: bytes, sep: bytes) -> Iterator[Form]:
    """Four numbers: decimal, octal or hexadecimal, padded or not; the last two as one (inet_aton)."""
    first, *others = packed
    rest = b"".join(b"%b%b" % (sep, _octet(n)) for n in others)
    for start in {b"%d" % first, b"%o" % first, b"%x" % first}:
        yield Form(re.escape(start) + rest + rb"(?![0-9])", Edge.DIGITS)
    if others[1] or others[2]:
        two = int.from_bytes(packed[2:], "big")
        yield fixed(b"%d.%d.%d" % (first, others[0], two), Edge.DIGITS)
        three = int.from_bytes(packed[1:], "big")
        yield fixed(b"%d.%d" % (first, three), Edge.DIGITS)
        yield fixed(b"%o.0%o" % (first, three), Edge.DIGITS)


def _numbers(packed: bytes) -> Iterator[Form]:
    """All of it as one number."""
    number = int.from_bytes(packed, "big")
    if number > _SMALL:
        yield fixed(b"%d" % number, Edge.DIGITS)
        yield fixed(b"%o" % number, Edge.DIGITS)


def _octet(n: int) -> bytes:
    return rb"(?:0{0,2}%d|0+%o|(?:0x)?0?%x)" % (n, n, n)


def _joined(packed: bytes) -> Iterator[Form]:
    """Octets run together, as some providers name their customers."""
    yield fixed(b"".join(b"%03d" % n for n in packed), Edge.DIGITS)
    short = b"".join(b"%d" % n for n in packed)
    if len(short) >= _LEAST_DIGITS:
        yield fixed(short, Edge.DIGITS)


def in_hex(packed: bytes, edge: Edge) -> Iterator[Form]:
    """Bytes in hex, with or without something between them."""
    pairs = [b"%02x" % b for b in packed]
    yield Form(_HEX_SEP.join(pairs), edge)


def is_dull(network: bytes) -> bool:
    """Whether a prefix is mostly zeros, as fd00::/56 is: as bytes or digits it is a small number, and
    those stand everywhere (`00000000000000fd`). Written as an address it is looked for all the same.
    """
    return sum(map(bool, network[:7])) < _LEAST_TOLD


def _prefix(network: bytes) -> Iterator[Form]:
    """Any address of one /64."""
    start = network[:2].hex().lstrip("0") or "0"
    yield Form(start.encode() + rb"[:_-][0-9a-f:._-]{1,56}", Edge.V6)
    nibbles = network.hex()
    yield fixed(".".join(reversed(nibbles)).encode(), Edge.NONE)
    yield fixed(".".join(nibbles).encode(), Edge.NONE)
    whole = int.from_bytes(network[:7], "big")
    lowest, highest = b"%d" % (whole << 72), b"%d" % (whole + 1 << 72)
    same = next((i for i, (a, b) in enumerate(zip(lowest, highest, strict=False)) if a != b), 0)
    if len(lowest) == len(highest) and same > _LEAST_SHARED:
        rest = rb"[0-9]{%d}(?![0-9])" % (len(lowest) - same)
        yield Form(lowest[:same] + rest, Edge.V6_NUMBER)
    if is_dull(network):
        return
    yield from in_hex(network, Edge.NONE)
    yield fixed(network, Edge.NONE, folded=False)
    yield from in_base64(network)
    yield from _in_base32(network)
    yield from _in_base85(network)
    for comma in (b",", b", "):
        octets = comma.join(b"%d" % b for b in network)
        yield Form(octets + rb"(?:, ?[0-9]{1,3}){0,8}(?![0-9])", Edge.DIGITS, anchor=octets)


def forms_of_delegated(address: ipaddress.IPv6Address) -> Iterator[Form]:
    """Any address of its /56, in hex, as a PTR name, as bytes; and the /48 called as such."""
    if address.is_link_local:
        return
    network = address.packed[:7]
    nibbles = network.hex()
    yield fixed(".".join(reversed(nibbles)).encode(), Edge.NONE)
    yield fixed(".".join(nibbles).encode(), Edge.NONE)
    if not is_dull(network):
        yield from in_hex(network, Edge.NONE)
        yield fixed(network, Edge.NONE, folded=False)
    groups = [b"%x" % int.from_bytes(network[i : i + 2], "big") for i in (0, 2, 4)]
    yield Form(b":0{0,3}".join(groups) + b":{1,2}(?:0{1,4}:{0,2})?/48(?![0-9])", Edge.HEX)


def _of_text(text: bytes, *, base32: bool = False) -> Iterator[Form]:
    """A text inside base64, hex or base32, at whatever place of a longer one."""
    yield from in_base64(text)
    for bits in (0, 2, 4):
        yield from packed_form(text, bits, 6, _UU, {b" ": b"`"})
    yield fixed(text.hex().encode(), Edge.NONE)
    if base32:
        yield from _in_base32(text)


def _in_base85(text: bytes) -> Iterator[Form]:
    """Four bytes are five letters: the whole groups of `text`, and what stands around them."""
    around = b"[!-~]{0,5}"
    for skip in range(4):
        whole = text[skip : skip + (len(text) - skip) // 4 * 4]
        if len(whole) < _LEAST_BASE85:
            continue
        letters = base64.b85encode(whole)
        for each in (letters, letters.translate(Z85), base64.a85encode(whole)):
            source = around + re.escape(each) + around
            yield Form(source, Edge.NONE, folded=False, anchor=each)


def in_base64(text: bytes) -> Iterator[Form]:
    """In either alphabet, at whatever place of a longer one."""
    also = {b"+": b"-", b"/": b"_"}
    for bits in (0, 2, 4):  # of the character that it begins in
        yield from packed_form(text, bits, 6, _BASE64, also)


def _in_base32(text: bytes) -> Iterator[Form]:
    for bits in range(5):
        yield from packed_form(text, bits, 5, _BASE32, {})


def packed_form(
    text: bytes, skip: int, width: int, alphabet: bytes, also: dict[bytes, bytes]
) -> Iterator[Form]:
    """`text` in characters of `width` bits, when it begins `skip` bits into one.

    Whole characters are fixed; of the two at the edges only some bits are known.
    """
    known = "?" * skip + "".join(f"{b:08b}" for b in text)
    known += "?" * (-len(known) % width)
    parts, anchor, run = list[bytes](), b"", b""
    for at in range(0, len(known), width):
        fits = [alphabet[i : i + 1] for i in _fitting(known[at : at + width])]
        letters = b"".join(c + also.get(c, b"") for c in fits)
        # At the very end a padded character has zeros; those are among what fits.
        escaped = re.escape(letters)
        parts.append(escaped if len(letters) == 1 else b"[" + escaped + b"]")
        run = run + letters if len(letters) == 1 else b""
        anchor = max(anchor, run, key=len)
    if len(text) < 4 or not anchor:  # noqa: PLR2004 - too short to be told
        return
    yield Form(b"".join(parts), Edge.NONE, folded=width == 5, anchor=anchor)  # noqa: PLR2004


@lru_cache(4096)
def _fitting(bits: str) -> tuple[int, ...]:
    """The numbers that these bits may be, where `?` is not known."""
    if "?" not in bits:
        return (int(bits, 2),)
    fits = re.compile(bits.replace("?", ".")).fullmatch
    return tuple(i for i in range(1 << len(bits)) if fits(f"{i:0{len(bits)}b}"))


def with_inner(addresses: Iterable[str]) -> Iterator[str]:
    """Also the IPv4 address that one of IPv6 was made from: Teredo, 6to4, ISATAP."""
    for text in addresses:
        yield text
        try:
            address = ipaddress.IPv6Address(text.split("%")[0].strip("[] "))
        except ValueError:
            continue
        if address.teredo is not None:
            yield str(address.teredo[1])
        if address.sixtofour is not None:
            yield str(address.sixtofour)
        if address.packed[8:12] in _ISATAP:
            yield str(ipaddress.IPv4Address(address.packed[12:]))


def usable(addresses: Iterable[str]) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """What of `addresses` can tell anything of anybody: not loopback, not nonsense."""
    found = set()
    for text in addresses:
        try:
            address = ipaddress.ip_address(text.split("%")[0].strip("[] "))
        except ValueError:
            continue
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if not (address.is_loopback or address.is_unspecified or address.is_multicast):
            found.add(address)
    return sorted(found, key=lambda a: (a.version, int(a)))


def tokens_of_base64(token: bytes) -> bytes:
    """Decoded, as far as it goes; URL-safe or not."""
    whole = token[: len(token) - (len(token) % 4 == 1)]
    return base64.b64decode(whole.translate(_STANDARD) + b"=" * (-len(whole) % 4))


_STANDARD = bytes.maketrans(b"-_", b"+/")
