"""One at a time; the lock ends with its process."""

import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from probe.wiring.lock import RUN, Held, alone, is_held, together

_HOLD = """
import sys, time
from pathlib import Path
from probe.wiring.lock import RUN, alone
with alone(Path(sys.argv[1]), RUN, "held"):
    print("got it", flush=True)
    time.sleep(60)
"""


def test_one_at_a_time(tmp_path: Path) -> None:
    """The second is told; after the first has ended it may."""
    with alone(tmp_path, RUN, "taken"):
        assert is_held(tmp_path, RUN)
        with pytest.raises(Held, match="taken"), alone(tmp_path, RUN, "taken"):
            pytest.fail("two at once")
    assert not is_held(tmp_path, RUN)
    with alone(tmp_path, RUN, "taken"):
        pass
    assert 0o600 == stat.S_IMODE((tmp_path / RUN).stat().st_mode)


def test_killed(tmp_path: Path) -> None:
    """kill -9: the lock is free at once."""
    with subprocess.Popen(
        (sys.executable, "-c", _HOLD, str(tmp_path)), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "got it\n" == process.stdout.readline()
        assert is_held(tmp_path, RUN)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert not is_held(tmp_path, RUN)


def test_an_error_inside_is_not_swallowed(tmp_path: Path) -> None:
    """And lets go."""
    with pytest.raises(OSError, match="inside"), alone(tmp_path, RUN, "taken"):
        raise OSError("inside")
    assert not is_held(tmp_path, RUN)


def test_asking_makes_nothing(tmp_path: Path) -> None:
    """Neither the file nor the folder."""
    assert not is_held(tmp_path / "none", RUN)
    assert not (tmp_path / "none").exists()


def test_where_nothing_can_be_locked(tmp_path: Path) -> None:
    """It is gone without: the file's place is taken by a folder."""
    (tmp_path / RUN).mkdir()
    with alone(tmp_path, RUN, "taken"):
        assert not is_held(tmp_path, RUN)


def test_runs_share_and_a_wipe_does_not(tmp_path: Path) -> None:
    """Two of them at once; who wants it alone waits for both, and they for it."""
    with together(tmp_path, RUN, "taken"), together(tmp_path, RUN, "taken"):
        assert is_held(tmp_path, RUN)
        with pytest.raises(Held, match="runs"), alone(tmp_path, RUN, "runs"):
            pytest.fail("wiped under a run")
    with (
        alone(tmp_path, RUN, "taken"),
        pytest.raises(Held, match="wiped"),
        together(tmp_path, RUN, "wiped"),
    ):
        pytest.fail("a run under a wipe")
