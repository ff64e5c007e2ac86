"""Parquet: the same rows come back, and the same bytes."""

import builtins
from pathlib import Path

import pytest
from pyarrow import parquet as pq

from measurements.exchange import parquet
from measurements.exchange.ooni import ExchangeError
from tests.unit.measurements.snapshots.published import HOSTILE

COLUMNS = [("s", "string"), ("i", "integer"), ("n", "number"), ("b", "boolean")]


def test_every_text_comes_back(tmp_path: Path) -> None:
    """NUL too; halves of pairs become U+FFFD; null stays null."""
    rows = [(text, -(2**63) + i, i / 3, bool(i % 2)) for i, text in enumerate(HOSTILE)]
    path = tmp_path / "a.parquet"
    assert len(rows) + 1 == parquet.write_parquet(path, COLUMNS, [*rows, (None,) * 4])
    read = pq.read_table(path)
    expected = [t.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd") for t in HOSTILE]
    assert [*expected, None] == read["s"].to_pylist()
    assert [*[r[1] for r in rows], None] == read["i"].to_pylist()
    assert ["string", "int64", "double", "bool"] == [str(f.type) for f in read.schema]


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    """In one row group and in several."""
    rows = [(f"t{i % 9}", i, i / 7, None) for i in range(45_000)]
    for name in "ab":
        parquet.write_parquet(tmp_path / name, COLUMNS, iter(rows))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert 3 == pq.ParquetFile(tmp_path / "a").metadata.num_row_groups


def test_no_rows_are_a_file_too(tmp_path: Path) -> None:
    """With its columns."""
    assert 0 == parquet.write_parquet(tmp_path / "a", COLUMNS, [])
    assert ["s", "i", "n", "b"] == pq.read_table(tmp_path / "a").column_names


def test_without_pyarrow_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No volunteer has it."""
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name.split(".", maxsplit=1)[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    assert parquet.version() is None
    with pytest.raises(ExchangeError, match="--no-parquet"):
        parquet.write_parquet(tmp_path / "a", COLUMNS, [])
    assert not (tmp_path / "a").exists()
