"""`anyqta site` at the command line (the work: measurements/snapshots/mirror, tests/site)."""

from pathlib import Path

from tests.unit.measurements.snapshots.published import a_file, a_published
from tests.unit.probe.cli.conftest import Invoke


def test_a_mirror_is_made_once(anyqta: Invoke, tmp_path: Path) -> None:
    """And what was left out is told."""
    source, out = str(a_file(tmp_path / "a.db", [a_published(1)])), tmp_path / "out"
    run = anyqta("site", "mirror", str(out), "--db", source)
    assert 0 == run.exit_code, run.stderr
    assert "Left out, because they need a server" in run.stderr
    assert (out / "index.html").is_file()
    again = anyqta("site", "mirror", str(out), "--db", source)
    assert (1, True) == (again.exit_code, "never overwritten" in again.stderr)


def test_what_is_not_there_is_named(anyqta: Invoke, tmp_path: Path) -> None:
    """The file."""
    run = anyqta("site", "mirror", str(tmp_path / "out"), "--db", str(tmp_path / "none"))
    assert (1, True) == (run.exit_code, "does not exist" in run.stderr)
