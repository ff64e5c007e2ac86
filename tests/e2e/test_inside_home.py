"""No path leaves the home folder: what real commands tell the kernel, by strace."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.netlab]

_LINE = re.compile(r"(?:\d+ +)?(?P<call>\w+)\((?P<rest>.*)\) = (?P<result>-?\d+|\?)")
_PATH = re.compile(r'(?:(?P<at>AT_FDCWD|\d+)<(?P<base>[^>]*)>, )?"(?P<name>(?:[^"\\]|\\.)*)"')
_MODE = re.compile(r", (0[0-7]*)\)? *$")
_WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_TMPFILE")
# Not files: a terminal, chance, this process's own memory (wiring/title.py).
_NO_FILES = re.compile(r"/dev/(null|tty|urandom|pts/\d+)|/proc/(self|\d+)/mem")


@dataclass(frozen=True)
class Change:
    """A path that was made, opened for writing, renamed, removed; with which mode, if it was made."""

    call: str
    path: str
    mode: int | None


def changes(text: str, cwd: Path) -> Iterator[Change]:
    """In a trace of strace -f -y; what failed is no change."""
    for line in joined(text):
        found = _LINE.match(line)
        if found is None or found["result"].startswith("-"):
            continue
        call, rest = found["call"], found["rest"]
        if call.startswith("open") and not any(flag in rest for flag in _WRITES):
            continue
        if call == "bind" and "sun_path=" not in rest:
            continue
        mode = _MODE.search(rest) if "O_CREAT" in rest or call.startswith("mk") else None
        for path in _PATH.finditer(rest):
            name = Path(path["base"] or cwd, path["name"])
            yield Change(call, os.path.normpath(name), int(mode[1], 8) if mode else None)


def joined(text: str) -> Iterator[str]:
    """`<unfinished ...>` and its `<... resumed>`, of one thread, as one line."""
    waiting: dict[str, str] = {}
    for line in text.splitlines():
        pid, _, said = line.partition(" ")
        said = said.strip()
        if said.endswith("<unfinished ...>"):
            waiting[pid] = said.removesuffix("<unfinished ...>").rstrip()
        elif said.startswith("<... "):
            yield waiting.pop(pid, "") + said.partition(" resumed>")[2]
        else:
            yield said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all of it happens."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if os.geteuid() != 0:
        pytest.skip("unshare -n needs root")
    return tmp_path_factory.mktemp("inside")


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, Any]:
    """What inside_lab.py says of the commands."""
    done = subprocess.run(
        ("unshare", "-n", sys.executable, "-m", "tests.e2e.inside_lab", str(folder)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert not done.returncode, done.stderr
    print(done.stderr)  # noqa: T201 - how long each took
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def done(folder: Path, told: dict[str, Any]) -> dict[str, list[Change]]:
    """Of each command."""
    traces = sorted(folder.glob("trace.*"))
    assert len(told["statuses"]) == len(traces)
    return {
        words: list(changes(trace.read_text("utf-8", "replace"), folder / "user"))
        for words, trace in zip(told["statuses"], traces, strict=True)
    }


def test_they_all_did_their_work(told: dict[str, Any], done: dict[str, list[Change]]) -> None:
    """Otherwise the rest would say nothing: each ended well, and those that write wrote."""
    assert {0} == set(told["statuses"].values()), told["statuses"]
    idle = {words.split()[0] for words, found in done.items() if not found}
    assert idle <= {"doctor", "results", "show"}
    spilt = [c for found in done.values() for c in found if "/etilqs_" in c.path]
    assert spilt, "VACUUM kept all in memory: more measurements are needed to see where it goes"


def test_no_path_leaves_the_home(folder: Path, done: dict[str, list[Change]]) -> None:
    """Made, opened for writing, renamed, removed, linked, bound to: all of it lies in the home."""
    home = str(folder / "home")
    outside = {
        (words, change.call, change.path)
        for words, found in done.items()
        for change in found
        if change.path != home and not change.path.startswith(f"{home}/")
        if not _NO_FILES.fullmatch(change.path)
    }
    assert set() == outside


def test_all_is_private_from_its_first_byte(
    told: dict[str, Any], done: dict[str, list[Change]]
) -> None:
    """Whatever the umask: by the mode that it was made with, and as it was left. (SQLite opens with
    another one what is there already: that makes nothing.)"""
    there, made = set[str](), list[tuple[str, str]]()
    for words, found in done.items():
        for change in found:
            if change.call.startswith(("unlink", "rmdir")):
                there.discard(change.path)
            elif change.mode is not None and change.path not in there:
                there.add(change.path)
                made += [(words, change.path)] if change.mode & 0o077 else []
            elif change.call.startswith("rename"):
                there.add(change.path)
    assert [] == made
    assert {0o600, 0o700} == set(told["modes"].values())


def test_nothing_is_left(folder: Path, told: dict[str, Any]) -> None:
    """Of what anyqta keeps; what was exported is its owner's. The user's folder is as it was."""
    exported = {"home", "home/all.jsonl.gz", "home/a.bundle"}
    traces = {path.name for path in folder.glob("trace.*")}
    assert exported | traces | {"user"} == set(told["left"])


def test_what_is_read_from_a_trace(tmp_path: Path) -> None:
    """Also what is interrupted by another thread; what fails, and what only reads, is none."""
    text = """\
12  openat(AT_FDCWD</w>, "a", O_RDONLY|O_CLOEXEC) = 3</w/a>
12  openat(AT_FDCWD</w>, "b", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 3</w/b>
12  openat(AT_FDCWD</w>, "c", O_WRONLY|O_CREAT, 0600) = -1 EACCES (Permission denied)
12  unlinkat(6</tmp/x>, "d", 0 <unfinished ...>
13  mkdir("/e", 0700) = 0
12  <... unlinkat resumed>) = 0
13  rename("/f", "/g") = 0
13  bind(7<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/h"}, 110) = 0
13  bind(7<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
"""
    found = [(c.call, c.path, c.mode) for c in changes(text, Path("/w"))]
    assert [
        ("openat", "/w/b", 0o666),
        ("mkdir", "/e", 0o700),
        ("unlinkat", "/tmp/x/d", None),
        ("rename", "/f", None),
        ("rename", "/g", None),
        ("bind", "/h", None),
    ] == found
