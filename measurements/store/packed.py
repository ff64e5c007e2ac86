"""What nobody searches by, squeezed into one blob: headers, events, raw DNS, control details.

The blob is a format number; four bytes with the length of the part that deflate would only blow up
(hashes); that part; then deflate, with a preset dictionary of what such blobs always contain, of:
JSON, a NUL byte, the raw bytes that the JSON gives the lengths of. A dictionary is never changed;
another one gets another format number.
"""

import json
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import orjson

from measurements.schema.measurement import (
    Control,
    ControlAnswered,
    ControlDNS,
    ControlEndpoint,
    ControlFailed,
    ControlHop,
    ControlHTTP,
    Measurement,
)
from measurements.schema.records import Arm, BodyFeatures, Headers, NetworkEvent
from measurements.store.dictionary import DICTIONARY_1

_FORMAT = 1
_HEAD = 5
_LEVEL = 6
_LIMIT = 1 << 28  # a blob never inflates to more than this
Json = dict[str, Any]


def _encode(content: Json) -> bytes:
    """JSON; as the standard library has it where there are lone surrogates or giant numbers."""
    try:
        return orjson.dumps(content)
    except TypeError:
        return json.dumps(content, separators=(",", ":")).encode()


def pack(m: Measurement) -> bytes | None:
    """The blob of a measurement; None where there is nothing to keep."""
    r = m.records
    raw: list[bytes] = []
    hashes: list[bytes] = []
    content: Json = {}
    if m.annotations:
        content["a"] = m.annotations
    if r.network_events:
        content["e"] = [_event(e) for e in r.network_events]
    if any(q.raw_response is not None for q in r.queries):
        answers = [q.raw_response for q in r.queries]
        content["q"] = [None if a is None else len(a) for a in answers]
        raw += [a for a in answers if a is not None]
    if any(a.ttl is not None for q in r.queries for a in q.answers):
        content["t"] = [[a.ttl for a in q.answers] for q in r.queries]
    if r.http_transactions:
        content["h"] = [(h.request_headers, h.headers) for h in r.http_transactions]
    if m.controls:
        content["c"] = [_control(c, hashes) for c in m.controls]
    if not content:
        return None
    if any(h.features is not None for h in r.http_transactions):
        content["f"] = [_features(h.features, hashes) for h in r.http_transactions]
    text = _encode(content)
    squeeze = zlib.compressobj(_LEVEL, zdict=DICTIONARY_1)
    plain = b"\0".join((text, b"".join(raw)))
    first = b"".join(hashes)
    head = bytes((_FORMAT,)) + len(first).to_bytes(4, "big") + first
    return head + squeeze.compress(plain) + squeeze.flush()


def _event(e: NetworkEvent) -> tuple[object, ...]:
    """An event as a row, without what is missing at its end."""
    head = (e.transaction_id, e.operation, e.t)
    if e.arm is not None:
        arm = (e.arm.experiment, e.arm.name, e.arm.repetition)
        return (*head, e.num_bytes, e.t0, e.address, e.failure, e.depth, arm)
    if e.depth or e.failure is not None or e.address is not None:
        return (*head, e.num_bytes, e.t0, e.address, e.failure, e.depth)
    return (*head, e.num_bytes, e.t0) if e.t0 is not None else (*head, e.num_bytes)


def _control(c: Control, hashes: list[bytes]) -> list[object] | None:
    if isinstance(c, ControlFailed):
        return None
    endpoints = [
        (e.ip, e.port, e.tcp_failure, e.tls_done, e.tls_failure, e.server_name, e.chain_sha256)
        for e in c.endpoints
    ]
    hops = [(h.url, h.status_code, h.location) for h in c.http.hops]
    dns = [c.dns.addresses, c.dns.ttls]
    return [
        *dns,
        endpoints,
        c.ip_flags,
        c.http.headers,
        _sketch(c.http.shingles, hashes),
        c.http.stable,
        hops,
    ]


def _sketch(numbers: tuple[int, ...], hashes: list[bytes]) -> object:
    """Hashes do not compress: eight (or four) bytes each; other numbers stay as they are."""
    if not numbers:
        return 0
    if min(numbers) < 0 or max(numbers) >= 1 << 64:
        return numbers
    kind = "I" if max(numbers) < 1 << 32 else "Q"
    hashes.append(struct.pack(f"<{len(numbers)}{kind}", *numbers))
    return f"{kind}{len(numbers)}"


def _features(f: BodyFeatures | None, hashes: list[bytes]) -> object:
    """Features as a row; where their sketch begins among the hashes comes first."""
    if f is None:
        return None
    at = sum(map(len, hashes))
    return (at, _sketch(f.shingles, hashes), f.text_length, f.links, f.signs)


class Unpacked:
    """An opened blob. Controls are to be asked for in their order, once."""

    def __init__(self, blob: bytes | None) -> None:
        """Inflate; a missing blob is an empty one."""
        self._content: Json = {}
        self._hashes = self._raw = b""
        self._at = 0
        if blob is None:
            return
        if blob[0] != _FORMAT:
            raise ValueError(f"packed in format {blob[0]}, which this version cannot read")
        end = _HEAD + int.from_bytes(blob[1:_HEAD], "big")
        self._hashes = blob[_HEAD:end]
        opened = zlib.decompressobj(zdict=DICTIONARY_1).decompress(blob[end:], _LIMIT)
        text, _, self._raw = opened.partition(b"\0")
        self._content = json.loads(text)

    def annotations(self) -> Headers:
        """The annotations."""
        return _pairs(self._content.get("a", ()))

    def events(self) -> tuple[NetworkEvent, ...]:
        """The network events, in order."""
        return tuple(_read_event(e) for e in self._content.get("e", ()))

    def raw_responses(self, count: int) -> list[bytes | None]:
        """The raw DNS answers of `count` queries."""
        at, out = 0, list[bytes | None]()
        for length in self._content.get("q") or [None] * count:
            out.append(None if length is None else self._raw[at : at + length])
            at += length or 0
        return out

    def ttls(self, query: int) -> list[int | None] | None:
        """The TTLs of a query's answers; None where none has any."""
        listed = self._content.get("t")
        return None if listed is None else listed[query]

    def headers(self, index: int) -> tuple[Headers, Headers]:
        """The request's and the response's headers of an HTTP transaction."""
        request, response = self._content["h"][index]
        return _pairs(request), _pairs(response)

    def features(self, index: int) -> BodyFeatures | None:
        """What stands in for the body of an HTTP transaction."""
        listed = self._content.get("f")
        if listed is None or listed[index] is None:
            return None
        at, sketch, text_length, links, signs = listed[index]
        return BodyFeatures(
            shingles=self._read_sketch(sketch, at)[0],
            text_length=text_length,
            links=links,
            signs=tuple(signs),
        )

    def control(self, index: int) -> Json:
        """The fields of a ControlAnswered that are not columns: `dns`, `http`, and its own."""
        addresses, ttls, endpoints, flags, headers, sketch, stable, hops = self._content["c"][index]
        shingles, self._at = self._read_sketch(sketch, self._at)
        return {
            "dns": {"addresses": tuple(addresses), "ttls": tuple(ttls)},
            "http": {
                "headers": _pairs(headers),
                "shingles": shingles,
                "stable": stable,
                "hops": tuple(ControlHop(url=u, status_code=s, location=w) for u, s, w in hops),
            },
            "endpoints": tuple(_read_endpoint(e) for e in endpoints),
            "ip_flags": tuple((ip, flag) for ip, flag in flags),
        }

    def _read_sketch(self, sketch: object, at: int) -> tuple[tuple[int, ...], int]:
        """The sketch whose hashes begin at `at`, and where they end."""
        if sketch == 0:
            return (), at
        if not isinstance(sketch, str):
            return tuple(sketch), at  # type: ignore[arg-type]
        layout = struct.Struct(f"<{sketch[1:]}{sketch[0]}")
        return layout.unpack_from(self._hashes, at), at + layout.size


def _pairs(items: Sequence[Sequence[str]]) -> Headers:
    return tuple((key, value) for key, value in items)


def _read_event(row: list[Any]) -> NetworkEvent:
    tid, operation, t, num_bytes, t0, address, failure, depth, arm = row + [None] * (9 - len(row))
    return NetworkEvent(
        transaction_id=tid,
        operation=operation,
        t=t,
        t0=t0,
        address=address,
        num_bytes=num_bytes,
        failure=failure,
        depth=depth or 0,
        arm=Arm(experiment=arm[0], name=arm[1], repetition=arm[2]) if arm else None,
    )


def _read_endpoint(row: list[Any]) -> ControlEndpoint:
    ip, port, tcp_failure, tls_done, tls_failure, server_name, chain = row
    return ControlEndpoint(
        ip=ip,
        port=port,
        tcp_failure=tcp_failure,
        tls_done=tls_done,
        tls_failure=tls_failure,
        server_name=server_name,
        chain_sha256=tuple(chain),
    )


def answered(columns: Json, packed: Json) -> ControlAnswered:
    """A ControlAnswered from its columns and its packed part."""
    return ControlAnswered(
        depth=columns["depth"],
        url=columns["url"],
        address=columns["address"],
        runtime=columns["runtime"],
        dns=ControlDNS(failure=columns["dns_failure"], **packed["dns"]),
        http=ControlHTTP(
            failure=columns["http_failure"],
            status_code=columns["status_code"],
            title=columns["title"],
            body_length=columns["body_length"],
            body_sha256=columns["body_sha256"],
            runtime=columns["http_runtime"],
            **packed["http"],
        ),
        endpoints=packed["endpoints"],
        ip_flags=packed["ip_flags"],
    )
