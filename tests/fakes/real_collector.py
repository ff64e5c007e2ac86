"""A collector to send to: the real one, in this process or as the real command; and what to send."""

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import aiohttp
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from measurements.collector.app import Locate
from measurements.collector.config import CollectorConfig, Limits
from measurements.collector.log import Log
from measurements.collector.server import running
from measurements.collector.worker import Judge
from measurements.schema.codec import to_document
from measurements.schema.measurement import Measurement
from measurements.schema.submission import (
    CONTENT_TYPE,
    PATH,
    RECEIPT,
    SIGNATURE_HEADER,
    Item,
    canonical,
    decode_key,
    holds,
    seal,
    withdraw_sha256,
)
from measurements.verdict.judge import judge as real_judge
from probe.net.system import SystemClock
from tests.bench.store_world import World

ROOT = Path(__file__).parents[2]
SECRET = b"a withdrawal secret, 32 bytes..."


def measurements(count: int, seed: int = 1) -> list[Measurement]:
    """Ordinary ones; another seed gives others."""
    world = World(seed)
    return [world.measurement(n, 0) for n in range(count)]


def item(m: Measurement, secret: bytes | None = SECRET) -> Item:
    """As it is sent."""
    return Item(
        document=canonical(to_document(m)),
        withdraw_sha256=None if secret is None else withdraw_sha256(secret),
    )


def items(count: int, seed: int = 1) -> list[Item]:
    """Ready to be sealed."""
    return [item(m) for m in measurements(count, seed)]


def key(number: int = 0) -> Ed25519PrivateKey:
    """A sender's: the same for the same number."""
    return Ed25519PrivateKey.from_private_bytes(b"%032d" % number)


def sealed(count: int, seed: int = 1, sender: int = 0) -> bytes:
    """A submission."""
    return seal(items(count, seed), key=key(sender))


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def statuses(self) -> list[str]:
        """Of the items."""
        return [each["status"] for each in self.body["answers"]]

    @property
    def error(self) -> str:
        """The code of a refusal."""
        return str(self.body["error"])


@dataclass
class Served:
    """A collector in this process."""

    port: int
    metrics_port: int
    db: Path
    log: io.StringIO = field(default_factory=io.StringIO)

    async def ask(
        self,
        data: bytes | None,
        *,
        path: str = PATH,
        headers: dict[str, str] | None = None,
        client: str = "127.0.0.1",
    ) -> Answer:
        """POST (GET where there is nothing to send), from this address of loopback."""
        return await ask(self.port, data, path=path, headers=headers, client=client)

    def events(self) -> list[dict[str, Any]]:
        """The log."""
        return [orjson.loads(line) for line in self.log.getvalue().splitlines()]


async def ask(
    port: int,
    data: bytes | None,
    *,
    path: str = PATH,
    headers: dict[str, str] | None = None,
    client: str = "127.0.0.1",
) -> Answer:
    """One request on a connection of its own."""
    headers = {"Content-Type": CONTENT_TYPE} | (headers or {})
    connector = aiohttp.TCPConnector(local_addr=(client, 0))
    async with aiohttp.ClientSession(connector=connector) as session:
        method = "GET" if data is None else "POST"
        url = f"http://127.0.0.1:{port}{path}"
        body = None if data is None else io.BytesIO(data)
        async with session.request(method, url, data=body, headers=headers) as response:
            raw = await response.read()
            return Answer(response.status, orjson.loads(raw), dict(response.headers))


def is_signed(answer: Answer, collector: str, what: str = RECEIPT) -> bool:
    """By this collector, as this kind of message."""
    return holds(
        decode_key(collector), what, canonical(answer.body), answer.headers[SIGNATURE_HEADER]
    )


@contextlib.asynccontextmanager
async def served(
    folder: Path,
    *,
    limits: dict[str, Any] | None = None,
    judge: Judge | None = real_judge,
    locate: Locate | None = None,
    **options: Any,  # noqa: ANN401 - fields of CollectorConfig
) -> AsyncIterator[Served]:
    """One worker, unless asked otherwise."""
    fields: dict[str, Any] = {"workers": 1, "metrics": ("127.0.0.1", 0)} | options
    config = CollectorConfig(
        db=folder / "collector.db",
        port=0,
        limits=replace(Limits(), **(limits or {})),
        **fields,
    )
    clock, log = SystemClock(), io.StringIO()
    run = running(config, clock, Log(log, clock.utc), judge, locate, secret=b"test")
    async with run as addresses:
        yield Served(addresses[0][1], addresses[-1][1], config.db, log)


class Command:
    """`anyqta serve collector` as a process, its log in a file."""

    def __init__(self, folder: Path, *options: str) -> None:
        """Not started yet."""
        self.db, self.options = folder / "collector.db", options
        self.log = folder / "collector.log"
        self.port = 0
        self.listens: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def line(*options: str) -> list[str]:
        """What is run."""
        return [sys.executable, "-m", "probe.cli", "serve", "collector", "--workers", "2", *options]

    def start(self) -> Self:
        """Returns when it is ready."""
        before = self.log.stat().st_size if self.log.exists() else 0
        options = ("--db", str(self.db), "--port", str(self.port), *self.options)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.line(*options), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            for event in self.events(before):
                if event["event"] == "ready":
                    self.port = int(event["listens"][0].rpartition(":")[2])
                    self.listens = event["listens"]
                    return self
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"it does not start: {self.log.read_text()}")

    def events(self, skip: int = 0) -> list[dict[str, Any]]:
        """Lines of the log, from this byte on."""
        raw = self.log.read_bytes()[skip:]
        return [orjson.loads(line) for line in raw.split(b"\n")[:-1]]

    @property
    def pid(self) -> int:
        """The main process."""
        assert self.process is not None
        return self.process.pid

    def workers(self) -> list[int]:
        """Its children."""
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        except OSError:
            return []
        return [int(pid) for pid in children]

    def stop(self) -> int:
        """SIGTERM; its status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


def is_running(pid: int) -> bool:
    """Whether there is such a process (a zombie is none)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)


def kill(pid: int) -> None:
    """kill -9; it may have ended already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def parts(whole: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """In pieces."""
    for at in range(0, len(whole), size):
        yield list(whole[at : at + size])
