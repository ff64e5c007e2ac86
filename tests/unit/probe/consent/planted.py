"""A measurement with something in every field, and all ways of writing an address into it."""

import base64
import gzip
import html
import quopri
import zlib
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from measurements.schema.measurement import (
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlHop,
    ControlHTTP,
    Finding,
    Measurement,
    Place,
)
from measurements.schema.records import (
    BodyFeatures,
    DNSAnswer,
    DNSQuery,
    HTTPTransaction,
    NetworkEvent,
    QUICHandshake,
    Records,
    TCPConnect,
    TLSHandshake,
)
from probe.consent.needles import Needles
from tests.unit.probe.consent.rare_spellings import in_its_56

TARGET, OTHER = "93.184.216.34", "151.101.1.69"
OWN = ("92.46.10.77", "192.168.1.5", "2a00:5da0:1:1:a8bb:ccff:fedd:ee01")
NAMES = ("askar-laptop", "zhanibekov", "/home/zhanibekov")
NEEDLES = Needles.of(OWN, names=NAMES)


def no_features(_: HTTPTransaction) -> BodyFeatures:
    """Nothing of a body."""
    return BodyFeatures()


def measurement(**changes: Any) -> Measurement:  # noqa: ANN401
    """Every kind of record, once."""
    made = Measurement(
        measurement_uid="20261125021600_KZ_webconnectivity_00112233aabbccdd",
        run_id="20261125T021600Z_00112233aabb",
        input="https://www.site.kz/page",
        measurement_start_time="2026-11-25T02:16:57Z",
        test_start_time="2026-11-25T02:16:41Z",
        test_runtime=1.25,
        software_name="anyqta",
        software_version="0.3.0",
        category_code="NEWS",
        probe=Place(asn=9198, as_org_name="Kazakhtelecom", cc="KZ"),
        resolver=Place(asn=9198, as_org_name="Kazakhtelecom", cc="KZ"),
        findings=(Finding(kind="vpn", says="Traffic leaves through tun0."),),
        annotations=(("own_address", "known"),),
        records=records(),
        controls=(control(),),
    )
    return replace(made, **changes)


def records() -> Records:
    """One of each."""
    when: dict[str, Any] = {"transaction_id": 1, "t0": 0.1, "t": 0.2}
    place: dict[str, Any] = {"ip": TARGET, "port": 443}
    return Records(
        queries=(
            DNSQuery(
                **when,
                engine="udp",
                role="configured",
                resolver_address="8.8.8.8:53",
                hostname="www.site.kz",
                query_type="A",
                answers=(
                    DNSAnswer(answer_type="A", value=TARGET, asn=1, as_org_name="Site"),
                    DNSAnswer(answer_type="CNAME", value="edge.cdn.net"),
                ),
                raw_response=dns_message(),
            ),
        ),
        tcp_connects=(TCPConnect(**when, **place),),
        tls_handshakes=(
            TLSHandshake(
                **when, **place, server_name="www.site.kz", peer_certificates=(b"\x30\x82",)
            ),
        ),
        quic_handshakes=(QUICHandshake(**when, **place, server_name="www.site.kz"),),
        http_transactions=(
            HTTPTransaction(
                **when,
                **place,
                url="https://www.site.kz/page",
                request_headers=(("User-Agent", "Mozilla/5.0"), ("Cookie", "a=b")),
                status_code=200,
                headers=(
                    ("Content-Type", "text/html"),
                    ("X-Served-For", "you"),
                    ("Server", "nginx"),
                ),
                body=b"<title>Hello</title>" + b"All is well. " * 20,
                body_length=280,
                body_sha256="0" * 64,
                title="Hello",
            ),
        ),
        network_events=(NetworkEvent(**when, operation="read", address=f"{TARGET}:443"),),
    )


def control() -> ControlAnswered:
    """A control that saw the page."""
    return ControlAnswered(
        depth=0,
        url="https://www.site.kz/page",
        address="https://control.example.org/",
        dns=ControlDNS(addresses=(TARGET,)),
        http=ControlHTTP(
            status_code=200,
            title="Hello",
            headers=(("Server", "nginx"),),
            hops=(ControlHop(url="https://www.site.kz/page", status_code=200),),
        ),
        endpoints=(ControlEndpoint(ip=TARGET, port=443),),
        ip_flags=((TARGET, 3),),
    )


def dns_message(subnet: bytes = b"\x00\x01\x18\x00\x5c\x2e\x0a") -> bytes:
    """An answer whose OPT record names the asker's /24 (RFC 7871)."""
    name = b"\3www\4site\2kz\0"
    head = b"\x12\x34\x81\x80\0\1\0\1\0\0\0\1"
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + IPv4Address(TARGET).packed
    option = b"\0\x08" + len(subnet).to_bytes(2, "big") + subnet
    opt = b"\0\0\x29\x10\0\0\0\0\0" + len(option).to_bytes(2, "big") + option
    return head + name + b"\0\1\0\1" + answer + opt


# --- ways of writing ---------------------------------------------------------------------------


def spellings_of_v4(ip: str) -> list[str]:
    """Without any encoding around it."""
    a, b, c, d = packed = IPv4Address(ip).packed
    number = int(IPv4Address(ip))
    h = packed.hex()
    swapped = packed[::-1].hex()
    return [
        ip,
        f"{d}.{c}.{b}.{a}",
        f"{d}.{c}.{b}.{a}.in-addr.arpa",
        f"host-{a}-{b}-{c}-{d}.isp.kz",
        f"{a}_{b}_{c}_{d}",
        f"{d}-{c}-{b}-{a}",
        f"{a:03}.{b:03}.{c:03}.{d:03}",
        f"{a:03}{b:03}{c:03}{d:03}",
        f"[{a}, {b}, {c}, {d}]",
        str(number),
        str(int.from_bytes(packed[::-1], "big")),
        f"0x{h}",
        f"0X{h.upper()}",
        f"0x{swapped}",
        f"0{number:o}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        ":".join(f"{n:02x}" for n in packed),
        "-".join(f"{n:02X}" for n in packed),
        "".join(f"\\x{n:02x}" for n in packed),
        f"::ffff:{ip}",
        f"::ffff:{h[:4]}:{h[4:]}",
        f"2002:{h[:4]}:{h[4:]}::1",
        f"64:ff9b::{int(h[:4], 16):x}:{int(h[4:], 16):x}",
        f"{a}.{b}.{(c << 8) + d}",
        ip[::-1],
        f"{a}\t{b}\t{c}\t{d}",
        f"0{a:o}.0{number & 0xFFFFFF:o}",
        f"{a}[dot]{b}(dot){c} dot {d}",
        f"<b>{a}</b>.<b>{b}</b>.<!-- -->{c}.<wbr>{d}",
        f'"{a}.{b}" + ".{c}.{d}"',
        rf"{a}\.{b}\.{c}\.{d}",
        f'["{a}", "{b}", "{c}", "{d}"]',
    ]


def spellings_of_v6(ip: str) -> list[str]:
    """The same; each within the /64."""
    address = IPv6Address(ip)
    neighbour = IPv6Address(int(address) >> 64 << 64 | 0x1234)
    nibbles = address.exploded.replace(":", "")
    return [
        str(address),
        address.exploded,
        str(address).upper(),
        address.exploded.upper(),
        f"[{address}]:443",
        f"{address}%eth0",
        str(neighbour),
        neighbour.exploded,
        str(address).replace(":", "-"),
        address.exploded.replace(":", "_"),
        nibbles,
        nibbles.upper(),
        ".".join(reversed(nibbles)) + ".ip6.arpa",
        str(int(address)),
        str(int(neighbour)),
        address.packed[:8].hex(":"),
        str(address)[::-1],
        str(address).replace(":", ":<wbr>"),
        str(list(address.packed)),
        "-".join(f"{int(g, 16):x}" for g in address.exploded.split(":")[:4]) + ".pool.isp.kz",
    ]


def deflated(raw: bytes) -> bytes:
    """Without a header, as in SAML."""
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(raw) + machine.flush()


def utf7(raw: bytes) -> bytes:
    """All of it shifted."""
    return b"+" + base64.b64encode(raw.decode("latin-1").encode("utf-16-be")).rstrip(b"=") + b"-"


def percent(raw: bytes) -> bytes:
    """Every byte of it."""
    return b"".join(b"%%%02X" % b for b in raw)


WRAPS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda raw: raw,
    "base64": base64.b64encode,
    "base64 after one": lambda raw: base64.b64encode(b"{" + raw + b"}"),
    "base64 after two": lambda raw: base64.b64encode(b'{"' + raw + b'"}'),
    "base64url": lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"="),
    "base32": base64.b32encode,
    "hex": lambda raw: raw.hex().encode(),
    "HEX": lambda raw: raw.hex().upper().encode(),
    "percent": percent,
    "percent twice": lambda raw: quote(percent(raw)).encode(),
    "json": lambda raw: b"".join(b"\\u%04x" % b for b in raw),
    "backslash": lambda raw: b"".join(b"\\x%02x" % b for b in raw),
    "entities": lambda raw: b"".join(b"&#%d;" % b for b in raw),
    "hex entities": lambda raw: b"".join(b"&#x%x;" % b for b in raw),
    "quoted": lambda raw: b"".join(b"=%02X" % b for b in raw),
    "quopri": quopri.encodestring,
    "utf-16": lambda raw: base64.b64encode(raw.decode("latin-1").encode("utf-16-le")),
    "utf-32": lambda raw: base64.b64encode(raw.decode("latin-1").encode("utf-32-be")),
    "char codes": lambda raw: ", ".join(map(str, raw)).encode(),
    "dump": lambda raw: raw.hex(" ").encode(),
    "gzip in base64": lambda raw: base64.b64encode(gzip.compress(b'{"ip":"' + raw + b'"}')),
    "zlib in base64url": lambda raw: base64.urlsafe_b64encode(zlib.compress(raw)).rstrip(b"="),
    "zlib in hex": lambda raw: zlib.compress(b"client " + raw).hex().encode(),
    "deflate in base64": lambda raw: base64.b64encode(deflated(b'{"client":"' + raw + b'"}')),
    "css": lambda raw: b"".join(b"\\%x " % b for b in raw),
    "css in six": lambda raw: b"".join(b"\\%06x" % b for b in raw) + b" ",
    "utf-7": utf7,
    "percent u": lambda raw: b"".join(b"%%u%04x" % b for b in raw),
    "named": lambda raw: html.escape(raw.decode("latin-1")).replace(".", "&period;").encode(),
}
SIMPLE = [name for name in WRAPS if name not in {"utf-16", "utf-32"}]


def written(
    needles: tuple[str, ...] = OWN[:1] + OWN[2:] + NAMES[:2],
) -> st.SearchStrategy[tuple[str, bytes]]:
    """(what it is, how it is written): once or twice encoded."""

    def spelled(needle: str) -> st.SearchStrategy[str]:
        if ":" in needle:
            return st.sampled_from([*spellings_of_v6(needle), *in_its_56(needle)])
        return st.sampled_from(spellings_of_v4(needle) if needle[0].isdigit() else [needle])

    def wrapped(what: tuple[str, str], inner: str, outer: str) -> tuple[str, bytes]:
        return what[1], WRAPS[outer](WRAPS[inner](what[1].encode()))

    pairs = st.sampled_from(needles).flatmap(lambda n: spelled(n).map(lambda s: (n, s)))
    return st.builds(wrapped, pairs, st.sampled_from(list(WRAPS)), st.sampled_from(SIMPLE))


# --- planting ----------------------------------------------------------------------------------

_NOT = {"measurement_uid", "run_id", "report_id", "input", "features", "verdict", "arm"}
_NOT |= {"measurement_start_time", "test_start_time", "test_name"}


def places(value: object, name: str = "") -> Iterator[tuple[Any, ...]]:
    """The way to each text and bytes field."""
    if isinstance(value, Enum) or name in _NOT:
        return
    if isinstance(value, str | bytes):
        yield ()
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from ((i, *rest) for rest in places(item))
    elif is_dataclass(value):
        for f in fields(value):
            yield from ((f.name, *rest) for rest in places(getattr(value, f.name), f.name))


def planted(value: Any, way: tuple[Any, ...], text: bytes) -> Any:  # noqa: ANN401
    """`value` with the text put at the end of that field."""
    if not way:
        joined = (value.encode() if isinstance(value, str) else value) + b" " + text
        return joined.decode("utf-8", "replace") if isinstance(value, str) else joined
    step, *rest = way
    if isinstance(step, int):
        return (*value[:step], planted(value[step], tuple(rest), text), *value[step + 1 :])
    return replace(value, **{step: planted(getattr(value, step), tuple(rest), text)})
