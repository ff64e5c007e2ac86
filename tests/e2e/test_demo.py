"""`anyqta demo` as a person runs it: the pretend Internet is judged as its cast says."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from probe.demo.cast import ROLES

pytest.importorskip("probe.wiring")
pytestmark = pytest.mark.slow

_ANYQTA = (sys.executable, "-W", "error::ResourceWarning", "-m", "probe.cli")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]+/\S*")


def environment(home: Path) -> dict[str, str]:
    """No display, and a home of its own."""
    kept = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    return {**kept, "ANYQTA_HOME": str(home)}


def test_every_role_is_found_out(tmp_path: Path) -> None:
    """Each target has the status, the layer and the mechanism that its role says."""
    run = subprocess.run(
        (*_ANYQTA, "demo", "--json"),
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert 0 == run.returncode, run.stderr
    verdicts = {line["input"]: line["verdict"] for line in map(json.loads, run.stdout.splitlines())}
    expected = {role.url: _words(role.status, role.layer, role.mechanism) for role in ROLES}
    found = {}
    for role in ROLES:
        verdict = verdicts.get(role.url, {})
        found[role.url] = _words(
            verdict.get("status"),
            verdict.get("layer") if role.layer else None,
            verdict.get("mechanism") if role.mechanism else None,
        )
    assert expected == found
    assert "ResourceWarning" not in run.stderr
    assert (tmp_path / "demo" / "anyqta.db").exists()


def _words(*words: str | None) -> tuple[str | None, ...]:
    return tuple(word and str(word) for word in words)


def test_the_results_are_shown_until_interrupted(tmp_path: Path) -> None:
    """Without a display the address is printed; it answers; Ctrl-C ends everything cleanly."""
    with subprocess.Popen(
        (*_ANYQTA, "demo"),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            told = ""
            for line in process.stdout:
                told += line
                if found := _ADDRESS.search(line):
                    with urllib.request.urlopen(found[0], timeout=20) as answer:  # noqa: S310
                        assert 200 == answer.status
                    break
            else:
                pytest.fail(f"no address was told:\n{told}")
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=20)
        finally:
            if process.poll() is None:
                process.kill()
    assert process.returncode in {0, 130}
    assert "Traceback" not in told + rest
