"""measurements/collector/turns.py: one at a time, and a dead one holds nothing."""

import subprocess
import sys
import time
from pathlib import Path

from measurements.collector.turns import Turns

HOLD = """
import sys, time
from pathlib import Path
from measurements.collector.turns import Turns
with Turns(Path(sys.argv[1])).taken():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    """At once, by the kernel."""
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[4],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
        began = time.monotonic()
        turns = Turns(path)
        with turns.taken():
            assert time.monotonic() - began < 5
        with turns.taken():
            pass
        turns.close()
    assert path.stat().st_mode & 0o777 == 0o600
