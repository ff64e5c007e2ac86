"""What is asked at a terminal before anything is shared: a real one (a pseudo-terminal)."""

import os
import pty
import re
import select
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from probe import home as homes
from probe.cli.sharing import folded, measurements
from tests.fakes.collector import FakeCollector, collecting
from tests.fakes.commands import ANYQTA, environment
from tests.fakes.homes import RUN, consent, fill, measured

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def at_a_terminal(home: Path, *arguments: str, answers: list[str]) -> tuple[int, str]:
    """The status, and all that stood on the screen. Each answer is typed after a question."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        (*ANYQTA, *arguments),
        env=environment(home) | {"TERM": "dumb", "COLUMNS": "80"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown, ends = "", time.monotonic() + 60
        while time.monotonic() < ends:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(ours, 65536)
            except OSError:  # they are gone
                break
            shown += part.decode()
            if answers and shown.rstrip(" ").endswith("anything else to stop:"):
                os.write(ours, f"{answers.pop(0)}\n".encode())
                shown += "\n"
        os.close(ours)
        process.wait(timeout=30)
    assert "Traceback" not in shown
    return process.returncode, _COLOUR.sub("", shown)


@pytest.mark.parametrize(("answer", "status", "there"), [("yes", 0, 3), ("no", 4, 0), ("", 4, 0)])
def test_for_this_time(tmp_path: Path, answer: str, status: int, there: int) -> None:
    """What goes, how many, to whom: then a typed yes. It is not stored."""
    fill(tmp_path, 3)
    consent(tmp_path, sharing=False)
    collector = FakeCollector()
    with collecting(collector) as url:
        code, shown = at_a_terminal(tmp_path, "upload", "--collector", url, answers=[answer])
        flat = " ".join(shown.split())
        assert f"Without the pages themselves, this would go to {url}: 3 measurements." in flat
        assert "If you share" in shown
        assert (status, there) == (code, len(collector.documents))
        if not there:
            assert [] == collector.asked
            assert "nothing was sent" in shown
        fill(tmp_path, 1, first=9)
        code, _ = at_a_terminal(tmp_path, "upload", "--collector", url, answers=["no"])
    assert 4 == code


@pytest.mark.parametrize(("answer", "there"), [("yes", 3), ("no", 1)])
def test_what_is_older(tmp_path: Path, answer: str, there: int) -> None:
    """Is asked about by itself; without a yes the rest goes all the same."""
    fill(tmp_path, 2)
    consent(tmp_path, since="2026-11-23T06:00:01Z")
    later = replace(measured(7), run_id=f"{RUN}0", measurement_start_time="2026-11-24T06:00:00Z")
    with homes.open_store(tmp_path) as store:
        store.save(later)
    collector = FakeCollector()
    with collecting(collector) as url:
        code, shown = at_a_terminal(tmp_path, "upload", "--collector", url, answers=[answer])
    assert "2 measurements from before you agreed to share (2026-11-23)" in shown
    assert (0, there) == (code, len(collector.documents))


def test_to_withdraw(tmp_path: Path) -> None:
    """The number is told first."""
    fill(tmp_path, 2)
    consent(tmp_path)
    collector = FakeCollector()
    with collecting(collector) as url:
        at_a_terminal(tmp_path, "upload", "--collector", url, answers=[])
        code, shown = at_a_terminal(tmp_path, "withdraw", "--all", answers=["no"])
        assert "To be deleted where you sent them: 2 measurements." in shown
        assert (1, 2) == (code, len(collector.documents))
        code, shown = at_a_terminal(tmp_path, "withdraw", "--all", answers=["yes"])
    assert (0, 0) == (code, len(collector.documents))


def test_a_text_for_a_terminal() -> None:
    """Folded anew at its width; lists stay lists; no word is broken."""
    text = "## Head\n\nOne two\nthree.\n\n- a list with\n  two lines\n- and more\n"
    assert ["## Head", "", "One two three.", "", "- a list with two", "  lines", "- and more"] == (
        folded(text, 17)
    )
    assert max(map(len, folded(homes.risks(), 60))) <= 60


def test_one_and_many() -> None:
    """As people say it."""
    assert ("1 measurement", "2 measurements") == (measurements(1), measurements(2))
