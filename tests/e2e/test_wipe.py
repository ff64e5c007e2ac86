"""A home as real commands leave it: private to the last file, and gone when told, also after kill -9."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe import home as homes
from probe.wiring import watch_book
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.commands import ANYQTA, anyqta, environment, started
from tests.fakes.homes import fill

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _careless() -> Iterator[None]:
    """A system where new files are for everybody, unless a program says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def lived_in(home: Path) -> None:
    """Consent, results, a demonstration, an upload, exports, a bundle, a crash, notices."""
    assert 0 == anyqta(home, "consent", "give", "--yes").returncode
    assert 0 == anyqta(home, "consent", "share", "--yes").returncode
    uids = fill(home, 4)
    assert 0 == anyqta(home, "demo", "--json", "--no-explore").returncode
    with collecting(FakeCollector()) as url:
        told = {"ANYQTA_COLLECTOR": url}
        assert 0 == anyqta(home, "upload", "--yes", more=told).returncode
        assert 0 == anyqta(home, "withdraw", uids[0], "--yes").returncode
    bundle = str(home / "a.bundle")
    there = ("--collector", "https://c.example/", "--to-file", bundle)
    assert 0 == anyqta(home, "upload", "--yes", *there).returncode
    for name in ("all.jsonl", "all.jsonl.gz"):
        assert 0 == anyqta(home, "export", str(home / name)).returncode
    homes.write_crash(home, "anyqta on Python\n")
    watch_book.note(home, "2026-11-25  a.kz: newly blocked")
    assert 0 == anyqta(home, "prune", "--older-than", "36500", "--yes").returncode
    assert 0 == anyqta(home, "results").returncode


def names(folder: Path) -> set[str]:
    """What is in it."""
    return {path.name for path in folder.iterdir()}


def test_all_of_it_is_private_and_all_of_it_goes(tmp_path: Path) -> None:
    """0600 and 0700, whatever the umask; then only what was exported is left, and nothing elsewhere."""
    home, other = tmp_path / "home", tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("mine")
    lived_in(home)
    modes = {
        str(path.relative_to(tmp_path)): path.lstat().st_mode & 0o777
        for path in (home, *home.rglob("*"))
    }
    expected = {name: 0o700 if (tmp_path / name).is_dir() else 0o600 for name in modes}
    assert expected == modes
    assert {"anyqta.db", "consent.json", "keys", "crashes", "demo"} <= {
        p.name for p in home.iterdir()
    }
    done = anyqta(home, "doctor", "--offline", "--json")
    assert '"Home folder", "state": "ok"' in done.stdout
    done = anyqta(home, "wipe", "--yes")
    assert 0 == done.returncode, done.stderr
    assert {"all.jsonl", "all.jsonl.gz", "a.bundle"} == {p.name for p in home.iterdir()}
    assert {"home", "other"} == {p.name for p in tmp_path.iterdir()}
    assert "mine" == (other / "mine").read_text()


def test_killed_and_run_again(tmp_path: Path) -> None:
    """At whatever moment: the next one ends it."""
    for moment in range(6):
        home = tmp_path / f"home{moment}"
        fill(home, 20)
        process = started(home, "wipe", "--yes")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.25 + 0.12 * moment)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert 0 == anyqta(home, "wipe", "--yes").returncode
        assert not home.exists()


def test_not_while_something_goes_on(tmp_path: Path) -> None:
    """A demonstration writes into the home: it is refused, and works afterwards."""
    home = tmp_path / "home"
    fill(home, 1)
    process = started(home, "demo", "--json", "--no-explore")
    try:
        for _ in range(300):
            if (home / "demo" / "anyqta.db").exists():
                break
            time.sleep(0.1)
        time.sleep(0.5)
        done = anyqta(home, "wipe", "--yes")
        assert 1 == done.returncode
        assert "in use" in done.stderr
        assert (home / "anyqta.db").exists()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert 0 == anyqta(home, "wipe", "--yes").returncode
    assert not home.exists()


def at_a_terminal(home: Path, answer: bytes, *arguments: str) -> tuple[int, str]:
    """The command in a terminal of 80 columns, where somebody types this when asked."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        (*ANYQTA, *arguments),
        env=environment(home) | {"COLUMNS": "80", "TERM": "xterm"},
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    shown, typed = b"", False
    with contextlib.suppress(OSError):  # the terminal is closed at the other end
        while select.select([master], [], [], 60)[0]:
            part = os.read(master, 4096)
            if not part:
                break
            shown += part
            if b"Type yes" in shown and not typed:
                os.write(master, answer)
                typed = True
    os.close(master)
    return process.wait(60), shown.decode()


def test_in_a_terminal(tmp_path: Path) -> None:
    """A no changes nothing; a typed yes does it."""
    home = tmp_path / "home"
    fill(home, 3)
    status, shown = at_a_terminal(home, b"no\n", "wipe")
    assert 1 == status
    assert "nothing was deleted" in shown
    assert (home / "anyqta.db").exists()
    status, shown = at_a_terminal(home, b"yes\n", "prune", "--older-than", "36500")
    assert 0 == status
    assert "0 deleted." in shown
    status, shown = at_a_terminal(home, b"yes\n", "wipe")
    assert 0 == status
    assert max(map(len, shown.splitlines())) <= 80 + len(str(home))
    assert not home.exists()
