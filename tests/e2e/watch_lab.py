"""Real `watch` processes in a network that fails them: killed, started twice, unplugged, moved, full.

Run by test_watch_for_real.py inside `unshare -n -m`; prints what each said. The clock is the real one: what
takes a month is in test_watch.py.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

from tests.e2e.doctor_lab import PORTAL, Login
from tests.e2e.inside_lab import network
from tests.e2e.test_run import resolver
from tests.fakes.commands import anyqta, started
from tests.fakes.homes import consent

Told = dict[str, object]
SITES = tuple(f"s{n}.invalid" for n in range(5))


def ip(words: str) -> None:
    """Do something to the network."""
    subprocess.run(("ip", *words.split()), check=True)


def watch(home: Path, *words: str) -> Told:
    """One round, to its end."""
    done = anyqta(home, "watch", "--once", *words)
    return {"status": done.returncode, "says": done.stderr}


def stored(home: Path) -> list[str]:
    """What is in the results, oldest first."""
    done = anyqta(home, "results", "--json", "--limit", "1000")
    return [json.loads(line)["input"] for line in reversed(done.stdout.splitlines())]


def until(seen: object, text: str, seconds: float = 60) -> str:
    """What a process says, to this text."""
    said, over = "", time.monotonic() + seconds
    while text not in said and time.monotonic() < over:
        line = seen.readline()  # type: ignore[attr-defined]
        if not line:
            break
        said += line
    return said


def settings(home: Path, at: str, **more: object) -> None:
    """A consent, and settings that keep all packets here."""
    consent(home, sharing=False)
    (home / "consent.json").chmod(0o600)
    all_ = {"resolver": at, "doh": "https://127.0.0.1:9/", "concurrency": 1} | more
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in all_.items())
    (home / "config.toml").write_text(text)


def twice(home: Path) -> Told:
    """Two at the same moment; then one more, and a round by itself; then SIGTERM."""
    both = [started(home, "watch", SITES[0], "--no-control") for _ in range(2)]
    over = time.monotonic() + 60
    while all(one.poll() is None for one in both) and time.monotonic() < over:
        time.sleep(0.1)
    (loser,) = [one for one in both if one.poll() is not None]
    (winner,) = [one for one in both if one.poll() is None]
    assert winner.stderr is not None
    said = until(winner.stderr, "Next round in")
    once = watch(home, SITES[0], "--no-control")
    status = anyqta(home, "watch", "status").stdout
    winner.send_signal(signal.SIGTERM)
    rest = winner.communicate(timeout=60)[1]
    return {
        "loser": [loser.returncode, loser.communicate()[1]],
        "winner": [winner.returncode, said + rest],
        "once": once,
        "status": status,
    }


def begun(home: Path) -> "subprocess.Popen[str]":
    """A round that has stored something, and has more to do."""
    process = started(home, "watch", "--once", *SITES, "--no-control")
    over = time.monotonic() + 60
    while time.monotonic() < over:
        with contextlib.suppress(Exception):
            if stored(home):
                break
        time.sleep(0.1)
    return process


def killed(home: Path) -> Told:
    """`kill -9` in the middle; the next round begins with what is left."""
    process = begun(home)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = stored(home)
    after = watch(home, *SITES, "--no-control")
    return after | {"before": before, "all": stored(home)}


def moved(home: Path) -> Told:
    """Another address and gateway in the middle of a round."""
    process = begun(home)
    ip("addr add 203.0.113.2/24 dev there")
    ip("addr del 198.51.100.2/24 dev there")
    ip("route replace default via 203.0.113.1")
    said = process.communicate(timeout=60)[1]
    return {"status": process.returncode, "says": said, "stored": len(stored(home))}


@contextlib.contextmanager
def portal() -> Iterator[str]:
    """What answers in the place of a control."""
    server = ThreadingHTTPServer(("127.0.0.1", PORTAL), Login)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{PORTAL}/"
    server.shutdown()
    server.server_close()


def full(folder: Path, at: str) -> Told:
    """A home on a disk with 8 MB."""
    home = folder / "small"
    home.mkdir()
    subprocess.run(("mount", "-t", "tmpfs", "-o", "size=8m", "none", str(home)), check=True)
    settings(home, at)
    return watch(home, SITES[0], "--no-control")


def main() -> None:
    """All stories."""
    folder = Path(sys.argv[1])
    os.umask(0o022)
    network()
    # This computer's own resolver answers, too: otherwise each round waits for it.
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    subprocess.run(("mount", "--bind", str(folder / "resolv.conf"), "/etc/resolv.conf"), check=True)
    told: dict[str, object] = {}
    with resolver(port=53) as (at, _):
        for name in ("twice", "killed", "moved", "portal", "unplugged"):
            settings(folder / name, at)
        told["twice"] = twice(folder / "twice")
        told["killed"] = killed(folder / "killed")
        told["full"] = full(folder, at)
        told["moved"] = moved(folder / "moved")
        home = folder / "portal"
        with portal() as url:
            told["portal"] = watch(home, SITES[0], "--control", url)
        told["kept"] = json.loads((home / "watch.json").read_text())
        ip("link set there down")
        told["unplugged"] = watch(folder / "unplugged", SITES[0], "--no-control")
    print(json.dumps(told))  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main()
