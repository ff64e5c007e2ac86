"""`anyqta snapshot` at the command line (the work: measurements/snapshots, e2e)."""

from pathlib import Path

import pytest
import typer

from probe.cli.snapshot import day
from tests.unit.measurements.snapshots.published import a_file, a_published
from tests.unit.probe.cli.conftest import Invoke


def test_making_is_what_is_meant_where_nothing_is_named(anyqta: Invoke, tmp_path: Path) -> None:
    """Options may come first."""
    source = str(a_file(tmp_path / "a.db", [a_published(1)]))
    for i, words in enumerate([(), ("make",)]):
        out = str(tmp_path / f"out{i}")
        run = anyqta("snapshot", *words, "--no-parquet", "--db", source, out)
        assert 0 == run.exit_code, run.stderr
        assert "not signed" in run.stderr
        assert 0 == anyqta("snapshot", "verify", out).exit_code
    assert "verify" in anyqta("snapshot", "--help").stdout


def test_what_is_not_there_is_named(anyqta: Invoke, tmp_path: Path) -> None:
    """Database, previous snapshot, key, signers."""
    source, out = str(a_file(tmp_path / "a.db", [a_published(1)])), str(tmp_path / "out")
    none = str(tmp_path / "none")
    for words, says in (
        ((out, "--db", none), "the database"),
        ((out, "--db", source, "--since", none), "the snapshot"),
        ((out, "--db", source, "--key", none), "the key"),
        (("verify", out, "--signers", none), none),
    ):
        run = anyqta("snapshot", *words)
        assert 1 == run.exit_code
        assert says in run.stderr
        assert "does not exist" in run.stderr or "is no file" in run.stderr
    assert 1 == anyqta("snapshot", "verify", none).exit_code


def test_a_collectors_file_is_refused(anyqta: Invoke, tmp_path: Path) -> None:
    """In words."""
    from measurements.store.connect import connect  # noqa: PLC0415

    source = a_file(tmp_path / "a.db", [a_published(1)])
    conn = connect(source, read_only=False)
    conn.execute("INSERT INTO senders VALUES (1, x'00', '2026-11-25', 0)")
    conn.close()
    run = anyqta("snapshot", str(tmp_path / "out"), "--db", str(source))
    assert 1 == run.exit_code
    assert "is not a published file: it holds who sent measurements" in run.stderr


def test_a_day_is_a_day() -> None:
    """And nothing else."""
    assert "2026-11-25" == day("2026-11-25")
    assert day(None) is None
    for text in ("2026-13-01", "25.11.2026", "today", "2026-11-25 "):
        with pytest.raises(typer.BadParameter):
            day(text)
