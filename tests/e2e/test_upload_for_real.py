"""A volunteer's processes and a collector's: what was agreed to arrives exactly once."""

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.commands import ANYQTA, anyqta, environment, started
from tests.fakes.homes import consent, fill, goes_as, uid_of
from tests.fakes.real_collector import Command

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of a volunteer who agreed to share."""
    found = tmp_path / "home"
    consent(found)
    return found


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Command]:
    """Running."""
    with Command(tmp_path) as found:
        yield found


def url_of(collector: Command) -> str:
    """Where it is."""
    return f"http://127.0.0.1:{collector.port}"


def there(collector: Command) -> Counter[str]:
    """What is in its file."""
    with closing(sqlite3.connect(collector.db)) as db:
        assert [("ok",)] == db.execute("PRAGMA integrity_check").fetchall()
        rows = db.execute("SELECT measurement_uid FROM measurements JOIN received ON id ="
                          " measurement_id")  # fmt: skip
        return Counter(uid for (uid,) in rows)


def states(home: Path) -> dict[str, int]:
    """At home."""
    with closing(sqlite3.connect(home / "anyqta.db")) as db:
        return dict(db.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())


def operator(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`anyqta collector …`."""
    return subprocess.run(
        (*ANYQTA, "collector", *arguments),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(Path("/nonexistent")),
    )


def test_all_of_it(home: Path, collector: Command) -> None:
    """250, judged there again, each once; withdrawn ones are gone from its file."""
    fill(home, 250)
    done = anyqta(home, "upload", "--collector", url_of(collector))
    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"{url_of(collector)}: 250 accepted.\n" == done.stdout
    assert Counter(goes_as(n) for n in range(250)) == there(collector)
    done = anyqta(home, "withdraw", uid_of(7), "--yes")
    assert 0 == done.returncode, done.stderr
    assert goes_as(7) not in there(collector)
    assert {"accepted": 249, "withdrawn": 1} == states(home)


def test_by_memory_stick(home: Path, collector: Command, tmp_path: Path) -> None:
    """Imported from the file; a later upload is told that it has them."""
    fill(home, 120)
    stick = tmp_path / "stick"
    key = operator("key", "--db", str(collector.db)).stdout.strip()
    named = f"{url_of(collector)}/#key={key}"
    done = anyqta(home, "upload", "--collector", named, "--to-file", str(stick))
    assert 0 == done.returncode, done.stderr
    taken = operator("import", str(stick), "--db", str(collector.db))
    assert 0 == taken.returncode, taken.stderr
    assert 120 == len(there(collector))
    done = anyqta(home, "upload", "--collector", named)
    assert f"{url_of(collector)}: 120 it had already.\n" == done.stdout
    assert {"duplicate": 120} == states(home)


def test_by_invitation(home: Path, tmp_path: Path) -> None:
    """Nobody comes in without; with the operator's text the same volunteer does."""
    fill(home, 2)
    with Command(tmp_path, "--mode", "invited") as collector:
        done = anyqta(home, "upload", "--collector", url_of(collector))
        assert 1 == done.returncode
        assert "by invitation only" in done.stdout
        invite = tmp_path / "invite"
        made = operator("invite", "--uses", "1", "--db", str(collector.db), "--out", str(invite))
        assert 0 == made.returncode, made.stderr
        done = anyqta(home, "upload", "--collector", url_of(collector), "--invite", str(invite))
        assert 0 == done.returncode, done.stdout
        fill(home, 1, first=5)
        assert 0 == anyqta(home, "upload", "--collector", url_of(collector)).returncode
        assert 3 == len(there(collector))
        wrong = home.parent / "other"
        consent(wrong)
        fill(wrong, 1, first=9)
        done = anyqta(wrong, "upload", "--collector", url_of(collector), "--invite", str(invite))
        assert 1 == done.returncode
        assert "it refuses: " in done.stdout
        assert {"sent": 1} == states(wrong)


def test_both_sides_killed(home: Path, tmp_path: Path) -> None:
    """kill -9 of uploader and collector, in turns, at any moment: all there, exactly once."""
    chance = random.Random(11)
    fill(home, 600)
    command = Command(tmp_path)
    for turn in range(8):
        with command:
            process = started(home, "upload", "--collector", url_of(command))
            time.sleep(0.8 + chance.random() * 0.9)
            if turn % 2:
                command.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.1)
            with_signal = process.poll() is None
            if with_signal:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=30)
    with command:
        done = anyqta(home, "upload", "--collector", url_of(command))
    assert 0 == done.returncode, done.stdout
    assert Counter(goes_as(n) for n in range(600)) == there(command)
    found = states(home)
    assert set(found) <= {"accepted", "duplicate"}
    assert 600 == sum(found.values())
