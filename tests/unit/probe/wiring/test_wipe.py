"""Wiping: ours goes, theirs stays; nothing while something is going on; a killed one is finished."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from measurements.store.outbox import Outbox
from probe import home as homes
from probe.wiring import lock, wipe
from probe.wiring.wipe_names import MARK
from tests.fakes.homes import fill
from tests.unit.probe.wiring.wiping import KEY, a_home

ROOT = Path(__file__).parents[4]
KILLED = """
import os, signal, sys
from pathlib import Path
from probe.wiring import wipe

left = int(sys.argv[2])
real = os.unlink, os.rmdir

def dying(which):
    def call(*a, **k):
        global left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return real[which](*a, **k)
    return call

os.unlink, os.rmdir = dying(0), dying(1)
wipe.wipe(wipe.plan(Path(sys.argv[1])))
"""


def wiped(home: Path) -> wipe.Wiped:
    """As after a yes."""
    planned = wipe.plan(home)
    assert planned is not None
    return wipe.wipe(planned)


def test_all_is_gone(tmp_path: Path) -> None:
    """The folder too; a second time there is nothing."""
    home = a_home(tmp_path / "home")
    done = wiped(home)
    assert done.folder_gone
    assert ([], ()) == (done.failed, done.left)
    assert not home.exists()
    assert wipe.plan(home) is None
    home.mkdir()
    assert wipe.plan(home) is None


def test_what_is_theirs_stays(tmp_path: Path) -> None:
    """Byte for byte, with the folder that it lies in; and what links lead to."""
    home, other = a_home(tmp_path / "home"), tmp_path / "other"
    other.mkdir()
    (other / "precious").write_text("mine")
    (home / "export.jsonl").write_text("exported")
    (home / "keys" / "mine.pem").write_text("mine")
    (home / "notices.txt").symlink_to(other / "precious")
    (home / "anyqta.db.before-update").unlink(missing_ok=True)
    (home / "anyqta.db.before-update").symlink_to(other / "precious")
    (home / "keys" / ("d" * 24 + ".invite")).symlink_to(other / "precious")
    done = wiped(home)
    assert not done.folder_gone
    assert [] == done.failed
    left = {str(p.relative_to(home)) for p in home.rglob("*")}
    expected = {"export.jsonl", "keys", "keys/mine.pem", "notices.txt", "anyqta.db.before-update"}
    assert expected | {"keys/" + "d" * 24 + ".invite"} == left
    assert 5 == len(done.left)
    assert "mine" == (other / "precious").read_text()
    assert "exported" == (home / "export.jsonl").read_text()


def test_keys_are_overwritten(tmp_path: Path) -> None:
    """What still has the file open, or a second name of it, finds nothing."""
    home = a_home(tmp_path / "home")
    with (home / "keys" / KEY).open("rb") as key, (home / "consent.json").open("rb") as given:
        wiped(home)
        assert {0} == set(key.read())
        assert {0} == set(given.read())


def test_a_folder_of_another_program(tmp_path: Path) -> None:
    """Nothing is touched, and no lock is made in it."""
    (tmp_path / "config.toml").write_text('list = "kz"\n')
    with pytest.raises(homes.HomeError, match="does not look like"):
        wipe.plan(tmp_path)
    assert ["config.toml"] == [p.name for p in tmp_path.iterdir()]
    with pytest.raises(homes.HomeError, match="does not look like"):
        wipe.plan(tmp_path / "config.toml")


def test_not_while_a_run_goes_on(tmp_path: Path) -> None:
    """It holds the lock; whatever else has the database open is noticed too, the demo's as well."""
    home = a_home(tmp_path / "home")
    before = sorted(home.rglob("*"))
    for name in (lock.RUN, lock.WATCH):
        with lock.alone(home, name, ""), pytest.raises(homes.HomeError, match="in use"):
            wiped(home)
    for folder in (home, home / "demo"):
        with homes.open_store(folder), pytest.raises(homes.HomeError, match="in use"):
            wiped(home)
    assert set(before) <= set(home.rglob("*"))
    assert not (home / MARK).exists()
    assert wiped(home).folder_gone


def test_the_link_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    """No file is made where it leads."""
    home = a_home(tmp_path / "home")
    (home / "run.lock").unlink(missing_ok=True)
    (home / "run.lock").symlink_to(tmp_path / "made")
    wiped(home)
    assert not (tmp_path / "made").exists()


def test_the_home_may_be_reached_by_a_link(tmp_path: Path) -> None:
    """The person named it: it is the folder that is meant."""
    home = a_home(tmp_path / "home")
    (tmp_path / "link").symlink_to(home)
    assert wiped(tmp_path / "link").folder_gone
    assert not home.exists()


def test_killed_anywhere(tmp_path: Path) -> None:
    """kill -9 before each deletion in turn: the next one finishes, and always knows the folder."""
    count = len(list(a_home(tmp_path / "first").rglob("*")))
    for after in range(0, count + 1, 3):
        home = a_home(tmp_path / f"home{after}")
        died = subprocess.run(
            (sys.executable, "-c", KILLED, str(home), str(after)),
            cwd=ROOT, check=False, capture_output=True,
        )  # fmt: skip
        assert -signal.SIGKILL == died.returncode, died.stderr
        assert home.exists()
        assert not (after > 8 and (home / "consent.json").exists())
        assert wiped(home).folder_gone


def test_the_mark_makes_nothing_ours(tmp_path: Path) -> None:
    """What was told to be left alone is, though our own mark stands beside it; after a killed wipe too."""
    home = a_home(tmp_path / "home")
    for theirs in ("program-thesis/chapter.txt", "demo2/notices.txt", "keys2/a"):
        (home / theirs).parent.mkdir()
        (home / theirs).write_text("mine")
    shutil.rmtree(home / "demo")
    (home / "demo").mkdir()
    (home / "demo" / "notices.txt").write_text("mine")
    planned = wipe.plan(home)
    assert planned is not None
    told = {one.path.name for one in planned.left}
    assert {"program-thesis", "demo2", "keys2", "demo"} == told
    done = wipe.wipe(planned)
    assert not done.failed
    assert {one.path.name for one in done.left} == told
    assert {p.name for p in home.iterdir()} == told
    assert (home / "demo" / "notices.txt").read_text() == "mine"
    (home / MARK).touch()
    wiped(home)
    assert (home / "program-thesis" / "chapter.txt").read_text() == "mine"


@pytest.fixture
def for_all() -> Iterator[Path]:
    """A folder that another user may enter: pytest's own are for root only, and each start of another
    pytest makes them so again."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o777)
        yield Path(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed, whom modes bind")
def test_what_cannot_be_deleted_is_told(for_all: Path) -> None:
    """A folder that may not be written: nothing goes, each file is named; later it does."""
    home = a_home(for_all / "home")
    for path in (home, *home.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    home.chmod(0o500)
    script = (
        "import os, sys; from pathlib import Path; from probe.wiring import wipe\n"
        "os.setgid(65534); os.setuid(65534)\n"  # once all is imported: Python may be root's
        "done = wipe.wipe(wipe.plan(Path(sys.argv[1])))\n"
        "print(len(done.failed), {str(w) for _, w in done.failed}, done.folder_gone)"
    )

    def run() -> str:
        done = subprocess.run(
            (sys.executable, "-B", "-c", script, str(home)),
            cwd=ROOT, check=False, capture_output=True, text=True,
            env={"HOME": str(for_all), "PATH": os.environ["PATH"]},
        )  # fmt: skip
        assert not done.returncode, done.stderr
        return done.stdout

    assert "Permission denied" in run()
    assert (home / "anyqta.db").exists()
    home.chmod(0o700)
    assert run().startswith("0 set()")
    assert not home.exists()


def test_what_is_told_before(tmp_path: Path) -> None:
    """How many measurements, and how many a collector has; a damaged file is no hindrance."""
    home = tmp_path / "home"
    uids = fill(home, 3)
    with homes.open_store(home) as store:
        outbox = Outbox(store)
        number = outbox.collector("https://c.example").id
        outbox.enqueue(uids[:2], number, secret=lambda: os.urandom(32))
        outbox.mark_sent(number, uids[:1], "2026-11-25T00:00:00Z")
    planned = wipe.plan(home)
    assert planned is not None
    assert (3, 1) == (planned.measurements, planned.away)
    (home / "consent.json").write_text('{"version": 1, "given_at": "2026"}')
    (home / "anyqta.db").write_bytes(b"\xff" * 4096)
    planned = wipe.plan(home)
    assert planned is not None
    assert (None, 0) == (planned.measurements, planned.away)
    assert wipe.wipe(planned).folder_gone
