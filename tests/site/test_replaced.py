"""Another file in the place of the one that is served: seen, looked at, served whole; or refused, and said."""

import asyncio
import dataclasses
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from datasette.app import Datasette

from measurements.store.store import Store
from probe.explorer import NAME, site
from probe.served import ReplacedError, Served, reopen
from tests.unit.measurements.snapshots.published import a_file, a_published
from tests.unit.measurements.store.examples import a_measurement


def put(path: Path, *uids: str) -> Path:
    """A file with these measurements."""
    with Store.open(path) as store:
        store.save_many([a_measurement(uid) for uid in uids])
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA journal_mode = DELETE")
    conn.close()
    return path


@pytest.fixture
def pages(tmp_path: Path) -> Datasette:
    """A site on a file, on which a page was asked for."""
    made = site(put(tmp_path / "a.db", "old"), public=True)
    assert 200 == asyncio.run(made.client.get("/measurement/old")).status_code
    return made


async def test_no_connection_is_to_another_file(pages: Datasette, tmp_path: Path) -> None:
    """Until somebody has looked: not by a thread that had none, nor by CSV. Who has one reads on."""
    database = pages.get_database(NAME)
    assert isinstance(database, Served)
    put(tmp_path / "new.db", "new").replace(tmp_path / "a.db")
    with pytest.raises(ReplacedError):
        database.connect()
    for path in ("/anyqta/measurements_view.csv", "/measurement/new", "/measurement/old"):
        got = await pages.client.get(path)
        allowed = {404, 503} if path.endswith("new") else {200, 503}
        assert got.status_code in allowed, path
        assert str(tmp_path) not in got.text
    assert (await pages.client.get("/anyqta/measurements_view.csv")).status_code == 503


async def test_the_new_one_is_served_whole(pages: Datasette, tmp_path: Path) -> None:
    """After a look: pages, also those that were kept, CSV; who has the old database reads the old file."""
    front = await pages.client.get("/measurement/old")
    old = pages.get_database(NAME)
    await old.execute("SELECT 1")
    put(tmp_path / "new.db", "new", "newer").replace(tmp_path / "a.db")
    reopen(pages, NAME, tmp_path / "a.db")
    assert 404 == (await pages.client.get("/measurement/old")).status_code
    asked = {"if-none-match": front.headers["etag"]}
    assert 404 == (await pages.client.get("/measurement/old", headers=asked)).status_code
    assert 200 == (await pages.client.get("/measurement/new")).status_code
    csv = (await pages.client.get("/anyqta/measurements_view.csv")).text
    assert "newer" in csv
    assert "old" not in csv
    threads = [old.execute("SELECT measurement_uid FROM measurements") for _ in range(8)]
    for found in await asyncio.gather(*threads, return_exceptions=True):
        if not isinstance(found, ReplacedError):
            assert [row[0] for row in found.rows] == ["old"]  # type: ignore[union-attr]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path, str]]:
    """The command, on a published file; its address."""
    db = a_file(tmp_path / "a.db", [a_published(1)])
    command = (sys.executable, "-m", "probe.cli", "serve", "site", "--db", str(db), "--port", "0")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout is not None
        line = run.stdout.readline()
        yield run, db, line.split("The site: ")[1].split()[0].rstrip("/")
        run.send_signal(signal.SIGINT)


def rows(address: str) -> int:
    """How many measurements the site has."""
    with urlopen(f"{address}/anyqta/measurements_view.csv", timeout=20) as got:  # noqa: S310 - ours
        return len(got.read().decode().splitlines()) - 1


def test_serve_site_sees_it_and_says_so(
    served: tuple[subprocess.Popen[str], Path, str], tmp_path: Path
) -> None:
    """A published file is served; somebody's own, and one with an old -wal beside it, are not."""
    run, db, address = served
    assert run.stdout is not None
    for _ in range(50):
        try:
            assert 1 == rows(address)
            break
        except OSError:
            time.sleep(0.1)
    a_file(tmp_path / "b.db", [a_published(1), a_published(2), a_published(3)]).replace(db)
    assert "was replaced: the new file is served" in run.stdout.readline()
    assert 3 == rows(address)
    with Store.open(tmp_path / "own.db") as store:
        exact = "2026-11-20T06:41:37Z"
        store.save(dataclasses.replace(a_measurement("own"), measurement_start_time=exact))
    (tmp_path / "own.db").replace(db)
    assert "is not served" in run.stdout.readline()
    with pytest.raises(OSError, match="503"):
        rows(address)
    Path(f"{db}-wal").write_bytes(b"old")
    a_file(tmp_path / "c.db", [a_published(1), a_published(2)]).replace(db)
    assert "-wal lies beside it" in run.stdout.readline()
    Path(f"{db}-wal").unlink()
    a_file(tmp_path / "d.db", [a_published(n) for n in range(1, 5)]).replace(db)
    assert "the new file is served" in run.stdout.readline()
    assert 4 == rows(address)
