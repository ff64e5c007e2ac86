"""A site as a process of its own, its memory watched; and requests to it, timed."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
_START_SECONDS = 60.0


class Site:
    """`anyqta serve site`, or plain Datasette as it comes."""

    def __init__(self, db: Path, *, plain: bool = False) -> None:
        """Not started yet."""
        self.db, self.plain = db, plain
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def line(self) -> list[str]:
        """What is run."""
        told = ["--port", str(self.port)]
        if self.plain:
            return [sys.executable, "-m", "datasette", "serve", str(self.db), *told]
        return [sys.executable, "-m", "probe.cli", "serve", "site", "--db", str(self.db), *told]

    def __enter__(self) -> Self:
        self.port = free_port()
        self.process = subprocess.Popen(
            self.line(),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                assert self.process.stderr is not None
                raise AssertionError(self.process.stderr.read().decode()[-2000:])
            try:
                self.get("/robots.txt")
            except OSError:
                time.sleep(0.05)
                continue
            return self
        self.__exit__()
        raise AssertionError("the site does not start")

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def get(self, path: str) -> tuple[int, float, int]:
        """Status, seconds, bytes: on a connection of its own, read as it comes."""
        began = time.perf_counter()
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            conn.request("GET", path)
            got = conn.getresponse()
            size = 0
            while chunk := got.read(1 << 18):
                size += len(chunk)
            return got.status, time.perf_counter() - began, size
        finally:
            conn.close()

    def text(self, path: str) -> str:
        """The page."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            conn.request("GET", path)
            return conn.getresponse().read().decode()
        finally:
            conn.close()

    def lines(self, path: str) -> tuple[int, float, int]:
        """Status, seconds, lines."""
        began = time.perf_counter()
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            conn.request("GET", path)
            got = conn.getresponse()
            count = 0
            while chunk := got.read(1 << 18):
                count += chunk.count(b"\n")
            return got.status, time.perf_counter() - began, count
        finally:
            conn.close()

    def megabytes(self, *, most: bool = False) -> float:
        """Resident now, or the most since the last `forget`."""
        assert self.process is not None
        wanted = "VmHWM:" if most else "VmRSS:"
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(wanted):
                return int(line.split()[1]) / 1000
        return 0.0

    def forget(self) -> None:
        """Count the most anew."""
        assert self.process is not None
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")


def free_port() -> int:
    """One that nobody listens on."""
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def drop_from_memory(db: Path) -> None:
    """What the system has cached of the file goes: the next read is from the disk."""
    descriptor = os.open(db, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def take_into_memory(db: Path) -> None:
    """All of it, as far as the system's memory goes."""
    with db.open("rb") as file:
        while file.read(1 << 22):
            pass


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
