"""measurements/collector/server.py: slow clients, too many, TLS, metrics, a full disk, the end."""

import asyncio
import contextlib
import os
import resource
import signal
import sqlite3
import ssl
from pathlib import Path

import aiohttp
import pytest

from measurements.collector.config import CollectorConfig
from measurements.collector.server import CollectorError, prepare
from measurements.schema.submission import CONTENT_TYPE, PATH
from tests.fakes.real_collector import Command, ask, sealed, served
from tests.unit.measurements.collector.test_pool import children
from tests.unit.probe.control.outside import Authority

HEAD = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {CONTENT_TYPE}\r\n".encode()


async def cut_off(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What comes until the connection is closed, for somebody who sends these."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(4.0):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(pause)
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_slow_head_is_cut_off(tmp_path: Path) -> None:
    """Nothing, half a line, half a head; and one that comes drop by drop."""
    async with served(tmp_path, limits={"idle_time": 0.4}) as collector:
        for start in (b"", HEAD[:9], HEAD):
            assert await cut_off(collector.port, start) == b""
        drops = [bytes([byte]) for byte in HEAD[:30]]
        assert await cut_off(collector.port, *drops, pause=0.1) == b""
        assert (await collector.ask(sealed(1))).status == 200


async def test_a_slow_body_is_told(tmp_path: Path) -> None:
    """408; but as fast as the least rate is fast enough."""
    limits = {"body_time": 0.3, "body_rate": 20_000.0}
    whole = sealed(3)
    head = HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(whole)
    async with served(tmp_path, limits=limits) as collector:
        slow = await cut_off(collector.port, head, *([b"x"] * 6), pause=0.1)
        assert b" 408 " in slow
        assert b"too_slow" in slow
        steps = [whole[at : at + 2500] for at in range(0, len(whole), 2500)]
        answer = await cut_off(collector.port, head, *steps, pause=0.08)
        assert b" 200 " in answer


async def test_connections_are_counted(tmp_path: Path) -> None:
    """In all, and for one client."""
    limits = {"connections": 4, "connections_per_client": 2}
    async with served(tmp_path, limits=limits) as collector:
        opened = []
        for client in ("127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.3"):
            local = (client, 0)
            opened.append(
                await asyncio.open_connection("127.0.0.1", collector.port, local_addr=local)
            )
        for client in ("127.0.0.1", "127.0.0.4"):
            with pytest.raises(aiohttp.ClientError):
                await collector.ask(sealed(1), client=client)
        opened.pop()[1].close()
        await asyncio.sleep(0.1)
        assert (await collector.ask(sealed(1), client="127.0.0.4")).status == 200
        for _, writer in opened:
            writer.close()


async def test_a_header_may_not_be_endless(tmp_path: Path) -> None:
    """Neither long, nor many."""
    async with served(tmp_path) as collector:
        for extra in (b"X: " + b"x" * 9000 + b"\r\n", b"X: y\r\n" * 70):
            answer = await cut_off(collector.port, HEAD + extra + b"\r\n")
            assert b" 400 " in answer.split(b"\r\n")[0]
            assert b"Traceback" not in answer
        fine = HEAD + b"X: y\r\n" * 50 + b"Connection: close\r\nContent-Length: 0\r\n\r\n"
        assert b"malformed" in await cut_off(collector.port, fine)


async def test_a_full_disk_is_told_and_passes(tmp_path: Path) -> None:
    """503, with a time to wait; when there is room again, all is well, and nothing is half there."""
    async with served(tmp_path) as collector:
        assert (await collector.ask(sealed(1))).status == 200
        (pid,) = children()
        limit = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, limit[1]))
        for _ in range(2):
            answer = await collector.ask(sealed(20, seed=2))
            assert (answer.status, answer.error) == (503, "unavailable")
            assert "Retry-After" in answer.headers
        assert (await collector.ask(None, path="/health")).status == 503
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)
        assert (await collector.ask(sealed(20, seed=2))).statuses == ["accepted"] * 20
        assert children() == [pid]
        told = [e["event"] for e in collector.events() if "store" in e["event"]]
        assert told == ["cannot store", "stores again"]  # not one for each
    with contextlib.closing(sqlite3.connect(collector.db)) as conn:
        assert conn.execute("SELECT count(*) FROM measurements").fetchone() == (21,)


async def test_metrics_are_elsewhere(tmp_path: Path) -> None:
    """On their own port only."""
    async with served(tmp_path) as collector, aiohttp.ClientSession() as session:
        await collector.ask(sealed(2))
        await collector.ask(b"x")
        async with session.get(f"http://127.0.0.1:{collector.metrics_port}/metrics") as response:
            text = await response.text()
        assert 'anyqta_documents_total{code="",status="accepted"} 2.0' in text
        assert 'anyqta_refusals_total{code="malformed"} 1.0' in text
        assert "anyqta_workers 1.0" in text
        assert (await collector.ask(None, path="/metrics")).status == 404


async def test_tls_and_another_certificate(tmp_path: Path) -> None:
    """HTTPS; SIGHUP reads the files again."""
    authority = Authority(tmp_path)
    cert, key = authority.issue("127.0.0.1")
    options = ("--tls-cert", str(cert), "--tls-key", str(key))

    async def serial(port: int) -> object:
        context = ssl.create_default_context(cafile=authority.pem)
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        found: ssl.SSLObject = writer.get_extra_info("ssl_object")
        writer.close()
        peer = found.getpeercert()
        assert peer
        return peer["serialNumber"]

    with Command(tmp_path, *options) as collector:
        first = await serial(collector.port)
        for fresh, old in zip(authority.issue("127.0.0.1"), (cert, key), strict=True):
            if fresh != old:
                fresh.replace(old)
        os.kill(collector.pid, signal.SIGHUP)
        async with asyncio.timeout(5):
            while await serial(collector.port) == first:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
        assert "certificate reloaded" in {e["event"] for e in collector.events()}
        assert collector.stop() == 0


async def test_what_was_begun_is_finished(tmp_path: Path) -> None:
    """A request that has come whole when the end begins is answered."""
    with Command(tmp_path) as collector:
        asking = asyncio.ensure_future(ask(collector.port, sealed(200)))
        await asyncio.sleep(0.15)
        assert await asyncio.to_thread(collector.stop) == 0
        assert (await asking).statuses == ["accepted"] * 200


def test_it_does_not_begin_without_a_key_or_a_file(tmp_path: Path) -> None:
    """What is wrong, in a sentence; and nothing is made over it."""
    config = CollectorConfig(db=tmp_path / "collector.db")
    assert prepare(config).public == prepare(config).public
    config.key_path.chmod(0o644)
    with pytest.raises(CollectorError, match="chmod 600"):
        prepare(config)
    (tmp_path / "file").write_text("")
    with pytest.raises(CollectorError, match="--db"):
        prepare(CollectorConfig(db=tmp_path / "file" / "collector.db"))
