"""The command as a process: quick to start, quiet when its reader leaves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from probe import home as homes
from tests.unit.measurements.store.examples import a_measurement
from tests.unit.probe.cli.conftest import Invoke

PROMISED = [
    "run",
    "results",
    "show",
    "consent",
    "lists",
    "import",
    "export",
    "rescore",
    "explore",
    "upload",
    "withdraw",
    "demo",
    "serve",
]


def test_the_commands_of_the_contract(anyqta: Invoke) -> None:
    """Those that are built; no stubs of others."""
    shown = anyqta("--help").stdout
    for name in PROMISED:
        assert f"\n  {name} " in shown
    for name in ("trace",):
        assert f"\n  {name} " not in shown
    assert 0 == anyqta("--version").exit_code
    assert 2 == anyqta("nonsense").exit_code


def test_help_loads_nothing_slow() -> None:
    """Under 0.4 s on a slow computer: by what is imported, not by a clock."""
    code = (
        "import sys; sys.argv = ['anyqta', '--help']\n"
        "from probe.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'rich', 'sqlite3', 'asyncio', 'ssl', 'datasette', 'cryptography', 'dns'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "command", [["results", "--limit", "0"], ["results", "--json"], ["show", "u1"], ["export"]]
)
def test_a_reader_that_leaves(home: Path, command: list[str]) -> None:
    """`| head` gets no traceback."""
    with homes.open_store(home) as store:
        store.save_many([a_measurement(f"u{i}x{'y' * 300}") for i in range(300)])
        store.save(a_measurement("u1"))
    process = subprocess.Popen(
        [sys.executable, "-m", "probe.cli", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"ANYQTA_HOME": str(home)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait(20)
    assert "Traceback" not in said
    assert "Exception" not in said


def test_a_terminal_without_unicode(home: Path) -> None:
    """Is no reason to fail."""
    with homes.open_store(home) as store:
        store.save(a_measurement("u1", input="https://қазақ.example/"))
    done = subprocess.run(
        [sys.executable, "-m", "probe.cli", "show", "u1"],
        capture_output=True,
        env=os.environ | {"ANYQTA_HOME": str(home), "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert b"ACCESSIBLE" in done.stdout
