"""A collector as a process, and clients that load it over real connections."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from measurements.schema.submission import CONTENT_TYPE, PATH
from tests.netlab.lab import ROOT

_START = 120.0  # other work may have the cores
_REFUSED = (429, 503)


def free_port() -> int:
    """Of loopback."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Collector:
    """`anyqta serve collector` over a database of its own."""

    def __init__(self, folder: Path, *options: str, port: int | None = None) -> None:
        self.folder, self.options = folder, options
        self.port = port or free_port()
        self.db = folder / "collector.db"
        self.log = folder / "collector.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The main process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns when it listens."""
        command = [sys.executable, "-m", "probe.cli", "serve", "collector"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--db", str(self.db)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self.options],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        until = time.monotonic() + _START
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"the collector ended: {self.log.read_text()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("the collector does not listen")

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, and its exit status."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def workers(self) -> list[int]:
        """Its children's pids."""
        return [pid for pid, parent in _parents() if parent == self.pid]

    def rss(self) -> int:
        """Bytes in memory, children included (what they share counts in each)."""
        return sum(rss(pid) for pid in [self.pid, *self.workers()])

    def cpu(self) -> tuple[float, float]:
        """Seconds of processor time: the one that listens, and its workers together."""
        return cpu(self.pid), sum(map(cpu, self.workers()))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            yield int(entry.name), int(stat.rsplit(")", 1)[1].split()[1])


def cpu(pid: int) -> float:
    """Seconds of processor time, the kernel's for it included."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = stat.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss(pid: int) -> int:
    """Bytes of one process that are in memory."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Tally:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    retries: int = 0
    problems: Counter[str] = field(default_factory=Counter)


class Client:
    """One connection after another to the collector, from `source`, an address of loopback.

    Streams and no HTTP library: the load shares the cores with what is measured.
    """

    def __init__(self, port: int, source: str | None = None) -> None:
        self._port, self._source = port, source
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body. Raises OSError."""
        if self._streams is None:
            local = (self._source, 0) if self._source else None
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, local_addr=local)
        reader, writer = self._streams
        head = f"POST {path} HTTP/1.1\r\nHost: collector\r\nContent-Type: {CONTENT_TYPE}\r\n"
        writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        try:
            top = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                k.lower(): v.strip() for k, _, v in (line.partition(":") for line in top[1:])
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        except (asyncio.IncompleteReadError, OSError) as exc:
            self.close()
            raise ConnectionError("the collector went away") from exc
        if headers.get("connection") == "close":
            self.close()
        return int(top[0].split(" ")[1]), headers, body

    def close(self) -> None:
        """Let go of the connection; the next request makes another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def send(client: Client, data: bytes, tally: Tally) -> bool:
    """One submission, until it is answered; False where it was refused for good."""
    while True:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(60):
                status, headers, body = await client.post(PATH, data)
        except (OSError, TimeoutError) as exc:
            client.close()
            tally.problems[type(exc).__name__] += 1
            tally.retries += 1
            await asyncio.sleep(0.1)
            continue
        tally.seconds.append(time.perf_counter() - began)
        tally.statuses[status] += 1
        if status in _REFUSED:
            tally.retries += 1
            await asyncio.sleep(min(float(headers.get("retry-after", "1")), 2.0))
            continue
        if status != 200:
            tally.problems[body[:200].decode(errors="replace")] += 1
            return False
        for answer in orjson.loads(body)["answers"]:
            said = answer["status"]
            tally.answers[f"{said}: {answer['code']}" if "code" in answer else said] += 1
        return True


async def pour(port: int, submissions: Iterable[bytes], *, clients: int, tally: Tally) -> None:
    """All of them, `clients` at a time, each client from an address of its own."""
    source = iter(submissions)

    async def one(number: int) -> None:
        client = Client(port, f"127.0.{1 + number // 250}.{1 + number % 250}")
        for data in source:
            await send(client, data, tally)
        client.close()

    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(one(number))


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so many are at most."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
