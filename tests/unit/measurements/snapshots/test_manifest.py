"""Manifest and SHA256SUMS: strict about what they name."""

import json
import subprocess
from pathlib import Path

import pytest

from measurements.snapshots.errors import SnapshotError
from measurements.snapshots.manifest import (
    FORMAT,
    MANIFEST,
    SUMS,
    Manifest,
    files_in,
    listed,
    read_manifest,
    read_sums,
    write_sums,
)

MADE = Manifest(
    format=FORMAT,
    made_on="2026-11-25",
    software={"sqlite": "3"},
    schema_version=3,
    logical_sha256="0" * 64,
    counts={"measurements": 1},
    previous=None,
    signed_by=None,
    files=[],
)


def test_it_comes_back(tmp_path: Path) -> None:
    """As it was written."""
    (tmp_path / MANIFEST).write_bytes(MADE.encode())
    assert MADE == read_manifest(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 5000, json.dumps({"format": "other/1"}), '{"format": "' + FORMAT + '"}'],
)
def test_what_is_none_is_told(tmp_path: Path, text: str) -> None:
    """No traceback for a stranger's file."""
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(SnapshotError):
        read_manifest(tmp_path)


def test_a_missing_or_endless_file_is_told(tmp_path: Path) -> None:
    """Read up to a bound."""
    with pytest.raises(SnapshotError, match="cannot be read"):
        read_manifest(tmp_path)
    (tmp_path / SUMS).write_bytes(b"0" * (5 * 2**20))
    with pytest.raises(SnapshotError, match="longer"):
        read_sums(tmp_path)


def test_sums_are_as_sha256sum_reads_them(tmp_path: Path) -> None:
    """Folders too; the sums themselves are not in them."""
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "a.csv").write_text("a\n")
    (tmp_path / "b.txt").write_text("b\n")
    write_sums(tmp_path)
    command = ["sha256sum", "-c", "--strict", "--quiet", SUMS]
    assert 0 == subprocess.run(command, cwd=tmp_path, check=False).returncode
    assert ["b.txt", "csv/a.csv"] == list(read_sums(tmp_path))
    assert [SUMS, "b.txt", "csv/a.csv"] == files_in(tmp_path)
    assert 2 == listed(tmp_path, "b.txt").bytes


GOOD = f"{'0' * 64}  a.csv\n"


@pytest.mark.parametrize(
    "text",
    [
        GOOD + GOOD,
        GOOD.rstrip("\n"),
        f"{'0' * 64}  ../etc/passwd\n",
        f"{'0' * 64}  /etc/passwd\n",
        f"{'0' * 64}  a/../b\n",
        f"{'0' * 64}  .hidden\n",
        f"{'0' * 63}  a.csv\n",
        f"{'0' * 64} *a.csv\n",
        f"{'G' * 64}  a.csv\n",
        "\n",
    ],
)
def test_a_line_that_is_not_ours_is_refused(tmp_path: Path, text: str) -> None:
    """Above all one that leads out of the folder."""
    (tmp_path / SUMS).write_text(GOOD)
    assert {"a.csv": "0" * 64} == read_sums(tmp_path)  # the twin
    (tmp_path / SUMS).write_text(text)
    with pytest.raises(SnapshotError, match="does not belong"):
        read_sums(tmp_path)
