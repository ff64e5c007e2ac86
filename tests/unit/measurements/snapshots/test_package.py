"""datapackage.json describes what lies there, and nothing else."""

import csv
import json
from pathlib import Path

import pytest

from measurements.snapshots.manifest import files_in, sha256_of
from measurements.snapshots.package import NAME
from tests.unit.measurements.snapshots.published import a_file, a_published, a_snapshot


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot."""
    base = tmp_path_factory.mktemp("package")
    a_snapshot(a_file(base / "a.db", [a_published(i) for i in range(9)]), base / "out")
    return base / "out"


def test_every_file_of_data_is_described_with_its_bytes_and_hash(folder: Path) -> None:
    """Of version 2."""
    package = json.loads((folder / NAME).read_text())
    assert package["$schema"].endswith("/2.0/datapackage.json")
    assert ["CC-BY-4.0"] == [licence["name"] for licence in package["licenses"]]
    described = {r["path"]: r for r in package["resources"]}
    assert len(described) == len(package["resources"])
    data = {n for n in files_in(folder) if n.endswith((".csv", ".parquet", ".gz", ".db"))}
    assert data == set(described)
    for path, resource in described.items():
        assert f"sha256:{sha256_of(folder / path)}" == resource["hash"]
        assert (folder / path).stat().st_size == resource["bytes"]
    names = [r["name"] for r in package["resources"]]
    assert len(set(names)) == len(names)


def test_every_column_is_described_as_the_file_has_it(folder: Path) -> None:
    """Names in the file's order; keys that exist; values of the type."""
    package = json.loads((folder / NAME).read_text())
    tables = {r["name"]: r for r in package["resources"] if r.get("type") == "table"}
    for table in tables.values():
        fields = table["schema"]["fields"]
        with (folder / table["path"]).open(newline="") as file:
            rows = list(csv.DictReader(file))
            header = file.seek(0) or next(csv.reader(file))
        assert [field["name"] for field in fields] == header
        assert all(field["description"] for field in fields)
        assert table["rows"] == len(rows)
        for key in table["schema"].get("foreignKeys", []):
            assert key["reference"]["resource"] in tables
        checked(rows, fields)
        primary = table["schema"].get("primaryKey", [])
        assert len(rows) == len({tuple(r[k] for k in primary) for r in rows}) or not primary


def checked(rows: list[dict[str, str]], fields: list[dict[str, str]]) -> None:
    """As a reader of Table Schema would."""
    reads = {
        "integer": int,
        "number": float,
        "string": str,
        "boolean": {"true": True, "false": False}.__getitem__,
    }
    for row in rows:
        for field in fields:
            if row[field["name"]]:
                reads[field["type"]](row[field["name"]])  # type: ignore[operator]
            else:
                assert "constraints" not in field, field["name"]
