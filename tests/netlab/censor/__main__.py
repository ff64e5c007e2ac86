"""The censor as a process: `python -m tests.netlab.censor SETUP.pickle`; says `ready` when packets flow."""

from __future__ import annotations

import json
import pickle
import signal
import sys
from pathlib import Path

from tests.netlab.censor.forwarder import Forwarder
from tests.netlab.censor.rules import RuleBook
from tests.netlab.ns import ip, open_tun
from tests.netlab.setup import CensorSetup


def main(path: str) -> None:
    """Open the devices, then forward until SIGTERM."""
    setup: CensorSetup = pickle.loads(Path(path).read_bytes())  # noqa: S301  our own parent's
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda n, _f: stopped.append(n))
    ends = []
    for place in ("home", "isp", "cens"):
        ns = f"{setup.prefix}-{place}"
        ends.append(open_tun(ns, "censor"))
        ip("link set censor txqueuelen 10000", "link set censor mtu 1500 up", ns=ns)
    book = RuleBook(setup.world.rules, setup.world.link.seed)
    forwarder = Forwarder(ends[0], ends[1], ends[2], setup.world.link, book)
    print("ready", flush=True)
    forwarder.run(lambda: bool(stopped))
    stats = {"packets": forwarder.packets, "lost": forwarder.lost, "hits": book.hits}
    Path(setup.stats).write_text(json.dumps(stats))


if __name__ == "__main__":
    main(sys.argv[1])
