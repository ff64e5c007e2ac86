"""No packet leaves before consent: every command, run where each frame to the home's router is counted."""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from probe.cli.tree import whole
from tests.netlab import ns, places
from tests.netlab.lab import PYTHON, ROOT, Lab
from tests.netlab.marks import IN_THE_LAB
from tests.netlab.model import Answer, Name, Page, Site, World

pytestmark = IN_THE_LAB
SITE, ADDRESS, OTHER = "plain.example.org", "93.184.200.1", "2606:2800:200::1"
WORLD = World(
    (Site((SITE,), (ADDRESS,), (OTHER,), http=Page()),),
    (Name(SITE, Answer((ADDRESS,), (OTHER,))),),
)
SETTINGS = f"""
control = "https://{places.CONTROL_NAME}/"
collector = "https://collector.example.org/"
upload = true
list = "kz"
"""
RESOLVERS = ("--resolver", "8.8.8.8", "--doh", "https://9.9.9.9/dns-query")
# What ends by itself, and how: 4, where it would send and there is no consent to it.
COMMANDS: tuple[tuple[str, int], ...] = (
    (f"run {SITE}", 4),
    (f"run {SITE} --json", 4),
    ("run", 4),
    ("run --list kz --upload", 4),
    (f"run {SITE} --no-control --no-diagnose --concurrency 1", 4),
    (f"run {SITE} --dry-run", 0),
    ("run --list kz --dry-run --json", 0),
    ("run --resume", 1),
    (f"watch {SITE} --once", 4),
    (f"watch {SITE} --every 24h", 4),
    ("watch --scheduled", 1),
    ("watch status", 0),
    ("doctor", 0),
    ("doctor --offline", 0),
    ("upload", 4),
    ("upload --dry-run", 0),
    ("upload --to-file bundle", 4),
    ("withdraw --all", 2),
    ("results", 0),
    ("results --changes", 0),
    ("show", 0),
    ("export", 0),
    ("rescore", 0),
    ("import nothing.jsonl", 1),
    ("lists kz", 0),
    ("prune --older-than 1 --yes", 0),
    ("wipe --dry-run", 0),
    ("registry nothing.xml", 1),
    ("completion bash", 0),
    ("manual", 0),
    ("schedule install --every 24h --dry-run", 4),
    ("schedule status", 0),
    ("schedule remove", 0),
    ("consent show", 0),
    ("consent give", 4),
    ("consent share", 4),
    ("consent unshare", 0),
    ("consent withdraw", 0),
)
# What stays until Ctrl-C: what it says once it is at work.
STAYING = {"demo --no-explore": "[1/", "explore --no-open": "http://127.0.0.1:"}
# Whose work is a server's, told to begin by its operator; they are no part of a volunteer's day.
OPERATORS = ("serve ", "collector ", "snapshot ", "site ", "consent choose")


class Wire:
    """Counts what goes from the probe to its router: the kernel's own talk with its neighbours apart."""

    def __init__(self, lab: Lab) -> None:
        self._socket = ns.socket_in(lab.ns("home"), socket.AF_PACKET, socket.SOCK_RAW)
        self._socket.bind(("to-probe", 3))  # ETH_P_ALL
        self._socket.settimeout(0.1)
        self.frames: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                frame, where = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            said = None if where[2] == socket.PACKET_OUTGOING else told(frame)
            if said is not None:
                self.frames.append(said)

    def so_far(self) -> list[str]:
        """Once all that was sent has been read."""
        time.sleep(0.3)
        return list(self.frames)

    def close(self) -> None:
        """End."""
        self._over.set()
        self._thread.join()
        self._socket.close()


def told(frame: bytes) -> str | None:
    """Whom a frame is for; None: neighbours and multicast groups, which the kernel sees to."""
    (kind,) = struct.unpack("!H", frame[12:14])
    if kind == 0x0800 and frame[23] != 2:  # IGMP
        port = struct.unpack("!H", frame[36:38])[0] if frame[23] in (6, 17) else 0
        return f"{socket.inet_ntoa(frame[30:34])} protocol {frame[23]} port {port}"
    if kind == 0x86DD:
        icmp = frame[20] == 58 and 130 <= frame[54] <= 143 and frame[54] not in (138, 139, 140)
        if not icmp and frame[20] != 0:  # 0: hop by hop, of MLD
            return f"{socket.inet_ntop(socket.AF_INET6, frame[38:54])} protocol {frame[20]}"
    return None if kind in (0x0800, 0x0806, 0x86DD) else f"ethertype {kind:04x}"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A small one."""
    with Lab(WORLD) as made:
        yield made


@pytest.fixture(scope="module")
def wire(lab: Lab) -> Iterator[Wire]:
    """Listening for as long as the lab lives."""
    found = Wire(lab)
    yield found
    found.close()


def environment(home: Path) -> dict[str, str]:
    """All that a command might write is below one folder."""
    return {"ANYQTA_HOME": str(home), "HOME": str(home.parent), "XDG_CONFIG_HOME": str(home.parent)}


def anyqta(lab: Lab, home: Path, words: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Where the probe lives, with nobody to answer."""
    command = [PYTHON, "-m", "probe.cli", *words.split(), *more]
    return lab.run("probe", command, 300, environment(home), text="")


@pytest.fixture(scope="module")
def counted(lab: Lab, wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The home of somebody who measured, shared, and took the yes back; and what was counted meanwhile."""
    home = tmp_path_factory.mktemp("somebody") / "home"
    home.mkdir()
    (home / "config.toml").write_text(SETTINGS)
    assert anyqta(lab, home, "consent give --yes").returncode == 0
    assert anyqta(lab, home, "consent share --yes").returncode == 0
    before = len(wire.so_far())
    done = anyqta(lab, home, f"run {SITE} --no-control", *RESOLVERS)
    assert done.returncode == 0, done.stderr
    sent = wire.so_far()[before:]
    assert anyqta(lab, home, "consent withdraw").returncode == 0
    return home, sent


def test_what_is_sent_is_counted(counted: tuple[Path, list[str]]) -> None:
    """The twin: with consent the site, the resolvers, and the way to the collector are all seen."""
    _, sent = counted
    assert f"{ADDRESS} protocol 6 port 443" in sent
    assert f"{places.ISP_RESOLVER4} protocol 17 port 53" in sent
    assert "8.8.8.8 protocol 17 port 53" in sent
    assert "9.9.9.9 protocol 6 port 443" in sent
    assert any(frame.startswith(OTHER) for frame in sent)


def test_no_command_sends_before_consent(lab: Lab, wire: Wire, counted: tuple[Path, list[str]]) -> None:
    """With results, settings, a list and a collector, or with nothing at all: not one frame."""
    home, _ = counted
    before = len(wire.so_far())
    fresh = home.parent / "fresh"
    first = (COMMANDS[0][0], "watch --list kz --once", "doctor", "upload", "consent give")
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(anyqta, lab, home, words) for words, _ in COMMANDS]
        new = [pool.submit(anyqta, lab, fresh / words.replace(" ", "-"), words) for words in first]
        found = [(words, one.result()) for (words, _), one in zip(COMMANDS, made, strict=True)]
        refused = [one.result() for one in new]
    assert wire.so_far()[before:] == []
    assert [(words, done.returncode) for words, done in found] == list(COMMANDS), "\n".join(
        f"{words}: {done.returncode} {done.stderr[-300:]}" for words, done in found
    )
    assert [done.returncode for done in refused] == [4, 4, 0, 2, 4]  # 2: no collector is named
    assert "Traceback" not in "".join(done.stderr for done in (*refused, *(done for _, done in found)))


def test_nothing_that_stays_sends_before_consent(lab: Lab, wire: Wire, counted: tuple[Path, list[str]]) -> None:
    """Pages, and the pretend Internet, are this computer's own."""
    home, _ = counted
    before = len(wire.so_far())
    for words, sign in STAYING.items():
        command = ["ip", "netns", "exec", lab.ns("probe"), PYTHON, "-m", "probe.cli", *words.split()]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=lab.environment(environment(home)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            try:
                assert any(sign in line for line in process.stdout), words
                time.sleep(1)
            finally:
                process.send_signal(signal.SIGINT)
            process.stdout.read()
            assert process.wait(60) == 0
    assert wire.so_far()[before:] == []


def test_every_command_is_here() -> None:
    """A new one has to be put into the table."""
    said = [words for words, _ in COMMANDS] + list(STAYING)
    names = [" ".join(node.path[1:]) for node in whole().all() if not node.below]
    missing = [name for name in names if not any(f"{words} ".startswith(f"{name} ") for words in said)]
    assert [name for name in missing if not f"{name} ".startswith(OPERATORS)] == []
