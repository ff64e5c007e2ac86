"""The collector's figures: how fast it takes in, with what memory, and what is there after kills."""

from __future__ import annotations

import asyncio
import math
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import orjson

from measurements.schema.submission import decode_payload, unseal
from tests.bench.collector_bare import bare
from tests.bench.collector_run import Client, Collector, Tally, cpu, percentile, pour, send
from tests.bench.collector_world import Load, keep, read, renamed, write
from tests.bench.figures import Figure, Part
from tests.bench.folders import folder

RATE, SHARE, WITHIN, KILLS = 800.0, 0.5, 1.0, 200
GROUP = 256  # documents that the collector commits together at most
# No limit of the collector is what is measured here; the clients come from addresses of their own.
OPEN: tuple[str, ...] = tuple(
    word for limit in ("max", "client", "sender") for word in (f"--{limit}-rate", "1000000")
)


def ingest(total: int) -> Part:
    """Validate, judge, store, answer: documents a second, both cores shared with the load.

    Beside it, in the same minutes: the same rows by bare `executemany` (see collector_bare).
    """
    with folder() as home:
        sent = home / "sent"
        write(Load(total), sent)
        rate, memory, tally, _ = _timed(Collector(home / "judged", *OPEN), sent)
        plain, _, _, spent = _timed(Collector(home / "unjudged", "--no-judge", *OPEN), sent)
        source = home / "unjudged" / "collector.db"
        yardstick, spent["bare executemany"] = bare(
            source, home / "bare.db", total, group=GROUP, foreign_keys=True
        )
        loose, _ = bare(source, home / "loose.db", total, group=GROUP, foreign_keys=False)
    name = f"collector, {total:,} documents"
    assert tally.answers == {"accepted": total}, (tally.answers, tally.problems)
    settled, last = memory[len(memory) // 4], memory[-1]
    shares = ", ".join(f"{who} {seconds / total * 1e6:.0f}" for who, seconds in spent.items())
    return Part(
        (
            Figure(name, "validated, judged, stored, answered", round(rate), "/s", RATE, "most"),
            Figure(name, "unjudged", round(plain), "/s"),
            Figure(name, "bare executemany", round(yardstick), "/s"),
            Figure(name, "bare, foreign keys unchecked", round(loose), "/s"),
            Figure(name, "unjudged, of bare", round(plain / yardstick, 3), "", SHARE, "most"),
            Figure(name, "memory after a quarter", round(settled / 1e6), "MB"),
            Figure(name, "memory at the end", round(last / 1e6), "MB"),
            Figure(name, "growth since the quarter", round(last / settled - 1, 3), "share", 0.1),
        ),
        lines=(
            f"microseconds of processor time a document, unjudged: {shares}",
            "bare: the same rows from memory, in transactions of as many measurements, opened as the"
            " collector opens its file, alone on both cores; only its triggers are left out",
        ),
        data={"rss": memory, "statuses": dict(tally.statuses), "cpu": spent},
    )


def _timed(collector: Collector, sent: Path) -> tuple[float, list[int], Tally, dict[str, float]]:
    """Documents a second; bytes in memory each second; the answers; who took the processors."""
    collector.folder.mkdir()
    tally, memory, over = Tally(), list[int](), threading.Event()

    def watch() -> None:
        while not over.wait(1.0):
            memory.append(collector.rss())

    with collector:
        watcher = threading.Thread(target=watch)
        watcher.start()
        before, own = collector.cpu(), cpu(os.getpid())
        began = time.perf_counter()
        asyncio.run(pour(collector.port, read(sent), clients=8, tally=tally))
        seconds = time.perf_counter() - began
        after, own = collector.cpu(), cpu(os.getpid()) - own
        memory.append(collector.rss())
        over.set()
        watcher.join()
    spent = {"listening": after[0] - before[0], "workers": after[1] - before[1], "the load": own}
    return tally.answers["accepted"] / seconds, memory, tally, spent


def probes(number: int, rounds: int) -> Part:
    """So many at once, each with its own address and key: paced as in life, then all together."""
    with folder() as home:
        sent = home / "sent"
        write(Load(number * (rounds + 1), batch=1, senders=number), sent)
        waiting = list(read(sent))
        paced, burst = Tally(), Tally()
        with Collector(home) as collector:
            asyncio.run(_probes(collector.port, waiting[: number * rounds], number, paced, 2.0))
            asyncio.run(_probes(collector.port, waiting[number * rounds :], number, burst, 0.0))
    name = f"{number} probes at once"
    refused = sum(n for t in (paced, burst) for status, n in t.statuses.items() if status != 200)
    lost = sum((paced.problems + burst.problems).values())
    return Part(
        (
            Figure(name, "p99, one each two seconds", _p99(paced), "s", WITHIN),
            Figure(name, "p99, all in the same moment", _p99(burst), "s", WITHIN),
            Figure(name, "refused or lost", refused + lost, "", 0),
        ),
        data={"paced": paced.seconds, "burst": burst.seconds},
    )


def _p99(tally: Tally) -> float:
    return round(percentile(tally.seconds, 0.99), 3)


async def _probes(port: int, sent: list[bytes], number: int, tally: Tally, every: float) -> None:
    chance = random.Random(7)

    async def one(i: int) -> None:
        client = Client(port, f"127.0.{1 + i // 250}.{1 + i % 250}")
        for data in sent[i::number]:
            if every:
                await asyncio.sleep(chance.uniform(0.5, 1.5) * every)
            await send(client, data, tally)
        client.close()

    async with asyncio.TaskGroup() as group:
        for i in range(number):
            group.create_task(one(i))


def kills(total: int, times: int, *, minutes: float = math.inf) -> Part:
    """kill -9 at random moments, of the collector or of a worker, while documents come in.

    Moments are numbers of answered documents, so that all kills fall among them on any machine.
    After so many minutes nothing is killed any more: fewer kills then, and it is told.
    """
    with folder() as home:
        sent = home / "sent"
        keep(renamed(total, batch=25), sent)
        tally = Tally()
        moments = sorted(random.Random(11).sample(range(total * 19 // 20), times))
        collector = Collector(home, *OPEN)
        until = time.monotonic() + minutes * 60
        done = _killing(collector, sent, tally, moments, until)
        stored, distinct, sound = _stored(collector.db)
        wanted = set(_uids(sent))
        missing = len(wanted - stored)
    name = f"{done} kills, {total:,} documents"
    return Part(
        (
            Figure(name, "missing", missing, "", 0),
            Figure(name, "there twice", distinct, "", 0),
            Figure(name, "answered", _answered(tally), "", total, "most"),
            Figure(name, "database damaged", 0 if sound else 1, "", 0),
            Figure(name, "kills", done, "", times, "most"),
        ),
        lines=(f"retries {tally.retries}, answers {dict(tally.answers)}, {dict(tally.problems)}",),
    )


def _killing(
    collector: Collector, sent: Path, tally: Tally, moments: list[int], until: float
) -> int:
    chance, over, done = random.Random(12), threading.Event(), 0
    collector.start()

    def load() -> None:
        asyncio.run(pour(collector.port, read(sent), clients=6, tally=tally))
        over.set()

    client = threading.Thread(target=load)
    client.start()
    for moment in moments:
        while _answered(tally) < moment and not over.is_set():
            time.sleep(0.002)
        if (
            over.wait(chance.uniform(0.0, 0.1)) or time.monotonic() > until
        ):  # not in the moment of an answer only
            break
        if chance.random() < 0.5 and (workers := collector.workers()):
            _kill(chance.choice(workers))
        else:
            collector.kill()
            collector.start()
        done += 1
    client.join()
    collector.stop()
    return done


def _answered(tally: Tally) -> int:
    return tally.answers["accepted"] + tally.answers["duplicate"]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _uids(sent: Path) -> Iterator[str]:
    for data in read(sent):
        for line in decode_payload(unseal(data).payload, most=1 << 28):
            yield orjson.loads(line)["document"]["measurement_uid"]


def _stored(db: Path) -> tuple[set[str], int, bool]:
    conn = sqlite3.connect(db)
    uids = [uid for (uid,) in conn.execute("SELECT measurement_uid FROM measurements")]
    sound = conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    sound = sound and not conn.execute("PRAGMA foreign_key_check").fetchall()
    return set(uids), len(uids) - len(set(uids)), sound


QUESTIONS = (
    "SELECT * FROM measurements_view ORDER BY measurement_start_time DESC LIMIT 50",
    "SELECT * FROM measurements_view WHERE url = 'https://www.site-number-7.example/'"
    " ORDER BY measurement_start_time DESC LIMIT 50",
    "SELECT status, count(*) FROM measurements GROUP BY status",
    "SELECT * FROM measurements_view WHERE status = 'blocked'"
    " ORDER BY measurement_start_time DESC LIMIT 50",
)


def reading(total: int) -> Part:
    """A site's questions of the same file, at rest and while the collector takes in all it can.

    The file grows meanwhile, and some questions with it: so rest is measured before and after.
    """
    with folder() as home:
        first, second = home / "first", home / "second"
        write(Load(total), first)
        write(Load(total, seed=2), second)
        with Collector(home, "--mode", "open", "--k", "1", *OPEN) as collector:
            tally = Tally()
            asyncio.run(pour(collector.port, read(first), clients=8, tally=tally))
            time.sleep(2.0)
            idle = _ask(collector.db, 5.0, None)
            over = threading.Event()

            def load() -> None:
                asyncio.run(pour(collector.port, read(second), clients=8, tally=Tally()))
                over.set()

            client = threading.Thread(target=load)
            client.start()
            time.sleep(1.0)
            busy = _ask(collector.db, 30.0, over)
            client.join()
            time.sleep(2.0)
            after = _ask(collector.db, 5.0, None)
            fewest = min(len(idle), len(after))
            idle = idle[:fewest] + after[:fewest]
    name = "reading while writing"
    return Part(
        tuple(
            Figure(name, f"{what} of idle", round(_of(busy, share) / _of(idle, share), 2), "", 2.0)
            for what, share in (("median", 0.5), ("p95", 0.95))
        )
        + tuple(
            Figure(name, f"p95, {when}", round(_of(found, 0.95) * 1000, 1), "ms")
            for when, found in (("idle", idle), ("busy", busy))
        ),
    )


def _of(found: list[float], share: float) -> float:
    return percentile(found, share)


def _ask(db: Path, seconds: float, over: threading.Event | None) -> list[float]:
    """How long each round of questions took, one round after another with a pause."""
    conn = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    spent, until = [], time.monotonic() + seconds
    while time.monotonic() < until and not (over and over.is_set()):
        began = time.perf_counter()
        for question in QUESTIONS:
            conn.execute(question).fetchall()
        spent.append(time.perf_counter() - began)
        time.sleep(0.02)
    conn.close()
    return spent
