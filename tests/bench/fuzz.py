"""Requests that nobody should send, to a real collector: no 5xx, no traceback, no growth."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from collections import Counter
from copy import deepcopy
from typing import Any

import orjson

from measurements.schema.submission import (
    CONTENT_TYPE,
    PATH,
    WITHDRAWALS,
    Item,
    encode_key,
    seal,
)
from tests.bench.collector import OPEN
from tests.bench.collector_run import Collector
from tests.bench.collector_world import Load, items, key
from tests.bench.figures import Figure, Part
from tests.bench.folders import folder

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, -1e308, 2**63, 2**64, 1e-320, "", "\x00", "\ud7ff", "A" * 70000, [], {},
    [[]], {"": {}}, "NaN", "0x7f000001", "::1", "-1", "1e999", "<script>", "' OR 1=1 --", "=1+1",
    "\u202e\u0000\u2028", [0] * 5000, {"a": [None] * 3000}, "2026-13-45 99:99:99", "http://[::1", -0.0,
)  # fmt: skip
_METHODS = ("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "BREW", "")
_PATHS = (
    PATH, WITHDRAWALS, "/report", "/report/x", "/report/x/close", "/health", "/api/v1/collector",
    "/", "/../../etc/passwd", "/%00", "/api/v1/submissions/", "/metrics", "*", "http://a/", "/report//close",
)  # fmt: skip


class Fuzzer:
    """A stream of requests as bytes, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        load = Load(40, seed=seed)
        self.items = list(items(load))
        self.documents = [orjson.loads(item.document) for item in self.items]
        self.key = key(seed)
        self.whole = seal(self.items[:2], key=self.key)

    def request(self) -> bytes:
        """One of the kinds, at random."""
        kinds = (
            self.garbage, self.odd_http, self.flipped, self.bad_payload, self.bad_document,
            self.bad_document, self.bad_document, self.withdrawal, self.ooni, self.cut,
        )  # fmt: skip
        return self.chance.choice(kinds)()

    def http(self, method: str, path: str, body: bytes, *headers: str) -> bytes:
        """A well-formed one."""
        head = "".join(f"{h}\r\n" for h in headers)
        start = f"{method} {path} HTTP/1.1\r\nHost: c\r\nConnection: close\r\n{head}"
        return f"{start}Content-Length: {len(body)}\r\n\r\n".encode(errors="replace") + body

    def submission(self, body: bytes) -> bytes:
        """To the batch endpoint."""
        return self.http("POST", PATH, body, f"Content-Type: {CONTENT_TYPE}")

    def garbage(self) -> bytes:
        """Not HTTP."""
        return self.chance.randbytes(self.chance.randrange(1, 400)) + b"\r\n\r\n"

    def odd_http(self) -> bytes:
        """HTTP, nearly."""
        chance = self.chance
        headers = [
            f"{chance.choice(('Content-Encoding', 'X-Forwarded-For', 'Expect', 'Range', 'Cookie'))}: "
            + chance.choice(
                ("gzip", "zstd", "1.2.3.4", "100-continue", "bytes=0-", "\xff" * 9, "a" * 9000)
            )
            for _ in range(chance.randrange(3))
        ]
        body = chance.randbytes(chance.randrange(200))
        return self.http(chance.choice(_METHODS), chance.choice(_PATHS), body, *headers)

    def flipped(self) -> bytes:
        """A submission with some bytes changed."""
        data = bytearray(self.whole)
        for _ in range(self.chance.randrange(1, 4)):
            data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
        return self.submission(bytes(data))

    def cut(self) -> bytes:
        """Half a request, and then nothing: the client goes away."""
        whole = self.submission(self.whole)
        return whole[: self.chance.randrange(1, len(whole))]

    def bad_payload(self) -> bytes:
        """Signed and whole, but the payload is nothing that can be read."""
        chance = self.chance
        payload = chance.choice(
            (
                chance.randbytes(200),
                zstd.compress(b"[" * chance.randrange(1, 100_000)),
                zstd.compress(b'{"document":' * 3000),
                zstd.compress(b"\0" * 90_000_000) if chance.random() < 0.02 else b"",
                zstd.compress(b"\xff\xfe\n" * 50),
                zstd.compress(b'{"document":{},"withdraw":null}\n' * chance.randrange(1, 3000)),
            )
        )
        return self.submission(resealed(self.key, payload, chance.randrange(1, 5)))

    def bad_document(self) -> bytes:
        """Signed, whole, and a measurement: but for some values in it."""
        document = orjson.loads(orjson.dumps(self.chance.choice(self.documents)))
        document["measurement_uid"] = (
            f"20261125010203_KZ_webconnectivity_{self.chance.getrandbits(64):016x}"
        )
        for _ in range(self.chance.randrange(1, 4)):
            self.mutate(document)
        return self.submission(seal([Item(document=json.dumps(document).encode())], key=self.key))

    def mutate(self, value: Any) -> None:  # noqa: ANN401 - JSON
        """One value somewhere inside becomes another, or goes."""
        while True:
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            if not keys:
                return
            at = self.chance.choice(keys)
            if isinstance(value[at], dict | list) and value[at] and self.chance.random() < 0.8:
                value = value[at]
                continue
            if self.chance.random() < 0.2:
                del value[at]
            else:
                value[at] = deepcopy(self.chance.choice(_JUNK))
            return

    def withdrawal(self) -> bytes:
        """Of what is not there, or not a withdrawal."""
        entry: Any = {"measurement_uid": "x", "secret": encode_key(self.chance.randbytes(32))}
        body = {"format": "anyqta-withdrawal/1", "withdrawals": [entry] * self.chance.randrange(3)}
        self.mutate(body)
        return self.http(
            "POST", WITHDRAWALS, json.dumps(body).encode(), "Content-Type: application/json"
        )

    def ooni(self) -> bytes:
        """OONI's calls, with something wrong."""
        if self.chance.random() < 0.4:
            body: Any = {
                "data_format_version": "0.2.0", "format": "json", "probe_asn": "AS9198", "probe_cc": "KZ",
                "software_name": "x", "software_version": "1", "test_name": "web_connectivity",
                "test_start_time": "2026-11-25 01:02:03", "test_version": "0.4",
            }  # fmt: skip
            self.mutate(body)
            return self.http("POST", "/report", json.dumps(body).encode())
        content = {"format": "json", "content": self.chance.choice(self.documents)}
        report = "20261125T010203Z_webconnectivity_KZ_9198_n1_" + "a" * 16
        return self.http("POST", f"/report/{report}", json.dumps(content).encode())


def resealed(signer: Any, payload: bytes, documents: int) -> bytes:  # noqa: ANN401 - a private key
    """A submission around any payload, with a signature that holds."""
    import hashlib  # noqa: PLC0415 - beside its only use

    from measurements.schema.submission import FORMAT, canonical, sign  # noqa: PLC0415

    line = canonical(
        {
            "collector": "",
            "documents": documents,
            "format": FORMAT,
            "payload_sha256": hashlib.sha256(payload).hexdigest(),
            "sender": encode_key(signer.public_key().public_bytes_raw()),
        }
    )
    return b"%b\n%b\n%b" % (line, sign(signer, FORMAT, line).encode(), payload)


def run(total: int) -> Part:
    """So many, sixteen at a time."""
    with folder() as home, Collector(home, *OPEN) as collector:
        statuses: Counter[str] = Counter()
        memory: list[int] = []
        asyncio.run(_pour(collector, total, statuses, memory))
        log = collector.log.read_text(errors="replace")
        alive = asyncio.run(_alive(collector))
    settled, last = memory[len(memory) // 4], memory[-1]
    fives = sum(n for status, n in statuses.items() if status.startswith("5"))
    name = f"{total:,} fuzzed requests"
    return Part(
        (
            Figure(name, "5xx", fives, "", 0),
            Figure(name, "tracebacks", log.count("Traceback"), "", 0),
            Figure(name, "growth since the quarter", round(last / settled - 1, 3), "share", 0.1),
            Figure(name, "answers a sound submission afterwards", int(alive), "", 1, "most"),
        ),
        lines=(f"{dict(statuses.most_common())}", *_odd(log)),
        data={"rss": memory},
    )


def _odd(log: str) -> list[str]:
    return [line for line in log.splitlines() if '"bug"' in line or "died" in line][:10]


async def _pour(
    collector: Collector, total: int, statuses: Counter[str], memory: list[int]
) -> None:
    fuzzer, left = Fuzzer(5), iter(range(total))

    async def one(number: int) -> None:
        for count in left:
            if count % 2000 == 0:
                memory.append(collector.rss())
            statuses[
                await _ask(
                    collector.port, fuzzer.request(), f"127.0.3.{1 + (number + count) % 250}"
                )
            ] += 1

    async with asyncio.TaskGroup() as group:
        for number in range(16):
            group.create_task(one(number))
    memory.append(collector.rss())


async def _ask(port: int, request: bytes, source: str) -> str:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    except OSError:
        return "refused"
    try:
        writer.write(request)
        if not whole(request):  # half a request, and nothing more comes
            writer.write_eof()
        async with asyncio.timeout(30):
            answer = await reader.read(400)
    except TimeoutError:
        return "silence"
    except OSError:
        return "reset"
    finally:
        writer.close()
    return answer[9:12].decode("ascii", "replace") if answer.startswith(b"HTTP/") else "closed"


def whole(request: bytes) -> bool:
    """Whether it has the body that it announces."""
    head, found, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: ([0-9]+)\Z", head)
    return bool(found and length) and len(body) >= int(length[1] if length else 0)


async def _alive(collector: Collector) -> bool:
    from tests.bench.collector_run import Client, Tally, send  # noqa: PLC0415

    tally = Tally()
    await send(Client(collector.port), seal(list(items(Load(3, seed=99))), key=key(99)), tally)
    return tally.answers["accepted"] == 3
