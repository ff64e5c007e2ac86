"""The name inside a TLS ClientHello, over TCP or in QUIC Initials; the Host of an HTTP request."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

_SALT = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")


class Incomplete(Exception):
    """More bytes are needed to tell."""


def tls_name(stream: bytes) -> str | None:
    """The SNI in the first bytes of a TLS stream ("" without one); None if this is no ClientHello; Incomplete if cut."""
    message, at = b"", 0
    while True:
        if len(stream) < at + 5:
            if stream[:1] not in (b"", b"\x16"):
                return None
            raise Incomplete
        if stream[at] != 0x16 or stream[at + 1] != 3:
            return None
        size = int.from_bytes(stream[at + 3 : at + 5], "big")
        message += stream[at + 5 : at + 5 + size]
        if len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big"):
            return hello_name(message)
        if len(stream) < at + 5 + size:
            raise Incomplete
        at += 5 + size


def hello_name(message: bytes) -> str | None:
    """The SNI in a ClientHello handshake message."""
    if message[:1] != b"\x01":
        return None
    try:
        at = 4 + 2 + 32
        at += 1 + message[at]
        at += 2 + int.from_bytes(message[at : at + 2], "big")
        at += 1 + message[at]
        end = at + 2 + int.from_bytes(message[at : at + 2], "big")
        at += 2
        while at + 4 <= end:
            kind = int.from_bytes(message[at : at + 2], "big")
            size = int.from_bytes(message[at + 2 : at + 4], "big")
            if kind == 0:
                return message[at + 9 : at + 4 + size].decode("ascii", "replace").lower()
            at += 4 + size
    except IndexError:
        return None
    return ""


def http_request(stream: bytes) -> tuple[str, str] | None:
    """(Host, target) of a request; None if this is not HTTP; Incomplete while neither Host nor the headers' end is there."""
    method = stream.split(b" ", 1)[0]
    if not (method.isalpha() and method.isupper() and len(method) <= 8):
        return None
    lines = stream.split(b"\r\n")
    complete = lines if b"\r\n\r\n" in stream else lines[:-1]
    target = lines[0].split(b" ")[1].decode("latin-1") if len(complete) > 0 and lines[0].count(b" ") >= 2 else ""
    for line in complete[1:]:
        if line[:5].lower() == b"host:":
            return line[5:].strip().decode("latin-1").lower(), target
    if b"\r\n\r\n" in stream:
        return "", target
    raise Incomplete


def _expand(secret: bytes, label: str, size: int) -> bytes:
    text = b"tls13 " + label.encode()
    info = size.to_bytes(2, "big") + bytes([len(text)]) + text + b"\0"
    return HKDFExpand(algorithm=hashes.SHA256(), length=size, info=info).derive(secret)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    size = 1 << (data[at] >> 6)
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size


def quic_crypto(datagram: bytes) -> dict[int, bytes]:
    """The CRYPTO fragments in a client's version-1 Initial, by offset; empty when it is none."""
    try:
        if datagram[0] & 0xF0 != 0xC0 or datagram[1:5] != b"\0\0\0\1":
            return {}
        dcid = datagram[6 : 6 + datagram[5]]
        at = 6 + len(dcid)
        at += 1 + datagram[at]
        token, at = _varint(datagram, at)
        at += token
        length, at = _varint(datagram, at)
        plain = _open_initial(datagram[: at + length], at, dcid)
    except Exception:  # noqa: BLE001  whatever is not a well-formed Initial is not ours to read
        return {}
    return _crypto_frames(plain)


def _open_initial(packet: bytes, pn_at: int, dcid: bytes) -> bytes:
    extract = hmac.HMAC(_SALT, hashes.SHA256())
    extract.update(dcid)
    client = _expand(extract.finalize(), "client in", 32)
    key, iv, hp = (
        _expand(client, "quic key", 16),
        _expand(client, "quic iv", 12),
        _expand(client, "quic hp", 16),
    )
    ecb = Cipher(algorithms.AES(hp), modes.ECB()).encryptor()  # noqa: S305  header protection is defined so
    mask = ecb.update(packet[pn_at + 4 : pn_at + 20])
    first = packet[0] ^ (mask[0] & 0x0F)
    size = (first & 3) + 1
    number = bytes(a ^ b for a, b in zip(packet[pn_at : pn_at + size], mask[1:], strict=False))
    header = bytes([first]) + packet[1:pn_at] + number
    nonce = (int.from_bytes(iv, "big") ^ int.from_bytes(number, "big")).to_bytes(12, "big")
    return AESGCM(key).decrypt(nonce, packet[pn_at + size :], header)


def _crypto_frames(plain: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(plain):
        kind = plain[at]
        at += 1
        if kind in (0, 1):
            continue
        if kind != 6:
            break
        offset, at = _varint(plain, at)
        size, at = _varint(plain, at)
        found[offset] = plain[at : at + size]
        at += size
    return found


def quic_name(fragments: dict[int, bytes]) -> str | None:
    """The SNI from CRYPTO fragments; Incomplete while there is a gap."""
    message = b""
    while len(message) in fragments:
        message += fragments[len(message)]
    if len(message) < 4 or len(message) < 4 + int.from_bytes(message[1:4], "big"):
        raise Incomplete
    return hello_name(message)
