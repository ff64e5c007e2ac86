"""Uploading while things break: nothing lost, nothing doubled, the volunteer told in words."""

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from aiohttp import web

from measurements.schema.submission import PATH
from tests.fakes.certificates import leaf, root
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.commands import ANYQTA, anyqta, environment, started
from tests.fakes.homes import consent, fill, goes_as

Spoil = Callable[[web.Request], "asyncio.Future[web.StreamResponse | None]"]


def states(home: Path, url: str | None = None) -> dict[str, int]:
    """Of all parcels, or of one collector's."""
    sql = (
        "SELECT state, count(*) FROM outbox o JOIN collectors c ON c.id = o.collector_id"
        " WHERE c.url = coalesce(?, c.url) GROUP BY state"
    )
    with closing(sqlite3.connect(home / "anyqta.db")) as db:
        assert [("ok",)] == db.execute("PRAGMA integrity_check").fetchall()
        return dict(db.execute(sql, (url,)).fetchall())


@pytest.mark.slow
def test_killed_again_and_again(tmp_path: Path) -> None:
    """kill -9 at any moment, eight times: in the end everything is there exactly once."""
    chance, collector = random.Random(5), FakeCollector(limits={"documents": 7})

    async def slowly(_: web.Request) -> None:
        await asyncio.sleep(chance.random() / 20)

    collector.spoil = slowly
    uids = fill(tmp_path, 300)
    consent(tmp_path)
    with collecting(collector) as url:
        for number in range(8):
            before = len(collector.documents)
            with started(tmp_path, "upload", "--collector", url) as process:
                while number % 2 and len(collector.documents) == before and process.poll() is None:
                    time.sleep(0.01)  # until it is heard of, on a slow computer too
                time.sleep(chance.random())
                with suppress(ProcessLookupError):  # it had ended: everything was sent
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate(timeout=30)
        assert collector.documents, "no kill came late enough"
        done = anyqta(tmp_path, "upload", "--collector", url)
    assert 0 == done.returncode, done.stdout
    assert {goes_as(n) for n in range(300)} == set(collector.documents)
    accepted = Counter(uid for uid, status in collector.answers if status == "accepted")
    assert {1} == set(accepted.values())
    found = states(tmp_path)
    assert set(found) <= {"accepted", "duplicate"}
    assert len(uids) == sum(found.values())


def test_two_at_once(tmp_path: Path) -> None:
    """Two processes upload the same home: neither fails, nothing is doubled at home."""
    collector = FakeCollector(limits={"documents": 5})
    fill(tmp_path, 60)
    consent(tmp_path)
    with collecting(collector) as url:
        both = [started(tmp_path, "upload", "--collector", url) for _ in range(2)]
        ends = [(p.communicate(timeout=60), p.returncode) for p in both]
    assert [0, 0] == [code for _, code in ends], ends
    assert 60 == len(collector.documents) == sum(states(tmp_path).values())
    assert set(states(tmp_path)) <= {"accepted", "duplicate"}


def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C while it waits for an answer: a quick, clean end, and all is kept."""
    collector = FakeCollector()

    async def hang(request: web.Request) -> None:
        if request.path == PATH:
            await asyncio.sleep(20)

    collector.spoil = hang
    fill(tmp_path, 3)
    consent(tmp_path)
    with collecting(collector) as url:
        with started(tmp_path, "upload", "--collector", url) as process:
            while PATH not in collector.asked:
                time.sleep(0.05)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, says = process.communicate(timeout=30)
        assert time.monotonic() - began < 3
        assert 130 == process.returncode
        assert "Interrupted. What was not answered is kept" in says
        assert "Traceback" not in says
        assert f"{url}: 3 wait." in out
        assert {"sent": 3} == states(tmp_path)
        collector.spoil = None
        assert 0 == anyqta(tmp_path, "upload", "--collector", url).returncode
    assert {"accepted": 3} == states(tmp_path)


def test_a_withdrawal_interrupted(tmp_path: Path) -> None:
    """Status 130, no traceback; it can be asked again."""
    collector = FakeCollector()
    fill(tmp_path, 2)
    consent(tmp_path)

    async def hang(_: web.Request) -> None:
        await asyncio.sleep(20)

    with collecting(collector) as url:
        anyqta(tmp_path, "upload", "--collector", url)
        collector.spoil, before = hang, len(collector.asked)
        with started(tmp_path, "withdraw", "--all", "--yes") as process:
            while len(collector.asked) == before:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, says = process.communicate(timeout=30)
        assert (130, False) == (process.returncode, "Traceback" in says)
        collector.spoil = None
        assert 0 == anyqta(tmp_path, "withdraw", "--all", "--yes").returncode
    assert {"withdrawn": 2} == states(tmp_path)


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    """Not one document leaves; SSL_CERT_FILE adds an authority."""
    collector = FakeCollector()
    fill(tmp_path, 1)
    consent(tmp_path)
    ours = tmp_path / "ours.pem"
    ours.write_text(ssl.DER_cert_to_PEM_cert(root().chain[0]))
    with collecting(collector, tls=leaf("127.0.0.1").server_context(tmp_path)) as url:
        done = anyqta(tmp_path, "upload", "--collector", url)
        assert 1 == done.returncode
        assert "its certificate is not valid. Somebody may sit in between" in done.stdout
        assert [] == collector.asked
        done = anyqta(tmp_path, "upload", "--collector", url, more={"SSL_CERT_FILE": str(ours)})
    assert f"{url}: 1 accepted.\n" == done.stdout


def test_down_then_up(tmp_path: Path) -> None:
    """The reason, and when it is tried again; it is not lost."""
    collector = FakeCollector()
    fill(tmp_path, 3)
    consent(tmp_path)
    with collecting(collector) as url:
        pass
    done = anyqta(tmp_path, "upload", "--collector", url)
    assert 1 == done.returncode
    assert f"{url}: 3 wait." in done.stdout
    assert "Why it waits: it cannot be reached: nobody answers there" in done.stdout
    assert "Tried again by the first run after 20" in done.stdout
    assert " wait  https" in anyqta(tmp_path, "results").stdout
    with collecting(collector, port=int(url.rpartition(":")[2])):
        assert 0 == anyqta(tmp_path, "upload", "--collector", url).returncode
    assert 3 == len(collector.documents)


async def _html(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Please pay", content_type="text/html")


async def _login(_: web.Request) -> web.StreamResponse:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/login"})


@pytest.mark.parametrize(
    ("spoil", "says"), [(_html, "a web page came"), (_login, "sent on to another address")]
)
@pytest.mark.parametrize("begins", ["at once", "after a while"])
def test_something_in_between(tmp_path: Path, spoil: Spoil, says: str, begins: str) -> None:
    """A captive portal or a proxy with its own page: never an answer."""
    collector = FakeCollector()

    async def between(request: web.Request) -> web.StreamResponse | None:
        if begins == "at once" or request.path == PATH:
            return await spoil(request)
        return None

    collector.spoil = between
    fill(tmp_path, 2)
    consent(tmp_path)
    with collecting(collector) as url:
        done = anyqta(tmp_path, "upload", "--collector", url)
        assert 1 == done.returncode
        assert says in done.stdout
        assert "login page" in done.stdout
        expected = "waiting" if begins == "at once" else "sent"
        assert {expected: 2} == states(tmp_path)
        collector.spoil = None
        assert 0 == anyqta(tmp_path, "upload", "--collector", url).returncode
    assert {"accepted": 2} == states(tmp_path)


def test_one_of_two_lies(tmp_path: Path) -> None:
    """It says accepted and keeps nothing; it hangs up; it answers for others: its own affair."""
    honest = FakeCollector()
    fill(tmp_path, 4)
    consent(tmp_path)

    async def hang_up(request: web.Request) -> None:
        if request.path == PATH:
            assert request.transport is not None
            request.transport.abort()

    liars = [
        FakeCollector(keeps=False),
        FakeCollector(spoil=hang_up),
        FakeCollector(twist=lambda body: body | {"answers": []}),
        FakeCollector(judge=lambda _: ("rejected", "I do not like it")),
    ]
    for number, liar in enumerate(liars):
        fill(tmp_path, 1, first=100 + number)
        with collecting(honest) as url, collecting(liar) as lies:
            done = anyqta(tmp_path, "upload", "--collector", lies, "--collector", url)
            assert f"{url}: " in done.stdout
            assert (number == 0) == (done.returncode == 0), done.stdout
            assert {"accepted", "duplicate"} >= set(states(tmp_path, url))
    assert 8 == len(honest.documents)


def test_one_of_two_is_slow(tmp_path: Path) -> None:
    """The other has everything long before."""
    slow, quick = FakeCollector(), FakeCollector()

    async def hang(_: web.Request) -> None:
        await asyncio.sleep(4)

    slow.spoil = hang
    fill(tmp_path, 3)
    consent(tmp_path)
    with (
        collecting(slow) as first,
        collecting(quick) as second,
        started(tmp_path, "upload", "--collector", first, "--collector", second) as process,
    ):
        began = time.monotonic()
        while len(quick.documents) < 3:
            assert time.monotonic() - began < 4
            time.sleep(0.05)
        assert {} == slow.documents
        process.communicate(timeout=30)
        assert 0 == process.returncode


def test_a_clock_that_ran_ahead(tmp_path: Path) -> None:
    """It left a next attempt years away: the next run tries all the same."""
    collector = FakeCollector()
    fill(tmp_path, 2)
    consent(tmp_path)
    with collecting(collector) as url:
        pass
    anyqta(tmp_path, "upload", "--collector", url)
    with closing(sqlite3.connect(tmp_path / "anyqta.db")) as db:
        db.execute("UPDATE outbox SET next_attempt_at = '2031-01-01T00:00:00Z', last_answer ="
                   " 'the collector asked to wait: busy'")  # fmt: skip
        db.commit()
    with collecting(collector, port=int(url.rpartition(":")[2])):
        assert 0 == anyqta(tmp_path, "upload", "--collector", url).returncode
    assert {"accepted": 2} == states(tmp_path)


def test_a_damaged_or_foreign_database(tmp_path: Path) -> None:
    """A sentence; nothing is sent."""
    collector = FakeCollector()
    fill(tmp_path, 40)
    consent(tmp_path)
    with closing(sqlite3.connect(tmp_path / "anyqta.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")
    path = tmp_path / "anyqta.db"
    raw = bytearray(path.read_bytes())
    raw[8192:] = random.Random(1).randbytes(len(raw) - 8192)
    path.write_bytes(raw)
    with collecting(collector) as url:
        done = anyqta(tmp_path, "upload", "--collector", url)
        assert 1 == done.returncode
        assert "damaged" in done.stderr
        path.write_bytes(b"not a database at all" * 100)
        done = anyqta(tmp_path, "upload", "--collector", url)
        assert 1 == done.returncode
        assert "is not a database" in done.stderr
    assert {} == collector.documents


def in_a_small_disk(home: Path, kilobytes: int, script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script with a tmpfs of this size at `home`, in a mount namespace of its own."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root, for a disk of its own")
    mount = f"mount -t tmpfs -o size={kilobytes}k,mode=700 none {home}"
    return subprocess.run(
        ("unshare", "--mount", "sh", "-c", f"{mount} || exit 99\n{script}"),
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def command(*arguments: str) -> str:
    """For a shell."""
    return " ".join(f"'{word}'" for word in (*ANYQTA, *arguments))


@pytest.mark.parametrize("case", ["full", "read-only"])
def test_a_disk_that_takes_nothing(tmp_path: Path, case: str) -> None:
    """Nothing leaves that cannot be noted; a sentence says what to do; later all of it goes."""
    collector = FakeCollector()
    home, mounted = tmp_path / "home", tmp_path / "mounted"
    mounted.mkdir()
    fill(home, 30)
    consent(home)
    with closing(sqlite3.connect(home / "anyqta.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in home.glob("anyqta.db-*"):
        path.unlink()
    size = sum(path.stat().st_size for path in home.iterdir()) // 1024 + 40
    broken = (
        "cat /dev/zero > {m}/filler 2>/dev/null" if case == "full" else "mount -o remount,ro {m}"
    )
    mended = "rm {m}/filler" if case == "full" else "mount -o remount,rw,size=64m {m}"
    with collecting(collector) as url:
        upload = command("upload", "--collector", url)
        script = "\n".join(
            (
                f"cp -a {home}/. {mounted}/",
                broken.format(m=mounted),
                f"{upload}; echo first $?",
                mended.format(m=mounted),
                f"mount -o remount,rw,size=64m {mounted}",
                f"{upload}; echo second $?",
            )
        )
        done = in_a_small_disk(mounted, size, script)
    assert "first 1" in done.stdout, done.stderr
    assert "second 0" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr
    words = "disk" if case == "full" else "writ"
    assert words in done.stderr
    assert 30 == len(collector.documents)
    assert 1 == len({s.digest for s in collector.took}), "it was sent before it could be noted"


def test_no_network_at_all(tmp_path: Path) -> None:
    """Status 3; all is kept."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root, for a network of its own")
    fill(tmp_path, 2)
    consent(tmp_path)
    done = anyqta(tmp_path, "upload", "--collector", "https://c.invalid/", prefix=("unshare", "-n"))
    assert 3 == done.returncode, done.stdout
    assert "offline" in done.stderr
    assert "its name is not found" in done.stdout
    assert {"waiting": 2} == states(tmp_path)


def test_the_proxy_is_down(tmp_path: Path) -> None:
    """It is told, and the collector is not asked without it."""
    collector = FakeCollector()
    fill(tmp_path, 1)
    consent(tmp_path)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
    with collecting(collector) as url:
        for kind in ("socks5h", "http"):
            done = anyqta(
                tmp_path, "upload", "--collector", url, "--proxy", f"{kind}://me:secret@{nobody}"
            )
            assert 1 == done.returncode
            assert "cannot be reached: is it running?" in done.stdout
            assert "secret" not in done.stdout + done.stderr
    assert [] == collector.asked


def test_an_onion_needs_tor(tmp_path: Path) -> None:
    """Its name is asked of nobody."""
    fill(tmp_path, 1)
    consent(tmp_path)
    done = anyqta(tmp_path, "upload", "--collector", f"http://{'a' * 56}.onion/", "--json")
    assert 1 == done.returncode
    assert "" == done.stdout
    assert "through Tor only: start Tor and give --proxy" in done.stderr
    assert json.loads(anyqta(tmp_path, "results", "--json").stdout)["upload"] == "waiting"
