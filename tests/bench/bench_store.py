"""How fast the store writes and reads, and how large it grows: bench_store.py [N].

The same measurements are written by Store.save and, as the very rows that it made, by bare
executemany: once with the same transactions (one a measurement), once in one transaction a
thousand. Limits: at least half the rate of the former; `results` and `show` within 0.3 s as whole
commands; 3 kB for an ordinary accessible measurement.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from measurements.store.connect import connect
from measurements.store.packed import pack
from measurements.store.rows import INSERTS, Row, to_rows
from measurements.store.store import Store
from tests.bench.store_world import TARGETS, World

CHUNK = 1000
DICTIONARIES = (
    "strings",
    "networks",
    "targets",
    "runs",
    "arms",
    "certificates",
    "chains",
    "bodies",
    "answer_sets",
)
MEMBERS = {"dns_answers": "answer_set_id", "chain_certificates": "chain_id"}
ROOT = Path(__file__).parents[2]


def dictionary_rows(conn: sqlite3.Connection, seen: dict[str, int]) -> dict[str, list[Row]]:
    """What the dictionaries got since the last time."""
    out = {}
    for table in (*DICTIONARIES, *MEMBERS):
        column = MEMBERS.get(table, "id")
        sql = f"SELECT {column}, * FROM {table} WHERE {column} > ?"  # noqa: S608 - our own names
        rows = conn.execute(sql, (seen.get(table, 0),)).fetchall()
        seen[table] = max([seen.get(table, 0), *(row[0] for row in rows)])
        out[table] = [row[1:] for row in rows]
    return out


def write_bare(
    conn: sqlite3.Connection,
    new: dict[str, list[Row]],
    measured: list[dict[str, list[Row]]],
    *,
    each: bool,
) -> float:
    """The same rows by bare executemany; seconds."""
    began = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    for table, rows in new.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            conn.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
    if each:
        conn.execute("COMMIT")
    for tables in measured:
        if each:
            conn.execute("BEGIN IMMEDIATE")
        for table, rows in tables.items():
            if rows:
                conn.executemany(INSERTS[table], rows)
        if each:
            conn.execute("COMMIT")
    if not each:
        conn.execute("COMMIT")
    return time.perf_counter() - began


def bench(folder: Path, total: int, synchronous: str) -> tuple[Path, dict[str, float]]:
    """Seconds of each way of writing, for measurements a second."""
    world, seen = World(1), dict[str, int]()
    seconds = {"save": 0.0, "bare, one transaction each": 0.0, "bare, one for 1000": 0.0}
    path = folder / f"{synchronous}.db"
    store = Store.open(path)
    others = [connect(folder / f"{synchronous}-{i}.db", read_only=False) for i in range(2)]
    for conn in (store._conn, *others):
        conn.execute(f"PRAGMA synchronous = {synchronous}")
    for first in range(0, total, CHUNK):
        batch = [
            world.measurement(n, n // TARGETS) for n in range(first, min(first + CHUNK, total))
        ]
        began = time.perf_counter()
        for m in batch:
            store.save(m)
        seconds["save"] += time.perf_counter() - began
        rows = [
            to_rows(m, key=first + i + 1, ids=store._ids, packed=pack(m))
            for i, m in enumerate(batch)
        ]
        new = dictionary_rows(store._conn, seen)
        for conn, name, each in zip(others, list(seconds)[1:], (True, False), strict=True):
            conn.execute("PRAGMA foreign_keys = ON")
            seconds[name] += write_bare(conn, new, rows, each=each)
    same = [
        conn.execute("SELECT count(*), sum(length(data)) FROM packed").fetchone()
        for conn in (store._conn, *others)
    ]
    assert same[0] == same[1] == same[2]
    store.close()
    for conn in others:
        conn.close()
    return path, seconds


def command(*arguments: str, home: Path) -> float:
    """The best of three of a whole command, in seconds."""
    best = 9.0
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "probe.cli", *arguments],
            check=True,
            cwd=ROOT,
            env=os.environ | {"ANYQTA_HOME": str(home)},
            capture_output=True,
        )
        best = min(best, time.perf_counter() - began)
    return best


def sizes(path: Path, total: int) -> None:
    """Bytes a measurement, and where they are."""
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    print(f"\nsize: {size / 1e6:.0f} MB, {size / total:.0f} bytes a measurement (limit 3000)")
    print(f"a year of 500 targets a day: {size / total * 500 * 365 / 1e6:.0f} MB")
    try:
        sql = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 14"
        for name, part in conn.execute(sql).fetchall():
            print(f"  {name:32} {part / total:7.1f} bytes")
    except sqlite3.OperationalError:
        pass
    conn.close()


def main() -> None:
    """Print it all."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(tempfile.mkdtemp(prefix="anyqta-bench-"))
    path = folder
    try:
        for synchronous in ("FULL", "NORMAL"):
            path, seconds = bench(folder, total, synchronous)
            print(f"\n{total} measurements, synchronous={synchronous}")
            for name, spent in seconds.items():
                ratio = seconds["bare, one transaction each"] / spent
                print(
                    f"  {name:28} {total / spent:8.0f} a second   {ratio:5.2f} of the second line"
                )
            ratio = seconds["bare, one transaction each"] / seconds["save"]
            print(
                f"  save / bare = {ratio:.2f} (limit 0.50): {'ok' if ratio >= 0.5 else 'TOO SLOW'}"
            )
        sizes(path, total)
        home = folder / "home"
        home.mkdir()
        shutil.move(path, home / "anyqta.db")
        print()
        for arguments in (
            ("results",),
            ("results", "--status", "throttled"),
            ("results", "--url", "number-77."),
            ("show", "last"),
            ("show", "https://www.site-number-7.example/"),
        ):
            spent = command(*arguments, home=home)
            verdict = "ok" if spent < 0.3 else "TOO SLOW"
            print(f"anyqta {' '.join(arguments):45} {spent:.3f} s (limit 0.3): {verdict}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
