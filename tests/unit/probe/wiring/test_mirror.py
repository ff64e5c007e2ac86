"""The mirror of a small published file: what is in it, and what leads to the page that says what is not."""

from pathlib import Path

import pytest

from probe.wiring.mirror import SnapshotError, mirror
from tests.unit.measurements.snapshots.published import a_file, a_published


def test_pages_are_there_and_questions_are_not(tmp_path: Path) -> None:
    """In three languages."""
    source = a_file(tmp_path / "a.db", [a_published(i) for i in range(3)])
    made = mirror(source, tmp_path / "m", say=lambda _: None)
    for language in ("en", "ru", "kk"):
        assert (tmp_path / "m" / language / "index.html").is_file()
        assert (tmp_path / "m" / language / "about" / "copy.html").is_file()
        assert not (tmp_path / "m" / language / "search.html").exists()
    assert "/search" in made.left_out
    assert made.pages > 10


def test_what_is_not_published_is_refused(tmp_path: Path) -> None:
    """By the rule of snapshots."""
    from measurements.store.connect import connect  # noqa: PLC0415

    source = a_file(tmp_path / "a.db", [a_published(1)])
    conn = connect(source, read_only=False)
    conn.execute("INSERT INTO senders VALUES (1, x'00', '2026-11-25', 0)")
    conn.close()
    with pytest.raises(SnapshotError, match="not a published file"):
        mirror(source, tmp_path / "m", say=lambda _: None)
