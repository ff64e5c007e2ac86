"""The collector as the real command: once, twice, differently; many at once; stopped and killed."""

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from measurements.schema.submission import CONTENT_TYPE, PATH, canonical, encode_key, seal
from measurements.store.store import Store
from tests.fakes.real_collector import (
    SECRET,
    Command,
    ask,
    is_running,
    is_signed,
    item,
    items,
    key,
    kill,
    measurements,
    parts,
    sealed,
    until,
)


def stored(db: Path) -> Counter[str]:
    """How often each uid is there."""
    with contextlib.closing(sqlite3.connect(db)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        return Counter(uid for (uid,) in conn.execute("SELECT measurement_uid FROM measurements"))


def contents(folder: Path) -> bytes:
    """Of all files."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def open_to_others(folder: Path) -> set[str]:
    """Files that somebody else on the machine could read."""
    return {path.name for path in folder.iterdir() if path.stat().st_mode & 0o077}


async def test_a_batch_is_taken_once_and_judged(tmp_path: Path) -> None:
    """Accepted; the same again is a duplicate; another under the same uid is refused, alone."""
    some = measurements(3)
    with Command(tmp_path) as collector:
        about = await ask(collector.port, None, path="/api/v1/collector?nonce=abc")
        assert about.body["nonce"] == "abc"
        assert is_signed(about, about.body["collector"], "anyqta-collector/1")
        first = await ask(collector.port, seal([item(m) for m in some], key=key()))
        assert first.statuses == ["accepted"] * 3
        assert is_signed(first, about.body["collector"])
        assert [a["quarantined"] for a in first.body["answers"]] == [True] * 3
        changed = replace(some[1], test_runtime=99.0)
        news = measurements(1, seed=2)
        again = [item(m) for m in (some[0], changed, *news)]
        second = await ask(collector.port, seal(again, key=key()))
        assert second.statuses == ["duplicate", "rejected", "accepted"]
        assert second.body["answers"][1]["code"] == "different"
        assert collector.stop() == 0
    assert set(stored(collector.db).values()) == {1}
    with Store.open(collector.db, read_only=True) as store:
        kept = store.load(some[1].measurement_uid)
    assert kept.test_runtime != 99.0
    assert kept.verdict is not None
    assert some[1].verdict is not None
    assert kept.verdict.confidence != some[1].verdict.confidence  # ours, not the sender's


async def test_what_was_withdrawn_is_gone_and_stays_gone(tmp_path: Path) -> None:
    """With the secret, and only with it."""
    sent = seal([item(m) for m in measurements(2)], key=key())
    uids = [m.measurement_uid for m in measurements(2)]

    def request(uid: str, secret: bytes) -> bytes:
        one = {"measurement_uid": uid, "secret": encode_key(secret)}
        return canonical({"format": "anyqta-withdrawal/1", "withdrawals": [one]})

    where: dict[str, Any] = {
        "path": "/api/v1/withdrawals",
        "headers": {"Content-Type": "application/json"},
    }
    with Command(tmp_path) as collector:
        await ask(collector.port, sent)
        wrong = await ask(collector.port, request(uids[0], b"x" * 32), **where)
        right = await ask(collector.port, request(uids[1], SECRET), **where)
        assert (wrong.statuses, right.statuses) == (["refused"], ["withdrawn"])
        again = await ask(collector.port, sent)
        assert again.statuses == ["duplicate", "rejected"]
        assert again.body["answers"][1]["code"] == "withdrawn"
        assert collector.stop() == 0
    assert list(stored(collector.db)) == [uids[0]]


async def test_five_hundred_at_once(tmp_path: Path) -> None:
    """Each on a connection of its own; nobody is refused."""
    whole = items(500)
    submissions = [seal([one], key=key(n)) for n, one in enumerate(whole)]
    with Command(tmp_path, "--workers", "2") as collector:
        url = f"http://127.0.0.1:{collector.port}{PATH}"
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def send(data: bytes) -> int:
                headers = {"Content-Type": CONTENT_TYPE}
                async with session.post(url, data=data, headers=headers) as response:
                    await response.read()
                    return response.status

            statuses = await asyncio.gather(*map(send, submissions))
        assert Counter(statuses) == {200: 500}
        assert collector.stop() == 0
    assert Counter(stored(collector.db).values()) == {1: 500}


class Pouring:
    """Clients that send everything until each is answered for, whatever happens to the collector."""

    def __init__(self, collector: Command, submissions: list[bytes]) -> None:
        self.collector, self.waiting = collector, list(submissions)
        self.answers: Counter[str] = Counter()
        self.accepted: set[str] = set()
        self.over = False

    async def run(self, clients: int) -> None:
        await asyncio.gather(*(self._client() for _ in range(clients)))

    async def _client(self) -> None:
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while self.waiting and not self.over:
                data = self.waiting.pop()
                if not await self._send(session, data):
                    self.waiting.append(data)
                    await asyncio.sleep(0.05)

    async def _send(self, session: aiohttp.ClientSession, data: bytes) -> bool:
        url = f"http://127.0.0.1:{self.collector.port}{PATH}"
        try:
            headers = {"Content-Type": CONTENT_TYPE}
            async with session.post(url, data=data, headers=headers) as response:
                body = orjson.loads(await response.read())
        except aiohttp.ClientError:
            return False
        if response.status != 200:
            assert response.status == 503, body
            return False
        for answer in body["answers"]:
            self.answers[answer["status"]] += 1
            self.accepted.add(answer["measurement_uid"])
        return True


async def test_it_stops_under_load_without_losing_what_it_answered(tmp_path: Path) -> None:
    """Within ten seconds, with status 0; all that was answered is there."""
    submissions = [seal(part, key=key()) for part in parts(items(1000), 20)]
    with Command(tmp_path) as collector:
        pouring = Pouring(collector, submissions)

        async def stop() -> None:
            await until(lambda: len(pouring.accepted) > 100, 20)
            workers = collector.workers()
            status = await asyncio.to_thread(collector.stop)
            pouring.over = True
            assert status == 0
            assert not any(map(is_running, workers))

        await asyncio.gather(pouring.run(8), stop())
    there = stored(collector.db)
    assert pouring.accepted <= set(there)
    assert set(there.values()) == {1}
    assert [e["event"] for e in collector.events()][-3:] == ["stopping", "minute", "stopped"]


@pytest.mark.slow
async def test_kill_9_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Of a worker, of the main process, again and again: everything is there exactly once."""
    whole = items(3000)
    chance = random.Random(7)
    with Command(tmp_path) as collector:
        pouring = Pouring(collector, [seal(part, key=key()) for part in parts(whole, 20)])

        async def kills() -> None:
            for number in range(12):
                await asyncio.sleep(chance.uniform(0.1, 0.7))
                workers = collector.workers()
                if number % 3 == 2:
                    collector.kill()
                    await until(lambda: not any(map(is_running, workers)), 10)  # noqa: B023
                    await asyncio.to_thread(collector.start)
                elif workers:
                    kill(chance.choice(workers))

        await asyncio.gather(pouring.run(6), kills())
        assert set(pouring.answers) <= {"accepted", "duplicate"}
        assert collector.stop() == 0
    there = stored(collector.db)
    assert len(pouring.accepted) == 3000
    assert there == dict.fromkeys(pouring.accepted, 1)


async def test_no_word_of_where_somebody_was(tmp_path: Path) -> None:
    """Their addresses are in no file, no log, no number, no error."""
    clients = [f"127.{n}.{n + 1}.{n + 2}" for n in range(2, 8)]
    seen = b""
    with Command(tmp_path, "--metrics", "127.0.0.1:0") as collector:
        for number, client in enumerate(clients):
            for data in (sealed(2, seed=number, sender=number), b"not a submission", b""):
                answer = await ask(collector.port, data, client=client)
                seen += orjson.dumps(answer.body) + repr(answer.headers).encode()
        url = f"http://{collector.listens[-1]}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            seen += await response.read()
        files = contents(tmp_path)  # -wal too
        collector.stop()
    whole = seen + files + contents(tmp_path)
    assert b"anyqta_documents_total" in whole
    assert open_to_others(tmp_path) == {"collector.log"}  # which is the test's
    for client in clients:
        packed = bytes(map(int, client.split(".")))
        forms = [client.encode(), client.replace(".", "-").encode(), packed.hex().encode()]
        assert not any(form in whole for form in forms), client
        assert packed not in whole


async def test_it_says_why_it_does_not_start(tmp_path: Path) -> None:
    """A sentence, and status 1; never a traceback."""

    async def says(*options: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *Command.line(*options),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, err = await process.communicate()
        assert process.returncode == 1
        assert b"Traceback" not in err
        return err.decode().splitlines()[-1]

    with Command(tmp_path) as running:
        other = str(tmp_path / "other.db")
        taken = await says("--db", other, "--port", str(running.port))
        assert f"cannot listen on 127.0.0.1:{running.port}" in taken
        running.stop()
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database " * 400)
    assert "is not a database" in await says("--db", str(damaged))
    bad_key = tmp_path / "fresh.db.key"
    bad_key.write_text("no key")
    bad_key.chmod(0o600)
    assert "is not a key" in await says("--db", str(tmp_path / "fresh.db"))
    bad_key.chmod(0o644)
    assert "chmod 600" in await says("--db", str(tmp_path / "fresh.db"))
