"""The lab itself: namespaces wired up, processes started, commands run in them, all taken down again."""

from __future__ import annotations

import atexit
import itertools
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

from tests.netlab import ns, places
from tests.netlab.model import World
from tests.netlab.pki import Pki
from tests.netlab.setup import CensorSetup, InternetSetup, ProxySetup

ROOT = Path(__file__).resolve().parents[2]
PYTHON = str(ROOT / ".venv/bin/python") if (ROOT / ".venv/bin/python").exists() else sys.executable
_count = itertools.count()
_live: set[Lab] = set()
_ROUTER = {
    "ipv4.ip_forward": "1",
    "ipv4.icmp_ratelimit": "0",
    "ipv4.icmp_ratemask": "0",
    "ipv6.conf.all.forwarding": "1",
    "ipv4.icmp_msgs_per_sec": "100000",
    "ipv4.icmp_msgs_burst": "100000",
}
_EVERYWHERE = {
    "ipv4.conf.all.rp_filter": "0",
    "ipv4.conf.default.rp_filter": "0",
    "ipv6.conf.all.accept_dad": "0",
    "ipv6.conf.default.accept_dad": "0",
    "ipv6.conf.all.accept_ra": "0",
    "ipv6.conf.default.accept_ra": "0",
    "ipv6.conf.all.dad_transmits": "0",
    "ipv6.conf.default.dad_transmits": "0",
    "ipv6.conf.default.router_solicitations": "0",
    "ipv6.icmp.ratelimit": "0",
    "ipv4.icmp_ratelimit": "0",
}
_SERVER = {
    "ipv4.ip_nonlocal_bind": "1",
    "ipv6.ip_nonlocal_bind": "1",
    "ipv4.tcp_timestamps": "0",
    "core.somaxconn": "4096",
    "ipv4.tcp_syncookies": "0",
    "ipv4.tcp_max_syn_backlog": "4096",
}
_LINKS = (  # side a, address, side b, address
    ("probe", places.PROBE4, places.PROBE6, "home", places.HOME4, places.HOME6),
    (
        "isp",
        places.ISP_TRANSIT4,
        places.ISP_TRANSIT6,
        "tran",
        places.TRANSIT_ISP4,
        places.TRANSIT_ISP6,
    ),
    ("tran", places.TRANSIT_NET4, places.TRANSIT_NET6, "net", places.NET4, places.NET6),
    ("tran", places.TRANSIT_CTL4, places.TRANSIT_CTL6, "ctl", places.CONTROL4, places.CONTROL6),
)
_HOME_NETS = ("92.46.10.0/24", "2a00:5da0:1:1::/64", "2a00:5da0:1:2::/64")


class Lab:
    """One pretend Internet. Use it as a context manager."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.prefix = f"aq{os.getpid()}x{next(_count)}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"{self.prefix}-"))
        self.pki: Pki | None = None
        self.processes: list[subprocess.Popen[str]] = []
        self._stopped = False

    # --- life

    def __enter__(self) -> Lab:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Lab:
        """Make everything; take it down again if anything fails."""
        ns.remove_stale()
        _watch_signals()
        _live.add(self)
        try:
            self.pki = Pki.create(self.folder / "pki")
            self._namespaces()
            censor = CensorSetup(self.world, self.prefix, str(self.folder / "censor.json"))
            self._process("censor", "tests.netlab.censor", censor)
            self._routes()
            pki = str(self.folder / "pki")
            self._process("internet", "tests.netlab.internet", InternetSetup(self.world, self.prefix, pki))
            self._process("proxy", "tests.netlab.censor.proxy", ProxySetup(self.world, self.prefix, pki))
            self._warm_up()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End every process, delete every namespace and file."""
        if self._stopped:
            return
        self._stopped = True
        _live.discard(self)
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        ns.remove(ns.existing(self.prefix + "-"))
        self.stats = self._read_stats()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read_stats(self) -> dict[str, object]:
        try:
            found: dict[str, object] = json.loads((self.folder / "censor.json").read_text())
        except (OSError, ValueError):
            return {}
        return found

    # --- building

    def ns(self, place: str) -> str:
        """The full name of a namespace: probe home isp tran net ctl cens."""
        return f"{self.prefix}-{place}"

    def _namespaces(self) -> None:
        for place in ("probe", "home", "isp", "tran", "net", "ctl", "cens"):
            ns.ip(f"netns add {self.ns(place)}")
            ns.sysctl(self.ns(place), _EVERYWHERE)
            ns.ip("link set lo up", ns=self.ns(place))
        for place in ("home", "isp", "tran"):
            ns.sysctl(self.ns(place), _ROUTER)
        for place in ("net", "isp", "cens", "ctl"):
            ns.sysctl(self.ns(place), _SERVER)
        for a, a4, a6, b, b4, b6 in _LINKS:
            ns.ip(f"link add to-{b} netns {self.ns(a)} type veth peer name to-{a} netns {self.ns(b)}")
            size = 24 if a == "probe" else 30
            for here, there, v4, v6 in ((a, b, a4, a6), (b, a, b4, b6)):
                width = 24 if "ctl" in (here, there) else size
                ns.ip(
                    f"addr add {v4}/{width} dev to-{there}",
                    f"addr add {v6}/64 dev to-{there} nodad",
                    f"link set to-{there} up",
                    ns=self.ns(here),
                )
        folder = Path("/etc/netns", self.ns("probe"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resolv.conf").write_text(f"nameserver {places.ISP_RESOLVER4}\noptions timeout:2 attempts:2\n")
        lines = [
            "127.0.0.1 localhost",
            *(f"{address} {name}" for name, address in self.world.hosts),
        ]
        (folder / "hosts").write_text("\n".join(lines) + "\n")
        (folder / "nsswitch.conf").write_text("hosts: files dns\n")

    def _routes(self) -> None:
        self._routes_home(self.ns("probe"), self.ns("home"))
        self._routes_isp(self.ns("isp"), self.ns("tran"))
        self._routes_far(self.ns("net"), self.ns("ctl"), self.ns("cens"))

    def _routes_home(self, p: str, h: str) -> None:
        ns.ip(
            f"route add default via {places.HOME4}",
            f"-6 route add default via {places.HOME6}",
            ns=p,
        )
        ns.ip(
            f"addr add {places.HOME_WAN4}/32 dev censor",
            f"addr add {places.HOME_WAN6}/128 dev censor nodad",
            ns=h,
        )
        if not self.world.unplugged:
            ns.ip("route add default dev censor", ns=h)
        if not self.world.no_v6 and not self.world.unplugged:
            ns.ip("-6 route add default dev censor", ns=h)
        if self.world.no_v6 == "none":
            ns.ip("-6 route del default", f"-6 addr del {places.PROBE6}/64 dev to-home", ns=p)
        if self.world.no_v6 == "broken":
            ns.ip("-6 route add blackhole default", ns=h)

    def _routes_isp(self, i: str, t: str) -> None:
        own = ("ISP_RESOLVER", "BLOCKPAGE", "ISP")
        ns.ip(
            *(f"addr add {getattr(places, o + '4')}/32 dev lo" for o in own),
            *(f"-6 addr add {getattr(places, o + '6')}/128 dev lo nodad" for o in own),
            *(f"{'-6 ' if ':' in x else ''}route add {x} dev censor" for x in _HOME_NETS),
            f"addr add {places.ISP4}/32 dev censor",
            f"addr add {places.ISP6}/128 dev censor nodad",
            f"route add default via {places.TRANSIT_ISP4}",
            f"-6 route add default via {places.TRANSIT_ISP6}",
            ns=i,
        )
        ns.ip(
            "route add 92.46.0.0/16 via " + places.ISP_TRANSIT4,
            f"-6 route add 2a00:5da0::/32 via {places.ISP_TRANSIT6}",
            *self._silences(),
            f"route add default via {places.NET4}",
            f"-6 route add default via {places.NET6}",
            ns=t,
        )

    @staticmethod
    def _routes_far(n: str, c: str, m: str) -> None:
        resolvers = [a for r in places.RESOLVERS.values() for a in r[:2]]
        ns.ip(
            *(f"route add local {pool} dev lo" for pool in (*places.POOLS4, *(r for r in resolvers if ":" not in r))),
            *(f"-6 route add local {pool} dev lo" for pool in (*places.POOLS6, *(r for r in resolvers if ":" in r))),
            f"route add default via {places.TRANSIT_NET4}",
            f"-6 route add default via {places.TRANSIT_NET6}",
            ns=n,
        )
        ns.ip(
            f"route add default via {places.TRANSIT_CTL4}",
            f"-6 route add default via {places.TRANSIT_CTL6}",
            ns=c,
        )
        ns.ip(
            "route add local default dev lo table local",
            "-6 route add local default dev lo table local",
            f"route add {places.PROBE_PUBLIC4}/32 dev censor table local",
            f"-6 route add {places.PROBE6}/128 dev censor table local",
            "route add default dev censor",
            "-6 route add default dev censor",
            ns=m,
        )

    def _silences(self) -> list[str]:
        lines = [f"{'-6 ' if ':' in a else ''}route add blackhole {a}" for a in self.world.silent]
        for a in self.world.silent_to_control:
            source, flag = (places.CONTROL6, "-6 ") if ":" in a else (places.CONTROL4, "")
            lines.append(f"{flag}rule add from {source} to {a} blackhole")
        return lines

    def _warm_up(self, seconds: float = 3.0) -> None:
        """Until the neighbours of the v6 links know each other (a second, on a fresh veth): else the first SYN is lost."""
        closed = places.POOLS6[0].split("/")[0] + "ffff"
        waiting = ["ctl"] if self.world.no_v6 or self.world.unplugged else ["probe", "ctl"]
        until = time.monotonic() + seconds
        while waiting and time.monotonic() < until:
            for place in list(waiting):
                with ns.socket_in(self.ns(place), socket.AF_INET6, socket.SOCK_DGRAM) as sock:
                    sock.settimeout(0.15)
                    try:
                        sock.connect((closed, 9))
                        sock.send(b"hello")
                        sock.recv(16)
                    except ConnectionRefusedError:
                        waiting.remove(place)
                    except OSError:
                        continue

    def _process(self, name: str, module: str, setup: object) -> None:
        file = self.folder / f"{name}.pickle"
        file.write_bytes(pickle.dumps(setup))
        log: IO[str] = (self.folder / f"{name}.log").open("w")
        process = subprocess.Popen(
            [PYTHON, "-m", module, str(file)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{name} did not start:\n{(self.folder / f'{name}.log').read_text()}")

    def log(self, name: str) -> str:
        """What a process (censor, internet, proxy, control) wrote to standard error."""
        try:
            return (self.folder / f"{name}.log").read_text()
        except OSError:
            return ""

    # --- use

    @property
    def root_file(self) -> Path:
        """The lab's root certificate, for SSL_CERT_FILE."""
        assert self.pki is not None
        return self.pki.root_file

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Of a command in the lab."""
        return {
            **os.environ,
            "SSL_CERT_FILE": str(self.root_file),
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT),
            **(extra or {}),
        }

    def run(
        self,
        place: str,
        command: Sequence[str],
        timeout: float = 600,
        env: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a namespace, with that place's resolv.conf and hosts."""
        return subprocess.run(
            ["ip", "netns", "exec", self.ns(place), *command],
            cwd=ROOT,
            env=self.environment(env),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            input=text,
        )

    def python(self, place: str, code: str, timeout: float = 60) -> str:
        """Run Python code in a namespace; what it prints."""
        done = self.run(place, [PYTHON, "-c", code], timeout)
        return done.stdout + done.stderr

    def background(self, place: str, command: Sequence[str], name: str, env: Mapping[str, str] | None = None) -> None:
        """Start a command that stays until the lab ends."""
        with (self.folder / f"{name}.log").open("w") as log:
            self.processes.append(
                subprocess.Popen(
                    ["ip", "netns", "exec", self.ns(place), *command],
                    cwd=ROOT,
                    env=self.environment(env),
                    stdout=log,
                    stderr=log,
                    text=True,
                    start_new_session=True,
                )
            )

    def wait_for(self, place: str, address: str, port: int, seconds: float = 10) -> None:
        """Until something listens there."""
        code = f"import socket; socket.create_connection(({address!r}, {port}), 1).close()"
        until = time.monotonic() + seconds
        while self.run(place, [PYTHON, "-c", code]).returncode:
            if time.monotonic() > until:
                raise RuntimeError(f"nothing listens at {address}:{port}")
            time.sleep(0.1)


def _stop_all() -> None:
    for lab in list(_live):
        lab.stop()


atexit.register(_stop_all)
_watching = False


def _watch_signals() -> None:
    """On SIGTERM clean up first. SIGINT raises KeyboardInterrupt, which runs the context managers and atexit by itself."""
    global _watching  # noqa: PLW0603  a process has one handler
    if _watching or threading.current_thread() is not threading.main_thread():
        return
    _watching = True
    before = signal.getsignal(signal.SIGTERM)

    def handler(number: int, frame: FrameType | None) -> None:
        _stop_all()
        if callable(before):
            before(number, frame)
        else:
            raise SystemExit(143)

    signal.signal(signal.SIGTERM, handler)
