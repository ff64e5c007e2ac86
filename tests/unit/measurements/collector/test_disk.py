"""measurements/collector/disk.py: whether it can be written."""

import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from measurements.collector.disk import Disk
from measurements.store.errors import StoreError


def test_free_and_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program has the right to write; then not."""
    monkeypatch.setattr("measurements.collector.disk._PATIENCE_MS", 50)
    disk = Disk(tmp_path / "c.db")
    with closing(sqlite3.connect(tmp_path / "c.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for asked in (disk.free, disk.write):
            with pytest.raises(StoreError, match="held by another program"):
                asked()
        other.execute("ROLLBACK")
        disk.free()
        disk.write()
    disk.close()


def test_room_for_a_page_is_not_room_for_a_submission(tmp_path: Path) -> None:
    """`write` goes over a page that is there already, also on a full disk; /health would say ok."""
    disk = Disk(tmp_path / "c.db")
    disk.room()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, before[1]))  # stands in for the disk's end
    try:
        disk.write()
        with pytest.raises(StoreError, match="nothing more can be stored"):
            disk.room()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    disk.room()
    assert [] == [p.name for p in tmp_path.iterdir() if not p.name.startswith("c.db")]
    disk.close()


def test_two_connections_of_one_process_keep_their_locks(tmp_path: Path) -> None:
    """Opening the second must not drop what the first holds: its log would be thrown away."""
    one = Disk(tmp_path / "c.db")
    two = Disk(tmp_path / "c.db")
    locks = [line for line in Path("/proc/locks").read_text().splitlines() if "POSIX" in line]
    inode = (tmp_path / "c.db").stat().st_ino
    assert any(f":{inode} " in line for line in locks)
    two.close()
    one.close()
