"""`anyqta registry` at the command line (the work: measurements/exchange/registry)."""

from pathlib import Path

from tests.unit.probe.cli.conftest import Invoke


def test_counts_are_told_and_bad_rows_named(anyqta: Invoke, tmp_path: Path) -> None:
    """On standard error; a file of which nothing could be read fails."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text('[{"id": "1", "name": "a.kz"}, {"id": "2"}]')
    bad.write_text("nonsense")
    run = anyqta("registry", str(good), "--date", "2025-03-17")
    assert 0 == run.exit_code, run.stderr
    assert "1 entries are new, 0 changed, 0 were here already" in run.stderr
    assert "good.json:1: entry 2" in run.stderr
    run = anyqta("registry", str(bad))
    assert 1 == run.exit_code
    assert "it is not JSON" in run.stderr


def test_what_is_not_there_or_no_day_is_told(anyqta: Invoke, tmp_path: Path) -> None:
    """With the contract's status."""
    assert 1 == anyqta("registry", str(tmp_path / "none")).exit_code
    assert 2 == anyqta("registry", str(tmp_path / "none"), "--date", "x").exit_code
