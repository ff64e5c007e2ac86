"""The wiring of snapshots: a bad one is not built upon; context is loaded."""

import sqlite3
from pathlib import Path

import pytest

from measurements.exchange import parquet
from probe.wiring import snapshot
from tests.unit.measurements.snapshots.published import a_file, a_published


def made(source: Path, out: Path, previous: Path | None = None) -> snapshot.Manifest:
    """Without Parquet."""
    return snapshot.make(
        source,
        out,
        previous=previous,
        key=None,
        with_parquet=False,
        made_on="2026-11-25",
        say=lambda _: None,
    )


def test_legal_events_are_in_it_and_versions_named(tmp_path: Path) -> None:
    """So that whoever reads knows what wrote it."""
    manifest = made(a_file(tmp_path / "a.db", [a_published(1)]), tmp_path / "out")
    assert {"sqlite", "zlib", "anyqta", "pyarrow"} == set(manifest.software)
    assert manifest.software["pyarrow"] is None
    assert manifest.counts["legal_events"] > 20
    assert 10 == len(snapshot.today())


def test_a_previous_one_that_does_not_hold_is_refused(tmp_path: Path) -> None:
    """What changed since something damaged means nothing."""
    source = a_file(tmp_path / "a.db", [a_published(1)])
    made(source, tmp_path / "1")
    made(source, tmp_path / "2", tmp_path / "1")  # the twin
    (tmp_path / "1/README.md").write_text("other")
    with pytest.raises(snapshot.SnapshotError, match="does not hold"):
        made(source, tmp_path / "3", tmp_path / "1")


def test_without_pyarrow_it_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what to do."""
    monkeypatch.setattr(parquet, "version", lambda: None)
    source = a_file(tmp_path / "a.db", [a_published(1)])
    with pytest.raises(snapshot.SnapshotError, match="--no-parquet"):
        snapshot.make(
            source,
            tmp_path / "out",
            previous=None,
            key=None,
            with_parquet=True,
            made_on="2026-11-25",
            say=lambda _: None,
        )
    assert not (tmp_path / "out").exists()


def test_context_comes_into_a_published_file_twice_the_same(tmp_path: Path) -> None:
    """For the site, after each pass."""
    source = a_file(tmp_path / "a.db", [a_published(1)])
    counts = set()
    for _ in range(2):
        snapshot.add_context(source)
        with sqlite3.connect(source) as conn:
            sql = "SELECT (SELECT count(*) FROM legal_events), (SELECT count(*) FROM target_names)"
            counts.add(conn.execute(sql).fetchone())
        conn.close()
    ((events, names),) = counts
    assert (True, 1) == (events > 20, names)
