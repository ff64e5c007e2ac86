"""Who visits is written nowhere: `anyqta serve site` as a process, all that it says, all files that it makes."""

import contextlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

VISITOR, FORWARDED, FORWARDED_6 = "127.9.8.7", "203.0.113.77", "2001:db8:1:2::77"
SECRETS = (VISITOR, FORWARDED, FORWARDED_6, "planted-agent", "planted-cookie", "planted-word")
ROOT = Path(__file__).parents[2]
HEADERS = (
    f"Host: x\r\nX-Forwarded-For: {FORWARDED}, {FORWARDED_6}\r\nForwarded: for={FORWARDED}\r\n"
    "User-Agent: planted-agent\r\nCookie: a=planted-cookie\r\nConnection: close\r\n"
)
PATHS = {
    "/": 200,
    "/target/selftanu.kz": 200,
    "/search?q=kloop": 200,
    "/feed/all": 200,
    "/anyqta/measurements_view?_facet=status": 200,
    "/anyqta/measurements_view.csv": 200,
    "/nothing": 404,
    "/-/threads": 404,
    "/anyqta?sql=select+1": 403,
    "/anyqta/measurements_view?_where=1": 400,
    "/anyqta/measurements_view?test_runtime__gt=1&_sort=nothing": 400,
    "/" + "a" * 5000: 414,
}


@contextlib.contextmanager
def started(db: Path, home: Path) -> Iterator[int]:
    """The command itself; what it says goes to files in `home`. Its port."""
    line = [sys.executable, "-m", "probe.cli", "serve", "site", "--db", str(db), "--port", "0"]
    env = {**os.environ, "HOME": str(home), "TMPDIR": str(home), "PYTHONUNBUFFERED": "1"}
    with (home / "stdout").open("wb") as out, (home / "stderr").open("wb") as err:
        process = subprocess.Popen(
            [*line, "--trusted-proxy", "127.0.0.0/8"], cwd=ROOT, env=env, stdout=out, stderr=err
        )
        try:
            port = None
            deadline = time.monotonic() + 60
            while port is None and time.monotonic() < deadline:
                assert process.poll() is None, (home / "stderr").read_text()
                said = (home / "stdout").read_text() + (home / "stderr").read_text()
                port = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
                time.sleep(0.05)
            assert port is not None
            yield int(port[1])
        finally:
            process.terminate()
            process.wait(20)


def sends(port: int, raw: bytes, *, wait: bool = True) -> bytes:
    """From the visitor's address, as it is; what comes back."""
    with socket.create_connection(
        ("127.0.0.1", port), timeout=30, source_address=(VISITOR, 0)
    ) as conn:
        conn.sendall(raw)
        out = b""
        with contextlib.suppress(ConnectionError):
            while wait and (chunk := conn.recv(65536)):
                out += chunk
        return out


def asks(port: int, path: str, method: str = "GET", more: str = "") -> int:
    """The status of an ordinary request."""
    got = sends(port, f"{method} {path} HTTP/1.1\r\n{HEADERS}{more}\r\n".encode())
    return int(got.split(b" ", 2)[1])


def written(folder: Path) -> str:
    """Everything in it."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return "\n".join(p.read_bytes().decode("latin-1") for p in files)


@pytest.fixture(scope="module")
def home(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After a day's visitors: some ask, some err, some attack, and the file breaks under the last."""
    home = tmp_path_factory.mktemp("home")
    db = home / "published.db"
    shutil.copy(world, db)
    with started(db, home) as port:
        for path, status in PATHS.items():
            assert asks(port, path) == status, path
        assert asks(port, "/", "POST", "Content-Length: 3\r\n\r\na=b") == 405
        upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
        sends(port, f"GET / HTTP/1.1\r\nConnection: Upgrade\r\n{upgrade}{HEADERS}\r\n".encode())
        sends(port, b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        sends(port, b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n")
        sends(port, f"GET / HTTP/1.1\r\n{HEADERS}Content-Length: no\r\n\r\n".encode())
        sends(port, f"GET / HTTP/1.1\r\n{HEADERS}"[:60].encode(), wait=False)  # goes in the middle
        table = "GET /anyqta/evidence_view.csv HTTP/1.1\r\n"
        sends(port, f"{table}{HEADERS}\r\n".encode(), wait=False)
        sends(port, f"GET /?lang=ru HTTP/1.1\r\n{HEADERS}\r\n".encode(), wait=False)
        with contextlib.closing(sqlite3.connect(db)) as conn:  # the site's own fault
            for view in ("latest_view", "changes_view"):
                conn.execute(f"DROP VIEW {view}")
            conn.commit()
        assert asks(port, "/changes?before=planted-word.1.1.1") == 500
        assert asks(port, "/target/selftanu.kz?all=1") == 500
    return home


def test_nothing_tells_of_a_visitor(home: Path) -> None:
    """Neither their address, nor a proxy's word for it, nor what their browser says, nor what they ask."""
    found = written(home)
    for secret in SECRETS:
        assert secret not in found, found[max(0, found.index(secret) - 300) :][:600]


def test_faults_are_told_to_the_operator(home: Path) -> None:
    """So the log is read: there is something in it, and no traceback."""
    said = (home / "stderr").read_text()
    assert "no such table: changes_view" in said
    assert "Traceback" not in said
    assert len(said.splitlines()) < 20
