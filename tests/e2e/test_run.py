"""`anyqta run` as a person or a script runs it: real processes.

Targets are in the reserved .invalid; resolvers and DoH are on loopback. This computer's own
resolver is asked too, as in any run: nobody else is.
"""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("probe.wiring")

ANYQTA = (sys.executable, "-W", "error::ResourceWarning", "-m", "probe.cli")


def environment(home: Path) -> dict[str, str]:
    """A home of its own, and nothing of this computer's settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANYQTA_", "SSL_CERT"))}
    return {**kept, "ANYQTA_HOME": str(home)}


@contextlib.contextmanager
def resolver(*, rcode: int = 3, port: int = 0) -> Iterator[tuple[str, list[bytes]]]:
    """One on loopback that answers everything alike, in a thread; and what it was asked."""
    import threading  # noqa: PLC0415

    asked: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", port))
        sock.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    data, sender = sock.recvfrom(4096)
                    asked.append(data)
                    sock.sendto(data[:2] + bytes((0x81, 0x80 | rcode)) + data[4:], sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{sock.getsockname()[1]}", asked
        finally:
            over.set()
            thread.join()


def quiet_world(at: str) -> tuple[str, ...]:
    """Options that keep all packets on this computer."""
    return ("--no-control", "--resolver", at, "--doh", "https://127.0.0.1:9/dns-query")


def run(home: Path, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """The command, to its end."""
    return subprocess.run(
        (*ANYQTA, "run", *arguments),
        env=environment(home),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL if stdin is None else None,
    )


def lines(text: str) -> list[dict[str, object]]:
    """Of JSON."""
    return [json.loads(line) for line in text.splitlines()]


def stored(home: Path) -> set[str]:
    """The inputs in the database, which is whole."""
    with contextlib.closing(sqlite3.connect(home / "anyqta.db")) as db:
        assert [("ok",)] == db.execute("PRAGMA integrity_check").fetchall()
        assert [] == db.execute("PRAGMA foreign_key_check").fetchall()
        half = "SELECT count(*) FROM measurements WHERE revision IS NULL"
        assert [(0,)] == db.execute(half).fetchall()
        rows = db.execute("SELECT t.url FROM measurements m JOIN targets t ON t.id = m.target_id")
        return {url for (url,) in rows}


def test_json_is_one_line_a_target(tmp_path: Path) -> None:
    """With all the keys of the contract, nothing else on standard output; status 0."""
    with resolver() as (at, _):
        done = run(
            tmp_path, "a.invalid", "https://b.invalid/x", "--json", "--yes", *quiet_world(at)
        )
    assert 0 == done.returncode, done.stderr
    found = lines(done.stdout)
    assert {"https://a.invalid/", "https://b.invalid/x"} == {str(line["input"]) for line in found}
    for line in found:
        assert {
            "measurement_uid", "run_id", "input", "measurement_start_time", "test_runtime",
            "probe_cc", "probe_asn", "resolver_asn", "verdict", "accessible", "blocking",
        } <= set(line)  # fmt: skip
        verdict = line["verdict"]
        assert isinstance(verdict, dict)
        assert {
            "status", "layer", "mechanism", "trigger", "locus", "confidence", "summary",
            "evidence", "layers", "partial",
        } <= set(verdict)  # fmt: skip
    assert {"https://a.invalid/", "https://b.invalid/x"} == stored(tmp_path)
    assert "Traceback" not in done.stderr


def test_no_packet_before_consent(tmp_path: Path) -> None:
    """Status 4, and not even the resolver was asked; no database."""
    with resolver() as (at, asked):
        for arguments in (("a.invalid",), ("a.invalid", "--json")):
            done = run(tmp_path, *arguments, *quiet_world(at))
            assert 4 == done.returncode
            assert "" == done.stdout
            assert "anyqta consent" in done.stderr
        time.sleep(0.1)
    assert [] == asked
    assert not (tmp_path / "anyqta.db").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--frobnicate",),
        ("a.invalid", "--doh", "http://127.0.0.1/dns-query"),
        ("a.invalid", "--resolver", "dns.example"),
        ("a.invalid", "--concurrency", "0"),
        ("a.invalid", "--control", "https://c.example", "--no-control"),
        ("ftp://a.invalid/",),
        ("http://192.168.1.1/",),
    ],
)
def test_wrong_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Status 2, and nothing was begun."""
    done = run(tmp_path, *arguments, "--yes")
    assert 2 == done.returncode, done.stderr
    assert not (tmp_path / "anyqta.db").exists()


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    """Status 1, with the file's name."""
    done = run(tmp_path, "-f", str(tmp_path / "none.txt"), "--yes")
    assert 1 == done.returncode
    assert "none.txt" in done.stderr


def test_offline(tmp_path: Path) -> None:
    """Status 3: nobody answers. No target is named to anybody."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
    done = run(tmp_path, "a.invalid", "--yes", *quiet_world(nobody))
    if "resolver answers no question" not in done.stderr and done.returncode == 0:
        pytest.skip("this computer's own resolver answers")
    assert 3 == done.returncode, done.stderr
    assert "offline" in done.stderr
    assert not (tmp_path / "anyqta.db").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_goes_on_later(tmp_path: Path, number: signal.Signals) -> None:
    """What was measured is kept; the end is quick; --resume measures the rest, and only that."""
    urls = [f"https://{i}.invalid/" for i in range(12)]
    with resolver() as (at, _):
        options = ("--yes", "--json", "--concurrency", "1", "--no-diagnose", *quiet_world(at))
        with started(tmp_path, *urls, *options) as process:
            first = [json.loads(next_line(process)) for _ in range(2)]
            began = time.monotonic()
            process.send_signal(number)
            rest, says = process.communicate(timeout=30)
        assert time.monotonic() - began < 3
        assert 0 == process.returncode, says
        assert "--resume" in says
        assert "Traceback" not in says
        kept = {line["input"] for line in first} | {str(x["input"]) for x in lines(rest)}
        assert kept == stored(tmp_path)
        assert len(kept) < len(urls)

        again = run(tmp_path, "--resume", *options)
    assert 0 == again.returncode, again.stderr
    later = {str(line["input"]) for line in lines(again.stdout)}
    assert set(urls) - kept == later
    assert set(urls) == stored(tmp_path)
    assert {line["run_id"] for line in first} == {x["run_id"] for x in lines(again.stdout)}
    assert 1 == run(tmp_path, "--resume", "--yes").returncode  # nothing is owed any more


def test_killed_it_leaves_a_whole_database(tmp_path: Path) -> None:
    """kill -9 in the midst: every line that was shown is stored, nothing is half there."""
    urls = [f"https://{i}.invalid/" for i in range(40)]
    with resolver() as (at, _):
        options = ("--yes", "--json", "--concurrency", "4", "--no-diagnose", *quiet_world(at))
        with started(tmp_path, *urls, *options) as process:
            shown = {json.loads(next_line(process))["input"] for _ in range(6)}
            process.kill()
            process.communicate(timeout=30)
        kept = stored(tmp_path)
        assert shown <= kept
        again = run(tmp_path, "--resume", *options)
    assert 0 == again.returncode, again.stderr
    assert set(urls) == stored(tmp_path)
    assert set(urls) - kept == {str(line["input"]) for line in lines(again.stdout)}


def test_two_runs_at_once(tmp_path: Path) -> None:
    """One database, two processes: neither is refused."""
    with resolver() as (at, _), contextlib.ExitStack() as stack:
        options = ("--yes", "--json", "--no-diagnose", *quiet_world(at))
        names = [[f"https://{half}{i}.invalid/" for i in range(10)] for half in "ab"]
        both = [stack.enter_context(started(tmp_path, *part, *options)) for part in names]
        ends = [process.communicate(timeout=60) for process in both]
    assert [0, 0] == [process.returncode for process in both], ends
    assert [10, 10] == [len(lines(out)) for out, _ in ends]
    assert {url for part in names for url in part} == stored(tmp_path)


def test_nobody_reads_any_more(tmp_path: Path) -> None:
    """`anyqta run --json | head -1`: it ends soon, without a traceback, and keeps what it has."""
    urls = [f"https://{i}.invalid/" for i in range(30)]
    with resolver() as (at, _):
        options = ("--yes", "--json", "--concurrency", "1", "--no-diagnose", *quiet_world(at))
        with started(tmp_path, *urls, *options) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            first = json.loads(next_line(process))["input"]
            process.stdout.close()
            says = process.stderr.read()
            process.wait(timeout=30)
    assert "Traceback" not in says
    assert first in stored(tmp_path)
    assert len(stored(tmp_path)) < len(urls)


def test_nobody_hears_any_more(tmp_path: Path) -> None:
    """The same for standard error, where the progress goes."""
    urls = [f"https://{i}.invalid/" for i in range(30)]
    with resolver() as (at, _):
        options = ("--yes", "--concurrency", "1", "--no-diagnose", *quiet_world(at))
        with started(tmp_path, *urls, *options) as process:
            assert process.stderr is not None
            while "[1/30]" not in process.stderr.readline():
                pass
            process.stderr.close()
            process.wait(timeout=30)
    assert process.returncode in {0, 1, 130}
    assert len(stored(tmp_path)) < len(urls)


def test_dead_dns_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """getaddrinfo may block for half a minute: Ctrl-C does not wait for its threads."""
    with resolver(rcode=0) as (at, _):
        options = ("--yes", "--json", "--no-diagnose", *quiet_world(at))
        with started(tmp_path, "https://a.invalid/", *options) as process:
            time.sleep(1.5)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    assert time.monotonic() - began < 3


@contextlib.contextmanager
def started(home: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, running; killed if the test ends before it."""
    with subprocess.Popen(
        (*ANYQTA, "run", *arguments),
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def next_line(process: "subprocess.Popen[str]") -> str:
    """Of standard output; what it said instead, where there is none."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        assert process.stderr is not None
        pytest.fail(process.stderr.read())
    return line
