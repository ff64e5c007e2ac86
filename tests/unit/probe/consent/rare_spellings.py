"""Ways of writing an address that few have use for."""

import base64
from ipaddress import IPv4Address, IPv6Address

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE62 = _BASE36 + _BASE36[10:].upper()
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RFC1924 = _BASE36[:10] + _BASE36[10:].upper() + _BASE36[10:] + "!#$%&()*+-;<=>?@^_`{|}~"


def in_base(number: int, digits: str) -> str:
    """A number in as many digits as there are letters."""
    out = ""
    while number:
        number, rest = divmod(number, len(digits))
        out = digits[rest] + out
    return out


def rare_spellings_of_v4(ip: str) -> dict[str, str]:
    """By their names: other bases, inside of an IPv6 address, letters apart. No encoding around."""
    packed = IPv4Address(ip).packed
    number, hexadecimal = int(IPv4Address(ip)), packed.hex()
    turned = bytes(255 - n for n in packed)
    teredo = IPv6Address(bytes.fromhex("2001000008080808000012340000")[:12] + turned)
    long = bytes.fromhex("2a010330000100ff")  # a prefix; RFC 6052 puts a zero at its 64th bit
    around = {n: long[:n] + packed[: 8 - n] + b"\0" + packed[8 - n :] for n in (5, 6, 7)}
    rfc6052 = {n: IPv6Address(raw + bytes(16 - len(raw))) for n, raw in around.items()}
    return {
        "base 36": in_base(number, _BASE36),
        "base 36, capitals": in_base(number, _BASE36).upper(),
        "base 32": in_base(number, _BASE36[:32]),
        "base 62": in_base(number, _BASE62),
        "base58": in_base(number, _BASE58),
        "base58 of the text": in_base(int.from_bytes(ip.encode(), "big"), _BASE58),
        "base32hex": base64.b32hexencode(packed).decode(),
        "base32hex of the text": base64.b32hexencode(b"ip " + ip.encode()).decode(),
        "base64": base64.b64encode(packed).decode(),
        "binary": f"{number:032b}",
        "binary, shorter": f"{number:b}",
        "binary octets": ".".join(f"{n:08b}" for n in packed),
        "an exponent": f"{number:.9e}",
        "thousands": f"{number:,}",
        "thousands with spaces": f"{number:,}".replace(",", "\u00a0"),
        "in quotes": ", ".join(f'"{n:02x}"' for n in packed),
        "octal escapes": "".join(f"\\{n:03o}" for n in packed),
        "short octal escapes": "".join(f"\\{n:o}" for n in ip.encode()),
        "letters apart": " ".join(ip),
        "a list of letters": str(list(ip)),
        "a mark a letter": "".join(f'<span class="d{n}">{n}</span>' for n in ip),
        "a no-break space after": ip.replace(".", ".&nbsp;"),
        "around": ip.replace(".", "\u00a0.\u00a0"),
        "instead": ip.replace(".", "&nbsp;"),
        "each letter": "&thinsp;".join(ip),
        "nothing seen instead": ip.replace(".", "\u200b"),
        "an entity of it instead": ip.replace(".", "&#8203;"),
        "Teredo": str(teredo),
        "Teredo in full": teredo.exploded,
        "Teredo's name": teredo.reverse_pointer,
        "ISATAP": f"2a01:330:1:2:0:5efe:{hexadecimal[:4]}:{hexadecimal[4:]}",
        "NAT64 of one's own": f"2a01:330:1:2::{hexadecimal[:4]}:{hexadecimal[4:]}",
        "NAT64 /64": str(IPv6Address(bytes.fromhex("2a0103300001000200") + packed + bytes(3))),
        **{f"NAT64 /{8 * n}": str(address) for n, address in rfc6052.items()},
        **{f"NAT64 /{8 * n} in full": address.exploded for n, address in rfc6052.items()},
        **{f"NAT64 /{8 * n}'s name": address.reverse_pointer for n, address in rfc6052.items()},
        "a dot in percent thrice": ip.replace(".", "%25252e"),
        "a dot in percent u": ip.replace(".", "%u002e"),
        "a dot in two bytes": ip.replace(".", "%c0%ae"),
        "percent, mixed": "".join(f"%{n:02x}" if n % 2 else f"%25{n:02X}" for n in ip.encode()),
        "UTF-7 dots": ip.replace(".", "+AC4-"),
        "hex backwards": ip.encode().hex()[::-1],
    }


def rare_spellings_of_v6(ip: str) -> dict[str, str]:
    """The same. What begins with its /64 alone could be told of a neighbour too."""
    address = IPv6Address(ip)
    packed, number = address.packed, int(address)
    groups = [int.from_bytes(packed[i : i + 2], "big") for i in range(0, 16, 2)]
    in_words = b"".join(packed[i : i + 4][::-1] for i in range(0, 16, 4))
    return {
        "octal": f"{number:o}",
        "octal groups": ":".join(f"{g:o}" for g in groups),
        "octal octets": ".".join(f"0{b:o}" for b in packed),
        "octal escapes": "".join(f"\\{b:03o}" for b in packed),
        "octets": ".".join(map(str, packed)),
        "little-endian": packed[::-1].hex(),
        "little-endian number": str(int.from_bytes(packed, "little")),
        "little-endian list": str(list(packed[::-1])),
        "little-endian base64": base64.b64encode(packed[::-1]).decode(),
        "words as Linux has them": in_words.hex().upper(),
        "halves": b"".join(packed[i : i + 2][::-1] for i in range(0, 16, 2)).hex(),
        "a list of groups": str(groups),
        "a list in hex": ", ".join(f"0x{g:x}" for g in groups),
        "two numbers": f"{number >> 64} {number & (1 << 64) - 1}",
        "four numbers": str([int.from_bytes(packed[i : i + 4], "big") for i in (0, 4, 8, 12)]),
        "base58": in_base(number, _BASE58),
        "base58 of the text": in_base(int.from_bytes(ip.encode(), "big"), _BASE58),
        "base32hex": base64.b32hexencode(packed).decode(),
        "base 36": in_base(number, _BASE36),
        "base 62": in_base(number, _BASE62),
        "RFC 1924": in_base(number, _RFC1924),
        "binary": f"{number:0128b}",
        "letters apart": " ".join(ip),
        "a list of nibbles": str(list(packed.hex())),
        "dots": ip.replace(":", "."),
        "spaces": ip.replace(":", " : "),
        "no-break spaces": ip.replace(":", "&nbsp;:&nbsp;"),
    }


def in_its_56(ip: str) -> list[str]:
    """Another /64 of what a provider gives to one home."""
    other = IPv6Address(int(IPv6Address(ip)) >> 72 << 72 | 0xAB << 64 | 0x53)
    network = str(IPv6Address(int(other) >> 72 << 72))
    return [
        str(other),
        other.exploded,
        other.reverse_pointer,
        f"{network}/56",
        str(IPv6Address(int(other) >> 80 << 80)) + "/48",
        f"host-{str(other).replace(':', '-')}.isp.kz",
        str(int(other)),
        other.packed.hex(),
    ]
