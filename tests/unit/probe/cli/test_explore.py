"""`explore` as a process: it says where, serves, and stops cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from probe import home as homes
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.probe.cli.conftest import Invoke


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(home: Path, number: signal.Signals) -> None:
    """Without a display it prints the address; what is stored meanwhile is seen."""
    with homes.open_store(home) as store:
        store.save(a_measurement("u1"))
        environ = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
        process = subprocess.Popen(
            [sys.executable, "-m", "probe.cli", "explore"],
            stderr=subprocess.PIPE,
            text=True,
            env=environ | {"ANYQTA_HOME": str(home)},
        )
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())
        assert found
        store.save(a_measurement("u2", input="https://later.example/"))
        with urllib.request.urlopen(found[0]) as page:  # noqa: S310 - our own
            assert "https://later.example/" in page.read().decode()
    process.send_signal(number)
    assert process.wait(20) in {0, -number}
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


def test_before_the_first_run(anyqta: Invoke, home: Path) -> None:
    """There is nothing to look at."""
    assert 1 == anyqta("explore").exit_code
    assert not home.exists()


def test_a_taken_port_is_told(anyqta: Invoke, home: Path) -> None:
    """In a sentence."""
    homes.open_store(home).close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = anyqta("explore", "--port", str(taken.getsockname()[1]))
    assert 1 == result.exit_code
    assert "leave --port out" in result.stderr
