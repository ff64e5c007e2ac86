"""A volunteer's commands, one after the other, under strace, in a network in which nobody else is.

Run by test_inside_home.py inside `unshare -n`; prints the exit statuses. What each did to the disk is in
trace.N of the folder named first.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.e2e.test_run import resolver
from tests.fakes.commands import ANYQTA, environment
from tests.fakes.homes import fill

CHANGES = (
    *("open", "openat", "openat2", "creat", "mkdir", "mkdirat", "mknod", "mknodat", "bind"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "link", "linkat"),
    *("symlink", "symlinkat", "truncate", "chmod", "fchmodat", "chown", "lchown", "fchownat"),
    *("utime", "utimes", "utimensat", "setxattr", "lsetxattr"),
)
SITES = ("a.invalid", "b.invalid")


def told_to_the_kernel(trace: Path) -> tuple[str, ...]:
    """All that makes, changes or takes away something by name; `?`: where this processor has it."""
    calls = ",".join(f"?{name}" for name in CHANGES)
    return (
        "strace",
        "--seccomp-bpf",
        "-f",
        "-y",
        "-qq",
        "-s",
        "4096",
        "-e",
        f"trace={calls}",
        "-o",
        str(trace),
    )


def network() -> None:
    """A way out that leads nowhere: an address, a route, nobody behind it."""
    for words in (
        "link set lo up",
        "link add there type veth peer name away",
        "addr add 198.51.100.2/24 dev there",
        "link set there up",
        "link set away up",
        "route add default via 198.51.100.1",
    ):
        subprocess.run(("ip", *words.split()), check=True)


def outside_as_usual(folder: Path, home: Path) -> dict[str, str]:
    """Of somebody who has said nothing about where temporary files go."""
    user = folder / "user"
    user.mkdir(exist_ok=True)
    away = ("TMPDIR", "TEMP", "TMP", "SQLITE_TMPDIR")
    kept = {k: v for k, v in environment(home).items() if k not in away and k[:4] != "XDG_"}
    # What Python compiles of this checkout is not a volunteer's: an installer has done that.
    return kept | {"HOME": str(user), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}


def main() -> None:
    """All commands; a home that was lived in."""
    folder, home = Path(sys.argv[1]), Path(sys.argv[1]) / "home"
    os.umask(0)  # a careless system: what is private is so by our own doing
    network()
    statuses: dict[str, int] = {}

    def run(*words: str) -> None:
        began = time.monotonic()
        trace = folder / f"trace.{len(statuses):02}"
        statuses[" ".join(words)] = -1
        done = subprocess.run(
            (*told_to_the_kernel(trace), *ANYQTA, *words),
            env=outside_as_usual(folder, home),
            cwd=folder / "user",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        statuses[" ".join(words)] = done.returncode
        print(words[0], round(time.monotonic() - began), "s", file=sys.stderr)  # noqa: T201

    (folder / "user").mkdir()
    run("doctor", "--offline")
    # It takes longest, and waits most of the time: the others go on meanwhile.
    demo = threading.Thread(target=run, args=("demo", "--json", "--no-explore"))
    demo.start()
    with resolver() as (at, _):
        run("consent", "give", "--yes")
        (home / "config.toml").write_text(f'resolver = "{at}"\ndoh = "https://127.0.0.1:9/"\n')
        (home / "config.toml").chmod(0o600)
        run("consent", "share", "--yes")
        run("run", *SITES, "--no-control")
        run("watch", "--once", *SITES, "--no-control")
        run("doctor")
    fill(home, 700)  # enough that SQLite does not keep in memory what it writes anew
    run("results")
    run("show", "last")
    run("export", str(home / "all.jsonl.gz"))
    there = ("--collector", "https://c.example/", "--to-file", str(home / "a.bundle"))
    run("upload", "--yes", *there)
    demo.join()
    run("prune", "--older-than", "1", "--even-unsent", "--yes")
    modes = {str(p.relative_to(home)): p.lstat().st_mode & 0o777 for p in (home, *home.rglob("*"))}
    run("wipe", "--yes")
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    print(json.dumps({"statuses": statuses, "modes": modes, "left": left}))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
