"""A network with nobody in it but a resolver, a control, a collector, a portal: for `anyqta doctor`.

Run by test_doctor.py inside `unshare -n`, so that nothing can leave; prints what each doctor said.
"""

import contextlib
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from probe import home as homes
from tests.e2e.test_run import resolver
from tests.fakes.commands import ANYQTA, environment
from tests.fakes.homes import consent

CONTROL, COLLECTOR, PORTAL = "http://127.0.0.1:8080/", "http://127.0.0.1:8090/", 8099
OTHER_KEY = "A" * 43
NOBODY = "http://127.0.0.1:9/"


class Login(http.server.BaseHTTPRequestHandler):
    """Whatever is asked, log in first."""

    def do_POST(self) -> None:
        """A page with status 200."""
        page = b"<html>Please log in</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[None]:
    """The control, the collector and the portal."""
    portal = http.server.ThreadingHTTPServer(("127.0.0.1", PORTAL), Login)
    threading.Thread(target=portal.serve_forever, daemon=True).start()
    processes = [
        subprocess.Popen(
            (*ANYQTA, "serve", *words),
            env=environment(folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for words in (
            ("control", "--port", "8080"),
            ("collector", "--port", "8090", "--db", str(folder / "c.db"), "--workers", "1"),
        )
    ]
    try:
        for port in (8080, 8090):
            wait_for(port)
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
        portal.shutdown()
        portal.server_close()


def wait_for(port: int) -> None:
    """Until somebody listens."""
    for _ in range(300):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"nobody listens on {port}")


def doctor(home: Path, settings: dict[str, object], *words: str) -> dict[str, object]:
    """Once, in a home with these settings."""
    homes.make(home)
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    (home / "config.toml").write_text(text)
    (home / "config.toml").chmod(0o600)
    done = subprocess.run(
        (*ANYQTA, "doctor", "--json", *words),
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        "status": done.returncode,
        "states": {line["check"]: line["state"] for line in lines},
        "stderr": done.stderr,
    }


def main() -> None:
    """All stories."""
    folder = Path(sys.argv[1])
    subprocess.run(("ip", "link", "set", "lo", "up"), check=True)
    told: dict[str, object] = {}
    with served(folder), resolver() as (at, asked):
        well: dict[str, object] = {
            "control": CONTROL,
            "resolver": [at],
            "doh": ["https://127.0.0.1:9/dns-query"],
            "collector": [COLLECTOR],
        }
        home = folder / "home"
        told["no consent"] = doctor(home, well)
        told["offline wanted"] = doctor(home, well, "--offline", "--yes")
        told["asked before consent"] = len(asked)
        consent(home, sharing=False)
        told["not shared"] = doctor(home, well)
        consent(home)
        told["well"] = doctor(home, well)
        told["asked"] = len(asked)
        told["other key"] = doctor(home, well | {"collector": [f"{COLLECTOR}#key={OTHER_KEY}"]})
        told["no control"] = doctor(home, well | {"control": NOBODY})
        told["portal"] = doctor(home, well | {"control": f"http://127.0.0.1:{PORTAL}/"})
        nobody = {"control": NOBODY, "resolver": ["127.0.0.1:9"], "collector": [NOBODY]}
        told["offline"] = doctor(home, well | nobody)
    print(json.dumps(told))  # noqa: T201 - test_doctor.py reads it


if __name__ == "__main__":
    main()
