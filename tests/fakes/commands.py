"""`anyqta` as a process, in a home of its own, with nothing of this computer's settings."""

import os
import subprocess
import sys
from pathlib import Path

ANYQTA = (sys.executable, "-W", "error::ResourceWarning", "-m", "probe.cli")
Done = subprocess.CompletedProcess[str]


def environment(home: Path) -> dict[str, str]:
    """No proxy either."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANYQTA_", "SSL_CERT")) and not name.lower().endswith("_proxy")
    }
    return {**kept, "ANYQTA_HOME": str(home)}


def anyqta(
    home: Path,
    *arguments: str,
    stdin: str | None = None,
    prefix: tuple[str, ...] = (),
    more: dict[str, str] | None = None,
) -> Done:
    """The command, to its end. No traceback ever reaches anybody."""
    done = subprocess.run(
        (*prefix, *ANYQTA, *arguments),
        env=environment(home) | (more or {}),
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert "ResourceWarning" not in done.stderr, done.stderr
    assert "bug in anyqta" not in done.stderr, done.stderr
    return done


def started(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    """The command, running in a process group of its own."""
    return subprocess.Popen(
        (*ANYQTA, *arguments),
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
